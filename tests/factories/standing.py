"""Packages that somebody decided about: suspended, refunded, void, frozen."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from clinic.models import Clinic
from packages import refunds, standing, validity
from packages.ledger import lines_with_sessions, post
from packages.models import Change, ChangeKind, Kind, Package

from .people import owner_of


def bring_to(clinic: Clinic, package: Package, state: str, *, on: date | None = None) -> Package:
    """The package in this state; void also where money came in, which the services refuse."""
    facts = {
        "on": on or clinic.today(),
        "by": owner_of(clinic),
        "key": uuid4(),
        "reason": "Decided in a test",
    }
    match state:
        case Package.State.SUSPENDED:
            standing.suspend(package, **facts)
        case Package.State.REFUNDED:
            refunds.refund(package, **facts)
        case Package.State.VOID:
            _void(package, facts["on"])
        case "frozen":
            day = facts["on"]
            validity.freeze(package, first_day=day, last_day=day, **facts)
        case _:
            raise ValueError(state)
    package.refresh_from_db()
    return package


def _void(package: Package, on: date) -> None:
    for line in lines_with_sessions(package):
        post(
            line,
            Kind.ADJUSTED,
            -line.sessions_left,
            on=on,
            by=None,
            key=uuid4(),
            reason="Void",
            clause="void",
        )
    Change.objects.create(
        package=package, kind=ChangeKind.VOIDED, happened_on=on, reason="Void", clause="void", key=uuid4()
    )
