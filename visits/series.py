"""Visits that are booked together: one act, and for each of them its own answer to what it will take (S11)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from clinic.acts import act
from clinic.keys import hold, part
from clinic.models import Clinic, Patient, Staff
from clinic.refusals import Refused

from . import services
from .holds import Cover, holds_of
from .models import Series, Visit

MOST = 60


class SeriesDoesNotFit(Refused):
    """The times cannot be booked together; the sentence says why."""


def weekly(first: datetime, *, clinic: Clinic, weekdays: Sequence[int], count: int) -> list[datetime]:
    """So many times on these days of the week (Monday is 0), at the first one's time on the clinic's clock.

    The wall clock is kept where the hour changes.
    """
    start = clinic.local(first)
    days = (start + timedelta(days=n) for n in range(MOST * 7 + 7))
    chosen = [day for day in days if day.weekday() in set(weekdays)]
    return [each.replace(fold=0) for each in chosen[:count]]


@act
def book_series(
    patient: Patient,
    *,
    times: Sequence[datetime],
    by: Staff | None,
    key: uuid.UUID,
    **facts: Any,
) -> list[Visit]:
    """Book a visit for each of these times, all or none; `facts` are those of `book_visit`. Takes no session.

    The same key twice is the same series. Refuses none, more than 60, and the same time twice.
    """
    hold(key)
    if series := Series.objects.filter(key=key).first():
        return list(series.visits.order_by("starts_at"))
    if not 1 <= len(times) <= MOST:
        raise SeriesDoesNotFit(_("A series has between 1 and %(most)d visits.") % {"most": MOST})
    if len(set(times)) < len(times):
        raise SeriesDoesNotFit(_("Two visits of the series are at the same time."))
    series = Series.objects.create(by=by, key=key)
    return [
        services.book_visit(patient, starts_at=at, by=by, key=part(key, f"visit {n}"), series=series, **facts)
        for n, at in enumerate(sorted(times))
    ]


def covers_of(visits: Sequence[Visit], clinic: Clinic) -> dict[uuid.UUID, Cover]:
    """What each open visit of the patient will take, if all come in the order of time."""
    patient = visits[0].patient
    waiting = Visit.objects.filter(patient=patient).open().select_related("patient", "service")
    return holds_of(clinic, patient).take_all(waiting)
