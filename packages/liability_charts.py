"""The liability's charts: how it stood over time, what changed it, and when it lapses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _

from clinic.ui import words
from clinic.ui.charts import Amount, Bar, Bars, LineChart, Point, Step, Waterfall

from .liability_shares import Band
from .months import EndOfMonth, month_end
from .roll_forward import RollForward


def over_time_chart(points: Sequence[EndOfMonth], currency: str) -> LineChart:
    """How much was owed at the end of each month, and on the last day of all."""
    return LineChart(
        name="over-time",
        title=_("Owed at the end of each month"),
        unit=Amount(currency),
        of=_("Day"),
        shows=_("Liability"),
        points=tuple(Point(end_of(point.last_day), point.value) for point in points),
    )


def changes_chart(why: RollForward, currency: str) -> Waterfall:
    """What led from the opening to the closing."""
    return Waterfall(
        name="changes",
        title=_("What changed it"),
        unit=Amount(currency),
        of=_("What changed"),
        shows=_("Value"),
        opening_label=_("Opening"),
        closing_label=_("Closing"),
        opening=why.opening.value,
        steps=tuple(Step(str(row.label), figures.value) for row, figures in why.changes.items()),
    )


def ageing_chart(bands: Sequence[Band], currency: str) -> Bars:
    """What is owed at the end of a day by when it lapses."""
    return Bars(
        name="ageing",
        title=_("When it lapses"),
        unit=Amount(currency),
        of=_("Last valid day"),
        parts=(_("Value"),),
        bars=tuple(Bar(band.label, (band.value,)) for band in bands) if any_owed(bands) else (),
        adds_up=True,
    )


def any_owed(bands: Sequence[Band]) -> bool:
    return any(band.packages or band.sessions or band.value for band in bands)


def end_of(day: date) -> str:
    """May 2027 for the end of that month, the day itself for any other."""
    return words.day(day, "month") if day == month_end(day) else words.day(day)
