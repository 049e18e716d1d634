"""When the therapists of the demonstration work."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

from clinic.keys import part
from clinic.models import Clinic, Staff
from visits.hours import Stretch, set_hours

SINCE = timedelta(days=200)
MORNING, EVENING = (time(8), time(13)), (time(16), time(20, 30))


def write_hours(therapist: Staff, *, clinic: Clinic, by: Staff) -> None:
    """Mornings and evenings from Monday to Friday, and Saturday morning."""
    hours = [Stretch(weekday, *MORNING) for weekday in range(6)]
    hours += [Stretch(weekday, *EVENING) for weekday in range(5)]
    facts: dict[str, Any] = {"since": clinic.today() - SINCE, "by": by, "key": part(therapist.pk, "hours")}
    set_hours(therapist, hours=hours, **facts)
