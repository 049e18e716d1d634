"""The passbook as people read it: one sentence for each line, and why the count is what it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.models import Clinic
from clinic.ui.words import day, session_count

from .models import Entry, Kind, Package


@dataclass(frozen=True)
class Line:
    """A line of the passbook with its sentence."""

    entry: Entry
    at: datetime  # when it was recorded, on the clinic's clock
    sentence: str
    days_late: int
    taken_back: bool

    @property
    def label(self) -> str:
        return self.entry.get_kind_display()

    @property
    def who(self) -> str:
        return self.entry.by.name if self.entry.by else _("the program")


def lines_of(package: Package, clinic: Clinic, *, with_reasons: bool = True) -> list[Line]:
    """Every line of the package in its order. Reasons are words of the desk's own, which not every reader gets."""
    related = ("by", "therapist", "beneficiary__merged_into", "reverses", "line__service")
    entries = list(Entry.objects.filter(package=package).select_related(*related).order_by("number"))
    reversed_ones = {entry.reverses_id for entry in entries if entry.kind == Kind.REVERSED}
    return [
        _line(entry, package, clinic, entry.pk in reversed_ones, with_reasons=with_reasons)
        for entry in entries
    ]


def _line(entry: Entry, package: Package, clinic: Clinic, taken_back: bool, *, with_reasons: bool) -> Line:
    at = clinic.local(entry.recorded_at)
    late = (at.date() - entry.happened_on).days if entry.visit_id and entry.kind != Kind.REVERSED else 0
    sentences = list(_sentences(entry, package, late))
    if entry.reason and with_reasons:
        sentences.append(_("Reason: %(reason)s") % {"reason": entry.reason})
    return Line(entry, at, " ".join(sentences), late, taken_back)


def _sentences(entry: Entry, package: Package, late: int) -> Iterable[str]:
    yield SENTENCES[Kind(entry.kind)](entry, package)
    if entry.beneficiary and package.patient_id not in (
        entry.beneficiary_id,
        entry.beneficiary.merged_into_id,
    ):
        who = entry.beneficiary.merged_into or entry.beneficiary
        yield _("Used by %(name)s.") % {"name": who.name}
    if late > 0:
        yield ngettext("Recorded %(n)d day late.", "Recorded %(n)d days late.", late) % {"n": late}


def _sessions(count: Decimal) -> str:
    words = ngettext("%(count)s session", "%(count)s sessions", 1 if abs(count) == 1 else 2)
    return words % {"count": session_count(abs(count))}


def _sold(entry: Entry, package: Package) -> str:
    return _("%(sessions)s of %(service)s sold.") % {
        "sessions": _sessions(entry.sessions),
        "service": entry.line.service.name,
    }


def _bonus(entry: Entry, package: Package) -> str:
    return _("%(sessions)s of %(service)s added free, to be used last.") % {
        "sessions": _sessions(entry.sessions),
        "service": entry.line.service.name,
    }


def _opening(entry: Entry, package: Package) -> str:
    facts = {
        "sold": session_count(package.sessions_sold),
        "used": session_count(entry.used_after),
        "left": session_count(entry.sessions),
    }
    sentence = _("Opening balance: %(sold)s sold, %(used)s used before go-live, %(left)s left.") % facts
    if package.agreed_on:
        sentence += " " + _("Agreed by the patient on %(day)s.") % {"day": day(package.agreed_on)}
    return sentence


def _used(entry: Entry, package: Package) -> str:
    facts = {
        "k": session_count(entry.used_after),
        "n": session_count(package.sessions_sold),
        "service": entry.line.service.name,
    }
    if entry.therapist:
        facts["therapist"] = entry.therapist.name
        return _("Session %(k)s of %(n)s: %(service)s with %(therapist)s.") % facts
    return _("Session %(k)s of %(n)s: %(service)s.") % facts


def _reversed(entry: Entry, package: Package) -> str:
    assert entry.reverses is not None
    return _("Line %(number)s taken back: the visit was reopened.") % {"number": entry.reverses.number}


def _expired(entry: Entry, package: Package) -> str:
    facts = {"sessions": _sessions(entry.sessions), "day": day(package.valid_until)}
    return _("%(sessions)s lapsed: the package was valid to %(day)s.") % facts


def _plain(entry: Entry, package: Package) -> str:
    return _("%(kind)s: %(sessions)s.") % {
        "kind": entry.get_kind_display(),
        "sessions": _sessions(entry.sessions),
    }


SENTENCES: dict[Kind, Callable[[Entry, Package], str]] = {
    **dict.fromkeys(Kind, _plain),
    Kind.SOLD: _sold,
    Kind.BONUS: _bonus,
    Kind.OPENING: _opening,
    Kind.USED: _used,
    Kind.REVERSED: _reversed,
    Kind.EXPIRED: _expired,
}
