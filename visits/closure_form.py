"""What the owner fills in to close the clinic."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.forms import DateField, KeyedForm
from clinic.models import Branch
from clinic.refusals import Refused

from .closures import refuse_impossible


class ClosureForm(KeyedForm):
    """Which days, where, why, and whether packages get the days back."""

    first_day = DateField(label=_("First day"))
    last_day = DateField(label=_("Last day"))
    branch = forms.ModelChoiceField(
        Branch.objects.none(), label=_("Where"), required=False, empty_label=_("The whole clinic")
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=120,
        help_text=_("Such as “Diwali”. It stands at the cancelled visits and in the passbooks."),
    )
    extends = forms.BooleanField(
        label=_("Every package gets these days back"),
        required=False,
        help_text=_("Packages that are valid then last as many days longer."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        branches = Branch.objects.filter(is_active=True).order_by("name")
        if len(branches) > 1:
            self.fields["branch"].queryset = branches  # type: ignore[attr-defined]
        else:
            del self.fields["branch"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("first_day") and cleaned.get("last_day"):
            try:
                refuse_impossible(cleaned["first_day"], cleaned["last_day"])
            except Refused as refused:
                self.add_error("last_day", str(refused))
        return cleaned
