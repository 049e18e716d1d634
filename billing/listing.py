"""The list of bills, newest first, in pages that cost the same however long the list is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django import forms
from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from clinic.forms import DateField
from clinic.keyset import stretch
from clinic.patients.search import find_patients

from .models import Bill, BillKind
from .payments import with_owed

MOST_PATIENTS = 50


class BillFilter(forms.Form):
    """Which bills to list; what is not understood narrows nothing and says so."""

    q = forms.CharField(label=_("Patient or bill number"), max_length=80, required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("All")), *BillKind.choices])
    first = DateField(label=_("From"), required=False)
    last = DateField(label=_("To"), required=False)

    def bills(self) -> QuerySet[Bill]:
        """The bills that fit, in no order. The days are the clinic's own: `issued_on`."""
        asked = self.cleaned_data if self.is_valid() else {}
        bills = Bill.objects.all()
        if text := asked.get("q"):
            bills = bills.filter(_of_patient_or_number(text))
        if kind := asked.get("kind"):
            bills = bills.filter(kind=kind)
        if first := asked.get("first"):
            bills = bills.filter(issued_on__gte=first)
        if last := asked.get("last"):
            bills = bills.filter(issued_on__lte=last)
        return bills


@dataclass(frozen=True)
class Page:
    """A stretch of the list with its sums; `older_than` and `newer_than` name the bills at its ends."""

    bills: list[Bill]
    older_than: UUID | None
    newer_than: UUID | None
    total: Decimal
    owed: Decimal


def newest_first(bills: QuerySet[Bill], asked: Mapping[str, str], *, per_page: int) -> Page:
    """The page after the bill named by `older_than`, or before `newer_than`, else the first."""
    bills = bills.defer("document").select_related("patient")
    found = stretch(bills, asked, by="issued_at", per_page=per_page)
    page = found.rows
    return Page(
        _with_owed(page),
        older_than=found.older_than,
        newer_than=found.newer_than,
        total=sum((bill.total for bill in page), Decimal(0)),
        owed=sum((bill.owed for bill in page), Decimal(0)),
    )


def owed_of(bills: list[Bill]) -> dict[UUID, Decimal]:
    """What is still to pay on each bill now, after credits and payments."""
    lines = with_owed().filter(bill__in=bills, credits__isnull=True)
    sums = lines.values("bill").annotate(still=Sum("owed")).values_list("bill", "still")
    return dict(sums)


def _with_owed(bills: list[Bill]) -> list[Bill]:
    owed = owed_of(bills) if bills else {}
    for bill in bills:
        bill.owed = owed.get(bill.pk, Decimal(0))  # type: ignore[attr-defined]
    return bills


def _of_patient_or_number(text: str) -> Q:
    by_number = Q(name__iexact=text)
    if "/" in text:
        return by_number
    return by_number | Q(patient__in=[patient.pk for patient in find_patients(text, limit=MOST_PATIENTS)])
