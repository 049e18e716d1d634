"""Which day, or which days, a report is of: as asked for in the address, with the days people mostly ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.calendar import ONE_DAY, financial_year
from clinic.forms import DateField
from clinic.models import Clinic, ClinicSettings


class DayFilter(forms.Form):
    """The day of a report; what is not understood says so, and the report is of today."""

    on = DateField(label=gettext_lazy("At the end of"), required=False)

    def __init__(self, asked: Mapping[str, str], *, today: date) -> None:
        self.today = today
        super().__init__({"on": asked.get("on") or today})
        self.fields["on"].widget.attrs["max"] = today.isoformat()

    def clean_on(self) -> date:
        day: date = self.cleaned_data["on"]
        if day > self.today:
            raise forms.ValidationError(_("This day is still to come. Choose today or a day before."))
        return day


class DaysFilter(forms.Form):
    """The first and the last day of a roll-forward."""

    first = DateField(label=gettext_lazy("From"), required=False)
    last = DateField(label=gettext_lazy("To"), required=False)

    def __init__(self, asked: Mapping[str, str], *, today: date) -> None:
        self.today = today
        last = asked.get("last") or today
        super().__init__({"first": asked.get("first") or today.replace(day=1), "last": last})

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        first, last = facts.get("first"), facts.get("last")
        if last and last > self.today:
            self.add_error("last", _("This day is still to come. Choose today or a day before."))
        elif first and last and last < first:
            self.add_error("last", _("The last day is before the first."))
        return facts


@dataclass(frozen=True)
class Asked:
    """The days asked for; where it is one `day` alone, what changed it is told from the first of its month."""

    clinic: Clinic
    form: forms.Form
    first: date
    day: date
    is_range: bool

    @cached_property
    def year_starts(self) -> int:
        """The month in which the clinic's financial years begin."""
        return ClinicSettings.objects.values_list("financial_year_starts", flat=True).get()

    @property
    def presets(self) -> list[tuple[str, str]]:
        """Words and the part of an address: the days, or the spans of days, that are mostly asked for."""
        today = self.clinic.today()
        month, year = today.replace(day=1), financial_year(today, self.year_starts)
        month_before = (month - ONE_DAY).replace(day=1)
        if not self.is_range:
            days = [
                (_("Today"), today),
                (_("End of last month"), month - ONE_DAY),
                (_("End of the month before"), month_before - ONE_DAY),
                (_("End of the last financial year"), year.start - ONE_DAY),
            ]
            return [(words, f"on={day}") for words, day in days]
        last_year = financial_year(year.start - ONE_DAY, self.year_starts)
        spans = [
            (_("This month"), month, today),
            (_("Last month"), month_before, month - ONE_DAY),
            (_("This financial year"), year.start, today),
            (_("Last financial year"), last_year.start, last_year.end),
        ]
        return [(words, f"first={first}&last={last}") for words, first, last in spans]

    @property
    def query(self) -> str:
        """The same question as a part of an address."""
        return f"first={self.first}&last={self.day}" if self.is_range else f"on={self.day}"


def asked_day(asked: Mapping[str, str], clinic: Clinic) -> Asked:
    """The day of a report, today where none is named."""
    today = clinic.today()
    form = DayFilter(asked, today=today)
    day = form.cleaned_data["on"] if form.is_valid() else today
    return Asked(clinic, form, day.replace(day=1), day, is_range=False)


def asked_days(asked: Mapping[str, str], clinic: Clinic) -> Asked:
    """The days of a roll-forward, this month where none are named."""
    today = clinic.today()
    form = DaysFilter(asked, today=today)
    whole = form.is_valid()
    first, last = (form.cleaned_data["first"], form.cleaned_data["last"]) if whole else (None, None)
    return Asked(clinic, form, first or today.replace(day=1), last or today, is_range=True)


def asked_of(asked: Mapping[str, str], clinic: Clinic) -> Asked:
    """What a file is asked for: some days, or one."""
    return asked_days(asked, clinic) if asked.get("last") else asked_day(asked, clinic)
