"""What a patient is asked by the personal link: the sessions that were taken for visits of the patient's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from clinic.keys import new_key
from clinic.models import Patient
from packages.models import Entry
from visits.answers import Answered, answers_of
from visits.models import Dispute, DisputeNote, Visit

MOST_ASKED = 20
# The patient's own notes in a thread are few; more in a day come from no patient.
MOST_NOTES, NOTES_WITHIN = 20, timedelta(days=1)


@dataclass(frozen=True)
class Attended:
    """A visit of the patient that took a session, of whosever package."""

    visit: Visit
    answered: Answered

    @property
    def key(self) -> UUID:
        """Of the form that is about to be shown."""
        return new_key()

    @property
    def is_to_check(self) -> bool:
        """Neither said to be right nor decided."""
        return (self.answered.is_asked and not self.answered.answer) or self.is_disputed

    @property
    def is_disputed(self) -> bool:
        return self.answered.dispute is not None


@dataclass(frozen=True)
class Asked:
    """A visit about which the patient may say whether it was right, with what came of it."""

    visit: Visit
    answered: Answered | None
    dispute: Dispute | None
    notes: list[DisputeNote]


def attended_by(
    patient: Patient, lines: list[Entry], *, at: datetime
) -> tuple[list[Attended], dict[UUID, Answered]]:
    """The latest visits of the patient that took a session; and by line how all of them and these `lines` stand."""
    rows = Visit.objects.filter(patient=patient, entry__isnull=False)
    visits = list(rows.select_related("service", "entry").order_by("-starts_at")[:MOST_ASKED])
    entries = {entry.pk: entry for entry in lines}
    entries |= {visit.entry.pk: visit.entry for visit in visits if visit.entry}
    found = answers_of(entries.values(), at=at)
    return [Attended(visit, found[visit.entry_id]) for visit in visits if visit.entry_id in found], found


def asked_of(patient: Patient, visit_id: UUID, *, at: datetime) -> Asked | None:
    """One visit that this patient attended, with its answer, and what of its dispute the patient may read.

    Nothing for the visits of anybody else, also where they used a package of this patient.
    """
    rows = Visit.objects.select_related("service", "therapist", "branch", "entry__package", "patient")
    visit = rows.filter(patient=patient, pk=visit_id).first()
    if visit is None:
        return None
    dispute = Dispute.objects.filter(visit=visit).order_by("-opened_at").first()
    if visit.entry is None and dispute is None:
        return None
    answered = answers_of([visit.entry], at=at).get(visit.entry.pk) if visit.entry else None
    return Asked(visit, answered, dispute, _shown_notes(dispute) if dispute else [])


def has_written_enough(dispute: Dispute, at: datetime) -> bool:
    """Whether the thread has had as many notes by the link as one day takes."""
    lately = DisputeNote.objects.filter(dispute=dispute, by=None, written_at__gt=at - NOTES_WITHIN)
    return lately.count() >= MOST_NOTES


def _shown_notes(dispute: Dispute) -> list[DisputeNote]:
    notes = DisputeNote.objects.filter(dispute=dispute, is_shown=True).select_related("by")
    return list(notes.order_by("written_at", "pk"))
