from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models import Branch, Staff
from clinic.tenancy.models import ClinicForeignKey, ClinicModel


class Closure(ClinicModel):
    """Days on which the clinic, or one branch of it, is closed; both ends included."""

    branch = ClinicForeignKey(
        Branch,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("branch"),
        help_text=_("Leave empty for the whole clinic."),
    )
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    reason = models.CharField(_("reason"), max_length=120)
    extends = models.BooleanField(
        _("every package gets these days back"),
        default=False,
        help_text=_("Packages that are valid then last as many days longer."),
    )
    by = ClinicForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    key = models.UUIDField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "key"], name="closure_key_once"),
            models.CheckConstraint(
                name="closure_ends_after_start", condition=models.Q(last_day__gte=models.F("first_day"))
            ),
            models.CheckConstraint(name="closure_has_reason", condition=~models.Q(reason="")),
        ]
        indexes = [models.Index(fields=["clinic", "first_day"], name="closure_by_day")]

    def __str__(self) -> str:
        return self.reason
