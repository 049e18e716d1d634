"""What is asked before an act on a package; each carries its key and a reason."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.forms import DateField, KeyedForm, ReasonField, SessionsField

from . import standing
from .forms import LineChoice
from .models import Package, PackageLine


class ReasonForm(KeyedForm):
    """Nothing but why."""

    reason = ReasonField()


class FreezeForm(KeyedForm):
    """The days on which the package rests, both included."""

    first_day = DateField(label=_("First day"))
    last_day = DateField(label=_("Last day"))
    reason = ReasonField()


class ThawForm(KeyedForm):
    """From when on it can be used again."""

    from_day = DateField(label=_("Can be used again from"))
    reason = ReasonField()


class ExtensionForm(KeyedForm):
    """The new last valid day."""

    until = DateField(label=_("Valid to"))
    reason = ReasonField()


class ResumptionForm(KeyedForm):
    """Why it goes on, if there is anything to say."""

    reason = ReasonField(required=False)


class LiftingForm(KeyedForm):
    """Which restriction of the terms is lifted."""

    clause = forms.ChoiceField(label=_("What is lifted"), widget=forms.RadioSelect)
    reason = ReasonField()

    def __init__(self, *args: Any, package: Package, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = standing.restrictions(package)
        choices = [(clause, standing.LIFTABLE[clause]) for clause in held]
        self.fields["clause"].choices = choices  # type: ignore[attr-defined]
        if held:
            self.fields["clause"].initial = held[0]


class TransferForm(KeyedForm):
    """How many sessions move, and of which line."""

    line = LineChoice(PackageLine.objects.none(), label=_("Line"), empty_label=None)
    sessions = SessionsField(label=_("Sessions"))
    reason = ReasonField()

    def __init__(self, *args: Any, package: Package, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lines = PackageLine.objects.filter(package=package, sessions_left__gt=0).select_related("service")
        offered = lines.order_by("is_bonus", "position")
        self.fields["line"].queryset = offered  # type: ignore[attr-defined]
        self.fields["line"].initial = offered.first()
        if len(offered) == 1:
            self.fields["line"].widget = forms.HiddenInput()
