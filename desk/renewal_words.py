"""Why a package is on the renewal list, and what it is worth, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from clinic.templatetags.ui import money
from clinic.ui.words import day
from packages.models import Package
from packages.nudge_kinds import BEYOND_EXPIRY, EXPIRING, FEW_LEFT, NOT_COMING, USED_UP, WILL_NOT_FINISH
from packages.nudge_words import left

# What the list can be narrowed to, by the names of the address.
REASONS: dict[str, tuple[str, str | Promise]] = {
    "": ("", gettext_lazy("All")),
    "expiring": (EXPIRING, gettext_lazy("Expire soon")),
    "few-left": (FEW_LEFT, gettext_lazy("Few left")),
    "used-up": (USED_UP, gettext_lazy("Used up")),
    "will-not-finish": (WILL_NOT_FINISH, gettext_lazy("Will not finish")),
    "not-coming": (NOT_COMING, gettext_lazy("Not coming")),
    "beyond": (BEYOND_EXPIRY, gettext_lazy("Booked after the end")),
}


def why_of(package: Package, occasion: str, today: date) -> str:
    """What an occasion comes to today: expires in 3 days, 2 sessions left, not here since 5 May."""
    name, _colon, since = occasion.partition(":")
    words = WORDS.get(name.partition("_")[0] if name.startswith("expiring") else name)
    return words(package, since, today) if words else ""


def worth_of(package: Package, currency: str) -> str:
    """What is paid and not used yet; of one that is used up, what it cost."""
    if package.sessions_left > 0:
        return _("%(amount)s not used yet") % {"amount": money(package.value_left, currency)}
    return _("%(amount)s when it is bought again") % {"amount": money(package.list_price, currency)}


def _expires(package: Package, since: str, today: date) -> str:
    if package.valid_until is None:
        return ""
    days = (package.valid_until - today).days
    if not days:
        return _("Expires today")
    return ngettext("Expires tomorrow", "Expires in %(n)d days", days) % {"n": days}


def _not_here(package: Package, since: str, today: date) -> str:
    return _("Not here since %(day)s") % {"day": day(date.fromisoformat(since), "short")}


def _not_by(package: Package, since: str, today: date) -> str:
    return _("Will not finish by %(day)s") % {"day": day(package.valid_until, "short")}


def _after(package: Package, since: str, today: date) -> str:
    return _("Visits booked after %(day)s") % {"day": day(package.valid_until, "short")}


WORDS: dict[str, Callable[[Package, str, date], str]] = {
    "expiring": _expires,
    "few_left": lambda package, since, today: left(package.sessions_left),
    "used_up": lambda package, since, today: _("All sessions used"),
    "not_coming": _not_here,
    "will_not_finish": _not_by,
    "beyond_expiry": _after,
}
