"""The liability's tables as components/table.html and the paper show them: figures with what they open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.models import Clinic
from clinic.templatetags.ui import money
from clinic.ui.charts.units import signed
from clinic.ui.words import day as in_words
from clinic.ui.words import session_count, signed_count

from .liability_charts import end_of
from .liability_shares import Band, Share
from .months import EndOfMonth
from .roll_forward import Figures, RollForward

Cell = dict[str, Any]
ZERO = Decimal(0)


def table(
    caption: str, heads: Sequence[tuple[str, bool]], rows: list[list[Cell]], foot: Sequence[Cell] = ()
) -> Cell:
    """A table whose heads are words and whether figures stand below; every cell knows its column's words."""
    for row in [*rows, list(foot)]:
        for cell, (label, is_number) in zip(row, heads, strict=bool(row)):
            cell |= {"label": label, "number": is_number}
    for first in foot[:1]:
        first["label"] = ""  # it says itself what it is
    columns = [{"label": label, "number": is_number} for label, is_number in heads]
    return {"caption": caption, "heads": columns, "rows": rows, "foot": list(foot)}


def changes_table(why: RollForward, clinic: Clinic) -> Cell:
    """The roll-forward; every figure opens what it is made of."""
    heads = [(_("What changed"), False), (_("Value"), True), (_("Sessions"), True), (_("of them free"), True)]
    period = f"first={why.first}&last={why.last}"
    rows = [_figures(_("Opening"), why.opening, clinic, _packages_url(clinic, why.first - timedelta(days=1)))]
    for row, figures in why.changes.items():
        url = reverse("packages:liability_postings", args=[clinic.slug, row.value])
        rows.append(_figures(str(row.label), figures, clinic, f"{url}?{period}", change=True))
    foot = _figures(_("Closing"), why.closing, clinic, _packages_url(clinic, why.last))
    return table(_("From opening to closing"), heads, rows, foot)


def _packages_url(clinic: Clinic, day: Any) -> str:
    return f"{reverse('packages:liability_packages', args=[clinic.slug])}?on={day}"


def _figures(label: str, figures: Figures, clinic: Clinic, url: str, *, change: bool = False) -> list[Cell]:
    value = money(figures.value, clinic.currency)
    count: Callable[[Decimal], str] = signed_count if change else session_count
    counts = [{"text": count(number), "url": url} for number in (figures.sessions, figures.complimentary)]
    worth = {"text": signed(value, figures.value) if change else value, "url": url}
    return [{"text": label, "head": True}, worth, *counts]


def over_time_table(points: Sequence[EndOfMonth], clinic: Clinic) -> Cell:
    """The ends of the months, the latest first; each opens the report of its day."""
    heads = [(_("Day"), False), (_("Liability"), True), (_("Sessions"), True), (_("Owed by patients"), True)]
    here = reverse("packages:liability", args=[clinic.slug])
    rows: list[list[Cell]] = [
        [
            {"text": end_of(point.last_day), "head": True, "url": f"{here}?on={point.last_day}"},
            {"text": money(point.value, clinic.currency)},
            {"text": session_count(point.sessions)},
            {"text": money(point.receivable, clinic.currency)},
        ]
        for point in reversed(points)
    ]
    return table(_("How it stood at the end of each month"), heads, rows)


def share_table(title: str, shares: Sequence[Share], currency: str) -> Cell:
    """What is owed, cut up. Packages and patients are not added up: one may stand in several rows."""
    heads = [(title, False), (_("Packages"), True), (_("Patients"), True), (_("Sessions"), True)]
    heads += [(_("of them free"), True), (_("Liability"), True), (_("Owed by patients"), True)]
    rows: list[list[Cell]] = [
        [
            {"text": share.label, "head": True},
            *({"text": str(count)} for count in (share.packages, share.patients)),
            *({"text": session_count(count)} for count in (share.sessions, share.complimentary)),
            *({"text": money(amount, currency)} for amount in (share.value, share.receivable)),
        ]
        for share in shares
    ]
    foot = [
        {"text": _("Together")},
        {"text": ""},
        {"text": ""},
        *({"text": session_count(_sum(shares, name))} for name in ("sessions", "complimentary")),
        *({"text": money(_sum(shares, name), currency)} for name in ("value", "receivable")),
    ]
    return table(title, heads, rows, foot)


def ageing_table(bands: Sequence[Band], currency: str) -> Cell:
    """What is owed by when it lapses, with the days of each band."""
    heads = [(_("Last valid day"), False), (_("Days"), False), (_("Packages"), True)]
    heads += [(_("Sessions"), True), (_("Liability"), True)]
    rows: list[list[Cell]] = [
        [
            {"text": band.label, "head": True},
            {"text": days_of(band)},
            {"text": str(band.packages)},
            {"text": session_count(band.sessions)},
            {"text": money(band.value, currency)},
        ]
        for band in bands
    ]
    foot = [
        {"text": _("Together")},
        {"text": ""},
        {"text": str(sum(band.packages for band in bands))},
        {"text": session_count(_sum(bands, "sessions"))},
        {"text": money(_sum(bands, "value"), currency)},
    ]
    return table(_("When it lapses"), heads, rows, foot)


def days_of(band: Band) -> str:
    """The days of a band in words; nothing for one without days."""
    first, last = (in_words(each) for each in (band.first_day, band.last_day))
    if band.first_day and band.last_day:
        return _("%(first)s to %(last)s") % {"first": first, "last": last}
    if band.last_day:
        return _("up to %(day)s") % {"day": last}
    return _("from %(day)s on") % {"day": first} if band.first_day else ""


def _sum(rows: Sequence[Any], name: str) -> Decimal:
    return sum((getattr(row, name) for row in rows), ZERO)
