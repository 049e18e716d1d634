"""The statement of account credit and the account statement: every movement, and balances that agree with the books."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from billing.account_lines import Kind
from billing.account_statement import AccountStatement, account_statement
from billing.credit_statement import Movement, credit_statement
from billing.payments import owed_lines, unapplied_of
from billing.taking_back import take_back
from clinic.models import Branch, Clinic, Patient
from desk.taking import take_money
from tests.acts import REASON, bounce, cash, cheque, now, pay, pay_back, refund
from tests.counting import Queries
from tests.factories import PatientFactory, complete, owner_of, reopen, sale, use, visit


def statement(asha: Clinic, patient: Patient, **days: Any) -> AccountStatement:
    today = asha.today()
    days = {"first": today - timedelta(days=30), "last": today} | days
    return account_statement(patient, clinic=asha, **days)


def credit(asha: Clinic, patient: Patient, **facts: Any) -> list[Movement]:
    return credit_statement(patient, clinic=asha, **{"as_of": asha.today()} | facts)


def told(movements: list[Movement]) -> list[tuple[str, Decimal, Decimal]]:
    return [(each.line.kind.value, each.line.amount, each.balance) for each in movements]


def balances_agree(asha: Clinic, patient: Patient) -> None:
    """Both statements end with what the patient's file says."""
    owed = sum((line.owed for line in owed_lines(patient)), Decimal(0))  # type: ignore[attr-defined]
    left = sum((left for _, left in unapplied_of(patient)), Decimal(0))
    told = statement(asha, patient)
    assert (told.closing.amount, told.owed, told.credit) == (owed - left, owed, left)
    assert (credit(asha, patient) or [Movement(None, Decimal(0))])[-1].balance == left  # type: ignore[arg-type]


@pytest.fixture
def story(asha: Clinic) -> Patient:
    """Paid ahead, used, set free by a note, taken back, handed back, bounced, a refund, a bill that is still owed."""
    patient = PatientFactory()
    pay(asha, patient, 1_500, [])
    done = complete(asha, visit(asha, patient), how="charge")
    line = done.bill.lines.get()
    take_money(
        patient,
        tenders=[],
        split={line: Decimal(1_000)},
        use_credit=True,
        branch=Branch.objects.get(),
        **now(asha),
    )
    reopen(asha, done.visit)
    again = complete(asha, visit(asha, patient), how="charge").bill.lines.get()
    (cheque_paid,) = pay(asha, patient, 0, [again], tenders=[cheque(1_200)])
    take_back(
        cheque_paid, again, amount=Decimal(300), by=owner_of(asha), key=uuid4(), reason="The wrong bill"
    )
    pay_back(asha, patient, 200)
    bounce(asha, pay(asha, patient, 0, [again], tenders=[cheque(500)])[0])
    sold = sale(asha, patient)
    use(asha, sold.package, 3)
    refund(asha, sold.package)
    return patient


def test_every_movement_of_the_credit_has_its_line_and_the_balance_after_it(asha: Clinic) -> None:
    """S46, S47"""
    patient = PatientFactory()
    pay(asha, patient, 1_500, [])
    done = complete(asha, visit(asha, patient), how="charge")
    line = done.bill.lines.get()
    facts = {"branch": Branch.objects.get(), "use_credit": True, "tenders": []}
    take_money(patient, split={line: Decimal(1_000)}, **facts, **now(asha))
    reopen(asha, done.visit)
    pay_back(asha, patient, 200)
    (paid,) = pay(asha, patient, 0, [], tenders=[cheque(700)])
    bounce(asha, paid)

    assert told(credit(asha, patient)) == [
        ("payment", 1_500, 1_500),
        ("applied", -1_000, 500),
        ("released", 1_000, 1_500),
        ("refund", -200, 1_300),
        ("payment", 700, 2_000),
        ("bounce", -700, 1_300),
    ]
    balances_agree(asha, patient)


def test_the_statements_end_with_what_the_books_say(asha: Clinic, story: Patient) -> None:
    balances_agree(asha, story)


def test_each_line_of_the_account_leads_from_the_balance_before_to_the_one_after(
    asha: Clinic, story: Patient
) -> None:
    told = statement(asha, story)

    reached = told.opening.amount
    for entry in told.entries:
        reached += entry.line.amount
        assert entry.balance.amount == reached
    assert {entry.line.kind for entry in told.entries} >= {
        Kind.BILL,
        Kind.NOTE,
        Kind.PAYMENT,
        Kind.REFUND,
        Kind.BOUNCE,
    }


def test_what_lies_before_the_first_day_is_brought_forward(asha: Clinic, story: Patient) -> None:
    tomorrow = asha.today() + timedelta(days=1)
    whole = statement(asha, story)

    later = statement(asha, story, first=tomorrow, last=tomorrow)

    assert (later.opening, later.entries, later.closing) == (whole.closing, [], whole.closing)
    before = statement(asha, story, last=asha.today() - timedelta(days=1))
    assert (before.opening.amount, before.entries, before.owed) == (0, [], 0)


def test_what_is_owed_is_told_by_the_age_of_the_bills(asha: Clinic) -> None:
    patient = PatientFactory()
    complete(asha, visit(asha, patient), how="charge")
    today = asha.today()

    for days, place in ((0, 0), (30, 0), (31, 1), (60, 1), (61, 2), (90, 2), (91, 3)):
        ages = statement(asha, patient, last=today + timedelta(days=days)).ages
        assert [bool(amount) for amount in ages] == [place == n for n in range(4)], days


def test_where_a_son_paid_for_his_mother_both_accounts_say_so_and_are_even(asha: Clinic) -> None:
    son, mother = PatientFactory(name="Ravi"), PatientFactory(name="Kamala")
    line = complete(asha, visit(asha, mother), how="charge").bill.lines.get()
    pay(asha, son, 1_000, [line])

    his, hers = statement(asha, son), statement(asha, mother)

    assert [entry.line.kind for entry in his.entries] == [Kind.PAYMENT, Kind.PAID_FOR_OTHER]
    assert [entry.line.kind for entry in hers.entries] == [Kind.BILL, Kind.PAID_BY_OTHER]
    assert "Ravi" in hers.entries[-1].line.words
    assert "Kamala" in his.entries[-1].line.words
    assert (his.closing.amount, hers.closing.amount) == (0, 0)
    balances_agree(asha, son)
    balances_agree(asha, mother)


def test_a_payment_entered_late_counts_on_the_day_it_was_received(asha: Clinic) -> None:
    patient, yesterday = PatientFactory(), asha.today() - timedelta(days=1)
    facts = {"branch": Branch.objects.get(), "on": yesterday, "split": {}}
    take_money(patient, tenders=[cash(500)], **facts, **now(asha))

    assert told(credit(asha, patient, as_of=yesterday)) == [("payment", 500, 500)]
    assert credit(asha, patient, as_of=yesterday - timedelta(days=1)) == []


def test_credit_of_a_refund_is_no_money_received(asha: Clinic) -> None:
    patient = PatientFactory()
    sold = sale(asha, patient)
    use(asha, sold.package, 2)
    refund(asha, sold.package)

    movements = credit(asha, patient)

    assert told(movements)[-1] == ("released", 8_000, 8_000)
    assert "Taken off bill" in movements[-1].line.words
    balances_agree(asha, patient)


def test_a_statement_asks_no_more_where_there_is_more(asha: Clinic) -> None:
    patient = PatientFactory()
    counts = []
    for _ in range(2):
        for _ in range(2):
            complete(asha, visit(asha, patient), how="charge", tenders=[cash(1_100)])
        with Queries() as asked:
            statement(asha, patient)
            credit(asha, patient)
        counts.append(asked.count)

    assert counts[0] == counts[1]


def test_a_release_by_hand_says_why(asha: Clinic) -> None:
    patient = PatientFactory()
    line = complete(asha, visit(asha, patient), how="charge").bill.lines.get()
    (payment,) = pay(asha, patient, 1_000, [line])
    take_back(payment, line, amount=Decimal(400), by=owner_of(asha), key=uuid4(), reason=REASON)

    assert credit(asha, patient)[-1].line.detail == REASON


def test_what_was_handed_back_of_a_bounced_payment_is_told_once(asha: Clinic) -> None:
    """S46"""
    patient = PatientFactory()
    (payment,) = pay(asha, patient, 0, [], tenders=[cheque(1_000)])
    pay_back(asha, patient, 400)

    bounce(asha, payment)

    assert told(credit(asha, patient)) == [
        ("payment", 1_000, 1_000),
        ("refund", -400, 600),
        ("bounce", -600, 0),
    ]
    told_of = statement(asha, patient)
    kinds = [entry.line.kind for entry in told_of.entries]
    assert (sorted(kinds), told_of.closing.amount) == (["bill", "bounce", "payment", "refund"], 400)
    balances_agree(asha, patient)
