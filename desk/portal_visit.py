"""One visit to come as the personal link shows it: when, where, with whom, what it takes, what cancelling comes to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from clinic.models import Clinic, Patient
from packages.eligibility import packages_for
from packages.models import Kind
from visits.consequences import TAKING, Outcome, outcome, said
from visits.diary import outlook
from visits.holds import Cover
from visits.models import Visit
from visits.reminder_words import free_until, takes_words


@dataclass(frozen=True)
class Shown:
    """A visit of the patient. `now` is what cancelling comes to at this moment, `late` what it comes to later where it
    is in time now; None where nothing can be done by the link any more."""

    visit: Visit
    cover: Cover
    now: Outcome | None
    late: Outcome | None
    free_until: datetime | None
    came_to: str

    @property
    def may_be_changed(self) -> bool:
        return self.now is not None

    @property
    def takes(self) -> str:
        """What it takes when it takes place."""
        return takes_words([self.cover])


def shown_visit(patient: Patient, visit_id: UUID, *, clinic: Clinic, at: datetime) -> Shown | None:
    """The visit, of this patient and of nobody else."""
    rows = Visit.objects.select_related("patient", "service", "therapist", "branch", "package", "entry")
    visit = rows.filter(patient=patient, pk=visit_id).first()
    if visit is None:
        return None
    if visit.state != Visit.State.BOOKED or visit.starts_at <= at:
        return Shown(visit, Cover(), None, None, None, said(visit, clinic.currency))
    held = packages_for(patient)[patient.pk]
    now, late = (
        outcome(visit, held, Kind.LATE_CANCEL, clinic=clinic, at=moment) for moment in (at, visit.starts_at)
    )
    cover = outlook(visit, clinic=clinic, now=at).cover
    differs = now.consequence == Visit.Consequence.IN_TIME and late.consequence in TAKING
    return Shown(visit, cover, now, late if differs else None, free_until(visit, cover, at), "")
