"""The statement: every line with date, time, therapist, who marked it, what was sent and what the patient answered.

"You say 6, I say 5" (S60). Nothing in it was written after the moment it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from clinic.models import Clinic, ClinicSettings, Patient
from clinic.ui.words import day
from packages.models import Package
from packages.passbook import ChangeLine, Line, told
from visits.answers import Answered, answers_of

from .counts import CountExplained, explain_count, explain_patient
from .known import Known
from .sendings import reminders_of, sent_about


@dataclass(frozen=True)
class Row:
    """A line or a change, and what passed between the clinic and the patient about it."""

    line: Line | ChangeLine
    therapist: str
    sent: tuple[str, ...] = ()
    answer: str = ""


@dataclass(frozen=True)
class PackageSheet:
    """One package of a statement."""

    package: Package
    sentence: str
    rows: tuple[Row, ...]
    reminders: tuple[str, ...] = ()


@dataclass(frozen=True)
class Statement:
    """Of one package, or of all that a patient had."""

    patient: Patient
    at: datetime  # on the clinic's clock
    letterhead: Mapping[str, str]
    sheets: tuple[PackageSheet, ...]

    @property
    def name(self) -> str:
        """Whose it is, and as of when: the foot of every page."""
        facts = {"number": self.patient.number, "day": day(self.at.date()), "time": f"{self.at:%H:%M}"}
        return _("Patient no. %(number)s · as of %(day)s, %(time)s") % facts


def statement_of_package(
    package: Package, *, clinic: Clinic, as_of: datetime | None = None
) -> Statement | None:
    """Every line of one package; None where it was not sold yet."""
    count = explain_count(package, clinic=clinic, as_of=as_of)
    return _statement(count.known.patient, [count], count.known) if count.was_sold else None


def statement_of_patient(patient: Patient, *, clinic: Clinic, as_of: datetime | None = None) -> Statement:
    """Every line of every package, the oldest package first."""
    explained = explain_patient(patient, clinic=clinic, as_of=as_of)
    return _statement(patient, list(reversed(explained.counts)), explained.known)


def _statement(patient: Patient, counts: Sequence[CountExplained], known: Known) -> Statement:
    entries = [entry for count in counts for entry in count.history.entries]
    answers = answers_of(entries, at=known.at)
    sent, reminders = sent_about(counts, known), reminders_of(counts, known)
    sheets = tuple(
        _sheet(count, known, answers, sent, reminders.get(count.package.pk, ())) for count in counts
    )
    return Statement(patient, known.local(known.at), _letterhead(known.clinic), sheets)


def _sheet(
    count: CountExplained,
    known: Known,
    answers: Mapping[UUID, Answered],
    sent: Mapping[UUID, list[str]],
    reminders: Sequence[str],
) -> PackageSheet:
    lines = told(count.history.book(known.clinic), with_reasons=False)
    rows = tuple(_row(line, answers, sent) for line in lines)
    return PackageSheet(count.package, count.sentence, rows, tuple(reminders))


def _row(line: Line | ChangeLine, answers: Mapping[UUID, Answered], sent: Mapping[UUID, list[str]]) -> Row:
    if isinstance(line, ChangeLine):
        return Row(line, "")
    entry = line.entry
    answered = answers.get(entry.pk)
    return Row(
        line,
        entry.therapist.name if entry.therapist else "",
        tuple(sent.get(entry.pk, ())),
        answered.words if answered else "",
    )


def _letterhead(clinic: Clinic) -> Mapping[str, str]:
    settings = ClinicSettings.objects.get()
    names = ("address", "phone", "email", "registration")
    return {"name": settings.legal_name or clinic.name} | {name: getattr(settings, name) for name in names}
