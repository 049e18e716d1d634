"""The outbox: what is sent to patients, each attempt to send it, and what providers and patients answer."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.tenancy.models import ClinicForeignKey, ClinicModel

from .patients import Patient
from .people import Staff


class Message(ClinicModel):
    """The outbox: written in the act's transaction, sent by Celery after commit, kept for ever.

    `occasion` makes a message unique: the same occasion is never written twice. What it says never changes; the
    application's role may only write what became of it, and which channel it goes by. `not_before` is when it may be
    tried next, and for a message that is being sent, until when its worker has it. After `good_until` it is of no use
    to anybody. `route` is what is tried after `channel`, in this order. `kind` names its wording
    (clinic.messages.kinds); none for what a person wrote. `fields` are what the wording was filled with, for
    providers that keep the text of templates themselves. `is_asked`: a person pressed Send, so that neither quiet
    hours nor the daily cap hold it up.

    In the body `[[link]]` and `[[link:visits/…/]]` stand for the patient's personal link, which is a secret and is
    made when it is sent (clinic.messages.personal).
    """

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")
        WHATSAPP = "whatsapp", _("WhatsApp")
        SMS = "sms", _("SMS")
        BY_HAND = "by_hand", _("By hand")

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        SENDING = "sending", _("sending")
        SENT = "sent", _("sent")
        DELIVERED = "delivered", _("delivered")
        READ = "read", _("read")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    GONE = (State.SENT, State.DELIVERED, State.READ)

    patient = ClinicForeignKey(Patient, on_delete=models.PROTECT, related_name="messages")
    kind = models.CharField(max_length=40, blank=True, db_default="")
    language = models.CharField(max_length=5, blank=True, db_default="")
    channel = models.CharField(max_length=12, choices=Channel.choices)
    route = ArrayField(
        models.CharField(max_length=12, choices=Channel.choices), default=list, db_default=[], blank=True
    )
    address = models.CharField(max_length=254)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    fields = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()), blank=True)
    occasion = models.CharField(max_length=120)
    enclosure = models.CharField(
        max_length=60, blank=True, help_text="kind:id of a paper made when it is sent"
    )
    is_asked = models.BooleanField(default=False, db_default=False)
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    attempt = models.UUIDField(null=True, help_text="the attempt that has it, or had it last")
    provider_id = models.CharField(max_length=120, blank=True, db_default="")
    last_words = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    not_before = models.DateTimeField(db_default=Now())
    good_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "occasion"], name="message_occasion_once"),
            models.CheckConstraint(
                name="message_sent_has_moment",
                condition=~Q(state__in=["sent", "delivered", "read"]) | Q(sent_at__isnull=False),
            ),
        ]
        indexes = [
            # What the worker and the desk still have to do; the rest, nearly all, is not in it.
            models.Index(
                fields=["clinic", "channel", "not_before"],
                name="message_open",
                condition=Q(state__in=["queued", "sending", "failed"]),
            ),
            models.Index(fields=["clinic", "patient", "created_at"], name="message_of_patient"),
            models.Index(fields=["clinic", "created_at"], name="message_latest"),
            models.Index(
                fields=["clinic", "provider_id"],
                name="message_at_provider",
                condition=~Q(provider_id=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel}: {self.occasion}"

    @property
    def is_gone(self) -> bool:
        """Whether it has left the house."""
        return self.state in self.GONE

    @property
    def stands_since(self) -> datetime:
        """When it came as far as it is: read, delivered, sent, or else written."""
        return self.read_at or self.delivered_at or self.sent_at or self.created_at


class MessageAttempt(ClinicModel):
    """One attempt to send a message by one channel; never deleted. Without `ended_at` it is under way, or was cut
    short by a crash."""

    class Outcome(models.TextChoices):
        SENT = "sent", _("sent")
        LATER = "later", _("not sent, tried again")
        REFUSED = "refused", _("refused")

    message = ClinicForeignKey(Message, on_delete=models.PROTECT, related_name="tries")
    channel = models.CharField(max_length=12, choices=Message.Channel.choices)
    address = models.CharField(max_length=254)
    began_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=8, choices=Outcome.choices, blank=True)
    provider_id = models.CharField(max_length=120, blank=True)
    words = models.CharField(max_length=300, blank=True)

    class Meta(ClinicModel.Meta):
        indexes = [models.Index(fields=["clinic", "message", "began_at"], name="attempt_of_message")]

    def __str__(self) -> str:
        return f"{self.channel}: {self.outcome}"


class MessageReport(ClinicModel):
    """What a provider told about a message later, word for word and once each; append-only. It may come twice, late,
    out of order, or before we have written down the provider's id: `about` is the id that we gave it, if any."""

    provider_id = models.CharField(max_length=120)
    about = models.CharField(max_length=40, blank=True)
    status = models.CharField(max_length=20)
    words = models.CharField(max_length=300, blank=True)
    happened_at = models.DateTimeField()
    heard_at = models.DateTimeField(db_default=Now())

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "provider_id", "status"], name="message_report_once")
        ]
        indexes = [
            models.Index(fields=["clinic", "about"], name="report_about", condition=~Q(about="")),
        ]

    def __str__(self) -> str:
        return f"{self.provider_id}: {self.status}"


class Reply(ClinicModel):
    """Something a patient wrote back. `patient` is none where no patient, or more than one, has that number."""

    patient = ClinicForeignKey(
        Patient, on_delete=models.PROTECT, null=True, blank=True, related_name="replies"
    )
    channel = models.CharField(max_length=12, choices=Message.Channel.choices)
    sender = models.CharField(max_length=254)
    words = models.TextField(max_length=4000)
    provider_id = models.CharField(max_length=120)
    received_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    seen_by = ClinicForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta(ClinicModel.Meta):
        constraints = [models.UniqueConstraint(fields=["clinic", "provider_id"], name="reply_once")]
        indexes = [models.Index(fields=["clinic", "received_at"], name="reply_latest")]

    def __str__(self) -> str:
        return self.sender


class Consent(ClinicModel):
    """A patient agreed to messages, or took it back: when, how it was said, who wrote it down. Append-only; what holds
    now is Patient.may_message."""

    class Source(models.TextChoices):
        DESK = "desk", _("said at the front desk")
        LINK = "link", _("by the personal link")
        WORD = "word", _("by a reply")
        REGISTER = "register", _("from the imported register")
        MERGED = "merged", _("from a merged record")
        BEFORE = "before", _("before this was written down")

    patient = ClinicForeignKey(Patient, on_delete=models.PROTECT, related_name="consents")
    given = models.BooleanField()
    source = models.CharField(max_length=10, choices=Source.choices)
    words = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    by = ClinicForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta(ClinicModel.Meta):
        indexes = [models.Index(fields=["clinic", "patient", "at"], name="consent_of_patient")]

    def __str__(self) -> str:
        return f"{self.given} {self.source}"
