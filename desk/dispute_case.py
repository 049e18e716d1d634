"""A dispute with everything that speaks for or against it, for its page and for its paper."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.models import Bill
from clinic.models import Clinic, Message
from packages.clauses import clauses_of
from packages.models import Agreement
from packages.passbook import Line, lines_of
from visits.answers import Answered, answers_of
from visits.history import Step, history
from visits.models import Answer, Dispute, DisputeNote

JOINED = (
    "visit__patient",
    "visit__service",
    "visit__therapist",
    "visit__branch",
    "visit__completed_by",
    "visit__entry",
    "entry__package__patient",
    "aside",
    "opened_by",
    "decided_by",
)


@dataclass(frozen=True)
class Case:
    """A dispute as it stands `at` a moment."""

    dispute: Dispute
    clinic: Clinic
    at: datetime

    @property
    def package(self) -> Any:
        return self.dispute.entry.package

    @property
    def visit_at(self) -> datetime:
        """On the clinic's clock."""
        return self.clinic.local(self.dispute.visit.starts_at).replace(tzinfo=None)

    @property
    def clock(self) -> str:
        """3 days left; 2 days late; decided on that day."""
        return clock_of(self.dispute, self.clinic.day_of(self.at))

    @property
    def is_late(self) -> bool:
        return self.dispute.is_overdue_on(self.clinic.day_of(self.at))

    @cached_property
    def notes(self) -> list[DisputeNote]:
        notes = DisputeNote.objects.filter(dispute=self.dispute).select_related("by")
        return list(notes.order_by("written_at", "pk"))

    @cached_property
    def given(self) -> list[Answer]:
        """All answers about the visit, the first first."""
        answers = Answer.objects.filter(visit=self.dispute.visit_id).select_related("entry", "by")
        return list(answers.order_by("answered_at", "pk"))

    @cached_property
    def passbook(self) -> list[Line]:
        """The whole passbook of the package: the count is an argument only with all its lines."""
        return lines_of(self.package, self.clinic)

    @cached_property
    def answered(self) -> dict[Any, Answered]:
        return answers_of([line.entry for line in self.passbook], at=self.at)

    @property
    def lines(self) -> list[tuple[Line, Answered | None, bool]]:
        """Each line with its answer, and whether it is of the visit in dispute."""
        return [
            (line, self.answered.get(line.entry.pk), line.entry.visit_id == self.dispute.visit_id)
            for line in self.passbook
        ]

    @cached_property
    def agreement(self) -> Agreement | None:
        return Agreement.objects.filter(package=self.package).select_related("by").first()

    @property
    def terms(self) -> list[Any]:
        """The clauses as they were shown when the patient agreed, else as the package has them."""
        return self.agreement.sentences if self.agreement else clauses_of(self.package, clinic=self.clinic)

    @cached_property
    def steps(self) -> list[Step]:
        return history(self.dispute.visit, self.clinic)

    @cached_property
    def bills(self) -> list[Bill]:
        """What was issued for the visit, and the notes that answer it."""
        visit = self.dispute.visit_id
        found = Bill.objects.filter(Q(visit=visit) | Q(corrects__visit=visit)).defer("document")
        return list(found.order_by("issued_at", "number"))

    @cached_property
    def messages(self) -> list[Message]:
        """What was sent about the visit's papers, the package and the dispute, or waits."""
        about = Q(occasion=f"dispute:{self.dispute.pk}") | Q(occasion__startswith=f"nudge:{self.package.pk}:")
        about |= Q(enclosure__in=[f"bill:{bill.pk}" for bill in self.bills])
        about |= Q(occasion__endswith=str(self.dispute.visit_id))
        to = {self.dispute.visit.patient_id, self.package.patient_id}
        return list(Message.objects.filter(about, patient__in=to).order_by("created_at", "pk"))


def open_case(dispute: Dispute, *, clinic: Clinic, at: datetime) -> Case:
    """The case of a dispute that was read with what is JOINED."""
    return Case(dispute, clinic, at)


def clock_of(dispute: Dispute, today: date) -> str:
    """How long there is to decide, in words."""
    if not dispute.is_open:
        return _("Decided: %(decision)s") % {"decision": dispute.get_decision_display()}
    days = (dispute.due_on - today).days
    if days < 0:
        return ngettext("%(n)d day late", "%(n)d days late", -days) % {"n": -days}
    if days == 0:
        return _("To be decided today")
    return ngettext("%(n)d day left to decide", "%(n)d days left to decide", days) % {"n": days}


@dataclass(frozen=True)
class Waiting:
    """How many disputes wait for a decision, and how many of them have waited too long."""

    open: int
    late: int


def waiting_for(today: date) -> Waiting | None:
    """What waits for the owner, or nothing."""
    facts = Dispute.objects.filter(decision="").aggregate(
        open=Count("pk"), late=Count("pk", filter=Q(due_on__lt=today))
    )
    return Waiting(**facts) if facts["open"] else None
