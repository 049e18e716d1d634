"""The sums of a statement, line by line: of a package they add up to its price, of days to what was charged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from .shares import Way

ZERO = Decimal(0)


@dataclass(frozen=True)
class Line:
    """What, how many sessions, and how much. The whole is drawn strong."""

    words: str
    amount: Decimal
    sessions: Decimal | None = None
    is_whole: bool = False


def sums_of(document: Mapping[str, Any]) -> list[Line]:
    """The lines that say anything."""
    lines = _of_package(document) if document["package"] else _of_days(document["totals"])
    return [line for line in lines if line.amount or line.sessions or line.is_whole]


def _of_package(document: Mapping[str, Any]) -> Iterator[Line]:
    totals, package = document["totals"], document["package"]
    yield _line(_("Attended"), totals["attended"], totals["attended_sessions"])
    yield _line(_("Not attended, and counted by the terms"), totals["absent"], totals["absent_sessions"])
    others = document["others"]
    yield _line(_("Used by people named on the package"), others["value"], others["sessions"])
    for way in Way:
        if rest := document["rest"].get(way):
            yield _line(_words(way, Decimal(rest["sessions"])), rest["value"], rest["sessions"])
    yield Line(
        _("Price of the package"), Decimal(package["price"]), Decimal(package["sessions"]), is_whole=True
    )
    yield _line(_("Paid beside the sessions"), totals["beside"])
    yield _line(_("Fees for visits that were not attended"), totals["fees"])


def _of_days(totals: Mapping[str, str]) -> Iterator[Line]:
    yield _line(_("Attended, from packages"), totals["attended"], totals["attended_sessions"])
    yield _line(_("Paid beside the sessions"), totals["beside"])
    yield _line(_("Attended, paid singly"), totals["singly"])
    yield Line(_("Total of what was attended"), Decimal(totals["all"]), is_whole=True)
    yield _line(_("Not attended, and counted by the terms"), totals["absent"], totals["absent_sessions"])
    yield _line(_("Fees for visits that were not attended"), totals["fees"])


def _words(way: Way, sessions: Decimal) -> str:
    match way:
        case Way.BEFORE:
            return _("Used before these records began")
        case Way.LAPSED:
            return _("Lapsed")
        case Way.REFUNDED:
            return _("Refunded")
        case Way.TRANSFERRED:
            return _("Transferred to another package")
        case Way.UNDONE:
            return _("Taken back with the sale")
        case Way.SET_ASIDE:
            return _("In dispute")
        case Way.ADJUSTED:
            return _("Added by the clinic") if sessions < 0 else _("Taken off by the clinic")
    return _("Not used yet")


def _line(words: str, amount: str, sessions: str | None = None) -> Line:
    return Line(words, Decimal(amount), Decimal(sessions) if sessions is not None else None)
