from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


def check_now() -> None:
    """Look at the deferred guards as the commit would."""
    connection.check_constraints()


@contextmanager
def undone() -> Iterator[None]:
    """A part of a test that leaves nothing behind, whatever comes of it."""
    undo = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(undo)


@contextmanager
def commit() -> Iterator[None]:
    """A part of a test that is looked at as a transaction of its own: undone whole where a guard refuses it."""
    with transaction.atomic():
        yield
        check_now()
