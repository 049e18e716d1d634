"""A package's price cut into what was used, what was not attended, what left it otherwise, and what is left.

The k-th of N sessions is worth round(P·k/N) − round(P·(k−1)/N) (law 10), in the order of the passbook; a session that
was given back is not there any more and the others move up. So the parts add up to the price, to the last coin,
whatever happened to the package. Sessions beyond N, given by the clinic, are worth nothing, as are bonus sessions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from clinic.money import share
from packages.models import Entry, Kind, Package
from packages.models.entries import DEDUCTIONS

ZERO = Decimal(0)


class Way(StrEnum):
    """Where sessions of a package went."""

    BEFORE = "before"  # used before the clinic came to this program
    VISIT = "visit"  # a visit, or one that did not take place and counts
    LAPSED = "lapsed"
    REFUNDED = "refunded"
    TRANSFERRED = "transferred"
    UNDONE = "undone"  # the sale was undone
    ADJUSTED = "adjusted"  # taken by the clinic; negative where some were given
    SET_ASIDE = "set_aside"  # in dispute: neither used nor free
    LEFT = "left"


WAYS = {
    Kind.EXPIRED: Way.LAPSED,
    Kind.REINSTATED: Way.LAPSED,
    Kind.REFUNDED: Way.REFUNDED,
    Kind.TRANSFERRED_OUT: Way.TRANSFERRED,
    Kind.TRANSFERRED_IN: Way.TRANSFERRED,  # what came back
    Kind.SET_ASIDE: Way.SET_ASIDE,
} | dict.fromkeys(DEDUCTIONS, Way.VISIT)
# What was given must not make a visit worth more than was paid, and what is in dispute is the last to go.
LAST = [Way.ADJUSTED, Way.SET_ASIDE]


@dataclass(frozen=True)
class Part:
    """Sessions that went one way, and their worth. `entry` is the line of the passbook, where there is one."""

    way: Way
    sessions: Decimal
    value: Decimal
    entry: Entry | None = None


def parts_of(package: Package, entries: Sequence[Entry]) -> list[Part]:
    """All that became of a package's sessions, what is left at the end; values add up to the price, sessions to what
    was sold. `entries` is its whole passbook in order, each with its line."""
    parts, taken = [], ZERO
    for way, sessions, paid, entry in _moves(package, entries):
        value = _worth(package, taken + paid) - _worth(package, taken)
        parts.append(Part(way, sessions, value, entry))
        taken += paid
    left = package.sessions_sold - sum((part.sessions for part in parts), ZERO)
    return [*parts, Part(Way.LEFT, left, package.price - _worth(package, taken))]


def standing(entries: Iterable[Entry]) -> list[Entry]:
    """The lines that were not taken back, without those that took them back."""
    entries = list(entries)
    undone = {entry.reverses_id for entry in entries if entry.kind == Kind.REVERSED}
    return [entry for entry in entries if entry.kind != Kind.REVERSED and entry.pk not in undone]


def _moves(package: Package, entries: Sequence[Entry]) -> list[tuple[Way, Decimal, Decimal, Entry | None]]:
    """Way, sessions and the paid ones among them, in the order in which they are worth something."""
    lines = standing(entries)
    moves: list[tuple[Way, Decimal, Decimal, Entry | None]] = []
    if before := [entry for entry in lines if entry.kind == Kind.OPENING]:
        used = [(entry, entry.line.sessions - entry.sessions) for entry in before]
        paid = sum((each for entry, each in used if not entry.line.is_bonus), ZERO)
        moves.append((Way.BEFORE, sum((each for _entry, each in used), ZERO), paid, None))
    for entry in lines:
        if way := _way_of(entry):
            moves.append((way, -entry.sessions, ZERO if entry.line.is_bonus else -entry.sessions, entry))
    return sorted(moves, key=lambda move: LAST.index(move[0]) if move[0] in LAST else -1)


def _way_of(entry: Entry) -> Way | None:
    """None for the lines that opened the package."""
    if entry.kind == Kind.TRANSFERRED_IN and entry.reverses_id is None:
        return None
    if entry.kind == Kind.ADJUSTED:
        return Way.UNDONE if entry.clause == "void" else Way.ADJUSTED
    return WAYS.get(Kind(entry.kind))


def _worth(package: Package, taken: Decimal) -> Decimal:
    """What the first so many paid sessions are worth."""
    if not package.paid_sessions:
        return ZERO
    counted = min(max(taken, ZERO), package.paid_sessions)
    return share(package.price, counted, package.paid_sessions, package.places)
