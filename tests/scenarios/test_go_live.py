"""Go-live: S58, a paper card becomes a pack with an opening balance."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from billing.models import Bill
from clinic.models import Branch, Clinic
from packages.models import Kind, Package
from packages.services import Opening, OpeningDoesNotFit, open_package
from tests.committing import check_now
from tests.factories import PatientFactory, complete, owner_of, plan, use, visit
from tests.written import everything

AGREED_ON = date(2026, 4, 2)


def brought_in(clinic: Clinic, opening: Opening, **terms: Any) -> Package:
    return open_package(
        PatientFactory(),
        plan=plan(**terms),
        branch=Branch.objects.get(),
        clinic=clinic,
        on=date(2026, 4, 1),
        by=owner_of(clinic),
        key=uuid4(),
        opening=opening,
    )


@pytest.mark.parametrize(
    ("sold", "left", "price", "value"),
    [
        (10, "3", 10_000, "3000"),
        (10, "10", 10_000, "10000"),
        (3, "1", 10_000, "3333.33"),
        (8, "2.5", 8_000, "2500"),
    ],
)
def test_a_card_with_so_many_left_has_so_many_left(
    asha: Clinic, sold: int, left: str, price: int, value: str
) -> None:
    """S58"""
    pack = brought_in(
        asha, Opening(Decimal(left), agreed_on=AGREED_ON, note="Card 17"), sessions=sold, price=price
    )
    check_now()

    assert (pack.sessions_sold, pack.sessions_left) == (sold, Decimal(left))
    assert pack.sessions_used == sold - Decimal(left)
    assert pack.value_left == Decimal(value)
    assert (pack.is_opening, pack.agreed_on, pack.state) == (True, AGREED_ON, "active")
    entry = pack.entries.get()
    assert (entry.kind, entry.sessions, entry.reason) == (Kind.OPENING, Decimal(left), "Card 17")
    assert not Bill.objects.exists()


def test_its_visits_count_on_from_where_the_card_stood(asha: Clinic) -> None:
    """S58"""
    pack = brought_in(asha, Opening(Decimal(3), agreed_on=AGREED_ON))

    done = complete(asha, visit(asha, pack.patient))
    check_now()

    box = done.bill.document["package"]
    assert [Decimal(box[name]) for name in ("sold", "used", "left", "session")] == [10, 8, 2, 8]
    use(asha, pack, 2)
    pack.refresh_from_db()
    assert (pack.sessions_left, pack.value_left) == (0, 0)


def test_a_used_up_card_is_kept_with_nothing_left(asha: Clinic) -> None:
    """S58"""
    pack = brought_in(asha, Opening(Decimal(0)))
    check_now()

    assert (pack.sessions_left, pack.value_left, pack.entries.get().sessions) == (0, 0, 0)


@pytest.mark.parametrize("left", ["-1", "11", "10.5", "3.25", "0.1"])
def test_a_card_that_cannot_be_is_refused(asha: Clinic, left: str) -> None:
    """S58"""
    brought_in(asha, Opening(Decimal(1)))  # what all of them share is there already
    packs = everything()["packages_package"]

    with pytest.raises(OpeningDoesNotFit):
        brought_in(asha, Opening(Decimal(left)))

    assert everything()["packages_package"] == packs


def test_the_same_card_brought_in_twice_is_one_pack(asha: Clinic) -> None:
    """S58"""
    key, patient, of = uuid4(), PatientFactory(), plan()
    facts = {
        "plan": of,
        "branch": Branch.objects.get(),
        "clinic": asha,
        "on": AGREED_ON,
        "by": None,
        "key": key,
    }

    first = open_package(patient, opening=Opening(Decimal(3)), **facts)
    written = everything()

    assert open_package(patient, opening=Opening(Decimal(3)), **facts) == first
    assert everything() == written
