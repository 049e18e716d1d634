from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.tenancy.models import ClinicForeignKey, ClinicModel

from .patients import Patient


class Message(ClinicModel):
    """The outbox: written in the act's transaction, sent by Celery after commit, kept for ever.

    `occasion` makes a message unique: the same occasion is never written twice. What it says never changes; the
    application's role may only write what became of it. `not_before` is when it may be tried next, and for a message
    that is being sent, until when its worker has it.
    """

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")
        BY_HAND = "by_hand", _("WhatsApp by hand")

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        SENDING = "sending", _("sending")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    patient = ClinicForeignKey(Patient, on_delete=models.PROTECT, related_name="messages")
    channel = models.CharField(max_length=12, choices=Channel.choices)
    address = models.CharField(max_length=254)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    occasion = models.CharField(max_length=120)
    enclosure = models.CharField(
        max_length=60, blank=True, help_text="kind:id of a paper made when it is sent"
    )
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_words = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    not_before = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "occasion"], name="message_occasion_once"),
            models.CheckConstraint(
                name="message_sent_has_moment",
                condition=~models.Q(state="sent") | models.Q(sent_at__isnull=False),
            ),
        ]
        indexes = [
            # What the worker and the desk still have to do; the rest, nearly all, is not in it.
            models.Index(
                fields=["clinic", "channel", "not_before"],
                name="message_open",
                condition=models.Q(state__in=["queued", "sending", "failed"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel}: {self.occasion}"
