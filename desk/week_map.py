"""The map of a week's capacity: a row for each hour, a column for each weekday."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import gettext as _

from .week_capacity import Capacity, Hour, minutes_of
from .week_figures import CAPACITY
from .week_sheet import Sheet

STEPS = 5
AN_HOUR = 60


@dataclass(frozen=True)
class Cell:
    """An hour of a weekday. `share` of the minutes worked that visits took, None where nobody worked."""

    used: int
    worked: int
    has_hours: bool
    weekday: str
    url: str

    @property
    def is_empty(self) -> bool:
        return not self.used and not self.worked

    @property
    def share(self) -> int | None:
        return round(100 * self.used / self.worked) if self.worked else None

    @property
    def step(self) -> int:
        """How dark it is, from 0 to STEPS: full hours are the darkest."""
        most = self.worked or (self.used if self.has_hours else AN_HOUR)
        return min(STEPS, -(-STEPS * self.used // most)) if most else 0

    @property
    def text(self) -> str:
        """Percent; minutes where no hours are written down, or somebody was treated outside of them."""
        if self.has_hours and self.share is not None:
            return str(self.share)
        return _("%(used)d min") % {"used": self.used} if self.has_hours else str(self.used)

    @property
    def words(self) -> str:
        """The same in full."""
        facts = {"used": self.used, "worked": self.worked}
        if not self.has_hours:
            return _("%(used)d minutes treated") % facts
        if not self.worked:
            return _("%(used)d minutes treated outside the working hours") % facts
        return _("%(used)d of %(worked)d minutes") % facts


@dataclass(frozen=True)
class Map:
    """`rows`: an hour with a cell for each of `weekdays`, in the order of the clinic's week."""

    weekdays: list[str]
    rows: list[tuple[str, list[Cell]]]
    elsewhere: int
    has_hours: bool


def map_of(sheet: Sheet) -> Map:
    """From the first hour in which somebody worked or was treated to the last."""
    capacity = sheet.report.capacity
    first = sheet.clinic.profile.week_starts
    order = [(first + n) % 7 for n in range(7)]
    hours = [hour for _weekday, hour in {*capacity.worked, *capacity.used}]
    rows = [
        (f"{hour:02}", [_cell(sheet, capacity, (weekday, hour)) for weekday in order])
        for hour in (range(min(hours), max(hours) + 1) if hours else ())
    ]
    names = [str(WEEKDAYS_ABBR[weekday]) for weekday in order]
    return Map(names, rows, minutes_of(capacity.elsewhere), capacity.has_hours)


def _cell(sheet: Sheet, capacity: Capacity, hour: Hour) -> Cell:
    used = minutes_of(capacity.used.get(hour, Decimal(0)))
    url = f"{sheet.list_url(CAPACITY)}&hour={hour[0]}-{hour[1]}" if used else ""
    return Cell(used, capacity.worked[hour], capacity.has_hours, str(WEEKDAYS[hour[0]]), url)
