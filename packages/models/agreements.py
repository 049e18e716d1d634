from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models import Staff
from clinic.tenancy.models import ClinicForeignKey, ClinicModel

from .packages import Package


class Agreement(ClinicModel):
    """That the patient agreed to the terms of a pack: the sentences as they were shown, and a name or a signature.

    Append-only. `signature` is the path of an SVG, drawn in a box of 400 by 120.
    """

    package = ClinicForeignKey(Package, on_delete=models.PROTECT, related_name="agreements")
    name = models.CharField(_("name of who agreed"), max_length=120, blank=True)
    signature = models.TextField(_("signature"), max_length=20_000, blank=True)
    language = models.CharField(max_length=5)
    sentences = models.JSONField(help_text="the clauses as they were shown")
    recorded_at = models.DateTimeField(db_default=Now())
    by = ClinicForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "package"], name="agreement_once"),
            models.CheckConstraint(name="agreement_by_somebody", condition=~Q(name="", signature="")),
        ]

    def __str__(self) -> str:
        return self.name or str(_("signed"))
