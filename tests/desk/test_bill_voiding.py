"""A bill that was wrong is answered by a credit note, whole or by line; no session moves by that."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from billing.bill_voiding import MoreThanStands, NotByItself, NothingToTakeBack, credit_lines, void_bill
from billing.models import Bill, BillKind, Good
from billing.payments import unapplied_of
from clinic.access import NotAllowed
from clinic.models import Branch, Clinic, Role
from desk.counter import Goods, Wanted, bill_together
from packages.ledger import ReasonMissing
from packages.models import Entry
from tests.acts import cash, now
from tests.factories import PatientFactory, complete, member, package, plan, reopen, visit
from tests.written import everything

D = Decimal


@pytest.fixture
def goods(asha: Clinic) -> Bill:
    """Two braces at 1,120 with 12 % in it and a band at 100 with 18 % on top: 2,358, of which 2,000 are paid."""
    brace = Good.objects.create(name="Knee brace", price=D(1_120), tax_percent=D(12))
    band = Good.objects.create(name="Band", price=D(100), tax_percent=D(18), tax_is_added=True)
    wanted = Wanted(goods=[Goods(brace, 2), Goods(band)])
    facts = now(asha, tenders=[cash(2_000)])
    return bill_together(PatientFactory(), wanted, branch=Branch.objects.get(), **facts).bill


def void(asha: Clinic, bill: Bill, **facts: Any) -> Bill:
    return void_bill(bill, **now(asha, **{"reason": "Wrong patient"} | facts))


def credit(asha: Clinic, bill: Bill, *amounts: Decimal | int, **facts: Any) -> Bill:
    lines = bill.lines.order_by("position")
    wanted = {line.pk: D(amount) for line, amount in zip(lines, amounts, strict=False)}
    return credit_lines(bill, wanted, **now(asha, **{"reason": "Brought back"} | facts))


def test_a_voided_bill_keeps_its_number_and_its_money_becomes_account_credit(
    asha: Clinic, goods: Bill
) -> None:
    """S13"""
    before = Bill.objects.values().get(pk=goods.pk)

    note = void(asha, goods)

    assert Bill.objects.values().get(pk=goods.pk) == before
    assert (note.kind, note.total, note.corrects) == (BillKind.CREDIT_NOTE, -goods.total, goods)
    assert sum(left for _payment, left in unapplied_of(goods.patient)) == 2_000
    assert [(line.amount, line.tax) for line in note.lines.order_by("position")] == [
        (-2_240, -240),
        (-118, -18),
    ]


def test_one_of_two_braces_is_brought_back(asha: Clinic, goods: Bill) -> None:
    note = credit(asha, goods, 1_120)

    (line,) = note.lines.all()
    assert (note.total, line.tax) == (-1_120, -120)
    assert note.document["in_part"]
    assert (
        sum(left for _payment, left in unapplied_of(goods.patient)) == 880
    )  # the money went to the braces; one still stands


def test_the_same_key_twice_is_the_same_note(asha: Clinic, goods: Bill) -> None:
    key = uuid4()

    assert void(asha, goods, key=key) == void(asha, goods, key=key)
    assert Bill.objects.filter(kind=BillKind.CREDIT_NOTE).count() == 1


@pytest.mark.parametrize(
    ("amounts", "reason", "why"),
    [
        ((), "x", NothingToTakeBack),
        ((0, 0), "x", NothingToTakeBack),
        ((D("2240.01"),), "x", MoreThanStands),
        ((-1,), "x", MoreThanStands),
        ((D("0.005"),), "x", MoreThanStands),
        ((1_120,), "  ", ReasonMissing),
    ],
    ids=str,
)
def test_what_cannot_go_back_is_refused_and_nothing_is_written(
    asha: Clinic, goods: Bill, amounts: tuple[Decimal, ...], reason: str, why: type[Exception]
) -> None:
    before = everything()

    with pytest.raises(why):
        credit(asha, goods, *amounts, reason=reason)

    assert everything() == before


def test_what_was_taken_back_is_not_taken_back_again(asha: Clinic, goods: Bill) -> None:
    credit(asha, goods, 1_120)
    credit(asha, goods, 1_120)

    with pytest.raises(MoreThanStands):
        credit(asha, goods, 1)
    assert void(asha, goods).total == -118
    with pytest.raises(NothingToTakeBack):
        void(asha, goods)


@pytest.mark.parametrize("amounts", [("0.10",) * 10, ("0.35", "0.35", "0.30"), ("0.99", "0.01")])
def test_parts_of_a_small_line_add_up_to_its_tax(asha: Clinic, amounts: tuple[str, ...]) -> None:
    """A rupee with 5 % in it, 5 paise of tax: each tenth by itself would take back a paisa, or 10 in all."""
    tape = Good.objects.create(name="Tape", price=D(1), tax_percent=D(5))
    facts = now(asha, branch=Branch.objects.get())
    bill = bill_together(PatientFactory(), Wanted(goods=[Goods(tape)]), **facts).bill
    assert bill.lines.get().tax == D("0.05")

    notes = [credit(asha, bill, D(amount)) for amount in amounts]

    assert sum(note.lines.get().tax for note in notes) == -D("0.05")


def test_a_package_goes_back_with_its_sessions_and_not_by_its_bill(asha: Clinic) -> None:
    """S43"""
    sold = package(asha)
    bill = Bill.objects.get(kind="bill")

    with pytest.raises(NotByItself, match="refund or void the package"):
        void(asha, bill)

    sold.refresh_from_db()
    assert (sold.paid, sold.sessions_left) == (10_000, 10)


def test_a_visit_s_charge_goes_back_and_no_session_moves(asha: Clinic) -> None:
    """S43"""
    sold = package(asha)
    came = visit(asha, sold.patient)
    done = complete(asha, came, how="charge", tenders=[cash(came.service.price)])
    lines = Entry.objects.count()

    void(asha, done.bill)

    came.refresh_from_db()
    assert came.state == "completed"
    assert Entry.objects.count() == lines
    assert sum(left for _payment, left in unapplied_of(sold.patient)) == came.service.price


def test_a_visit_may_be_reopened_after_its_bill_was_taken_back(asha: Clinic) -> None:
    came = visit(asha, PatientFactory())
    done = complete(asha, came, how="charge", tenders=[cash(came.service.price)])
    void(asha, done.bill)

    note = reopen(asha, came)

    assert (note.kind, note.total) == (BillKind.CORRECTION, 0)


def test_a_therapist_takes_no_bill_back(asha: Clinic, goods: Bill) -> None:
    with pytest.raises(NotAllowed):
        void(asha, goods, by=member(asha, Role.THERAPIST))


def test_the_desk_takes_a_line_back_on_its_page(asha: Clinic, goods: Bill) -> None:
    client = Client()
    client.force_login(member(asha, Role.FRONT_DESK).user)
    page = f"/asha/bills/{goods.pk}/voiding/"
    brace, band = goods.lines.order_by("position")
    facts = {"key": str(uuid4()), f"line-{brace.pk}": "1,120", f"line-{band.pk}": "", "reason": "Too small"}

    shown = client.get(page).content.decode()
    too_much = client.post(page, facts | {f"line-{brace.pk}": "9,999"})
    answer = client.post(page, facts)

    assert 'value="2240.00"' in shown
    assert too_much.status_code == 422
    assert 'value="9,999"' in too_much.content.decode()
    note = Bill.objects.get(kind=BillKind.CREDIT_NOTE)
    assert answer.headers["Location"] == f"/asha/bills/{note.pk}/"
    assert note.total == -1_120


def test_of_a_pack_s_bill_the_page_leads_to_the_pack(asha: Clinic) -> None:
    sold = package(asha, of=plan())
    client = Client()
    client.force_login(member(asha, Role.FRONT_DESK).user)

    page = client.get(f"/asha/bills/{Bill.objects.get(kind='bill').pk}/voiding/").content.decode()

    assert f"/asha/packages/{sold.pk}/" in page
    assert "Take it back" not in page
