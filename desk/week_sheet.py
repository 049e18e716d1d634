"""An owner's week as it is read: each figure in words, with where its numbers lead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode
from uuid import UUID

from babel.numbers import format_compact_decimal
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from clinic.money import format_money
from clinic.ui.words import day, reader_locale, session_count

from .week_counts import Counted, Line
from .week_days import Span
from .week_figures import CAPACITY, EXCEPTIONS, GROUPS
from .week_report import Report

TALLEST = 24
VERDICTS: dict[str, tuple[str | Promise, str]] = {
    "better": (gettext_lazy("Better"), "good"),
    "worse": (gettext_lazy("Worse"), "warn"),
    "more": (gettext_lazy("Higher"), ""),
    "fewer": (gettext_lazy("Lower"), ""),
    "same": (gettext_lazy("The same"), ""),
    "early": (gettext_lazy("Too early to say"), "note"),
}
ARROWS = {1: "chevron-up", -1: "chevron-down", 0: "minus"}


@dataclass(frozen=True)
class Bar:
    """One of the weeks: how high of TALLEST, what stands beneath, and the list of it."""

    week: str
    text: str
    url: str
    height: int

    @property
    def top(self) -> int:
        return TALLEST - self.height


@dataclass(frozen=True)
class Judged:
    """As much of a week that goes on as is compared: up to the end of which day, how much that is, and its list."""

    last: date
    value: str
    url: str


@dataclass(frozen=True)
class Shown:
    """A figure as it is read. `part` and `of` are the numbers of a rate, each with its list."""

    label: str
    means: str
    value: str
    url: str
    part: str
    of: str
    of_url: str
    beside: str
    average: str
    pooled: str
    judged: Judged | None
    verdict: str
    tone: str
    arrow: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Group:
    """Figures that are read together."""

    title: str
    rows: tuple[Shown, ...]


@dataclass(frozen=True)
class Giver:
    """Who gave exceptions, and how many."""

    name: str
    count: int
    url: str


class Sheet:
    """A report in the words of its reader."""

    def __init__(self, report: Report) -> None:
        self.report, self.week = report, report.week
        self.clinic = report.week.clinic

    @property
    def groups(self) -> list[Group]:
        lines = self.report.lines
        return [
            Group(str(title), tuple(self.shown(lines[name]) for name in names)) for title, names in GROUPS
        ]

    @property
    def givers(self) -> list[Giver]:
        return [
            Giver(each.name or _("the program"), each.count, self.list_url(EXCEPTIONS, by=each.id))
            for each in self.report.givers
        ]

    def shown(self, line: Line) -> Shown:
        name, now = line.figure.name, line.now
        verdict, tone = VERDICTS.get(line.verdict, ("", ""))
        return Shown(
            label=str(line.figure.label),
            means=str(line.figure.means),
            value=self.text(line, now),
            url=self.list_url(name),
            part=str(now.n),
            of=self._of(line),
            of_url=self.list_url(line.figure.of) if line.figure.of else "",
            beside=self._money(now.amount) if now.amount and not line.figure.is_money else "",
            average=self._average(line),
            pooled=self._pooled(line),
            judged=self._judged(line),
            verdict=str(verdict),
            tone=tone,
            arrow=ARROWS[line.change] if line.verdict not in ("", "early") else "",
            bars=self._bars(line),
        )

    def text(self, line: Line, week: Counted) -> str:
        """The number of a week: 12, 7.1 %, an amount; a dash for a part of nothing."""
        value = line.value(week)
        if value is None:
            return "–"
        if line.figure.is_money:
            return self._money(value)
        return _("%(share)s %%") % {"share": session_count(value)} if line.is_rate else str(week.n)

    def list_url(self, name: str, week: Span | None = None, by: UUID | None = None) -> str:
        """Where the list of a figure is."""
        asked = (week or self.week).query | ({"by": by} if by else {})
        return f"{reverse('desk:week_list', args=[self.clinic.slug, name])}?{urlencode(asked)}"

    def _of(self, line: Line) -> str:
        """What a rate is a part of; of capacity minutes, where some were worked."""
        if line.figure.name != CAPACITY:
            return str(line.now.of) if line.is_rate else ""
        minutes = line.now.of or 0
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes} if minutes else ""

    def _average(self, line: Line) -> str:
        mean = line.mean
        if mean is None:
            return "–"
        if line.figure.is_money:
            return self._money(mean)
        if not line.is_rate:
            return session_count(mean)
        return _("%(share)s %%") % {"share": session_count(mean)}

    def _pooled(self, line: Line) -> str:
        """What the average of a rate comes from: 14 of 160."""
        if not line.is_rate or line.mean is None:
            return ""
        return _("%(n)d of %(of)d") % {"n": line.average.n, "of": line.average.of}

    def _judged(self, line: Line) -> Judged | None:
        """Of what is known by its day alone, the days that are over; nothing where all is compared, or none."""
        source, over = line.figure.source, self.week.over
        if not (source and source.by_day and over) or over == self.week or line.verdict == "early":
            return None
        return Judged(over.last, self.text(line, line.judged[-1]), self.list_url(line.figure.name, over))

    def _bars(self, line: Line) -> tuple[Bar, ...]:
        values = [line.value(week) or Decimal(0) for week in line.weeks]
        most = max(values) or Decimal(1)
        return tuple(
            Bar(
                day(span.first, "short"),
                self._short(line, counted),
                self.list_url(line.figure.name, span),
                round(TALLEST * value / most),
            )
            for span, counted, value in zip(self.report.weeks, line.weeks, values, strict=True)
        )

    def _short(self, line: Line, week: Counted) -> str:
        """Beneath a bar: whole percent, amounts as 15K or 2L, without their sign."""
        value = line.value(week)
        if value is None:
            return "–"
        if line.figure.is_money:
            return str(format_compact_decimal(week.amount, locale=reader_locale(), fraction_digits=1))
        return f"{value:.0f}\u202f%" if line.is_rate else str(week.n)

    def _money(self, amount: Decimal) -> str:
        return format_money(amount, self.clinic.currency, get_language() or "en-in")
