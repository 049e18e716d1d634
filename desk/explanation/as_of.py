"""Which moment a page is asked about: now, or one in the past."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.forms import DateField, TimeField
from clinic.models import Clinic


class AsOfForm(forms.Form):
    """A day and, if one likes, a time; without a time the end of the day. A moment to come is refused."""

    on = DateField(label=_("As it was known on"), required=False)
    at = TimeField(label=_("At"), required=False)

    def __init__(self, asked: dict[str, str], *, clinic: Clinic) -> None:
        self.clinic = clinic
        super().__init__(asked)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("at") and not cleaned.get("on"):
            self.add_error("on", _("Say the day too."))
        on = cleaned.get("on")
        if on and on > self.clinic.today():
            self.add_error("on", _("That is still to come. Choose a day in the past."))
        return cleaned

    @property
    def moment(self) -> datetime | None:
        """The moment asked about; None for now, and for what cannot be read."""
        if not self.is_valid() or not self.cleaned_data["on"]:
            return None
        at = self.cleaned_data["at"] or time.max
        moment = datetime.combine(self.cleaned_data["on"], at, tzinfo=self.clinic.zone)
        return moment if moment < timezone.now() else None


def form_of(query: dict[str, str], clinic: Clinic) -> AsOfForm:
    """The form as asked by `?as_of=2027-05-31T10:30`, `?as_of=2027-05-31`, or by the page's own two fields."""
    day, _t, clock = query.get("as_of", "").partition("T")
    asked = {"on": query.get("on") or day, "at": query.get("at") or clock[:5]}
    return AsOfForm(asked, clinic=clinic)
