"""What packages say beside what bills say: nothing differs in a healthy clinic, and a planted fault is named."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from clinic.models import Branch, Clinic
from clinic.tenancy.context import clinic_context
from desk.reconciliation import CHECKS, Differing, reconcile
from desk.refunds import refund_package
from desk.voiding import void_sale
from packages.models import Package
from packages.services import Opening, open_package
from tests.committing import undone
from tests.factories import PatientFactory, complete, found, owner_of, package, plan, reopen, use
from tests.money.histories import Money, world
from visits import disputes
from visits.models import Dispute

from .booking import owners_connection

YEAR = timedelta(days=366)


@pytest.fixture
def owner_connection(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The test's connection is the database owner's: name it before the clinic's fixture."""
    with owners_connection(django_db_blocker):
        yield


def differing(clinic: Clinic) -> list[tuple[str, Differing]]:
    """What differs over a year, by the name of its check."""
    today = clinic.today()
    found = reconcile(clinic, today - YEAR, today)
    return [(each.check.name, row) for each in found for row in each.differing]


def named(clinic: Clinic) -> list[tuple[str, str]]:
    return [(check, row.known) for check, row in differing(clinic)]


def facts(clinic: Clinic, **more: Any) -> dict[str, Any]:
    return {"clinic": clinic, "at": timezone.now(), "by": owner_of(clinic), "key": uuid4()} | more


@pytest.mark.django_db
@pytest.mark.parametrize(("currency", "places"), [("INR", 2), ("KWD", 3)])
def test_after_any_moves_of_money_packages_and_bills_say_the_same(currency: str, places: int) -> None:
    """S39 to S49, S53, S54: nothing differs but what is known to, whatever happened at the counter."""
    clinic = found(f"reconciled-{currency.lower()}", currency=currency)
    with clinic_context(clinic.pk):
        stands = world(clinic, places=places, random=Random(f"reconciled {currency}"))
        for seed in range(3):
            with undone():
                history = Money(stands, Random(f"reconciled {currency} {seed}"))
                for _ in range(4):
                    history.go_on(12)
                    assert not [each for each in named(clinic) if each[1] not in {"refund"}], history.story


def test_a_day_at_the_counter_adds_up_on_both_sides(asha: Clinic) -> None:
    pack = package(asha)
    use(asha, pack, 2)
    some = package(asha, paid=4_000)

    sums = {each.check.name: (each.ours, each.theirs) for each in reconcile(asha, asha.today(), asha.today())}

    assert sums == {
        "sold": (20_000, 20_000),
        "received": (14_000, 14_000),
        "paid_back": (0, 0),
        "taken_back": (0, 0),
        "used": (2, 2),
    }
    assert some.price == 10_000
    assert not differing(asha)


def test_only_what_differs_is_brought_in(asha: Clinic) -> None:
    """A year of packages that are equal is added up where they are."""
    use(asha, package(asha))
    package(asha, paid=4_000)
    brought = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        brought.append(context["cursor"].rowcount)
        return result

    with connection.execute_wrapper(watch):
        reconcile(asha, asha.today(), asha.today())

    assert brought == [1] * len(CHECKS)


MANY = """
INSERT INTO billing_allocation (clinic_id, id, payment_id, line_id, amount, recorded_at)
SELECT clinic_id, gen_random_uuid(), payment_id, line_id, 1, recorded_at - n * interval '1 hour'
  FROM billing_allocation, generate_series(1, 3000) n
"""


@pytest.mark.parametrize("check", ["received", "paid_back"])
def test_money_of_some_days_is_found_by_an_index(owner_connection: None, asha: Clinic, check: str) -> None:
    package(asha)
    (question,) = (each.question for each in CHECKS if each.name == check)
    today, now = asha.today(), timezone.now()
    asked = {"clinic": asha.pk, "zone": asha.time_zone, "first": today, "last": today}
    asked |= {"start": now - timedelta(days=1), "stop": now}
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE billing_allocation DISABLE TRIGGER USER")
        cursor.execute(MANY)
        cursor.execute("ANALYZE billing_allocation")
        cursor.execute(f"EXPLAIN {question.theirs}", asked)
        plan = "\n".join(row for (row,) in cursor.fetchall())

    assert "allocation_by_moment" in plan


def test_other_days_are_not_counted(asha: Clinic) -> None:
    use(asha, package(asha))
    tomorrow = asha.today() + timedelta(days=1)

    assert all(not (each.ours or each.theirs) for each in reconcile(asha, tomorrow, tomorrow))


def test_an_opening_balance_has_no_bill_and_that_is_said(asha: Clinic) -> None:
    """S58"""
    more: dict[str, Any] = {
        "branch": Branch.objects.get(),
        "on": asha.today(),
        "opening": Opening(Decimal(3)),
    }
    open_package(PatientFactory(), plan=plan(), clinic=asha, by=None, key=uuid4(), **more)

    assert named(asha) == [("sold", "opening")]


def test_a_refund_is_on_both_sides_and_its_note_is_named(asha: Clinic) -> None:
    """S39"""
    pack = package(asha, of=plan(refund_rule="list_rate"), price=8000)
    use(asha, pack, 3)
    refund_package(pack, reason="Moves away", **facts(asha))

    (paid_back,) = [
        each for each in reconcile(asha, asha.today(), asha.today()) if each.check.name == "paid_back"
    ]

    assert (paid_back.ours, paid_back.theirs) == (5_000, 5_000)
    assert named(asha) == [("taken_back", "refund")]


def test_a_sale_by_mistake_and_its_note_are_the_same(asha: Clinic) -> None:
    """S54"""
    void_sale(package(asha), reason="The wrong patient", **facts(asha))

    assert not differing(asha)


def test_a_visit_that_was_reopened_stays_on_both_sides(asha: Clinic) -> None:
    """S05, S06"""
    pack = package(asha)
    (done,) = use(asha, pack)
    reopen(asha, done.visit)
    done.visit.refresh_from_db()
    complete(asha, done.visit)

    assert not differing(asha)


def test_a_session_that_a_dispute_left_standing_was_printed_before_it(asha: Clinic) -> None:
    """S60"""
    (done,) = use(asha, package(asha))
    dispute = disputes.open_dispute(done.visit, words="Not me", **facts(asha))
    decided, held = disputes.decide(
        dispute,
        decision=Dispute.Decision.STANDS,
        reason="The card is signed",
        by=owner_of(asha),
        key=uuid4(),
    )
    disputes.uphold(decided, held, **facts(asha))

    assert named(asha) == [("used", "dispute")]


FAULTS = {
    "sold": "UPDATE packages_package SET price = price + 1, list_price = list_price + 1",
    "received": "UPDATE packages_receipt SET amount = amount - 0.01",
    "paid_back": "UPDATE packages_change SET amount = amount + 100 WHERE kind = 'refunded'",
    "taken_back": "UPDATE packages_change SET kind = 'lifted' WHERE kind = 'voided'",
    "used": """UPDATE billing_bill SET document = jsonb_set(document, '{package,taken}', '"0.5"')
                WHERE visit_id IS NOT NULL""",
}


@pytest.mark.parametrize("check", FAULTS)
def test_control_a_planted_fault_is_found_and_named(owner_connection: None, asha: Clinic, check: str) -> None:
    pack, gone = package(asha), package(asha)
    use(asha, pack)
    void_sale(gone, reason="The wrong patient", **facts(asha))
    back = package(asha)
    refund_package(back, reason="Moves away", **facts(asha))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {FAULTS[check].split()[1]} DISABLE TRIGGER USER")
        cursor.execute(FAULTS[check])

    unexplained = {name for name, row in differing(asha) if not row.known}

    assert check in unexplained
    assert {each.name for each in CHECKS} == set(FAULTS)
    assert Package.objects.count() == 3
