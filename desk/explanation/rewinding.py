"""A visit as it was known at a past moment: what was written later is taken back, act by act, from the audit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from clinic.models import AuditEvent
from visits.models import Visit


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _id(text: Any) -> UUID | None:
    return UUID(text) if text else None


# How the audit's plain values become fields again; what an act found empty is not in it.
READ: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "state": ("state", lambda value: value or Visit.State.BOOKED),
    "settlement": ("settlement", lambda value: value or ""),
    "consequence": ("consequence", lambda value: value or ""),
    "reason": ("reason", lambda value: value or ""),
    "note": ("note", lambda value: value or ""),
    "charge": ("charge", lambda value: Decimal(value or 0)),
    "completions": ("completions", lambda value: int(value or 0)),
    "minutes": ("minutes", lambda value: int(value or 0)),
    "starts_at": ("starts_at", _moment),
    "ended_at": ("ended_at", _moment),
    "arrived_at": ("arrived_at", _moment),
    "completed_at": ("completed_at", _moment),
    "entry": ("entry_id", _id),
    "package": ("package_id", _id),
    "therapist": ("therapist_id", _id),
    "completed_by": ("completed_by_id", _id),
}
BOOKING = "book_visit"  # says what was made, not what was before


def rewound(visit: Visit, later: Iterable[AuditEvent], known: Mapping[str, Mapping[Any, Any]]) -> Visit:
    """The visit before the acts in `later`, which come newest first. `known` are rows by field and id.

    Rows that the fields point at are taken from `known`, so that nothing is asked one by one.
    """
    for event in later:
        if event.act == BOOKING:
            continue
        before, after = event.before or {}, event.after or {}
        for name in READ.keys() & (before.keys() | after.keys()):
            attribute, read = READ[name]
            _put(visit, name, attribute, read(before.get(name)), known.get(name, {}))
    return visit


def _put(visit: Visit, name: str, attribute: str, value: Any, rows: Mapping[Any, Any]) -> None:
    if not attribute.endswith("_id"):
        setattr(visit, attribute, value)
    elif value is None:
        setattr(visit, name, None)
    elif value in rows:
        setattr(visit, name, rows[value])
    elif getattr(visit, attribute) != value:
        setattr(visit, attribute, value)
