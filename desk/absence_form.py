"""What is asked before a visit is marked as not come, cancelled, or let off."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.forms import KeyedForm, ReasonField
from visits.consequences import Outcome

from .absences import HasChanged


class Announced(KeyedForm):
    """Carries what the page said it would come to: where that has changed since, it is said and asked again."""

    shown = forms.CharField(widget=forms.HiddenInput, required=False)
    must_say = False  # whether nothing is done without it

    def __init__(self, *args: Any, outcome: Outcome | None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.outcome = outcome  # None: it is marked already
        self.initial["shown"] = outcome.figures if outcome else ""

    def clean_shown(self) -> str:
        shown: str = self.cleaned_data["shown"]
        says = shown or self.must_say
        if says and self.outcome and shown != self.outcome.figures and self._asks_for_it():
            self.data = {**{name: self.data.get(name) for name in self.data}, "shown": self.outcome.figures}
            raise forms.ValidationError(str(HasChanged()))
        return shown

    def _asks_for_it(self) -> bool:
        return True


class NoShowForm(Announced):
    """Nothing is asked but whether it is so."""


class LinkCancellationForm(Announced):
    """The patient cancels by the personal link, and has read what it comes to."""

    must_say = True


class CancellationForm(Announced):
    """Who cancels, and why. What the clinic cancels never counts, whatever was shown."""

    PATIENT, CLINIC = "patient", "clinic"
    side = forms.ChoiceField(
        label=_("Who cancels?"),
        choices=[(PATIENT, _("The patient")), (CLINIC, _("The clinic"))],
        widget=forms.RadioSelect,
        initial=PATIENT,
    )
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)

    def _asks_for_it(self) -> bool:
        return self.data.get("side") != self.CLINIC

    @property
    def by_clinic(self) -> bool:
        return bool(self.cleaned_data["side"] == self.CLINIC)


class LettingOffForm(KeyedForm):
    """Why the owner gives it back."""

    reason = ReasonField(
        label=_("Why is it let off?"),
        help_text=_("It stands in the history of the visit and in the list of exceptions."),
    )
