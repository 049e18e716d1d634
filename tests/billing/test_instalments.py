"""What is agreed, and how it stands as the money comes, comes back and is taken back."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError
from django.db.models import Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.credits import sale_line
from billing.instalment_dates import Due, Every, InstalmentsRefused, days, proposal
from billing.instalment_states import Schedule, State, of_line, schedules
from billing.instalments import AgreedMeanwhile, agree_instalments, plan_of
from billing.models import BillLine, Instalment, InstalmentPlan
from clinic.models import Clinic
from desk import checkout
from desk.recount import recount
from packages.models import Package
from tests.acts import bounce, cheque, now, pay, refund, void
from tests.committing import check_now, commit
from tests.factories import owner_of, plan, sale, use
from tests.written import everything

TODAY = date(2026, 1, 31)


def line_of(pack: Package) -> BillLine:
    line = sale_line(pack)
    assert line is not None
    return line


def owing(clinic: Clinic, paid: int = 0, **facts: Any) -> BillLine:
    """The line of a pack of 10,000 of which so much is paid; each session opens with its money."""
    of = facts.pop("of", None) or plan(activation="as_paid")
    return line_of(sale(clinic, of=of, paid=paid, **facts).package)


def rows(clinic: Clinic, *amounts: int | str, first: int = 0, every: int = 7) -> list[Due]:
    """These amounts from so many days on, a week apart."""
    start = clinic.today() + timedelta(days=first)
    return [Due(start + timedelta(days=n * every), Decimal(amount)) for n, amount in enumerate(amounts)]


def agree(clinic: Clinic, line: BillLine, due: list[Due], **facts: Any) -> InstalmentPlan:
    return agree_instalments(line, rows=due, **now(clinic, **facts))


def stands(clinic: Clinic, line: BillLine, *, days: int = 0) -> Schedule:
    """How the line's instalments stand, seen so many days on."""
    found = of_line(line, clinic=clinic, on=clinic.today() + timedelta(days=days))
    assert found is not None
    return found


def left(schedule: Schedule) -> list[Decimal]:
    return [part.left for part in schedule.parts]


def states(schedule: Schedule) -> list[State]:
    return [part.state for part in schedule.parts]


# the days


@pytest.mark.parametrize(
    ("first", "every", "expected"),
    [
        (date(2026, 1, 31), "month", [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]),
        (date(2027, 12, 30), "month", [date(2027, 12, 30), date(2028, 1, 30), date(2028, 2, 29)]),
        (date(2026, 6, 5), "month", [date(2026, 6, 5), date(2026, 7, 5), date(2026, 8, 5)]),
        (date(2026, 6, 5), "week", [date(2026, 6, 5), date(2026, 6, 12), date(2026, 6, 19)]),
        (date(2026, 6, 5), "fortnight", [date(2026, 6, 5), date(2026, 6, 19), date(2026, 7, 3)]),
    ],
)
def test_months_keep_their_day_and_end_where_a_month_is_short(
    first: date, every: str, expected: list[date]
) -> None:
    """S31"""
    assert days(first, every, 3) == expected


@pytest.mark.parametrize(
    ("total", "deposit", "count", "parts"),
    [
        ("10000", "4000", 3, ["4000", "2000", "2000", "2000"]),
        ("10000", "0", 3, ["3333.33", "3333.34", "3333.33"]),
        ("100", "0.01", 2, ["0.01", "50", "49.99"]),
    ],
)
def test_a_proposal_adds_up_to_the_paisa(total: str, deposit: str, count: int, parts: list[str]) -> None:
    asked = {"deposit": Decimal(deposit), "count": count, "first_on": date(2026, 2, 5), "every": Every.MONTH}

    found = proposal(Decimal(total), today=TODAY, currency="INR", **asked)

    assert [row.amount for row in found] == [Decimal(part) for part in parts]
    assert sum(row.amount for row in found) == Decimal(total)


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"deposit": Decimal(10_000)}, "deposit"),
        ({"count": 0}, "between 1 and 24"),
        ({"count": 25}, "between 1 and 24"),
        ({"first_on": TODAY}, "after today"),
        ({"first_on": date(2206, 2, 5)}, "three years"),
        ({"total": Decimal("0.02"), "count": 3}, "more than 0"),
    ],
)
def test_a_proposal_that_cannot_be_is_refused_by_name(facts: dict[str, Any], word: str) -> None:
    asked = {
        "deposit": Decimal(0),
        "count": 3,
        "first_on": date(2026, 2, 5),
        "total": Decimal(10_000),
    } | facts

    with pytest.raises(InstalmentsRefused, match=word):
        proposal(asked.pop("total"), every="month", today=TODAY, currency="INR", **asked)


# the agreement


def test_the_plan_says_what_was_owed_when_it_was_agreed(asha: Clinic) -> None:
    line = owing(asha, paid=4_000)

    agreed = agree(asha, line, rows(asha, 3_000, 3_000, first=1))
    check_now()

    assert (agreed.amount, agreed.paid_before, agreed.agreed_on) == (6_000, 4_000, asha.today())
    assert plan_of(line) == agreed
    assert states(stands(asha, line)) == [State.TO_COME, State.TO_COME]


def test_the_same_agreement_twice_is_one(asha: Clinic) -> None:
    line, key = owing(asha), uuid4()

    first = agree(asha, line, rows(asha, 10_000), key=key)

    assert agree(asha, line, rows(asha, 10_000), key=key) == first
    assert InstalmentPlan.objects.count() == 1


@pytest.mark.parametrize(
    ("amounts", "facts", "word"),
    [
        (["5000", "4999.99"], {}, "9,999.99"),
        (["5000", "5000.01"], {}, "10,000.01"),
        (["10000", "0"], {}, "more than 0"),
        (["10001", "-1"], {}, "more than 0"),
        (["5000.005", "4999.995"], {}, "coin"),
        (["5000", "5000"], {"every": 0}, "later than the one before"),
        (["5000", "5000"], {"every": -1}, "later than the one before"),
        (["5000", "5000"], {"first": -1}, "before today"),
        (["5000", "5000"], {"every": 2_000}, "three years"),
        ([], {}, "between 1 and 24"),
    ],
)
def test_what_does_not_add_up_or_is_out_of_order_is_refused(
    asha: Clinic, amounts: list[str], facts: dict[str, Any], word: str
) -> None:
    line = owing(asha)
    written = everything()

    with pytest.raises(InstalmentsRefused, match=word):
        agree(asha, line, rows(asha, *amounts, **facts))

    assert everything() == written


def test_nothing_is_agreed_on_what_is_paid(asha: Clinic) -> None:
    line = owing(asha, paid=10_000)

    with pytest.raises(InstalmentsRefused, match="Nothing is owed"):
        agree(asha, line, rows(asha, 1))


def test_agreed_anew_it_replaces_the_first_with_a_reason(asha: Clinic) -> None:
    line = owing(asha)
    first = agree(asha, line, rows(asha, 4_000, 6_000))
    pay(asha, line.bill.patient, 4_000, [line])
    written = everything()

    with pytest.raises(AgreedMeanwhile):
        agree(asha, line, rows(asha, 3_000, 3_000, first=5))
    with pytest.raises(InstalmentsRefused, match="why"):
        agree(asha, line, rows(asha, 3_000, 3_000, first=5), replaces=first, reason=" ")
    assert everything() == written

    second = agree(asha, line, rows(asha, 3_000, 3_000, first=5), replaces=first, reason="Salary comes later")
    check_now()

    assert (plan_of(line), second.amount, second.paid_before) == (second, 6_000, 4_000)
    assert left(stands(asha, line)) == [3_000, 3_000]
    with pytest.raises(AgreedMeanwhile):  # the first holds no more
        agree(asha, line, rows(asha, 6_000, first=9), replaces=first, reason="Again")


# how it stands


def test_money_pays_the_instalments_in_their_order_and_ahead(asha: Clinic) -> None:
    """S45"""
    line = owing(asha)
    agree(asha, line, rows(asha, 4_000, 2_000, 2_000, 2_000))
    assert states(stands(asha, line)) == [State.DUE, State.TO_COME, State.TO_COME, State.TO_COME]

    pay(asha, line.bill.patient, 3_000, [line])
    assert left(stands(asha, line)) == [1_000, 2_000, 2_000, 2_000]
    assert states(stands(asha, line, days=8))[:3] == [State.OVERDUE, State.OVERDUE, State.TO_COME]
    pay(asha, line.bill.patient, 3_500, [line])

    seen = stands(asha, line, days=8)
    assert left(seen) == [0, 0, 1_500, 2_000]
    assert states(seen) == [State.PAID, State.PAID, State.PART_PAID, State.TO_COME]
    assert (seen.paid_count, seen.asked_count, seen.left, seen.due_by_now) == (2, 4, 3_500, 0)
    assert stands(asha, line, days=14).due_by_now == 1_500


def test_account_credit_is_not_swept_to_an_instalment(asha: Clinic) -> None:
    """S47"""
    line = owing(asha)
    pay(asha, line.bill.patient, 500, [])
    agree(asha, line, rows(asha, 4_000, 6_000))

    assert left(stands(asha, line)) == [4_000, 6_000]

    checkout.apply_unapplied(line.bill.patient, lines=[line], on=asha.today(), by=None, key=uuid4())
    assert left(stands(asha, line)) == [3_500, 6_000]


def test_what_bounced_is_overdue_again(asha: Clinic) -> None:
    """S46"""
    line = owing(asha)
    agree(asha, line, rows(asha, 4_000, 6_000))
    (paid,) = pay(asha, line.bill.patient, 0, [line], tenders=[cheque(4_000)])
    assert states(stands(asha, line, days=1))[0] == State.PAID

    bounce(asha, paid)

    seen = stands(asha, line, days=1)
    assert (states(seen)[0], seen.overdue[0].days_over, seen.due_by_now) == (State.OVERDUE, 1, 4_000)


def test_what_was_paid_before_the_plan_and_bounced_is_owed_beside_it(asha: Clinic) -> None:
    """S46"""
    line = owing(asha)
    (paid,) = pay(asha, line.bill.patient, 0, [line], tenders=[cheque(4_000)])
    agree(asha, line, rows(asha, 3_000, 3_000, first=7))

    bounce(asha, paid)

    seen = stands(asha, line)
    assert (left(seen), seen.beside, seen.due_by_now) == ([3_000, 3_000], 4_000, 4_000)


def test_a_refund_leaves_nothing_due_beyond_what_is_owed(asha: Clinic) -> None:
    """S39"""
    line = owing(asha)
    agree(asha, line, rows(asha, 4_000, 2_000, 4_000))
    pay(asha, line.bill.patient, 4_000, [line])
    assert line.package
    use(asha, line.package, 3)

    refund(asha, line.package)

    seen = stands(asha, line, days=100)
    assert (seen.left, seen.due_by_now, seen.overdue) == (0, 0, [])
    assert states(seen) == [State.PAID, State.DROPPED, State.DROPPED]


def test_a_sale_taken_back_asks_for_nothing_more(asha: Clinic) -> None:
    """S54"""
    line = owing(asha)
    agree(asha, line, rows(asha, 4_000, 6_000))
    assert line.package

    void(asha, line.package)

    assert states(stands(asha, line, days=100)) == [State.DROPPED, State.DROPPED]


def test_a_sale_taken_back_after_a_payment_of_before_owes_nothing_beside(asha: Clinic) -> None:
    """S54"""
    line = owing(asha, paid=4_000)
    agree(asha, line, rows(asha, 3_000, 3_000, first=7))
    assert line.package

    void(asha, line.package)

    seen = stands(asha, line)
    assert (seen.left, seen.beside, seen.due_by_now) == (0, 0, 0)


def test_a_past_day_stands_as_it_stood(asha: Clinic) -> None:
    line = owing(asha)
    agree(asha, line, rows(asha, 4_000, 6_000))

    yesterday = asha.today() - timedelta(days=1)

    assert schedules(Q(plan__line=line), clinic=asha, on=yesterday) == []


MONEY = st.decimals(min_value=1, max_value=4_000, places=2)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    amounts=st.lists(MONEY, min_size=1, max_size=8),
    payments=st.lists(MONEY, max_size=4),
    seen=st.integers(-1, 70),
)
def test_whatever_is_agreed_and_paid_adds_up(
    asha: Clinic, amounts: list[Decimal], payments: list[Decimal], seen: int
) -> None:
    price = sum(amounts, Decimal(0))
    line = owing(asha, of=plan(price=price, activation="at_once"))
    agree(asha, line, rows(asha, *[str(amount) for amount in amounts]))
    for amount in payments:
        pay(asha, line.bill.patient, amount, [line])
    check_now()
    paid = min(sum(payments, Decimal(0)), price)

    schedule = stands(asha, line, days=max(seen, 0))

    assert schedule.left == price - paid
    rest = paid
    for part, amount in zip(schedule.parts, amounts, strict=True):
        assert (part.asked, part.paid) == (amount, min(rest, amount))
        rest -= part.paid
        assert (part.state == State.PAID) == (part.left == 0)
        assert (part.state in {State.DUE, State.OVERDUE}) == bool(part.left and part.due_on <= part.on)
    assert schedule.due_by_now == sum(part.left for part in schedule.parts if part.due_on <= part.on)


# what PostgreSQL refuses, whoever writes


def write(clinic: Clinic, line: BillLine, due: list[Due], **facts: Any) -> InstalmentPlan:
    facts = {"agreed_on": clinic.today(), "key": uuid4()} | facts
    made = InstalmentPlan.objects.create(line=line, by=owner_of(clinic), **facts)
    for n, row in enumerate(due, start=1):
        Instalment.objects.create(plan=made, number=n, due_on=row.on, amount=row.amount)
    return made


@pytest.mark.parametrize(
    ("amounts", "facts", "word"),
    [
        (["5000", "4999.99"], {}, "for what was owed"),
        (["5000", "5000.01"], {}, "for what was owed"),
        ([], {}, "for what was owed"),
        (["5000", "5000"], {"every": 0}, "order of their days"),
        (["5000", "5000"], {"first": -1}, "order of their days"),
        (["10000", "0"], {}, "instalment_positive"),
    ],
)
def test_the_database_refuses_what_does_not_add_up(
    asha: Clinic, amounts: list[str], facts: dict[str, Any], word: str
) -> None:
    line = owing(asha)

    with pytest.raises(IntegrityError, match=word), commit():
        write(asha, line, rows(asha, *amounts, **facts))


def test_the_database_counts_what_is_owed_itself(asha: Clinic) -> None:
    line = owing(asha, paid=4_000)

    with commit():
        made = write(asha, line, rows(asha, 6_000), amount=1, paid_before=9)

    made.refresh_from_db()
    assert (made.amount, made.paid_before) == (6_000, 4_000)


def test_the_database_lets_one_plan_hold(asha: Clinic) -> None:
    line, other = owing(asha), owing(asha)
    first = write(asha, line, rows(asha, 10_000))

    with pytest.raises(IntegrityError, match="instalment_plan_first_once"), commit():
        write(asha, line, rows(asha, 10_000))
    with pytest.raises(IntegrityError, match="anew_has_reason"), commit():
        write(asha, line, rows(asha, 10_000), replaces=first)
    with pytest.raises(IntegrityError, match="of the same line"), commit():
        write(asha, other, rows(asha, 10_000), replaces=first, reason="x")
    write(asha, line, rows(asha, 10_000), replaces=first, reason="x")
    with pytest.raises(IntegrityError, match="replaced_once"), commit():
        write(asha, line, rows(asha, 10_000), replaces=first, reason="y")


def test_the_database_lets_nothing_be_added_later(asha: Clinic) -> None:
    line = owing(asha)
    agreed = agree(asha, line, rows(asha, 10_000))
    check_now()

    with pytest.raises(IntegrityError, match="for what was owed"), commit():
        Instalment.objects.create(plan=agreed, number=2, due_on=date(2030, 1, 1), amount=1)


def test_nothing_is_agreed_on_nothing_owed_even_by_hand(asha: Clinic) -> None:
    line = owing(asha, paid=10_000)

    with pytest.raises(IntegrityError, match="instalment_plan_of_something"), commit():
        write(asha, line, [])


def test_the_recount_sees_instalments_that_do_not_add_up(asha: Clinic) -> None:
    write(asha, owing(asha), rows(asha, 4_000))

    assert [found.check for found in recount()] == ["instalments that add up"]
