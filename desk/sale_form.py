"""What the sale asks: the discount, and whether the patient is here for a session today."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.calendar import day_bounds
from clinic.forms import KeyedForm, MoneyField, offer_branches
from clinic.models import Branch, Clinic, Patient, Service, Staff
from clinic.signatures import SignatureField
from packages.agreements import Agreed
from packages.models import Plan
from packages.plans import fingerprint
from visits.models import Visit

from .checkout import HereNow


class SaleForm(KeyedForm):
    """The sale of one plan to one patient."""

    shown = forms.CharField(widget=forms.HiddenInput, max_length=16, required=False)
    discount = MoneyField(label=gettext_lazy("Discount"), required=False)
    discount_reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Stands on the bill."),
    )
    branch = forms.ModelChoiceField(Branch.objects.none(), label=gettext_lazy("Branch"), empty_label=None)
    here_now = forms.BooleanField(
        label=gettext_lazy("The patient is here for a session today: take the first one now"), required=False
    )
    visit = forms.ModelChoiceField(
        Visit.objects.none(),
        label=gettext_lazy("The visit that is booked for today"),
        required=False,
        empty_label=gettext_lazy("None: enter it now"),
    )
    service = forms.ModelChoiceField(
        Service.objects.none(), label=gettext_lazy("Service"), required=False, empty_label=None
    )
    therapist = forms.ModelChoiceField(
        Staff.objects.none(),
        label=gettext_lazy("Therapist"),
        required=False,
        empty_label=gettext_lazy("Nobody named"),
    )

    agreed_name = forms.CharField(
        label=gettext_lazy("Name of who agrees to the terms"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("The patient types it or signs below; or later, on the page of the package."),
    )
    signature = SignatureField(label=gettext_lazy("Signature, by finger, pen or mouse"))

    def __init__(self, *args: Any, plan: Plan, patient: Patient, clinic: Clinic, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plan = plan
        self.fields["shown"].initial = fingerprint(plan)
        self.fields["discount"].currency = clinic.currency  # type: ignore[attr-defined]
        offer_branches(self)
        services = Service.objects.filter(pk__in=plan.lines.filter(is_current=True).values("service"))
        self._choices("service", services.order_by("name"))
        self._choices("therapist", Staff.objects.therapists().order_by("name"))
        self._choices("visit", _open_today(patient, clinic, services))

    def _choices(self, name: str, queryset: Any) -> None:
        self.fields[name].queryset = queryset  # type: ignore[attr-defined]

    def clean_discount(self) -> Decimal:
        discount = self.cleaned_data["discount"] or Decimal(0)
        if discount > self.plan.price:
            raise forms.ValidationError(_("The discount is larger than the price."))
        return discount

    def clean(self) -> dict[str, Any]:
        facts: dict[str, Any] = super().clean() or self.cleaned_data
        if facts.get("discount") and not facts.get("discount_reason", "").strip():
            self.add_error("discount_reason", _("Write why there is a discount. It stands on the bill."))
        return facts

    def price_so_far(self, asked: Any) -> Decimal:
        """What the patient would pay by what is typed in `asked`, a form that may not be complete yet."""
        try:
            discount = self.fields["discount"].clean(asked.get("discount", "")) or Decimal(0)
        except forms.ValidationError:
            discount = Decimal(0)
        return max(self.plan.price - discount, Decimal(0))

    @property
    def price(self) -> Decimal:
        """What the patient pays."""
        discount: Decimal = self.cleaned_data["discount"]
        return self.plan.price - discount

    @property
    def agreed(self) -> Agreed | None:
        """How the patient agreed to the terms; None where that comes later."""
        name, signature = self.cleaned_data["agreed_name"], self.cleaned_data["signature"]
        return Agreed(name, signature) if name or signature else None

    def first_visit(self) -> HereNow | None:
        """The session of today, where there is one."""
        facts = self.cleaned_data
        if not facts["here_now"]:
            return None
        service = facts["service"] or self.fields["service"].queryset.first()  # type: ignore[attr-defined]
        return HereNow(service=service, therapist=facts["therapist"], visit=facts["visit"])


def _open_today(patient: Patient, clinic: Clinic, services: Any) -> Any:
    start, end = day_bounds(clinic.today(), clinic.zone)
    visits = Visit.objects.open().between(start, end).filter(patient=patient, service__in=services)
    return visits.select_related("service").order_by("starts_at")
