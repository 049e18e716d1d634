from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.tenancy.models import ClinicForeignKey, ClinicModel

from .patients import Patient


class Message(ClinicModel):
    """The outbox: written in the act's transaction, sent by Celery after commit, kept for ever.

    `occasion` makes a message unique: the same occasion is never written twice.
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
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_words = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    not_before = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta(ClinicModel.Meta):
        constraints = [models.UniqueConstraint(fields=["clinic", "occasion"], name="message_occasion_once")]
        indexes = [
            models.Index(
                fields=["clinic", "not_before"], name="message_waiting", condition=models.Q(state__in=["queued", "sending"])
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel}: {self.occasion}"
