"""Paying online: the clinic's account at a provider, links to pay by, and all that the provider said."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models import Branch, Patient, Staff
from clinic.tenancy.models import ClinicForeignKey, ClinicModel

from .bills import AMOUNT, BillLine
from .payments import Payment
from .returns import Refund


class GatewayAccount(ClinicModel):
    """One row a clinic: its account at the provider. The secrets are sealed (clinic.sealing) and never
    shown again. `checked` is what came of the last test of the connection."""

    class Checked(models.TextChoices):
        NEVER = "", _("not tested")
        WANTED = "wanted", _("being tested")
        FINE = "fine", _("works")
        REFUSED = "refused", _("the keys are refused")
        UNREACHABLE = "silent", _("no answer")

    key_id = models.CharField(_("key id"), max_length=60)
    key_secret = models.BinaryField()
    webhook_secret = models.BinaryField()
    is_on = models.BooleanField(default=True)
    changed_at = models.DateTimeField(db_default=Now())
    checked = models.CharField(max_length=8, choices=Checked.choices, blank=True, default=Checked.NEVER)
    checked_at = models.DateTimeField(null=True)

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic"], name="gateway_account_once"),
            models.CheckConstraint(name="gateway_account_has_key", condition=~Q(key_id="")),
        ]

    def __str__(self) -> str:
        return self.key_id


class PaymentLink(ClinicModel):
    """A link that a patient can pay by. Written first; a worker then asks the provider for it.

    What it is for never changes. Its state only goes on, in the order of RANK, whatever arrives when: what was paid
    stays paid. `due_at` is when a worker looks at it next, and until when one has it; none when nothing is left to do.
    """

    class State(models.TextChoices):
        WANTED = "wanted", _("being prepared")
        FAILED = "failed", _("could not be made")
        OPEN = "open", _("waits for the payment")
        EXPIRED = "expired", _("expired")
        CANCELLED = "cancelled", _("cancelled")
        PAID = "paid", _("paid")

    RANK = {
        State.WANTED: 0,
        State.FAILED: 1,
        State.OPEN: 2,
        State.EXPIRED: 3,
        State.CANCELLED: 4,
        State.PAID: 5,
    }
    LIVE = frozenset({State.WANTED, State.OPEN})
    VALID = timedelta(days=7)

    patient = ClinicForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    branch = ClinicForeignKey(Branch, on_delete=models.PROTECT, related_name="+")
    amount = models.DecimalField(**AMOUNT)
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=9, choices=State.choices, default=State.WANTED)
    provider_id = models.CharField(max_length=40, blank=True)
    short_url = models.URLField(max_length=200, blank=True)
    cancel_wanted_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True, db_default=Now())
    last_words = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    by = ClinicForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    key = models.UUIDField()

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "key"], name="payment_link_key_once"),
            models.UniqueConstraint(
                fields=["clinic", "provider_id"],
                name="payment_link_provider_once",
                condition=~Q(provider_id=""),
            ),
            models.CheckConstraint(name="payment_link_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="payment_link_open_has_address", condition=~Q(state="open") | ~Q(provider_id="")
            ),
        ]
        indexes = [
            models.Index(fields=["clinic", "patient", "created_at"], name="payment_link_of_patient"),
            models.Index(fields=["clinic", "created_at"], name="payment_link_by_time"),
            models.Index(
                fields=["clinic", "due_at"], name="payment_link_due", condition=Q(due_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.amount}"

    @property
    def reference(self) -> str:
        """What the provider knows it by: ours, so that it can be asked for before it is asked for again."""
        return self.pk.hex

    @property
    def is_live(self) -> bool:
        return self.state in self.LIVE

    @property
    def is_payable(self) -> bool:
        """Whether a patient can be sent to the provider's page now."""
        is_address = self.short_url.startswith(("https://", "http://"))
        return self.state == self.State.OPEN and not self.cancel_wanted_at and is_address

    def goes_on_to(self, state: str) -> bool:
        """Whether this state is further on than the one it has."""
        return self.RANK[self.State(state)] > self.RANK[self.State(self.state)]


class PaymentLinkLine(ClinicModel):
    """What a link is for: a bill's line, with what was owed on it when the link was made. Append-only."""

    link = ClinicForeignKey(PaymentLink, on_delete=models.PROTECT, related_name="lines")
    line = ClinicForeignKey(BillLine, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()
    owed = models.DecimalField(**AMOUNT)

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "link", "line"], name="payment_link_line_once"),
            models.CheckConstraint(name="payment_link_line_owed", condition=Q(owed__gt=0)),
        ]

    def __str__(self) -> str:
        return str(self.owed)


class GatewayEvent(ClinicModel):
    """What the provider told us, word for word. Append-only; each of its events once, however often it comes.

    The names that it goes by are read out of it, so that what belongs together is found in whatever order it came.
    """

    event_id = models.CharField(max_length=120)
    kind = models.CharField(max_length=60)
    body = models.TextField()
    reference = models.CharField(max_length=40, blank=True, help_text="of our own link")
    link_id = models.CharField(max_length=40, blank=True, help_text="the provider's name of the link")
    payment_id = models.CharField(max_length=40, blank=True, help_text="the provider's name of the payment")
    received_at = models.DateTimeField(db_default=Now())

    class Meta(ClinicModel.Meta):
        constraints = [models.UniqueConstraint(fields=["clinic", "event_id"], name="gateway_event_once")]
        indexes = [
            models.Index(fields=["clinic", "link_id"], name="gateway_event_link", condition=~Q(link_id="")),
            models.Index(
                fields=["clinic", "payment_id"], name="gateway_event_payment", condition=~Q(payment_id="")
            ),
            models.Index(
                fields=["clinic", "reference"], name="gateway_event_reference", condition=~Q(reference="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"


class GatewayRefund(ClinicModel):
    """Money of an online payment on its way back through the provider. Until that is done nothing else can spend it.

    `refund` is the money that went back; it is written when the provider says so.
    """

    class State(models.TextChoices):
        WANTED = "wanted", _("being asked for")
        ASKED = "asked", _("on its way")
        DONE = "done", _("paid back")
        FAILED = "failed", _("not paid back")

    WAITING = frozenset({State.WANTED, State.ASKED})

    payment = ClinicForeignKey(Payment, on_delete=models.PROTECT, related_name="+")
    amount = models.DecimalField(**AMOUNT)
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=300)
    state = models.CharField(max_length=6, choices=State.choices, default=State.WANTED)
    provider_id = models.CharField(max_length=40, blank=True)
    refund = ClinicForeignKey(Refund, on_delete=models.PROTECT, null=True, related_name="+")
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True, db_default=Now())
    last_words = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    by = ClinicForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    key = models.UUIDField()

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "key"], name="gateway_refund_key_once"),
            models.UniqueConstraint(
                fields=["clinic", "provider_id"],
                name="gateway_refund_provider_once",
                condition=~Q(provider_id=""),
            ),
            models.CheckConstraint(name="gateway_refund_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="gateway_refund_has_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="gateway_refund_done_has_refund",
                condition=Q(state="done", refund__isnull=False) | ~Q(state="done") & Q(refund__isnull=True),
            ),
        ]
        indexes = [
            models.Index(
                fields=["clinic", "due_at"], name="gateway_refund_due", condition=Q(due_at__isnull=False)
            ),
            models.Index(
                fields=["clinic", "payment"],
                name="gateway_refund_waiting",
                condition=Q(state__in=["wanted", "asked"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.amount}"


class GatewayQuestion(ClinicModel):
    """Something that the provider said and that the program does not decide: a person looks at it and says what
    was done. One for each thing that was said."""

    class Kind(models.TextChoices):
        CURRENCY = "currency", _("Money in another currency came in. It was not recorded as a payment.")
        SPENT = "spent", _("Money went back to the patient at the provider, but it pays for bills here.")
        DISPUTE = "dispute", _("The bank asks about a payment. Answer it at the provider in time.")
        BOUNCE = "bounce", _("The bank took money back that cannot be marked as bounced here.")
        WON = (
            "won",
            _("The bank decided for the clinic. The payment had been marked as bounced: record it again."),
        )

    event = ClinicForeignKey(GatewayEvent, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    link = ClinicForeignKey(PaymentLink, on_delete=models.PROTECT, null=True, related_name="+")
    facts = models.JSONField(default=dict)
    asked_at = models.DateTimeField(db_default=Now())
    answered_at = models.DateTimeField(null=True)
    answered_by = ClinicForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    answer = models.CharField(max_length=300, blank=True)

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "event", "kind"], name="gateway_question_once"),
            models.CheckConstraint(
                name="gateway_question_answer",
                condition=Q(answered_at__isnull=True, answer="")
                | Q(answered_at__isnull=False) & ~Q(answer=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["clinic", "asked_at"],
                name="gateway_question_open",
                condition=Q(answered_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return self.kind
