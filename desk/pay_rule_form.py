"""What the owner fills in to pay somebody by another rule."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.forms import DateField, KeyedForm, MoneyField
from clinic.models import Service
from visits.models import PayRule


class PayRuleForm(KeyedForm):
    """How much, for which service, from which day on. The amounts that the kind does not ask for are left out."""

    kind = forms.ChoiceField(label=_("What is paid"), choices=PayRule.Kind.choices, widget=forms.RadioSelect)
    amount = MoneyField(
        label=_("Amount for a session"), required=False, help_text=_("Half a session pays half of it.")
    )
    percent = forms.DecimalField(
        label=_("Percent of its value"),
        required=False,
        max_digits=5,
        decimal_places=2,
        help_text=_("Such as 40 or 33.33. What is paid is rounded to whole coins, halves up."),
    )
    service = forms.ModelChoiceField(
        Service.objects.none(),
        label=_("For"),
        required=False,
        empty_label=_("Every service"),
        help_text=_("A rule for one service goes before the one for every service."),
    )
    from_day = DateField(
        label=_("From"),
        help_text=_(
            "What was earned from this day on is reckoned anew. Months that have ended stand as they are."
        ),
    )
    pays_free = forms.BooleanField(
        label=_("Free sessions are paid too"),
        required=False,
        help_text=_(
            "Free of charge, or a bonus session of a package: they are worth nothing, and so is a part of that."
        ),
    )
    pays_absences = forms.BooleanField(
        label=_("Sessions taken because the patient did not come are paid too"),
        required=False,
        help_text=_("Nothing was delivered then; most clinics do not pay it."),
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].currency = currency  # type: ignore[attr-defined]
        services = Service.objects.filter(is_active=True).order_by("name")
        self.fields["service"].queryset = services  # type: ignore[attr-defined]
