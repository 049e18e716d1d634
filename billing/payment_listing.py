"""The list of payments, newest first, in pages that cost the same however long the list is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from clinic.forms import DateField
from clinic.keyset import stretch
from clinic.models import Branch, Staff
from clinic.patients.search import find_patients

from .models import Bounce, Method, Payment
from .payments import with_left

MOST_PATIENTS = 50
ZERO = Decimal(0)


class PaymentFilter(forms.Form):
    """Which payments to list; what is not understood narrows nothing and says so."""

    q = forms.CharField(label=_("Patient or reference"), max_length=80, required=False)
    method = forms.ChoiceField(label=_("Paid by"), required=False, choices=[("", _("All")), *Method.choices])
    first = DateField(label=_("From"), required=False)
    last = DateField(label=_("To"), required=False)
    by = forms.ModelChoiceField(
        Staff.objects.none(), label=_("Taken by"), required=False, empty_label=_("Everybody")
    )
    branch = forms.ModelChoiceField(
        Branch.objects.none(), label=_("Branch"), required=False, empty_label=_("All")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["by"].queryset = Staff.objects.order_by("name")  # type: ignore[attr-defined]
        self.fields["branch"].queryset = Branch.objects.order_by("name")  # type: ignore[attr-defined]

    def payments(self) -> QuerySet[Payment]:
        """The payments that fit, in no order."""
        asked = self.cleaned_data if self.is_valid() else {}
        payments = Payment.objects.all()
        if text := asked.get("q"):
            payments = payments.filter(_of_patient_or_reference(text))
        if first := asked.get("first"):
            payments = payments.filter(received_on__gte=first)
        if last := asked.get("last"):
            payments = payments.filter(received_on__lte=last)
        chosen = {name: asked[name] for name in ("method", "by", "branch") if asked.get(name)}
        return payments.filter(**chosen)


@dataclass(frozen=True)
class Page:
    """A stretch of the list with its sum; `older_than` and `newer_than` name the payments at its ends."""

    payments: list[Payment]
    older_than: UUID | None
    newer_than: UUID | None

    @property
    def total(self) -> Decimal:
        """What came in; a payment that bounced did not, and credit of a refund is none."""
        came = (each for each in self.payments if not each.has_bounced and each.method != Method.CREDIT)  # type: ignore[attr-defined]
        return sum((payment.amount for payment in came), ZERO)

    @property
    def left(self) -> Decimal:
        return sum((payment.left for payment in self.payments), ZERO)  # type: ignore[attr-defined]


def newest_first(payments: QuerySet[Payment], asked: Mapping[str, str], *, per_page: int) -> Page:
    """The page after the payment named by `older_than`, or before `newer_than`, else the first."""
    page = stretch(payments.values_list("pk", flat=True), asked, by="received_on", per_page=per_page)
    return Page(_read(page.rows), page.older_than, page.newer_than)


def by_method(payments: QuerySet[Payment]) -> list[tuple[str, Decimal]]:
    """What came in by each method, of all that fit; payments that bounced are left out."""
    rows = payments.filter(bounces=None).values("method").annotate(sum=Sum("amount")).order_by("method")
    sums = {row["method"]: row["sum"] for row in rows}
    return [(str(method.label), sums[method.value]) for method in Method if method.value in sums]


def _read(ids: list[UUID]) -> list[Payment]:
    """These payments with what is left of each and whether it bounced."""
    bounced = Exists(Bounce.objects.filter(payment=OuterRef("pk")))
    rows = with_left().filter(pk__in=ids).annotate(has_bounced=bounced)
    return list(rows.select_related("patient", "by", "branch").order_by("-received_on", "-id"))


def _of_patient_or_reference(text: str) -> Q:
    patients = [patient.pk for patient in find_patients(text, limit=MOST_PATIENTS)]
    return Q(reference__iexact=text.strip()) | Q(patient__in=patients)
