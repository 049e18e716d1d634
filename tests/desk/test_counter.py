"""Several things on one bill: what each costs, its discount, its tax, and what the money pays."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from billing.bill_voiding import credit_lines
from billing.models import Bill, BillKind, BillLine, Good, LineKind, Payment
from billing.rendering import bill_html
from clinic.models import Branch, Clinic, Patient, Service
from desk.counter import (
    DiscountNeedsReason,
    DiscountTooLarge,
    Goods,
    NoSuchQuantity,
    NothingToBill,
    NotOnSale,
    Off,
    Wanted,
    bill_together,
)
from packages.models import Package, Plan
from packages.plans import fingerprint
from tests.acts import cash, now
from tests.factories import PatientFactory, ServiceFactory, member, plan, reopen, visit
from visits.models import Visit

D = Decimal


@pytest.fixture
def patient(asha: Clinic) -> Patient:
    made: Patient = PatientFactory()
    return made


@pytest.fixture
def brace(asha: Clinic) -> Good:
    """1,120 with 12 % GST in it."""
    return Good.objects.create(name="Knee brace", price=D(1_120), tax_percent=D(12), code="9021")


@pytest.fixture
def band(asha: Clinic) -> Good:
    """100 and 18 % on top."""
    return Good.objects.create(name="Exercise band", price=D(100), tax_percent=D(18), tax_is_added=True)


def billed(asha: Clinic, patient: Patient, wanted: Wanted, **facts: Any) -> Any:
    return bill_together(patient, wanted, branch=Branch.objects.get(), **now(asha, **facts))


def figures(bill: Bill) -> list[tuple[str, Decimal, Decimal, Decimal]]:
    return [(line.kind, line.discount, line.tax, line.amount) for line in bill.lines.order_by("position")]


def test_one_payment_for_a_pack_and_a_brace_is_split_as_stated_with_tax_on_the_brace_only(
    asha: Clinic, patient: Patient, brace: Good
) -> None:
    """S48"""
    wanted = Wanted(plan=plan(), goods=[Goods(brace)])

    made = billed(asha, patient, wanted, tenders=[cash(11_120)])

    assert figures(made.bill) == [
        (LineKind.PACKAGE, 0, 0, 10_000),
        (LineKind.GOODS, 0, 120, 1_120),
    ]
    assert (made.bill.kind, made.bill.total) == (BillKind.INVOICE, 11_120)
    assert made.package.paid == 10_000
    assert [row.amount for row in Payment.objects.get().allocations.order_by("amount")] == [1_120, 10_000]


def test_a_visit_a_pack_and_goods_stand_on_the_visit_s_one_bill(
    asha: Clinic, patient: Patient, brace: Good, band: Good
) -> None:
    came = visit(asha, patient)
    wanted = Wanted(visit=came, plan=plan(), goods=[Goods(brace, 2), Goods(band, 3)])

    made = billed(asha, patient, wanted)

    came.refresh_from_db()
    assert (came.state, came.settlement) == (Visit.State.COMPLETED, Visit.Settlement.CHARGE)
    assert (made.bill.visit_id, made.bill.completion) == (came.pk, 1)
    assert made.bill.total == came.service.price + 10_000 + 2_240 + 354
    assert [kind for kind, *_figures in figures(made.bill)] == ["visit", "package", "goods", "goods"]


def test_a_discount_on_the_whole_bill_is_divided_by_what_the_lines_cost_and_loses_no_coin(
    asha: Clinic, patient: Patient, brace: Good, band: Good
) -> None:
    off = Off(D("1000.01"), "Festival")
    wanted = Wanted(plan=plan(), goods=[Goods(brace), Goods(band)], off=off)

    made = billed(asha, patient, wanted)

    total = D(10_000) + 1_120 + 118 - off.amount
    assert made.bill.total == total == sum(line.amount for line in made.bill.lines.all())
    assert made.package.price == made.bill.lines.get(kind="package").amount
    for line in made.bill.lines.filter(kind="goods"):
        net = line.amount - line.tax
        assert abs(line.tax - net * line.tax_percent / 100) < D("0.01")
    assert made.bill.document["bill_discount"] == {"amount": "1000.01", "reason": "Festival"}


def test_each_line_has_its_own_discount_and_says_why(asha: Clinic, patient: Patient, brace: Good) -> None:
    wanted = Wanted(
        plan=plan(), plan_off=Off(D(2_000), "Family"), goods=[Goods(brace, off=Off(D(120), "Last one"))]
    )

    made = billed(asha, patient, wanted)

    pack, good = made.bill.lines.order_by("position")
    assert (pack.unit_price, pack.discount, pack.amount) == (10_000, 2_000, 8_000)
    assert (good.unit_price, good.discount, good.amount) == (1_120, 120, 1_000)
    assert (pack.discount_reason, good.discount_reason) == ("Family", "Last one")
    assert made.package.price == 8_000


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({}, NothingToBill),
        ({"off": Off(D(5_000), "x")}, NothingToBill),
        ({"goods": 1, "off": Off(D("1120.01"), "x")}, DiscountTooLarge),
        ({"goods": 1, "off": Off(D(-1), "x")}, DiscountTooLarge),
        ({"goods": 1, "off": Off(D("0.001"), "x")}, DiscountTooLarge),
        ({"goods": 1, "off": Off(D(10), " ")}, DiscountNeedsReason),
        ({"goods": 0}, NoSuchQuantity),
        ({"goods": 1_000}, NoSuchQuantity),
        ({"goods": 1, "retired": True}, NotOnSale),
    ],
    ids=str,
)
def test_what_cannot_be_billed_is_refused_and_nothing_is_written(
    asha: Clinic, patient: Patient, brace: Good, wanted: dict[str, Any], why: type[Exception]
) -> None:
    brace.is_active = not wanted.pop("retired", False)
    if "goods" in wanted:
        wanted["goods"] = [Goods(brace, wanted["goods"])]

    with pytest.raises(why):
        billed(asha, patient, Wanted(**wanted), tenders=[cash(100)])

    assert not Bill.objects.exists()
    assert not Payment.objects.exists()
    assert not Package.objects.exists()


def test_a_part_that_is_refused_undoes_the_whole(asha: Clinic, patient: Patient, brace: Good) -> None:
    """S04"""
    of: Plan = plan()
    of.is_active = False
    of.save()
    came = visit(asha, patient)

    with pytest.raises(Exception, match="no longer on sale"):
        billed(asha, patient, Wanted(visit=came, plan=of, goods=[Goods(brace)]), tenders=[cash(100)])

    came.refresh_from_db()
    assert came.is_open
    assert not Bill.objects.exists()


def test_the_same_key_twice_is_the_same_bill(asha: Clinic, patient: Patient, brace: Good) -> None:
    """S02"""
    key = uuid4()
    wanted = Wanted(plan=plan(), goods=[Goods(brace)])

    first, again = (billed(asha, patient, wanted, key=key, tenders=[cash(500)]) for _ in range(2))

    assert first.bill == again.bill
    assert (first.package, first.payments) == (again.package, again.payments)
    assert (Bill.objects.count(), Payment.objects.count(), Package.objects.count()) == (1, 1, 1)


def test_reopening_the_visit_takes_back_the_visit_alone(asha: Clinic, patient: Patient, brace: Good) -> None:
    """S06"""
    came = visit(asha, patient)
    price = came.service.price
    made = billed(
        asha, patient, Wanted(visit=came, plan=plan(), goods=[Goods(brace)]), tenders=[cash(price + 11_120)]
    )

    note = reopen(asha, came)

    assert (note.kind, note.total) == (BillKind.CREDIT_NOTE, -price)
    made.package.refresh_from_db()
    assert (made.package.paid, made.package.sessions_left) == (10_000, 10)


def test_a_service_whose_tax_comes_on_top_costs_its_price_and_the_tax(asha: Clinic, patient: Patient) -> None:
    taxed: Service = ServiceFactory(name="Sports massage")
    taxed.price, taxed.tax_percent, taxed.tax_is_added = D(1_000), D(18), True
    taxed.save()

    made = billed(asha, patient, Wanted(visit=visit(asha, patient, service=taxed)), tenders=[cash(1_180)])

    (line,) = made.bill.lines.all()
    assert (line.unit_price, line.tax, line.amount, line.tax_is_added) == (1_000, 180, 1_180, True)
    assert made.bill.kind == BillKind.INVOICE


def test_a_pack_of_a_taxed_service_holds_the_tax_in_its_price(asha: Clinic, patient: Patient) -> None:
    taxed: Service = ServiceFactory(name="Sports massage")
    taxed.tax_percent = D(18)
    taxed.save()

    made = billed(asha, patient, Wanted(plan=plan(service=taxed, price=11_800)))

    (line,) = made.bill.lines.all()
    assert (line.tax, line.tax_percent, line.amount) == (1_800, 18, 11_800)


@pytest.fixture
def desk(asha: Clinic) -> Client:
    client = Client()
    client.force_login(member(asha, "front_desk").user)
    return client


def asked(patient: Patient, **facts: Any) -> dict[str, Any]:
    """The form as a browser sends it."""
    sent = {"key": str(uuid4()), "branch": str(Branch.objects.get().pk)}
    sent |= {"tender-TOTAL_FORMS": "3", "tender-INITIAL_FORMS": "0", "tender-0-method": "cash"}
    sent |= {"tender-1-method": "upi", "tender-2-method": "upi"}
    return sent | facts


def test_the_desk_issues_a_bill_that_was_paid_whole(
    asha: Clinic, patient: Patient, brace: Good, desk: Client
) -> None:
    page = f"/asha/patients/{patient.pk}/bills/new/"
    of = plan()
    facts = asked(patient, plan=str(of.pk), all_paid="on", off="120", why="Old friend")
    facts |= {"goods-0-good": str(brace.pk), "goods-0-quantity": "1"}

    unseen = desk.post(page, facts)
    shown = desk.post(page, facts | {"show": "1"})
    answer = desk.post(page, facts | {"shown": fingerprint(of)})

    assert unseen.status_code == 422
    assert "The terms, to read out" in unseen.content.decode()

    assert shown.status_code == 422
    assert "₹11,000.00" in shown.content.decode()
    bill = Bill.objects.get()
    assert answer.headers["Location"] == f"/asha/bills/{bill.pk}/"
    assert (bill.total, Payment.objects.get().amount) == (11_000, 11_000)


def test_from_the_completion_the_visit_is_chosen_already(
    asha: Clinic, patient: Patient, desk: Client
) -> None:
    came = visit(asha, patient)

    page = desk.get(f"/asha/patients/{patient.pk}/bills/new/?visit={came.pk}").content.decode()

    assert f'<option value="{came.pk}" selected>' in page
    assert "Not saved yet" not in page


def test_the_way_of_paying_that_is_offered_first_may_be_left_as_it_is(
    asha: Clinic, patient: Patient, brace: Good, desk: Client
) -> None:
    facts = asked(patient, all_paid="on") | {"tender-0-method": "upi", "goods-0-good": str(brace.pk)}

    answer = desk.post(f"/asha/patients/{patient.pk}/bills/new/", facts)

    assert answer.status_code == 302
    assert (Payment.objects.get().method, Payment.objects.get().amount) == ("upi", 1_120)


def test_the_sum_is_shown_while_it_is_typed(
    asha: Clinic, patient: Patient, brace: Good, desk: Client
) -> None:
    facts = asked(patient) | {"goods-0-good": str(brace.pk), "goods-0-quantity": "2"}

    page = desk.get(f"/asha/patients/{patient.pk}/bills/new/", facts)

    assert page.status_code == 200
    assert "₹2,240.00" in page.content.decode()
    assert not Bill.objects.exists()


def test_a_discount_without_a_reason_comes_back_as_typed(
    asha: Clinic, patient: Patient, brace: Good, desk: Client
) -> None:
    page = f"/asha/patients/{patient.pk}/bills/new/"
    facts = asked(patient, off="120") | {"goods-0-good": str(brace.pk), "goods-0-quantity": "2"}

    answer = desk.post(page, facts)

    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Write why there is a discount on the whole bill." in text
    assert 'value="120"' in text
    assert not Bill.objects.exists()


def test_terms_that_changed_since_they_were_shown_are_shown_again(
    asha: Clinic, patient: Patient, desk: Client
) -> None:
    answer = desk.post(
        f"/asha/patients/{patient.pk}/bills/new/",
        asked(patient, plan=str(plan().pk), shown="0123456789abcdef"),
    )

    assert answer.status_code == 422
    assert "was changed since this page was opened" in answer.content.decode()


def test_the_page_asks_nothing_for_each_row(
    asha: Clinic, patient: Patient, desk: Client, queries: Any
) -> None:
    page = f"/asha/patients/{patient.pk}/bills/new/"
    desk.get(page)
    with queries() as few:
        desk.get(page)
    for n in range(20):
        Good.objects.create(name=f"Good {n}", price=D(10))
    with queries() as many:
        desk.get(page)

    assert many.count == few.count


def test_a_visit_given_free_on_a_mixed_bill_is_reopened_and_the_rest_counts(
    asha: Clinic, patient: Patient
) -> None:
    """S06"""
    came = visit(asha, patient)
    wanted = Wanted(visit=came, visit_off=Off(came.service.price, "First visit"), plan=plan())
    made = billed(asha, patient, wanted, tenders=[cash(10_000)])

    note = reopen(asha, came)

    note.refresh_from_db()
    words = bill_html(note, language="en-in", at=timezone.now())
    assert (note.kind, note.document["in_part"]) == (BillKind.CORRECTION, True)
    assert f"Replaces the visit on bill {note.document['corrects']}; the rest of that bill counts." in words
    made.package.refresh_from_db()
    assert made.package.paid == 10_000


def test_what_is_taken_back_bit_by_bit_takes_the_whole_tax_back(asha: Clinic, patient: Patient) -> None:
    taxed = Good.objects.create(name="Belt", price=D(100), tax_percent=D(18))
    bill = billed(asha, patient, Wanted(goods=[Goods(taxed)])).bill
    (line,) = bill.lines.all()

    for amount in ("33.33", "33.33", "33.33", "0.01"):
        credit_lines(bill, {line.pk: D(amount)}, **now(asha, reason="Returned"))

    taken = BillLine.objects.filter(credits=line)
    assert (sum(each.amount for each in taken), sum(each.tax for each in taken)) == (-line.amount, -line.tax)
