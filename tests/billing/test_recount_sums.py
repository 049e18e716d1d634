"""The money of a clinic adds up by bills, by payments and by patient; and what does not is named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from billing.recount_sums import CHECKS
from clinic.models import Clinic
from packages.recount import differences
from tests import acts
from tests.committing import check_now
from tests.conftest import connect_as
from tests.factories import PatientFactory, complete, sale, visit


@pytest.fixture
def owner_connection(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        connect_as("owner")
    yield
    with django_db_blocker.unblock():
        connect_as("app")


@pytest.fixture
def moved(asha: Clinic) -> Clinic:
    """Money went every way there is: for a pack and for visits, too much, back, and not at all."""
    whole = sale(asha, PatientFactory(name="Usha"))
    acts.pay(asha, whole.bill.patient, 500, [])
    acts.pay_back(asha, whole.bill.patient, 200)
    bounced = sale(asha, PatientFactory(name="Meera"), paid=6000)
    acts.bounce(asha, bounced.payments[0])
    handed_back = PatientFactory(name="Kiran")
    (payment,) = acts.pay(asha, handed_back, 700, [])
    acts.pay_back(asha, handed_back, 300)
    acts.bounce(asha, payment)  # 300 are owed by a bill of their own
    refunded = sale(asha, PatientFactory(name="Gita")).package
    acts.refund(asha, refunded)
    complete(asha, visit(asha, PatientFactory(name="Rohan")), how="charge", tenders=[acts.cash(400)])
    return asha


def test_whatever_happened_the_sums_hold(moved: Clinic) -> None:
    assert list(differences(CHECKS)) == []


def unguarded(table: str, sql: str) -> None:
    """Run SQL that no trigger looks at: what a fault of the database's own, or of a restore, would leave."""
    check_now()
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(sql)


ALLOCATE = """INSERT INTO billing_allocation (clinic_id, id, payment_id, line_id, amount)
SELECT p.clinic_id, gen_random_uuid(), p.id, l.id, {amount} FROM billing_payment p
  JOIN billing_billline l ON l.clinic_id = p.clinic_id
  JOIN billing_bill b ON b.clinic_id = l.clinic_id AND b.id = l.bill_id WHERE {where} LIMIT 1"""
TOO_MUCH = ALLOCATE.format(amount=700, where="p.amount = 500 AND b.total = 1000")
BOUNCED = ALLOCATE.format(amount=10, where="p.amount = 6000 AND b.total = 1000")
REFUND = """INSERT INTO billing_refund (clinic_id, id, payment_id, branch_id, amount, method, reference, given_on,
  reason, key)
SELECT clinic_id, gen_random_uuid(), id, branch_id, 9999, 'cash', '', received_on, 'x', gen_random_uuid()
  FROM billing_payment WHERE amount = 500"""
CREDIT = """INSERT INTO billing_billline (clinic_id, id, bill_id, position, kind, text, quantity, unit_price, discount,
  tax_percent, tax, amount, credits_id)
SELECT l.clinic_id, gen_random_uuid(), l.bill_id, 9, l.kind, 'x', 1, -1000, 0, 0, 0, -1000, l.id
  FROM billing_billline l WHERE l.amount = 1000 LIMIT 1"""


@pytest.mark.parametrize(
    ("table", "sql", "named"),
    [
        ("billing_allocation", TOO_MUCH, "what was received is applied, handed back, bounced or unapplied"),
        ("billing_allocation", TOO_MUCH, "what each patient paid"),
        ("billing_allocation", TOO_MUCH, "what was billed is paid, taken back or still to pay"),
        ("billing_allocation", TOO_MUCH, "what each patient was billed"),
        ("billing_allocation", TOO_MUCH, "what a patient owes is what was billed and not paid"),
        ("billing_allocation", BOUNCED, "a payment that bounced pays for nothing"),
        ("billing_refund", REFUND, "what was received is applied, handed back, bounced or unapplied"),
        ("billing_billline", CREDIT, "what was billed is paid, taken back or still to pay"),
    ],
)
def test_what_does_not_add_up_is_named(
    owner_connection: None, moved: Clinic, table: str, sql: str, named: str
) -> None:
    unguarded(table, sql)

    assert named in {difference.check for difference in differences(CHECKS)}
