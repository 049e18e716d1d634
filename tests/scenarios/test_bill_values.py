"""The stories of bills with other values: counts that were printed, mixed bills, taxes, fees, other currencies.

The expected amounts are worked out by hand from the rule.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from billing.bill_voiding import credit_lines
from billing.models import Bill, BillKind, Good
from billing.payments import owed_lines, unapplied_of
from billing.rendering import bill_html, is_duplicate
from clinic.models import Branch, Clinic
from desk import absences
from desk.counter import Billed, Goods, Off, Wanted, bill_together
from desk.recount import recount
from packages.models import Entry, Package
from packages.models.terms import Takes
from packages.plans import Line
from tests.acts import cancelled_late, cash, not_come, now
from tests.committing import check_now
from tests.factories import PatientFactory, ServiceFactory, complete, package, plan, reopen, sale, visit

from .conftest import MakeClinic

D = Decimal


def fresh(bill: Bill) -> Bill:
    return Bill.objects.get(pk=bill.pk)


def billed(clinic: Clinic, wanted: Wanted, *, paid: Decimal | int = 0) -> Billed:
    facts = now(clinic, branch=Branch.objects.get(), tenders=[cash(paid)] if paid else [])
    return bill_together(wanted.visit.patient if wanted.visit else PatientFactory(), wanted, **facts)


def mixed(clinic: Clinic, *, paid: Decimal | int) -> Billed:
    """A visit at 1,000, ten sessions at 10,000 and a brace at 1,120 with 12 % in it, on one bill."""
    brace = Good.objects.create(name="Knee brace", price=D(1_120), tax_percent=D(12))
    came = visit(clinic, PatientFactory())
    return billed(clinic, Wanted(visit=came, plan=plan(), goods=[Goods(brace)]), paid=paid)


def counted(bill: Bill) -> list[Decimal]:
    """Sold, used and left, as the bill's box says them."""
    return [D(bill.document["package"][name]) for name in ("sold", "used", "left")]


@pytest.mark.parametrize(
    ("paid", "bonus", "used", "printed", "after"),
    [
        (7, 2, ["1", "1", "0.5"], ["9", "2.5", "6.5"], ["9", "2", "7"]),
        (1, 0, ["1"], ["1", "1", "0"], ["1", "0", "1"]),
        (2, 2, ["1", "1", "1"], ["4", "3", "1"], ["4", "2", "2"]),  # the third was a free one
        (30, 0, ["0.5"], ["30", "0.5", "29.5"], ["30", "0", "30"]),
    ],
)
def test_a_note_answers_other_printed_counts_too(
    asha: Clinic, paid: int, bonus: int, used: list[str], printed: list[str], after: list[str]
) -> None:
    """S06"""
    service = ServiceFactory()
    lines = [Line(service, D(paid)), *([Line(service, D(bonus), is_bonus=True)] if bonus else [])]
    pack = package(asha, of=plan(*lines))
    for sessions in used:
        facts = {"sessions": D(sessions), "reason": "Ten minutes only"} if sessions != "1" else {}
        done = complete(asha, visit(asha, pack.patient), package=pack, **facts)
    assert counted(done.bill) == list(map(D, printed))
    document = fresh(done.bill).document

    note = reopen(asha, done.visit)

    assert (note.kind, note.corrects, counted(note)) == (BillKind.CORRECTION, done.bill, list(map(D, after)))
    assert fresh(done.bill).document == document


@pytest.mark.parametrize(
    ("paid", "credit", "owed"),
    [
        (12_120, 1_000, 0),
        (400, 400, 11_120),  # the visit's line is paid first
        (5_000, 1_000, 7_120),
        (0, 0, 11_120),
    ],
)
def test_a_visit_is_reopened_and_the_pack_and_goods_on_its_bill_stay(
    asha: Clinic, paid: int, credit: int, owed: int
) -> None:
    """S06, S48"""
    made = mixed(asha, paid=paid)
    assert made.package is not None
    before = fresh(made.bill).document

    note = reopen(asha, made.bill.visit)  # type: ignore[arg-type]

    patient = made.bill.patient
    assert (note.kind, note.total, note.document["in_part"]) == (BillKind.CREDIT_NOTE, -1_000, True)
    assert sum(left for _, left in unapplied_of(patient)) == credit
    assert sum(line.owed for line in owed_lines(patient)) == owed
    kept = Package.objects.get(pk=made.package.pk)
    assert (kept.sessions_left, kept.paid) == (10, made.package.paid)
    assert fresh(made.bill).document == before
    check_now()
    assert recount() == []


@pytest.mark.parametrize(
    ("zone", "issued", "same_day", "next_day"),
    [
        (
            "America/Los_Angeles",
            (4, 7, 30),
            (5, 6, 59),
            (5, 7, 1),
        ),  # 00:30 of the 4th; the day ends at 07:00 UTC
        ("Asia/Kathmandu", (4, 17, 0), (4, 18, 14), (4, 18, 16)),  # UTC + 5:45
        ("Pacific/Kiritimati", (4, 10, 30), (5, 9, 59), (5, 10, 1)),  # UTC + 14
    ],
)
def test_a_print_is_a_duplicate_from_the_clinics_next_midnight_on(
    clinic_in: MakeClinic,
    zone: str,
    issued: tuple[int, int, int],
    same_day: tuple[int, int, int],
    next_day: tuple[int, int, int],
) -> None:
    """S07"""

    def moment(at: tuple[int, int, int]) -> datetime:
        return datetime(2026, 5, *at, tzinfo=UTC)

    bill = fresh(sale(clinic_in(zone), at=moment(issued)).bill)

    assert [is_duplicate(bill, moment(at)) for at in (issued, same_day, next_day)] == [False, False, True]


def test_a_mixed_bill_printed_again_says_its_first_figures_though_half_of_it_went_back(asha: Clinic) -> None:
    """S07"""
    made = mixed(asha, paid=5_000)
    bill, later = fresh(made.bill), made.bill.issued_at + timedelta(days=31)
    original = bill_html(bill, language="en-in", at=bill.issued_at)
    brace = bill.lines.get(kind="goods")

    credit_lines(bill, {brace.pk: D("333.33")}, **now(asha, reason="Worn"))
    reopen(asha, made.bill.visit)  # type: ignore[arg-type]
    Good.objects.update(name="Another brace", price=1)

    duplicate = bill_html(fresh(bill), language="en-in", at=later)
    assert ("Duplicate" in original, "Duplicate" in duplicate) == (False, True)
    figures = re.compile(r"₹[\d,.]+|Knee brace")
    assert figures.findall(duplicate) == figures.findall(original) != []


@pytest.mark.parametrize(
    ("currency", "price", "free", "worth"),
    [
        ("INR", "100", 1, ["33.33", "33.34", "33.33"]),
        ("INR", "0.07", 1, ["0.01", "0.02", "0.01", "0.02", "0.01"]),
        ("INR", "1.01", 3, ["0.51", "0.50"]),  # 0.505, and a half goes up
        ("JPY", "1000", 2, ["333", "334", "333"]),
        ("KWD", "1.001", 2, ["0.167", "0.167", "0.167", "0.166", "0.167", "0.167"]),
    ],
)
def test_paid_sessions_share_the_price_to_the_coin_and_free_ones_come_last_at_nothing(
    clinic_in: MakeClinic, currency: str, price: str, free: int, worth: list[str]
) -> None:
    """S08"""
    clinic, service = clinic_in(currency=currency), ServiceFactory()
    lines = [Line(service, D(free), is_bonus=True), Line(service, D(len(worth)))]
    pack = package(clinic, of=plan(*lines, price=D(price)))

    done = [complete(clinic, visit(clinic, pack.patient)) for _ in range(len(worth) + free)]

    entries = [each.entry for each in done if each.entry]
    assert [-entry.value for entry in entries] == [*map(D, worth), *[0] * free]
    assert [entry.line.is_bonus for entry in entries] == [False] * len(worth) + [True] * free
    assert sum(entry.value for entry in entries) == -D(price)


@pytest.mark.parametrize(
    ("currency", "pack", "good", "count", "percent", "on_top", "off", "lines", "paid", "of_pack", "owed"),
    [
        # 999.99 × 18 / 118 = 152.5408
        (
            "INR",
            "9999.99",
            "333.33",
            3,
            "18",
            False,
            "0",
            "9999.99 999.99 152.54",
            "10000",
            "9999.99",
            "999.98",
        ),
        # 100.10 × 5 % = 5.005, and a half goes up
        ("INR", "500", "100.10", 1, "5", True, "0", "500 105.11 5.01", "250", "250", "355.11"),
        # a tenth off 11,120: 1,000 off the pack, 112 off the brace, whose tax is in 1,008
        ("INR", "10000", "1120", 1, "12", False, "1112", "9000 1008 108", "9000", "9000", "1008"),
        # off on the whole with tax on top: 118 less 1.18; 116.82 × 18 / 118
        ("INR", "10000", "100", 1, "18", True, "101.18", "9900 116.82 17.82", "0", "0", "10016.82"),
        ("JPY", "7000", "333", 1, "10", False, "0", "7000 333 30", "7001", "7000", "332"),
        ("JPY", "7000", "55", 1, "10", True, "0", "7000 61 6", "7061", "7000", "0"),
        # a yen off two lines of a hundred: half of it goes up, so it is the pack's
        ("JPY", "100", "100", 1, "10", False, "1", "99 100 9", "150", "99", "49"),
        ("KWD", "90.001", "1.005", 2, "5", True, "0", "90.001 2.111 0.101", "45", "45", "47.112"),
    ],
)
def test_a_pack_and_goods_are_paid_in_their_order_and_only_the_goods_are_taxed(
    clinic_in: MakeClinic,
    currency: str,
    pack: str,
    good: str,
    count: int,
    percent: str,
    on_top: bool,
    off: str,
    lines: str,
    paid: str,
    of_pack: str,
    owed: str,
) -> None:
    """S48"""
    clinic = clinic_in(currency=currency)
    facts: dict[str, Any] = {"tax_percent": D(percent), "tax_is_added": on_top}
    goods = [Goods(Good.objects.create(name="Brace", price=D(good), **facts), count)]
    wanted = Wanted(plan=plan(price=D(pack)), goods=goods, off=Off(D(off), "Festival"))

    made = billed(clinic, wanted, paid=D(paid))

    of_plan, of_goods = made.bill.lines.order_by("position")
    assert [of_plan.amount, of_goods.amount, of_goods.tax] == [D(each) for each in lines.split()]
    assert (of_plan.tax, made.bill.kind) == (0, BillKind.INVOICE)
    assert made.bill.total == of_plan.amount + of_goods.amount
    assert made.package is not None
    assert (made.package.price, made.package.paid) == (of_plan.amount, D(of_pack))
    assert sum(line.owed for line in owed_lines(made.bill.patient)) == D(owed)
    check_now()
    assert recount() == []


@pytest.mark.parametrize("kind", ["late", "not come"])
@pytest.mark.parametrize(
    ("currency", "takes", "fee", "charged", "taken"),
    [
        ("INR", Takes.FEE, "0.01", "0.01", None),
        ("JPY", Takes.FEE, "1", "1", None),
        ("KWD", Takes.FEE, "0.125", "0.125", None),
        ("INR", Takes.FEE, "0", None, None),  # a fee of nothing is no session instead
        ("INR", Takes.ONE, "300", None, "-1"),
        ("JPY", Takes.HALF, "300", None, "-0.5"),
        ("KWD", Takes.NOTHING, "0.5", None, None),
    ],
)
def test_an_absence_takes_a_fee_or_sessions_and_never_both(
    clinic_in: MakeClinic,
    currency: str,
    takes: Takes,
    fee: str,
    charged: str | None,
    taken: str | None,
    kind: str,
) -> None:
    """S49: whichever it is, letting it off gives just that back."""
    clinic = clinic_in(currency=currency)
    terms: dict[str, Any] = {"late_cancel_takes": takes, "no_show_takes": takes, "free_passes": 0}
    of = plan(late_cancel_fee=D(fee), no_show_fee=D(fee), late_cancel_hours=24, **terms)
    pack = package(clinic, of=of)

    absence = (cancelled_late if kind == "late" else not_come)(clinic, pack.patient)

    totals = [bill.total for bill in Bill.objects.filter(lines__kind="fee")]
    entries = list(Entry.objects.filter(visit_id=absence.visit.pk))
    assert totals == ([D(charged)] if charged else [])
    assert [entry.sessions for entry in entries] == ([D(taken)] if taken else [])
    check_now()
    if charged or taken:
        absences.let_off(absence.visit, **now(clinic, reason="The lift stood still"))
    assert owed_lines(pack.patient) == []
    assert Package.objects.get(pk=pack.pk).sessions_left == 10
    assert recount() == []
