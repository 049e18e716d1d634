"""Visits that were paid for singly and that a package bought since could be used for (S34)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import Bill
from clinic.calendar import day_bounds
from clinic.forms import KeyedForm, ReasonField
from clinic.models import Clinic, Patient
from clinic.money import format_money
from clinic.ui.words import day, reader_locale
from packages import eligibility
from packages.models import Package
from packages.naming import named_by
from visits.models import Visit
from visits.records import wanted_of

LONGEST_AGO = timedelta(days=60)


def coverable(package: Package, clinic: Clinic) -> list[Visit]:
    """Of the last 60 days, the latest first. Seen from the day the package was there, as its use will be."""
    people = _people(package, clinic)
    held = {each.pk: each for each in eligibility.packages_for(*people)[package.patient_id]}
    since, _end = day_bounds(clinic.today() - LONGEST_AGO, clinic.zone)
    singly = Visit.objects.filter(
        patient__in=people,
        state=Visit.State.COMPLETED,
        settlement=Visit.Settlement.CHARGE,
        starts_at__gte=since,
    ).select_related("patient", "service", "therapist")
    return [visit for visit in singly.order_by("-starts_at") if _covers(held[package.pk], visit, clinic)]


def _people(package: Package, clinic: Clinic) -> list[Patient]:
    named = [relation.person for relation in named_by(package.patient, clinic.today())]
    return [package.patient, *named]


def _covers(package: Package, visit: Visit, clinic: Clinic) -> bool:
    wanted = wanted_of(visit, clinic)
    return eligibility.fit(replace(wanted, on=max(wanted.on, package.valid_from)), package).covers


class HindsightForm(KeyedForm):
    """Which of the visits the package is used for."""

    visit = forms.ChoiceField(label=gettext_lazy("Visit"), widget=forms.RadioSelect)
    reason = ReasonField(initial=gettext_lazy("Bought the package since"))

    def __init__(self, *args: Any, visits: list[Visit], clinic: Clinic, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.visits = {str(visit.pk): visit for visit in visits}
        totals = Bill.objects.filter(visit__in=visits).order_by("issued_at").values_list("visit_id", "total")
        paid = {visit_id: total for visit_id, total in totals if total > 0}
        choices = [(pk, _said(visit, paid.get(visit.pk), clinic)) for pk, visit in self.visits.items()]
        self.fields["visit"].choices = choices  # type: ignore[attr-defined]

    def clean_visit(self) -> Visit:
        return self.visits[self.cleaned_data["visit"]]


def _said(visit: Visit, paid: Any, clinic: Clinic) -> str:
    facts = {
        "day": day(clinic.local(visit.starts_at).date(), "long"),
        "service": visit.service.name,
        "patient": visit.patient.name,
        "amount": format_money(paid, clinic.currency, str(reader_locale())) if paid else "",
    }
    return _("%(day)s: %(service)s, %(patient)s, %(amount)s") % facts
