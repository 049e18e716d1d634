"""What a visit that does not take place comes to, in sentences: before it is marked, and afterwards (law 2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.models import Clinic
from clinic.templatetags.ui import money
from clinic.ui.words import session_count
from packages import absences as rules
from packages.absences import Due
from packages.eligibility import available
from packages.models import Entry, Kind, Package, Takes

from .absences import foreseen
from .models import Visit
from .records import wanted_of

ZERO, HALF, ONE = Decimal(0), Decimal("0.5"), Decimal(1)
Consequence = Visit.Consequence
# What cost the patient something, of which the patient is told and the owner may let off.
TAKING = frozenset({Consequence.FREE_PASS, Consequence.SESSIONS, Consequence.FEE})


@dataclass(frozen=True)
class Outcome:
    """What an absence would come to if it were marked now: the terms decide, and staff read it out."""

    kind: Kind
    consequence: str
    currency: str
    due: Due | None = None
    left: Decimal = ZERO
    taken: Decimal = ZERO

    @property
    def left_after(self) -> Decimal:
        return max(self.left - self.taken, ZERO)

    @property
    def figures(self) -> str:
        """What a form carries, so that nothing else is done than was shown."""
        fee = self.due.fee if self.due else ZERO
        return figures(self.consequence, self.taken, fee)

    @property
    def sentence(self) -> str:
        words = _outcome_words(self)
        if self.due is None or self.kind != Kind.LATE_CANCEL:
            return words
        return f"{_late(self.due.package)} {words}"


def figures(consequence: str, taken: Decimal, fee: Decimal) -> str:
    """All that an absence comes to, to be compared."""
    return f"{consequence}/{session_count(taken)}/{session_count(fee)}"


def outcome(visit: Visit, packages: list[Package], kind: Kind, *, clinic: Clinic, at: datetime) -> Outcome:
    """What marking the visit so at this moment would come to. Nothing is written."""
    consequence, due = foreseen(visit, packages, kind, clinic=clinic, at=at)
    if due is None:
        return Outcome(kind, consequence, clinic.currency)
    fit = rules.covering(wanted_of(visit, clinic), packages, visit.package_id)
    assert fit is not None
    assert fit.line is not None
    taken = min(due.sessions, available(fit.line))
    return Outcome(kind, consequence, clinic.currency, due, due.package.sessions_left, taken)


def by_clinic(currency: str) -> Outcome:
    """What the clinic's own cancellation comes to, whenever it is: nothing (S52)."""
    return Outcome(Kind.LATE_CANCEL, Consequence.BY_CLINIC, currency)


def said(visit: Visit, currency: str) -> str:
    """What a visit that did not take place came to, in one sentence."""
    if visit.consequence == Consequence.WAIVED:
        return _("Let off: %(reason)s") % {"reason": visit.reason}
    if visit.consequence == Consequence.FEE:
        fee = money(visit.charge, currency)
        return _("A fee of %(fee)s is charged; no session was taken.") % {"fee": fee}
    if visit.entry is not None:
        return taken_words(visit.entry)
    return PLAIN[visit.consequence]() if visit.consequence in PLAIN else ""


def taken_words(entry: Entry) -> str:
    """The free pass, half a session or one: what the line took and what it left."""
    left = {"left": session_count(entry.balance_after)}
    if not entry.taken:
        return _("The free pass was used, so nothing was taken: %(left)s left.") % left
    if entry.taken == HALF:
        return _("Half a session was taken: %(left)s left.") % left
    taken = {"n": session_count(entry.taken)} | left
    plural = 1 if entry.taken == ONE else 2
    words = ngettext(
        "%(n)s session was taken: %(left)s left.", "%(n)s sessions were taken: %(left)s left.", plural
    )
    return words % taken


def _outcome_words(outcome: Outcome) -> str:
    due = outcome.due
    if due is None:
        return PLAIN[outcome.consequence]()
    if outcome.consequence == Consequence.FREE_PASS:
        return _pass_words(due, outcome.currency)
    if outcome.consequence == Consequence.FEE:
        return _("It costs a fee of %(fee)s, and no session.") % {"fee": money(due.fee, outcome.currency)}
    if outcome.consequence == Consequence.NOTHING:
        return _("By the terms of the package nothing is taken.")
    facts = {"n": session_count(outcome.taken), "before": session_count(outcome.left)}
    facts["after"] = session_count(outcome.left_after)
    if outcome.taken == HALF:
        return _("It takes half a session: %(before)s → %(after)s left.") % facts
    words = ngettext(
        "It takes %(n)s session: %(before)s → %(after)s left.",
        "It takes %(n)s sessions: %(before)s → %(after)s left.",
        1 if outcome.taken == ONE else 2,
    )
    return words % facts


def _pass_words(due: Due, currency: str) -> str:
    if due.passes_left:
        words = ngettext(
            "A free pass is used and nothing is taken; %(n)d more is left.",
            "A free pass is used and nothing is taken; %(n)d more are left.",
            due.passes_left,
        )
        return words % {"n": due.passes_left}
    if due.kind == Kind.NO_SHOW:
        takes, fee = due.package.no_show_takes, due.package.no_show_fee
    else:
        takes, fee = due.package.late_cancel_takes, due.package.late_cancel_fee
    sentences = {
        Takes.HALF: _("The free pass is used and nothing is taken; the next one takes half a session."),
        Takes.ONE: _("The free pass is used and nothing is taken; the next one takes a session."),
        Takes.FEE: _("The free pass is used and nothing is taken; the next one costs %(fee)s."),
    }
    return sentences[Takes(takes)] % {"fee": money(fee, currency)}


def _late(package: Package) -> str:
    if not package.late_cancel_hours:
        return _("Late: after its time.")
    return _("Late: less than %(hours)d h before.") % {"hours": package.late_cancel_hours}


PLAIN: dict[str, Callable[[], str]] = {
    Consequence.NO_PACKAGE: lambda: _("No package covers it: nothing is taken."),
    Consequence.BY_CLINIC: lambda: _("Cancelled by the clinic: it never counts."),
    Consequence.IN_TIME: lambda: _("In time: nothing is taken."),
    Consequence.NOTHING: lambda: _("By the terms of the package nothing is taken."),
}
