from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection

from clinic.models import Clinic
from clinic.tenancy.context import clinic_context

Outcome = Any  # what the act returned, or the exception it raised


def together(count: int, act: Callable[[int], Any], *, clinic: Clinic) -> list[Outcome]:
    """Run an act in so many threads at the same moment, each in a transaction and on a connection of its own."""
    start = threading.Barrier(count)
    outcomes: list[Outcome] = [None] * count

    def run(n: int) -> None:
        try:
            connection.ensure_connection()
            start.wait(timeout=60)
            with clinic_context(clinic.pk):
                outcomes[n] = act(n)
        except Exception as error:
            outcomes[n] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
        assert not thread.is_alive()
    return outcomes


def kinds(outcomes: list[Outcome]) -> dict[str, int]:
    """How often each kind of outcome came."""
    found: dict[str, int] = {}
    for each in outcomes:
        name = type(each).__name__ if isinstance(each, Exception) else "done"
        found[name] = found.get(name, 0) + 1
    return found
