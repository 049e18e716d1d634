"""What the wordings of nudges are filled with, in the active language: ready phrases, empty where there is nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.ui.words import day, session_count

from .models import Package
from .pace import Forecast

Fields = dict[str, str]


def expiring(package: Package) -> Fields:
    return base(package)


def few_left(package: Package) -> Fields:
    return base(package)


def used_up(package: Package) -> Fields:
    return {"sold": sessions(package.sessions_sold)}


def not_coming(package: Package, last_seen: date | None) -> Fields:
    return base(package) | {"last_seen": day(last_seen)}


def will_not_finish(package: Package, forecast: Forecast) -> Fields:
    return base(package) | {
        "pace": a_week(forecast.a_week) if forecast.a_week else "",
        "finish_on": day(forecast.finish_on),
        "advice": _advice(forecast.needed),
    }


def beyond_expiry(package: Package, bookings: list[str]) -> Fields:
    return base(package) | {"bookings": ", ".join(bookings)}


def base(package: Package) -> Fields:
    return {"left": left(package.sessions_left), "valid_to": day(package.valid_until)}


def left(count: Decimal) -> str:
    """3 sessions left"""
    words = ngettext("%(left)s session left", "%(left)s sessions left", 1 if count == 1 else 2)
    return words % {"left": session_count(count)}


def sessions(count: Decimal) -> str:
    """10 sessions"""
    words = ngettext("%(count)s session", "%(count)s sessions", 1 if count == 1 else 2)
    return words % {"count": session_count(count)}


def a_week(count: Decimal) -> str:
    """2 a week"""
    return _("%(count)s a week") % {"count": session_count(count)}


def _advice(needed: int | None) -> str:
    if not needed:
        return ""
    words = ngettext(
        "With %(n)d visit a week you use them all.", "With %(n)d visits a week you use them all.", needed
    )
    return words % {"n": needed}
