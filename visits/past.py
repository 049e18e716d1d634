"""Visits from before go-live, as a register lists them: kept in the history, counted in the opening balance."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

from clinic.acts import act
from clinic.models import Branch, Clinic, Service, Staff
from packages.models import Package

from .models import Visit

# A register says the day and not the hour.
NOON = time(12)


@dataclass(frozen=True)
class PastVisit:
    """A day on which a patient came, on a pack that was brought in."""

    key: uuid.UUID
    package: Package
    service: Service
    therapist: Staff | None
    on: date


@act
def add_past_visits(past: Iterable[PastVisit], *, branch: Branch, clinic: Clinic, by: Staff | None) -> int:
    """Keep them as completed. They take no session and have no bill: the opening balance has counted them.

    The keys must be new. Returns how many there were.
    """
    visits = [_visit(each, branch, clinic, by) for each in past]
    Visit.objects.bulk_create(visits)
    return len(visits)


def _visit(past: PastVisit, branch: Branch, clinic: Clinic, by: Staff | None) -> Visit:
    noon = datetime.combine(past.on, NOON, tzinfo=clinic.zone)
    return Visit(
        patient_id=past.package.patient_id,
        service=past.service,
        therapist=past.therapist,
        branch=branch,
        starts_at=noon,
        minutes=past.service.minutes,
        state=Visit.State.COMPLETED,
        settlement=Visit.Settlement.BEFORE,
        package=past.package,
        completions=1,
        completed_at=noon,
        completed_by=by,
        booked_by=by,
        key=past.key,
    )
