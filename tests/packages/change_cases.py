"""A package for every kind of change, and the sentence that its last change of the kind has."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from django.utils import timezone

from billing.models import Method
from billing.payments import Tender
from clinic.models import Role
from clinic.ui.words import day
from desk import checkout
from packages import standing, validity
from packages.models import ChangeKind, Package
from packages.services import activate
from tests.factories import (
    complete,
    member,
    owner_of,
    package,
    plan,
    sale,
    visit,
)

from .line_cases import ONE_DAY, Build, Case, came_back_after_the_refund, refunded

CHANGES: dict[str, tuple[ChangeKind, Build]] = {}


def change(kind: ChangeKind) -> Callable[[Build], Build]:
    """A case of a kind of change."""
    return lambda build: CHANGES.setdefault(build.__name__, (kind, build))[1]


@change(ChangeKind.ACTIVATED)
def activated(case: Case) -> tuple[Package, str]:
    sold = sale(case.clinic, paid=0)
    checkout.take_payment(
        sold.package.patient,
        tenders=[Tender(Method.CASH, sold.package.price)],
        lines=list(sold.bill.lines.all()),
        branch=sold.package.branch,
        clinic=case.clinic,
        at=timezone.now(),
        by=owner_of(case.clinic),
        key=uuid4(),
    )
    activate(sold.package, on=case.today, by=None)
    return sold.package, "Paid: from now on the package can be used."


@change(ChangeKind.SUSPENDED)
def suspended(case: Case) -> tuple[Package, str]:
    pack = case.pack()
    standing.suspend(pack, **case.facts("The cheque came back"))
    return pack, "Nothing can be used until the package is resumed. Reason: The cheque came back"


@change(ChangeKind.RESUMED)
def resumed(case: Case) -> tuple[Package, str]:
    pack = suspended(case)[0]
    standing.resume(pack, **case.facts(""))
    return pack, "The package can be used again."


@change(ChangeKind.RESUMED)
def resumed_unpaid(case: Case) -> tuple[Package, str]:
    pack = package(case.clinic, paid=0)
    standing.suspend(pack, **case.facts())
    standing.resume(pack, **case.facts(""))
    return pack, "No longer suspended: it waits for its payment."


@change(ChangeKind.VOIDED)
def voided(case: Case) -> tuple[Package, str]:
    pack = package(case.clinic, paid=0)
    standing.void(pack, **case.facts("Wrong patient"))
    return pack, "Sold by mistake: the package is void. Its number stays. Reason: Wrong patient"


@change(ChangeKind.REFUNDED)
def closed_by_a_refund(case: Case) -> tuple[Package, str]:
    return refunded(case)[0], "The package is closed: ₹7,000.00 to be paid back. Reason: Because"


@change(ChangeKind.REFUND_SHORT)
def refund_short(case: Case) -> tuple[Package, str]:
    pack = came_back_after_the_refund(case)[0]
    reason = "The package was refunded before; that refund was short of this session."
    return pack, f"A session came back after the refund: it was ₹1,000.00 short. Reason: {reason}"


@change(ChangeKind.STARTED)
def started(case: Case) -> tuple[Package, str]:
    """S32"""
    at = timezone.now() - 19 * ONE_DAY
    of = plan(validity_count=3, validity_start="first_visit", longest_count=6)
    pack = package(case.clinic, of=of, at=at)
    before = pack.valid_until
    complete(case.clinic, visit(case.clinic, pack.patient))
    pack.refresh_from_db()
    sentence = f"First visit on {day(case.today)}: valid to {day(pack.valid_until)}"
    return pack, f"{sentence} instead of {day(before)}."


@change(ChangeKind.FROZEN)
def frozen(case: Case) -> tuple[Package, str]:
    pack = case.pack()
    before = pack.valid_until
    last = case.today + 9 * ONE_DAY
    validity.freeze(pack, first_day=case.today, last_day=last, **case.facts("Abroad"))
    pack.refresh_from_db()
    days = f"Frozen from {day(case.today)} to {day(last)}"
    valid = f"valid to {day(pack.valid_until)} instead of {day(before)}."
    return pack, f"{days}: {valid} Reason: Abroad"


@change(ChangeKind.FROZEN)
def frozen_again(case: Case) -> tuple[Package, str]:
    pack = frozen(case)[0]
    until = pack.valid_until
    validity.freeze(pack, first_day=case.today, last_day=case.today, **case.facts("Again"))
    once = "1 of these days was frozen before and counts once."
    return pack, f"Frozen on {day(case.today)}: valid to {day(until)} as before. {once} Reason: Again"


@change(ChangeKind.FROZEN)
def frozen_without_an_end(case: Case) -> tuple[Package, str]:
    pack = case.pack(validity_count=None)
    validity.freeze(pack, first_day=case.today, last_day=case.today, **case.facts("Abroad"))
    return pack, f"Frozen on {day(case.today)}. Reason: Abroad"


@change(ChangeKind.UNFROZEN)
def unfrozen(case: Case) -> tuple[Package, str]:
    pack = frozen(case)[0]
    before = pack.valid_until
    assert before
    validity.unfreeze(pack, from_day=case.today + 2 * ONE_DAY, **case.facts("Back"))
    first = f"Not frozen any more from {day(case.today + 2 * ONE_DAY)} on"
    return pack, f"{first}: valid to {day(before - 8 * ONE_DAY)} instead of {day(before)}. Reason: Back"


@change(ChangeKind.EXTENDED)
def extended(case: Case) -> tuple[Package, str]:
    pack = case.pack()
    before = pack.valid_until
    assert before
    validity.extend(pack, until=before + ONE_DAY, **case.facts("Rain"))
    return (
        pack,
        f"Made valid for longer: valid to {day(before + ONE_DAY)} instead of {day(before)}. Reason: Rain",
    )


@change(ChangeKind.CLOSURE)
def closure(case: Case) -> tuple[Package, str]:
    """S52"""
    pack = case.pack()
    before = pack.valid_until
    assert before
    last = case.today + ONE_DAY
    validity.add_closed_days(pack, first_day=case.today, last_day=last, **case.facts("Holi"))
    closed = f"The clinic was closed from {day(case.today)} to {day(last)}"
    return pack, f"{closed}: valid to {day(before + 2 * ONE_DAY)} instead of {day(before)}. Reason: Holi"


@change(ChangeKind.LIFTED)
def lifted(case: Case) -> tuple[Package, str]:
    pack = case.pack(therapist_ids=[member(case.clinic, Role.THERAPIST).pk])
    standing.lift(pack, clause="therapists", **case.facts("Anand has left"))
    return pack, "From now on it may be used with every therapist. Reason: Anand has left"


@change(ChangeKind.LIFTED)
def branch_lifted(case: Case) -> tuple[Package, str]:
    pack = case.pack(where="where_sold")
    standing.lift(pack, clause="branches", **case.facts("Moved"))
    return pack, "From now on it may be used at every branch. Reason: Moved"
