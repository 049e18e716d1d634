from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models import Staff
from clinic.tenancy.models import ClinicForeignKey, ClinicModel
from packages.models import Entry

from .answers import Answer
from .visits import Visit


class Dispute(ClinicModel):
    """A session that the patient says was not right: set aside, with a clock, until the owner decides.

    What opened it never changes; the decision is written once. While it is open the visit's entry is `aside`; the
    database refuses anything else.
    """

    class Decision(models.TextChoices):
        STANDS = "stands", _("It stands: the session was used")
        GIVEN_BACK = "given_back", _("Given back")
        HALF = "half", _("Half of it given back")

    class Via(models.TextChoices):
        SCREEN = "screen", _("on the clinic's screen")
        LINK = "link", _("on the personal link")
        DESK = "desk", _("told to the desk")

    number = models.PositiveIntegerField(_("case number"))
    visit = ClinicForeignKey(Visit, on_delete=models.PROTECT, related_name="disputes")
    entry = ClinicForeignKey(
        Entry, on_delete=models.PROTECT, related_name="+", help_text="the line that is disputed"
    )
    aside = ClinicForeignKey(
        Entry, on_delete=models.PROTECT, related_name="+", help_text="the line that set it aside"
    )
    answer = ClinicForeignKey(Answer, on_delete=models.PROTECT, null=True, related_name="+")
    via = models.CharField(max_length=6, choices=Via.choices)
    words = models.CharField(_("words of the patient"), max_length=1000, blank=True)
    opened_at = models.DateTimeField(db_default=Now())
    due_on = models.DateField(_("to be decided by"))
    opened_by = ClinicForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    key = models.UUIDField()

    decision = models.CharField(_("decision"), max_length=10, choices=Decision.choices, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = ClinicForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    decision_key = models.UUIDField(null=True)

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "number"], name="dispute_number_once"),
            models.UniqueConstraint(fields=["clinic", "key"], name="dispute_key_once"),
            models.UniqueConstraint(fields=["clinic", "entry"], name="dispute_of_entry_once"),
            models.UniqueConstraint(
                fields=["clinic", "visit"], name="dispute_open_once", condition=Q(decision="")
            ),
            models.CheckConstraint(
                name="dispute_decision_known", condition=Q(decision__in=["", "stands", "given_back", "half"])
            ),
            models.CheckConstraint(
                name="dispute_decided_whole",
                condition=Q(
                    decision="",
                    decided_at__isnull=True,
                    decided_by__isnull=True,
                    reason="",
                    decision_key__isnull=True,
                )
                | Q(
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                    decision_key__isnull=False,
                )
                & ~Q(decision="")
                & ~Q(reason=""),
            ),
        ]
        indexes = [
            models.Index(fields=["clinic", "due_on"], name="dispute_open", condition=Q(decision="")),
            models.Index(fields=["clinic", "opened_at"], name="dispute_by_opening"),
            models.Index(
                fields=["clinic", "decided_at"], name="dispute_by_decision", condition=~Q(decision="")
            ),
        ]

    def __str__(self) -> str:
        return str(self.number)

    @property
    def is_open(self) -> bool:
        return not self.decision

    def is_overdue_on(self, day: date) -> bool:
        return self.is_open and self.due_on < day


class DisputeNote(ClinicModel):
    """A line of the thread of a dispute: the patient's, by the link, or somebody's of the clinic. Append-only."""

    dispute = ClinicForeignKey(Dispute, on_delete=models.PROTECT, related_name="notes")
    words = models.CharField(_("note"), max_length=1000)
    by = ClinicForeignKey(
        Staff, on_delete=models.PROTECT, null=True, related_name="+", help_text="nobody: the patient"
    )
    is_shown = models.BooleanField(_("the patient may read this"), default=False)
    written_at = models.DateTimeField(db_default=Now())
    key = models.UUIDField()

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "key"], name="dispute_note_key_once"),
            models.CheckConstraint(name="dispute_note_says_something", condition=~Q(words="")),
            models.CheckConstraint(
                name="dispute_note_of_patient_is_shown", condition=Q(by__isnull=False) | Q(is_shown=True)
            ),
        ]
        indexes = [models.Index(fields=["clinic", "dispute", "written_at"], name="dispute_thread")]

    def __str__(self) -> str:
        return self.words[:40]
