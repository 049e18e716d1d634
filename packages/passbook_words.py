"""The sentence of every line of the passbook, one for each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from uuid import uuid5

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.ui.words import day, session_count

from .models import FREE_PASS, Entry, Kind, Package
from .models.entries import ABSENCES, DEDUCTIONS
from .passbook_book import Book, Link


def said_of_entry(entry: Entry, book: Book) -> str:
    """The sentence of a line, in the active language."""
    return SENTENCES[Kind(entry.kind)](entry, book)


def links_of(entry: Entry, book: Book) -> Iterable[Link]:
    """The lines that this one refers to: the one it reverses, those of the other side of a transfer."""
    if entry.reverses_id and entry.reverses_id in book.line_numbers:
        number = book.line_numbers[entry.reverses_id]
        yield Link(_("line %(number)d") % {"number": number}, book.package.pk, number)
    other = _other_package(entry, book)
    if other:
        yield Link(_("package %(number)d") % {"number": other.number}, other.pk)


def count_of(sessions: Decimal) -> str:
    """“1 session”, “2.5 sessions”."""
    words = ngettext("%(count)s session", "%(count)s sessions", 1 if abs(sessions) == 1 else 2)
    return words % {"count": session_count(abs(sessions))}


def _sold(entry: Entry, book: Book) -> str:
    if book.package.is_referral:
        return _("%(sessions)s of %(service)s authorised by %(name)s.") % (
            _what(entry) | {"name": book.package.authorised_by}
        )
    return _("%(sessions)s of %(service)s sold.") % _what(entry)


def _bonus(entry: Entry, book: Book) -> str:
    return _("%(sessions)s of %(service)s added free, to be used last.") % _what(entry)


def _what(entry: Entry) -> dict[str, str]:
    return {"sessions": count_of(entry.sessions), "service": entry.line.service.name}


def _opening(entry: Entry, book: Book) -> str:
    facts = {
        "sold": session_count(book.package.sessions_sold),
        "used": session_count(entry.used_after),
        "left": session_count(entry.sessions),
    }
    sentence = _("Opening balance: %(sold)s sold, %(used)s used before go-live, %(left)s left.") % facts
    if book.package.agreed_on:
        agreed = {"day": day(book.package.agreed_on)}
        sentence += " " + _("Agreed by the patient on %(day)s.") % agreed
    return sentence


def _used(entry: Entry, book: Book) -> str:
    facts = {
        "k": session_count(entry.used_after),
        "n": session_count(book.package.sessions_sold),
        "service": entry.line.service.name,
    }
    if entry.therapist:
        facts["therapist"] = entry.therapist.name
        return _("Session %(k)s of %(n)s: %(service)s with %(therapist)s.") % facts
    return _("Session %(k)s of %(n)s: %(service)s.") % facts


def _used_partly(entry: Entry, book: Book) -> str:
    facts = {"sessions": count_of(entry.sessions), "service": entry.line.service.name}
    if entry.therapist:
        facts["therapist"] = entry.therapist.name
        return _("Only %(sessions)s used: %(service)s with %(therapist)s.") % facts
    return _("Only %(sessions)s used: %(service)s.") % facts


def _no_show(entry: Entry, book: Book) -> str:
    facts = {"day": day(entry.happened_on), "sessions": count_of(entry.sessions)}
    if entry.clause == FREE_PASS:
        return _("Did not come on %(day)s: the free pass was used, nothing taken.") % facts
    return _("Did not come on %(day)s: %(sessions)s taken.") % facts


def _late_cancel(entry: Entry, book: Book) -> str:
    facts = {"day": day(entry.happened_on), "sessions": count_of(entry.sessions)}
    if entry.clause == FREE_PASS:
        return _("Late cancellation of the visit on %(day)s: the free pass was used, nothing taken.") % facts
    return _("Late cancellation of the visit on %(day)s: %(sessions)s taken.") % facts


def _set_aside(entry: Entry, book: Book) -> str:
    facts = {"sessions": count_of(entry.sessions)}
    return _("%(sessions)s in dispute: neither used nor free until it is decided.") % facts


def _reversed(entry: Entry, book: Book) -> str:
    before, after = entry.reverses, book.next_to(entry)
    assert before is not None
    facts = {"number": before.number, "sessions": count_of(entry.sessions)}
    # packages.ledger.set_aside and uphold take a line back by a key of their own line's.
    follows = after.kind if after and uuid5(after.key, "reverse") == entry.key else ""
    if follows == Kind.SET_ASIDE:
        return _("Line %(number)d taken back for now: the patient says it is not right.") % facts
    if before.kind == Kind.SET_ASIDE:
        if follows in DEDUCTIONS:
            return _("The dispute of line %(number)d was decided: the session counts.") % facts
        return _("The dispute of line %(number)d was decided: %(sessions)s given back.") % facts
    if before.clause == FREE_PASS:
        return _("Line %(number)d taken back: the free pass can be used again.") % facts
    if before.kind in ABSENCES:
        return _("Line %(number)d taken back: %(sessions)s given back.") % facts
    return _("Line %(number)d taken back: the visit was reopened.") % facts


def _expired(entry: Entry, book: Book) -> str:
    facts = {"sessions": count_of(entry.sessions), "day": day(book.valid_until_at(entry))}
    return _("%(sessions)s lapsed: the package was valid to %(day)s.") % facts


def _reinstated(entry: Entry, book: Book) -> str:
    facts = {"sessions": count_of(entry.sessions)}
    if entry.clause == "validity":
        return _("%(sessions)s that had lapsed brought back for a visit held while it was valid.") % facts
    return _("%(sessions)s that had lapsed brought back: the package is valid for longer.") % facts


def _refunded(entry: Entry, book: Book) -> str:
    facts = {"sessions": count_of(entry.sessions)}
    if entry.reverses_id:
        return _("%(sessions)s not free again: the package was refunded before.") % facts
    if entry.line.is_bonus:
        return _("%(sessions)s that had been added free gone with the refund.") % facts
    return _("%(sessions)s gone with the refund.") % facts


def _transferred_out(entry: Entry, book: Book) -> str:
    facts = _other_facts(entry, book)
    if entry.reverses_id:
        return _("%(sessions)s moved back to package %(number)s of %(name)s.") % facts
    return _("%(sessions)s moved to package %(number)s of %(name)s.") % facts


def _transferred_in(entry: Entry, book: Book) -> str:
    facts = _other_facts(entry, book)
    if entry.reverses_id:
        return _("%(sessions)s came back from package %(number)s of %(name)s.") % facts
    return _("%(sessions)s came from package %(number)s of %(name)s.") % facts


def _other_facts(entry: Entry, book: Book) -> dict[str, object]:
    other = _other_package(entry, book)
    assert other is not None
    return {"sessions": count_of(entry.sessions), "number": other.number, "name": other.patient.name}


def _other_package(entry: Entry, book: Book) -> Package | None:
    """The package on the other side of a transfer, or of its undoing."""
    out, back = entry.kind == Kind.TRANSFERRED_OUT, entry.reverses_id is not None
    if entry.kind not in {Kind.TRANSFERRED_OUT, Kind.TRANSFERRED_IN}:
        return None
    if out == back:  # it came from there, or went back there
        return book.moved_from
    origin = entry.reverses if back else entry
    assert origin is not None
    return book.moved_to[origin.key]


def _adjusted(entry: Entry, book: Book) -> str:
    facts = {"sessions": count_of(entry.sessions)}
    if entry.clause == "void":
        return _("%(sessions)s taken off: the package was sold by mistake.") % facts
    if entry.sessions > 0:
        return _("%(sessions)s given.") % facts
    return _("%(sessions)s taken.") % facts


SENTENCES: dict[Kind, Callable[[Entry, Book], str]] = {
    Kind.SOLD: _sold,
    Kind.OPENING: _opening,
    Kind.BONUS: _bonus,
    Kind.USED: _used,
    Kind.USED_PARTLY: _used_partly,
    Kind.NO_SHOW: _no_show,
    Kind.LATE_CANCEL: _late_cancel,
    Kind.SET_ASIDE: _set_aside,
    Kind.REVERSED: _reversed,
    Kind.EXPIRED: _expired,
    Kind.REINSTATED: _reinstated,
    Kind.REFUNDED: _refunded,
    Kind.TRANSFERRED_OUT: _transferred_out,
    Kind.TRANSFERRED_IN: _transferred_in,
    Kind.ADJUSTED: _adjusted,
}
