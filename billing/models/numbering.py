from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.models import Branch
from clinic.tenancy.models import ClinicForeignKey, ClinicModel

from .bills import NUMBER_FORMAT, PREFIX, BillKind

# What a kind of paper is called where the clinic has chosen nothing.
DEFAULT_PREFIX = {
    BillKind.BILL: "B",
    BillKind.INVOICE: "T",
    BillKind.RECEIPT: "R",
    BillKind.CREDIT_NOTE: "CN",
    BillKind.CORRECTION: "C",
    BillKind.MONEY_RECEIPT: "RV",
    BillKind.REFUND_NOTE: "RF",
}


class Numbering(ClinicModel):
    """How the papers of a kind are numbered: in the whole clinic, or in the one branch that has its own series.

    Where there is no row, DEFAULT_PREFIX and NUMBER_FORMAT. A branch without a prefix numbers as the clinic does.
    """

    kind = models.CharField(max_length=12, choices=BillKind.choices)
    branch = ClinicForeignKey(Branch, on_delete=models.PROTECT, null=True, related_name="+")
    prefix = models.CharField(
        _("prefix"),
        max_length=PREFIX,
        blank=True,
        validators=[RegexValidator(r"^[A-Za-z0-9]+$", _("Letters and figures only."))],
    )
    format = models.CharField(_("format"), max_length=40, default=NUMBER_FORMAT)

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "kind"], name="numbering_once", condition=Q(branch__isnull=True)
            ),
            models.UniqueConstraint(
                fields=["clinic", "kind", "branch"],
                name="numbering_of_branch_once",
                condition=Q(branch__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["clinic", "prefix"], name="numbering_prefix_once", condition=~Q(prefix="")
            ),
            models.CheckConstraint(
                name="numbering_prefix_plain",
                condition=Q(prefix__regex=r"^[A-Za-z0-9]+$") | Q(prefix="", branch__isnull=False),
            ),
            models.CheckConstraint(
                name="numbering_format_tells_apart",
                condition=Q(format__contains="{prefix}")
                & Q(format__contains="{fy}")
                & Q(format__regex=r"\{n(:0[1-9])?\}"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.prefix}"
