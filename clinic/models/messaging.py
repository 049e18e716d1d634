"""How a clinic sends messages: by which channels, when, which of them, and in whose words."""

from __future__ import annotations

from datetime import time

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.tenancy.models import ClinicForeignKey, ClinicModel

from .facts import facts_are_an_object
from .messages import Message
from .people import Staff

QUIET_FROM, QUIET_UNTIL = time(21), time(8)


def usual_channels() -> list[str]:
    return [Message.Channel.EMAIL, Message.Channel.BY_HAND]


class MessageSettings(ClinicModel):
    """One row a clinic. `channels` are tried in this order. `rules` say of a kind of message what differs from how it
    is shipped: {"is_on": …, "by_hand": …, "timing": {…}} (clinic.messages.rules)."""

    channels = ArrayField(
        models.CharField(max_length=12, choices=Message.Channel.choices),
        verbose_name=_("channels, in this order"),
        default=usual_channels,
    )
    quiet_from = models.TimeField(_("no messages from"), default=QUIET_FROM)
    quiet_until = models.TimeField(_("no messages until"), default=QUIET_UNTIL)
    daily_cap = models.PositiveSmallIntegerField(
        _("messages a patient may get in a day"),
        default=5,
        validators=[MaxValueValidator(50)],
        help_text=_("0: as many as there are. What somebody sends by pressing Send is not held up."),
    )
    nudge_hour = models.PositiveSmallIntegerField(
        _("hour for reminders"), default=10, validators=[MinValueValidator(0), MaxValueValidator(23)]
    )
    rules = models.JSONField(default=dict)

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic"], name="message_settings_once"),
            models.CheckConstraint(name="message_settings_hour", condition=models.Q(nudge_hour__lte=23)),
            facts_are_an_object("rules", name="message_settings_rules"),
        ]

    def __str__(self) -> str:
        return ", ".join(self.channels)


class ChannelAccount(ClinicModel):
    """The clinic's account at the provider of a channel. `facts` are what may be read (a sender, an address);
    `secrets` are sealed (clinic.sealing) and never shown again. `checked` is what came of the last test.

    How the provider does: after `failures` in a row it is left alone until `paused_until`.
    """

    class Checked(models.TextChoices):
        NEVER = "", _("not tested")
        FINE = "fine", _("works")
        REFUSED = "refused", _("the keys are refused")
        UNREACHABLE = "silent", _("no answer")

    channel = models.CharField(max_length=12, choices=Message.Channel.choices)
    is_on = models.BooleanField(default=True)
    facts = models.JSONField(default=dict)
    secrets = models.BinaryField(null=True)
    changed_at = models.DateTimeField(db_default=Now())
    checked = models.CharField(max_length=8, choices=Checked.choices, blank=True, default=Checked.NEVER)
    checked_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    paused_until = models.DateTimeField(null=True)
    last_words = models.CharField(max_length=300, blank=True)

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "channel"], name="channel_account_once"),
            facts_are_an_object("facts", name="channel_account_facts"),
        ]

    def __str__(self) -> str:
        return self.channel


class Wording(ClinicModel):
    """A clinic's own words for a kind of message in a language; without one, as shipped. `template` is the name under
    which WhatsApp has approved them."""

    kind = models.CharField(max_length=40)
    language = models.CharField(max_length=5)
    subject = models.CharField(max_length=150, blank=True)
    body = models.TextField(max_length=2000)
    template = models.CharField(max_length=100, blank=True)
    changed_at = models.DateTimeField(db_default=Now())
    by = ClinicForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta(ClinicModel.Meta):
        constraints = [models.UniqueConstraint(fields=["clinic", "kind", "language"], name="wording_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.language}"
