"""The weekly hours of somebody as they are typed: one line a day, such as 9-13, 16-20."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, time, timedelta
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.forms import DateField, KeyedForm
from clinic.models import Clinic

from .hours import HoursDoNotFit, Stretch, refuse_impossible
from .models import Availability

STRETCH = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*[-–—]\s*(\d{1,2})(?:[:.](\d{2}))?")
LONGEST = 120
# The week that is shown, the four that it is compared with, and one to look back to.
BACK = timedelta(weeks=6)


class HoursForm(KeyedForm):
    """A line for each weekday, and from which day on. `stretches` is what was understood."""

    since = DateField(
        label=gettext_lazy("From this day on"),
        help_text=gettext_lazy("Weeks before it keep the hours that they had."),
    )

    def __init__(self, data: Any = None, *, clinic: Clinic, in_force: Availability | None) -> None:
        typed = _typed(in_force)
        super().__init__(data, initial={f"day_{n}": hours for n, hours in typed.items()})
        self.stretches: list[Stretch] = []
        for n in range(clinic.profile.week_starts, clinic.profile.week_starts + 7):
            self.fields[f"day_{n % 7}"] = forms.CharField(
                label=WEEKDAYS[n % 7],
                required=False,
                max_length=LONGEST,
                widget=forms.TextInput({"placeholder": "9-13, 16-20", "autocomplete": "off"}),
            )
        self.order_fields([name for name in self.fields if name.startswith("day_")])

    @property
    def days(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("day_")]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for n in range(7):
            try:
                self.stretches += _read(n, cleaned.get(f"day_{n}", ""))
            except ValueError:
                words = _("Write hours of the clock such as 9-13, 16:30-20; nothing where nobody works.")
                self.add_error(f"day_{n}", words)
        try:
            refuse_impossible(self.stretches)
        except HoursDoNotFit as refused:
            self.add_error(f"day_{refused.weekday}", str(refused))
        return cleaned


def first_day(clinic: Clinic, in_force: Availability | None) -> date:
    """From when new hours count unless somebody says so: today; the first ones for the weeks to compare with too."""
    return clinic.today() if in_force else clinic.today() - BACK


def _typed(in_force: Availability | None) -> dict[int, str]:
    lines: dict[int, list[str]] = {}
    for each in sorted(in_force.hours.all(), key=lambda each: each.starts) if in_force else ():
        lines.setdefault(each.weekday, []).append(str(each))
    return {weekday: ", ".join(each) for weekday, each in lines.items()}


def _read(weekday: int, typed: str) -> Iterable[Stretch]:
    """Raises ValueError for what is no hour of a clock."""
    for part in filter(None, (each.strip() for each in re.split(r"[,;]", typed))):
        found = STRETCH.fullmatch(part)
        if not found:
            raise ValueError(part)
        numbers = [int(each or 0) for each in found.groups()]
        yield Stretch(weekday, time(numbers[0], numbers[1]), _until(numbers[2], numbers[3]))


def _until(hour: int, minute: int) -> time:
    """24:00 is the last minute of the day."""
    return time(23, 59) if (hour, minute) == (24, 0) else time(hour, minute)
