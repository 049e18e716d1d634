"""The outbox for those who work here: letters that the program writes to them by itself."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.tenancy.models import ClinicForeignKey, ClinicModel

from .people import Staff


class StaffLetter(ClinicModel):
    """An e-mail to somebody who works here: written once for each occasion, sent after commit, kept for ever.

    It is no Message: those are for patients, who agree to them, choose channels and have a personal link (decision
    0014). What it says never changes; the application's role may only write what became of it. `not_before` is when it
    may be tried next, and while it is being sent, until when its worker has it.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        SENDING = "sending", _("sending")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    WAITING = (State.QUEUED, State.SENDING)

    staff = ClinicForeignKey(Staff, on_delete=models.PROTECT, related_name="letters")
    occasion = models.CharField(max_length=120)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    enclosure = models.CharField(
        max_length=60, blank=True, help_text="kind:id of a paper made when it is sent"
    )
    address = models.CharField(max_length=254, blank=True, db_default="", help_text="where it went")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_words = models.CharField(max_length=300, blank=True, db_default="")
    created_at = models.DateTimeField(db_default=Now())
    not_before = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "occasion"], name="staff_letter_once"),
            models.CheckConstraint(
                name="staff_letter_sent_has_moment", condition=~Q(state="sent") | Q(sent_at__isnull=False)
            ),
        ]
        indexes = [
            models.Index(
                fields=["clinic", "not_before"],
                name="staff_letter_open",
                condition=Q(state__in=["queued", "sending"]),
            ),
        ]

    def __str__(self) -> str:
        return self.occasion
