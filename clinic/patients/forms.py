from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from clinic.forms import DateField, KeyedForm
from clinic.models import Clinic, Message, Patient
from clinic.phones import display_phone

from .phones_field import PhonesField

OLDEST_BIRTH = date(1900, 1, 1)


class ChannelsField(forms.ChoiceField):
    """The channel that is tried first; the others follow as the clinic has them. A list, as the record keeps it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=[("", _("As the clinic does")), *Message.Channel.choices], **options)

    def prepare_value(self, value: Any) -> Any:
        return next(iter(value), "") if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        chosen = super().clean(value)
        return [chosen] if chosen else []


class PatientForm(forms.Form):
    """What the desk knows of a patient."""

    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "words"}),
    )
    phones = PhonesField(
        label=_("Phones"),
        required=False,
        help_text=_("Any notation: 98200 12345, 022 2345 6789, +44 20 7946 0018."),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        required=False,
        widget=forms.EmailInput({"autocomplete": "off"}),
    )
    birth_date = DateField(label=_("Date of birth"), required=False, years=(1, 2199))  # see clean_birth_date
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    may_message = forms.BooleanField(
        label=_("Agrees to messages"),
        required=False,
        help_text=_("Reminders, receipts and notices about sessions. Ask before ticking."),
    )
    channels = ChannelsField(
        label=_("Messages come by"),
        required=False,
        help_text=_("What does not reach the patient that way is sent as the clinic does."),
    )
    notes = forms.CharField(
        label=_("Notes for the desk"),
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("For everybody who works here; patients do not see them."),
    )

    def __init__(self, *args: Any, clinic: Clinic, **options: Any) -> None:
        super().__init__(*args, **options)
        self.clinic = clinic
        self.fields["phones"].country = clinic.country  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if not any(char.isalpha() for char in name):
            raise forms.ValidationError(_("Write a name with letters."))
        return name

    def clean_birth_date(self) -> date | None:
        born: date | None = self.cleaned_data["birth_date"]
        if born and not OLDEST_BIRTH <= born <= self.clinic.today():
            raise forms.ValidationError(
                _("Nobody who comes here was born on that day. Look at the year again.")
            )
        return born

    def facts(self, *, at: datetime, of: Patient | None = None) -> dict[str, Any]:
        """What the services take. Agreement counts from the moment it was first ticked."""
        agreed_since = of.may_message_since if of and of.may_message else at
        since = agreed_since if self.cleaned_data["may_message"] else None
        known = {name: self.cleaned_data[name] for name in PatientForm.base_fields}
        if of and of.channels[:1] == known["channels"]:
            known["channels"] = of.channels
        return known | {"may_message_since": since}


class NewPatientForm(PatientForm, KeyedForm):
    """Adding a patient twice is adding once."""


def facts_of(patient: Patient, country: str) -> dict[str, Any]:
    """What the form shows first: the record, its phones as people read them."""
    facts = {name: getattr(patient, name) for name in PatientForm.base_fields}
    return facts | {"phones": [display_phone(phone, country) for phone in patient.phones]}


def facts_from_search(text: str) -> dict[str, Any]:
    """What was looked for in vain begins the new record: letters are a name, other things a phone."""
    sought = " ".join(text.split())[:120]
    if re.search(r"[^\W\d_]", sought):
        return {"name": sought.title() if sought.islower() else sought}
    return {"phones": [sought] if sought else []}
