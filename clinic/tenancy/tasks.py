from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from celery import shared_task
from django.db import transaction

from .context import clinic_context, current_clinic_id


def clinic_task(fn: Callable[..., Any] | None = None, **options: Any) -> Any:
    """A Celery task of one clinic: called with clinic_id=..., it runs in that clinic's transaction.

    `.enqueue(...)` sends it after commit, for the clinic that is active now.
    """
    if fn is None:
        return functools.partial(clinic_task, **options)

    @functools.wraps(fn)
    def run(*args: Any, clinic_id: int, **kwargs: Any) -> Any:
        with clinic_context(clinic_id):
            return fn(*args, **kwargs)

    task = shared_task(**options)(run)

    def enqueue(*args: Any, **kwargs: Any) -> None:
        clinic_id = current_clinic_id()
        transaction.on_commit(lambda: task.delay(*args, clinic_id=clinic_id, **kwargs))

    task.enqueue = enqueue
    return task
