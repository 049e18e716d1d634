"""What the tests of the explanation share."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from clinic.models import Clinic, Patient
from clinic.ui.words import day
from desk.explanation import CountExplained, explain_count
from desk.explanation.misses import NearMiss
from packages.models import Package
from packages.naming import name_person
from tests.factories import owner_of


def told(clinic: Clinic, package: Package, *, as_of: datetime | None = None) -> CountExplained:
    """The explanation of a package, as somebody reads it who opens the page afresh."""
    return explain_count(Package(pk=package.pk), clinic=clinic, as_of=as_of)


def misses(clinic: Clinic, package: Package, cause: str) -> list[NearMiss]:
    """The near misses of one cause."""
    return [miss for miss in told(clinic, package).misses if miss.cause == cause]


def miss(clinic: Clinic, package: Package, cause: str) -> NearMiss:
    """The near miss of a cause; it must be there once."""
    found = told(clinic, package).misses
    (one,) = [each for each in found if each.cause == cause] or _none(cause, found)
    return one


def named(clinic: Clinic, package: Package, person: Patient) -> None:
    """Somebody else may use the package, since it was sold."""
    facts = {"on": package.sold_on, "by": owner_of(clinic), "key": uuid4()}
    name_person(package, person=person, kind="", **facts)


def days_ago(days: int) -> datetime:
    return timezone.now() - timedelta(days=days)


def _none(cause: str, found: Any) -> list[NearMiss]:
    raise AssertionError(f"no {cause}: {[(each.cause.value, each.sentence) for each in found]}")


def when(clinic: Clinic, moment: datetime | None) -> str:
    """The moment as the sentences say it."""
    assert moment
    at = clinic.local(moment)
    return f"{day(at.date())} at {at:%H:%M}"
