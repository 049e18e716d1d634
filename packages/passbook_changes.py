"""The sentence of every change of a package, one for each kind."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from clinic import money
from clinic.ui.words import day

from .models import Change, ChangeKind, Package
from .passbook_book import Book


def said_of_change(change: Change, book: Book) -> str:
    """The sentence of a change, in the active language."""
    return SENTENCES[ChangeKind(change.kind)](change, book)


def _activated(change: Change, book: Book) -> str:
    return _("Paid: from now on the package can be used.")


def _suspended(change: Change, book: Book) -> str:
    return _("Nothing can be used until the package is resumed.")


def _resumed(change: Change, book: Book) -> str:
    if change.state_after == Package.State.PENDING:
        return _("No longer suspended: it waits for its payment.")
    return _("The package can be used again.")


def _voided(change: Change, book: Book) -> str:
    return _("Sold by mistake: the package is void. Its number stays.")


def _refunded(change: Change, book: Book) -> str:
    return _("The package is closed: %(amount)s to be paid back.") % {"amount": _amount(change.amount, book)}


def _refund_short(change: Change, book: Book) -> str:
    return _("A session came back after the refund: it was %(amount)s short.") % {
        "amount": _amount(change.amount, book)
    }


def _started(change: Change, book: Book) -> str:
    if change.valid_until is None or change.happened_on == book.package.sold_on:
        return _valid(_("Validity counted from the day it was bought"), change)
    return _valid(_("First visit on %(day)s") % {"day": day(change.happened_on)}, change)


def _frozen(change: Change, book: Book) -> str:
    sentence = _valid(_days(change, _("Frozen on %(first)s"), _("Frozen from %(first)s to %(last)s")), change)
    assert change.first_day
    assert change.last_day
    before = (change.last_day - change.first_day).days + 1 - change.days
    if before <= 0:
        return sentence
    once = ngettext(
        "%(n)d of these days was frozen before and counts once.",
        "%(n)d of these days were frozen before and count once.",
        before,
    )
    return f"{sentence} {once % {'n': before}}"


def _unfrozen(change: Change, book: Book) -> str:
    facts = {"first": day(change.first_day)}
    return _valid(_("Not frozen any more from %(first)s on") % facts, change)


def _extended(change: Change, book: Book) -> str:
    return _valid(_("Made valid for longer"), change)


def _closure(change: Change, book: Book) -> str:
    one = _("The clinic was closed on %(first)s")
    return _valid(_days(change, one, _("The clinic was closed from %(first)s to %(last)s")), change)


def _lifted(change: Change, book: Book) -> str:
    if change.clause == "therapists":
        return _("From now on it may be used with every therapist.")
    return _("From now on it may be used at every branch.")


def _days(change: Change, one: str, several: str) -> str:
    words = one if change.first_day == change.last_day else several
    return words % {"first": day(change.first_day), "last": day(change.last_day)}


def _valid(what: str, change: Change) -> str:
    """What happened, and what it did to the last valid day."""
    facts = {"what": what, "day": day(change.valid_until), "before": day(change.valid_until_before)}
    if change.valid_until is None:
        return _("%(what)s.") % facts
    if change.valid_until_before is None:
        return _("%(what)s: valid to %(day)s.") % facts
    if change.valid_until == change.valid_until_before:
        return _("%(what)s: valid to %(day)s as before.") % facts
    return _("%(what)s: valid to %(day)s instead of %(before)s.") % facts


def _amount(amount: Decimal | None, book: Book) -> str:
    return money.format_money(amount or Decimal(0), book.clinic.currency, get_language() or "en-in")


SENTENCES: dict[ChangeKind, Callable[[Change, Book], str]] = {
    ChangeKind.ACTIVATED: _activated,
    ChangeKind.SUSPENDED: _suspended,
    ChangeKind.RESUMED: _resumed,
    ChangeKind.VOIDED: _voided,
    ChangeKind.REFUNDED: _refunded,
    ChangeKind.REFUND_SHORT: _refund_short,
    ChangeKind.STARTED: _started,
    ChangeKind.FROZEN: _frozen,
    ChangeKind.UNFROZEN: _unfrozen,
    ChangeKind.EXTENDED: _extended,
    ChangeKind.CLOSURE: _closure,
    ChangeKind.LIFTED: _lifted,
}
