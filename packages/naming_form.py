"""What is asked when somebody is named on a pack, and when they are taken off."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.forms import DateField, KeyedForm
from clinic.models import Patient


class NamingForm(KeyedForm):
    """Who, in what relation to the owner, and from which day."""

    person = forms.ModelChoiceField(Patient.objects.none(), widget=forms.HiddenInput)
    kind = forms.CharField(
        label=_("Relation"),
        max_length=40,
        required=False,
        help_text=_("In a word: wife, son, friend."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    since = DateField(label=_("May use it from"))

    def __init__(self, *args: Any, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["person"].queryset = Patient.objects.filter(merged_into=None)  # type: ignore[attr-defined]
        self.fields["since"].initial = today


class UnnamingForm(KeyedForm):
    """From which day the person may not use the packs any more."""

    since = DateField(label=_("Not any more from"))
