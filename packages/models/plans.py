from __future__ import annotations

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.models import Service
from clinic.tenancy.models import ClinicForeignKey, ClinicModel

from .terms import AMOUNT, NOT_NEGATIVE, Terms


class Plan(Terms, ClinicModel):
    """What is sold. Changing it changes nothing that was sold before (S20)."""

    is_active = models.BooleanField(_("on sale"), default=True)

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "name"], name="plan_name_once"),
            models.CheckConstraint(name="plan_price_not_negative", condition=models.Q(price__gte=0)),
        ]


class PlanLine(ClinicModel):
    """So many sessions of a service; bonus lines are used last and are worth nothing."""

    plan = ClinicForeignKey(Plan, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    service = ClinicForeignKey(Service, on_delete=models.PROTECT, related_name="+", verbose_name=_("service"))
    sessions = models.DecimalField(
        _("sessions"),
        max_digits=6,
        decimal_places=1,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
    )
    is_bonus = models.BooleanField(_("bonus"), default=False)
    is_current = models.BooleanField(default=True)

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "plan", "position"],
                name="plan_line_position",
                condition=models.Q(is_current=True),
            ),
            models.CheckConstraint(name="plan_line_sessions", condition=models.Q(sessions__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.sessions} × {self.service_id}"


class Alternative(models.Model):
    """Another service that a line may be used for: so many sessions of it a visit, and money beside them if any.

    A 90-minute visit on a 60-minute line may take 2 sessions, or 1 and the difference (S18).
    """

    service = ClinicForeignKey(Service, on_delete=models.PROTECT, related_name="+", verbose_name=_("service"))
    sessions = models.DecimalField(
        _("sessions a visit"),
        max_digits=6,
        decimal_places=1,
        validators=[MinValueValidator(Decimal("0.5")), MaxValueValidator(100)],
    )
    surcharge = models.DecimalField(_("to pay beside"), **AMOUNT, default=Decimal(0), validators=NOT_NEGATIVE)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.sessions} × {self.service_id}"


class PlanAlternative(Alternative, ClinicModel):
    """Another service that a line of the plan may be used for."""

    line = ClinicForeignKey(PlanLine, on_delete=models.PROTECT, related_name="alternatives")

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "line", "service", "sessions"], name="plan_alternative_once"
            ),
            models.CheckConstraint(name="plan_alternative_sessions", condition=models.Q(sessions__gt=0)),
        ]
