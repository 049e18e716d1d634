"""What completing a visit will do, and what it did: the page that asks how, and the card turned to the patient."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Sum

from billing import payments as money
from billing.models import Bill, BillKind
from clinic.models import Clinic
from packages import eligibility
from packages.eligibility import Fit
from packages.models import Entry, Kind, Package
from visits.holds import holds_of, preferred
from visits.models import Visit
from visits.offers import Offer, offers_of
from visits.records import wanted_of

from .refunds import Short, short_of

ZERO = Decimal(0)


@dataclass(frozen=True)
class Choice:
    """A package held against the visit: what one session less would leave."""

    fit: Fit
    is_first: bool = False

    @property
    def package(self) -> Package:
        return self.fit.package

    @property
    def left_after(self) -> Decimal:
        return max(self.package.sessions_left - self.fit.sessions, ZERO)


@dataclass(frozen=True)
class Choices:
    """The packages that cover an open visit, the one to be used first; those that its terms let staff use in another
    way (S18, S51); and those that do not cover, each with its reasons."""

    covering: list[Choice]
    choosable: list[Choosable]
    others: list[Fit]


@dataclass(frozen=True)
class Choosable:
    """A package with the ways that its terms offer for the visit, and why it is not simply one session."""

    package: Package
    sentence: str
    offers: list[Offer]


@dataclass(frozen=True)
class Receipt:
    """What a completion came to: the session it took, or the money it asks for."""

    bill: Bill | None
    package: Package | None
    left: Decimal
    used: Decimal
    sold: Decimal
    owed: Decimal
    aside: Decimal = ZERO


@dataclass(frozen=True)
class TakenBack:
    """What reopening came to: the line that gives the session back, and the note that answers the bill."""

    entry: Entry | None
    note: Bill | None
    short: list[Short] = field(default_factory=list)  # a refund that turned out to be short of it (S42)

    @property
    def used(self) -> Decimal:
        return self.entry.used_after if self.entry else ZERO

    @property
    def is_credit(self) -> bool:
        return self.note is not None and self.note.kind == BillKind.CREDIT_NOTE


def choices(visit: Visit, clinic: Clinic) -> Choices:
    """Every package held against the visit; the one chosen at booking comes first where it covers."""
    held = eligibility.fits(
        wanted_of(visit, clinic), holds_of(clinic, visit.patient).packages[visit.patient_id]
    )
    first = preferred(held, visit.package_id)
    covering = sorted(
        (Choice(fit, fit is first) for fit in held if fit.covers), key=lambda each: not each.is_first
    )
    choosable = [
        Choosable(fit.package, fit.reasons[0].sentence, offers)
        for fit in held
        if not fit.covers and (offers := offers_of(fit, clinic.currency))
    ]
    return Choices(covering, choosable, [fit for fit in held if not fit.covers and not fit.can_choose])


def receipt(visit: Visit) -> Receipt:
    """What stands on the bill of the visit's last completion, and what is still owed for it."""
    bill = Bill.objects.filter(visit=visit, completion=visit.completions).first()
    entry, package = visit.entry, visit.package
    owed = ZERO
    if bill and bill.total:
        owed = sum((line.owed for line in money.owed_on(list(bill.lines.all()))), ZERO)  # type: ignore[attr-defined]
    if entry is None or package is None:
        return Receipt(bill, None, ZERO, ZERO, ZERO, owed)
    aside = _aside_at(entry) if package.set_aside else ZERO
    return Receipt(bill, package, entry.balance_after, entry.used_after, package.sessions_sold, owed, aside)


def _aside_at(entry: Entry) -> Decimal:
    """What was in dispute when the line was written, and still is."""
    until = Entry.objects.filter(package=entry.package_id, number__lte=entry.number)
    decided = Entry.objects.filter(package=entry.package_id, kind=Kind.REVERSED).values("reverses")
    aside = until.filter(kind=Kind.SET_ASIDE).exclude(pk__in=decided).aggregate(total=Sum("sessions"))
    return -(aside["total"] or ZERO)


def taken_back(visit: Visit) -> TakenBack:
    """What came of the last reopening of the visit."""
    notes = Bill.objects.filter(corrects__visit=visit).select_related("corrects")
    note = notes.order_by("-corrects__completion").first()
    if note is None or not note.document["package"]:  # no session had been taken, so none came back
        return TakenBack(None, note)
    lines = Entry.objects.filter(visit_id=visit.pk, kind=Kind.REVERSED).select_related("package", "reverses")
    entry = lines.order_by("-turn").first()
    short = [each for each in short_of(visit.pk) if entry and each.package == entry.package]
    return TakenBack(entry, note, short)
