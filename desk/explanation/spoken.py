"""The first sentence: sold, used, lapsed and all the rest, and what that leaves. Its parts add up, always."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from clinic.ui.words import day, session_count
from packages.models import Entry, Kind, Package
from packages.models.entries import DEDUCTIONS

from .history import PackageHistory
from .known import Known

ZERO = Decimal(0)


def spoken(known: Known, history: PackageHistory) -> str:
    """“10 sold, 5 used, 1 lapsed: 4 left, valid to 31 May 2027.”"""
    package = history.now
    facts = {
        "sum": ", ".join(part for part in _parts(history) if part),
        "left": session_count(package.sessions_left),
        "standing": _standing(known, package),
    }
    return _("%(sum)s: %(left)s left, %(standing)s.") % facts


def sums(history: PackageHistory) -> dict[str, Decimal]:
    """What came and went, by where to; the sum of all is what is left."""
    found = dict.fromkeys(
        ("sold", "bonus", "before", "used", "lapsed", "refunded", "moved_in", "moved_out", "came_back"), ZERO
    )
    found |= {"adjusted": ZERO, "aside": ZERO}
    by_id = {entry.pk: entry for entry in history.entries}
    for entry in history.entries:
        for name, sessions in _moves(entry, by_id):
            found[name] += sessions
    return found


def _moves(entry: Entry, by_id: Mapping[Any, Entry]) -> Iterator[tuple[str, Decimal]]:
    """Where a line's sessions belong; a reversal goes where the line it reverses went."""
    answered = by_id.get(entry.reverses_id)
    if entry.kind == Kind.REVERSED:
        was_aside = answered is not None and answered.kind == Kind.SET_ASIDE
        yield ("aside" if was_aside else "used"), entry.sessions
    elif entry.kind == Kind.OPENING:
        yield "sold", entry.line.sessions
        yield "before", entry.sessions - entry.line.sessions
    elif entry.kind == Kind.TRANSFERRED_IN and entry.reverses_id:  # the transfer was undone
        yield "came_back", entry.sessions
    elif entry.kind in DEDUCTIONS:
        yield "used", entry.sessions
    else:
        yield PLACES[Kind(entry.kind)], entry.sessions


PLACES = {
    Kind.SOLD: "sold",
    Kind.BONUS: "bonus",
    Kind.SET_ASIDE: "aside",
    Kind.EXPIRED: "lapsed",
    Kind.REINSTATED: "lapsed",
    Kind.REFUNDED: "refunded",
    Kind.TRANSFERRED_IN: "moved_in",
    Kind.TRANSFERRED_OUT: "moved_out",
    Kind.ADJUSTED: "adjusted",
}


def _parts(history: PackageHistory) -> Iterator[str]:
    counts = sums(history)
    count = {name: session_count(abs(sessions)) for name, sessions in counts.items()}
    if counts["sold"]:
        words = _("%(n)s authorised") if history.package.is_referral else _("%(n)s sold")
        yield words % {"n": count["sold"]}
    if counts["moved_in"]:
        yield _("%(n)s came by transfer") % {"n": count["moved_in"]}
    if counts["bonus"]:
        yield _("%(n)s added free") % {"n": count["bonus"]}
    if counts["before"]:
        yield _("%(n)s used before go-live") % {"n": count["before"]}
    yield _("%(n)s used") % {"n": count["used"]}
    if counts["aside"]:
        yield _("%(n)s in dispute") % {"n": count["aside"]}
    if counts["lapsed"]:
        yield _("%(n)s lapsed") % {"n": count["lapsed"]}
    if counts["moved_out"]:
        yield _("%(n)s transferred") % {"n": count["moved_out"]}
    if counts["came_back"]:
        yield _("%(n)s came back") % {"n": count["came_back"]}
    if counts["refunded"]:
        yield _("%(n)s refunded") % {"n": count["refunded"]}
    if counts["adjusted"] > 0:
        yield _("%(n)s given by hand") % {"n": count["adjusted"]}
    if counts["adjusted"] < 0:
        yield _("%(n)s taken by hand") % {"n": count["adjusted"]}


def _standing(known: Known, package: Package) -> str:
    """Whether and until when it can be used."""
    if package.state in STANDING:
        return str(STANDING[Package.State(package.state)]())
    facts = {"day": day(package.valid_until)}
    if package.valid_until is None:
        return _("it never lapses")
    if package.has_lapsed_on(known.today):
        return _("it was valid to %(day)s") % facts
    if package.is_frozen_on(known.today):
        return _("frozen today, valid to %(day)s") % facts
    return _("valid to %(day)s") % facts


STANDING = {
    Package.State.PENDING: lambda: _("locked until it is paid"),
    Package.State.SUSPENDED: lambda: _("suspended"),
    Package.State.REFUNDED: lambda: _("refunded and closed"),
    Package.State.VOID: lambda: _("void, because it was sold by mistake"),
}
