"""What a nudge says, in the active language."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.models import Clinic
from clinic.ui.words import day, session_count

from .models import Package

Words = tuple[str, list[str]]


def words_of(rule: str, package: Package, *, days_left: int | None, clinic: Clinic) -> Words:
    """Subject and sentences of a rule's nudge."""
    subject, sentences = WORDS[rule.partition("_")[0]](package, days_left)
    return f"{clinic.name}: {subject}", sentences


def _left(package: Package) -> str:
    left = package.sessions_left
    return ngettext("%(left)s session left", "%(left)s sessions left", 1 if left == 1 else 2) % {
        "left": session_count(left)
    }


def _expiring(package: Package, days_left: int | None) -> Words:
    until = {"left": _left(package), "day": day(package.valid_until)}
    if not days_left:
        when = _("Today is the last day.")
    else:
        when = ngettext("One more day after today.", "%(days)s more days after today.", days_left) % {
            "days": days_left
        }
    return (
        _("%(left)s, valid to %(day)s") % until,
        [_("You have %(left)s, valid to %(day)s.") % until, when, _("Call us to book the next visit.")],
    )


def _few_left(package: Package, days_left: int | None) -> Words:
    facts = {"left": _left(package), "day": day(package.valid_until)}
    sentence = _("You have %(left)s, valid to %(day)s.") if package.valid_until else _("You have %(left)s.")
    return _left(package), [sentence % facts, _("Ask us about the next package when you come.")]


def _used_up(package: Package, days_left: int | None) -> Words:
    sold = {"sold": session_count(package.sessions_sold)}
    return (
        _("all sessions used"),
        [_("All %(sold)s sessions of your package are used.") % sold, _("Ask us about the next package.")],
    )


WORDS: dict[str, Callable[[Package, int | None], Words]] = {
    "expiring": _expiring,
    "few": _few_left,
    "used": _used_up,
}
