"""What a patient is asked about a session: on the screen that is turned, and on the personal link."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.forms import KeyedForm
from clinic.signatures import SignatureField
from visits.models import Answer

WORDS = forms.Textarea({"rows": 2})


class LinkAnswerForm(KeyedForm):
    """The link is the patient's own: yes, or not right in the patient's words."""

    says = forms.ChoiceField(choices=Answer.Says.choices)
    words = forms.CharField(label=_("What is not right?"), max_length=1000, required=False, widget=WORDS)


class ScreenAnswerForm(LinkAnswerForm):
    """Anybody could press on the desk's screen: initials, or a signature drawn."""

    initials = forms.CharField(
        label=_("Your initials"),
        max_length=10,
        required=False,
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "characters"}),
    )
    signature = SignatureField(label=_("Or sign with a finger"))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not (given.get("initials") or given.get("signature") or self.errors):
            self.add_error(
                "initials", _("Write your initials or sign with a finger, so that we know it was you.")
            )
        return given


class PatientNoteForm(KeyedForm):
    """A line of the patient's in the thread of a dispute."""

    words = forms.CharField(label=_("Write to the clinic"), max_length=1000, widget=WORDS)


class MoveWishForm(KeyedForm):
    """Which days and times would suit the patient: the front desk moves the visit."""

    words = forms.CharField(label=_("Which days and times would suit you?"), max_length=300, widget=WORDS)


class IdentityForm(forms.Form):
    """The one thing that only the patient knows (S57). Three fields, for a calendar is no way to a year of birth."""

    birth_day = forms.IntegerField(label=_("Day"), min_value=1, max_value=31)
    birth_month = forms.IntegerField(label=_("Month"), min_value=1, max_value=12)
    birth_year = forms.IntegerField(label=_("Year"), min_value=1900, max_value=2200)
