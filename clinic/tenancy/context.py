"""Which clinic is this code working for? One primitive: clinic_context()."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connections, transaction

ALL = object()  # platform jobs and data migrations: no filter in the ORM; the database role decides
_clinic: ContextVar[Any] = ContextVar("clinic_id", default=None)


class NoClinicError(RuntimeError):
    """Clinic data was touched outside clinic_context()."""


def current_clinic_id() -> int:
    """The clinic that is active; raises NoClinicError where none is."""
    clinic_id = _clinic.get()
    if clinic_id is None or clinic_id is ALL:
        raise NoClinicError("no clinic is active: wrap this in clinic_context(clinic_id)")
    return int(clinic_id)


def every_clinic() -> bool:
    """Whether the ORM's filter is open (all_clinics())."""
    return _clinic.get() is ALL


def _set_local(using: str, clinic_id: Any, user_id: int | None) -> None:
    # SET LOCAL (not set_config()): Citus propagates only the utility statement to its workers.
    # Values are integers, so literals are safe; one round trip for both.
    clinic = "" if clinic_id is None or clinic_id is ALL else int(clinic_id)
    user = "" if user_id is None else int(user_id)
    with connections[using].cursor() as cursor:
        cursor.execute(f"SET LOCAL app.clinic_id = '{clinic}'; SET LOCAL app.user_id = '{user}'")


@contextmanager
def clinic_context(
    clinic_id: int | None, *, user_id: int | None = None, using: str = "default"
) -> Iterator[None]:
    """Open a transaction in which exactly one clinic's rows exist.

    clinic_id=None with user_id set is the state between login and choosing a clinic: the user's own
    memberships are visible, no clinic's data is.
    """
    connection = connections[using]
    nested = connection.in_atomic_block
    outer = (_clinic.get(), getattr(connection, "_app_user_id", None))
    with transaction.atomic(using=using):
        _set_local(using, clinic_id, user_id)
        token = _clinic.set(clinic_id)
        connection._app_user_id = user_id  # type: ignore[attr-defined]
        try:
            yield
        finally:
            _clinic.reset(token)
            connection._app_user_id = outer[1]  # type: ignore[attr-defined]
        # SET LOCAL outlives a released savepoint; a rolled-back one restores it by itself.
        if nested and outer != (clinic_id, user_id) and not connection.needs_rollback:
            _set_local(using, *outer)


@contextmanager
def all_clinics() -> Iterator[None]:
    """Cross-clinic ORM code (data migrations). Only opens the ORM's filter: on a ginti_app connection
    row-level security still returns nothing."""
    token = _clinic.set(ALL)
    try:
        yield
    finally:
        _clinic.reset(token)
