from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models import Service, Staff
from clinic.money import rounded
from clinic.tenancy.models import ClinicForeignKey, ClinicModel
from packages.models import Entry

from .visits import Visit

ZERO, ONE = Decimal(0), Decimal(1)
AMOUNT: dict[str, Any] = {"max_digits": 14, "decimal_places": 3}
SESSIONS: dict[str, Any] = {"max_digits": 6, "decimal_places": 1}


class PayRule(ClinicModel):
    """What somebody earns by a session from a day on. Append-only: a change is a new rule.

    The latest rule for the service goes before the latest for every service; of the same day, the one written last
    (`pay_rule_on` in migration 0008). `places` are the digits of the currency's minor unit, to which pay is rounded.
    """

    class Kind(models.TextChoices):
        PER_SESSION = "per_session", _("an amount for each session")
        PERCENT = "percent", _("a part of what the session is worth")
        AS_USUAL = "as_usual", _("as for every other service")

    staff = ClinicForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    service = ClinicForeignKey(Service, on_delete=models.PROTECT, null=True, related_name="+")
    from_day = models.DateField(_("from"))
    kind = models.CharField(_("what is paid"), max_length=11, choices=Kind.choices)
    amount = models.DecimalField(_("amount for a session"), **AMOUNT, default=ZERO)
    percent = models.DecimalField(
        _("percent"),
        max_digits=5,
        decimal_places=2,
        default=ZERO,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    places = models.PositiveSmallIntegerField()
    pays_free = models.BooleanField(
        _("sessions that the patient does not pay for are paid too"), default=True
    )
    pays_absences = models.BooleanField(
        _("a session taken because the patient did not come is paid too"), default=False
    )
    by = ClinicForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    key = models.UUIDField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "key"], name="pay_rule_key_once"),
            models.CheckConstraint(
                name="pay_rule_of_kind",
                condition=Q(kind="per_session", amount__gte=0, percent=0)
                | Q(kind="percent", amount=0, percent__gt=0, percent__lte=100)
                | Q(kind="as_usual", amount=0, percent=0, service__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["clinic", "staff", "service", "from_day"], name="pay_rule_on")]

    def __str__(self) -> str:
        return f"{self.kind} {self.from_day}"

    def pays(self, value: Decimal, sessions: Decimal = ONE, *, is_absence: bool = False) -> Decimal:
        """What it pays for so many sessions worth so much, as `pay_by_rule` in the database does."""
        if (is_absence and not self.pays_absences) or not (is_absence or value or self.pays_free):
            return ZERO
        if self.kind == self.Kind.PERCENT:
            return rounded(value * self.percent / 100, self.places)
        return rounded(self.amount * sessions, self.places)


class PayLine(ClinicModel):
    """What a session came to for who held it, or that taken back. Append-only; the database writes it (0008_pay).

    `turn` counts the lines of a visit: odd ones earn, even ones take back the one before, so at most one lives.
    `sessions` and `value` are what the rule was applied to; of an absence nothing was delivered.
    """

    staff = ClinicForeignKey(Staff, on_delete=models.PROTECT, related_name="+", db_index=False)
    visit = ClinicForeignKey(Visit, on_delete=models.PROTECT, related_name="+", db_index=False)
    turn = models.PositiveIntegerField()
    entry = ClinicForeignKey(Entry, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    service = ClinicForeignKey(Service, on_delete=models.PROTECT, related_name="+", db_index=False)
    happened_on = models.DateField()
    sessions = models.DecimalField(**SESSIONS)
    value = models.DecimalField(**AMOUNT)
    amount = models.DecimalField(**AMOUNT)
    is_absence = models.BooleanField()
    rule = ClinicForeignKey(PayRule, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    reverses = ClinicForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "visit", "turn"], name="pay_line_turn_once"),
            models.UniqueConstraint(
                fields=["clinic", "visit", "turn", "id", "staff", "sessions", "value", "amount"],
                name="pay_line_undoable",
            ),
            models.CheckConstraint(name="pay_line_turn_from_1", condition=Q(turn__gte=1)),
            models.CheckConstraint(
                name="pay_line_sign",
                condition=Q(reverses__isnull=True, sessions__gt=0, value__gte=0, amount__gte=0)
                | Q(reverses__isnull=False, sessions__lt=0, value__lte=0, amount__lte=0),
            ),
            models.CheckConstraint(
                name="pay_line_amount_has_rule", condition=Q(amount=0) | Q(rule__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["clinic", "happened_on", "staff"], name="pay_line_by_day"),
            models.Index(fields=["clinic", "staff", "happened_on"], name="pay_line_of_staff"),
        ]

    def __str__(self) -> str:
        return f"{self.happened_on} {self.amount}"
