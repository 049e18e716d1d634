"""Money that goes back, or never came: S34, S39 to S42, S44, S46, S49, S54."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from billing.credit_statement import credit_statement
from billing.models import Bill, BillKind, BillLine, LineKind, Payment, Refund
from billing.payments import owed_lines, unapplied_of
from clinic.access import NotAllowed
from clinic.models import Clinic, Patient, Role
from desk import checkout
from desk.recount import recount
from desk.refunds import short_of
from packages.liability import liability
from packages.models import Change, ChangeKind, Kind, Package
from packages.plans import Line
from packages.refunds import NothingToRefund, quote_refund
from packages.standing import CannotVoid
from tests.acts import apply, bounce, cancelled_late, cash, cheque, not_come, pay, pay_back, refund, void
from tests.committing import check_now
from tests.factories import (
    PatientFactory,
    ServiceFactory,
    complete,
    member,
    package,
    plan,
    reopen,
    sale,
    use,
    visit,
)
from tests.written import everything

State = Package.State


@pytest.fixture(autouse=True)
def _adds_up_afterwards(asha: Clinic) -> Any:
    yield
    check_now()
    assert recount() == []


def credit_of(patient: Patient) -> Decimal:
    return sum((left for _, left in unapplied_of(patient)), Decimal(0))


def owed_by(patient: Patient) -> Decimal:
    return sum((line.owed for line in owed_lines(patient)), Decimal(0))


def fresh(pack: Package) -> Package:
    return Package.objects.get(pk=pack.pk)


@pytest.mark.parametrize(
    ("rule", "after", "amount", "released"),
    [
        ("rate_paid", 3, 5_600, 5_600),
        ("list_rate", 3, 5_000, 5_600),
        ("rate_paid", 0, 8_000, 8_000),
        ("list_rate", 0, 8_000, 8_000),
        ("fee", 3, 5_100, 5_600),
        ("none", 3, 0, 5_600),
    ],
)
def test_a_refund_goes_by_the_rule_printed_at_the_sale(
    asha: Clinic, rule: str, after: int, amount: int, released: int
) -> None:
    """S39"""
    sold = sale(asha, of=plan(refund_rule=rule, refund_fee=Decimal(500)), price=8_000)
    use(asha, sold.package, after)
    owed_before = liability(asha.today()).value
    quote = quote_refund(fresh(sold.package))

    done = refund(asha, sold.package, shown=quote.key_figures)

    assert (done.amount, done.credit, credit_of(sold.package.patient)) == (amount, amount, amount)
    assert owed_before - liability(asha.today()).value == released
    assert quote.difference == released - amount
    pack = fresh(sold.package)
    assert (pack.state, pack.sessions_left, pack.value_left, pack.paid) == (
        State.REFUNDED,
        0,
        0,
        8_000 - amount,
    )
    assert (done.note.total if done.note else 0) == -amount
    assert owed_by(pack.patient) == 0


def test_the_credit_note_of_a_refund_names_the_bill_and_prints_what_is_left(asha: Clinic) -> None:
    """S39"""
    sold = sale(asha, price=8_000)
    use(asha, sold.package, 3)

    note = refund(asha, sold.package).note

    assert note is not None
    assert (note.kind, note.corrects) == (BillKind.CREDIT_NOTE, sold.bill)
    assert note.document["in_part"] is True
    assert (note.document["package"]["used"], note.document["package"]["left"]) == ("3.0", "0.0")
    assert sold.bill.document == Bill.objects.get(pk=sold.bill.pk).document


def test_at_the_list_rate_after_nine_of_ten_nothing_is_paid_back_and_no_debt_is_invented(
    asha: Clinic,
) -> None:
    """S40"""
    sold = sale(asha, of=plan(refund_rule="list_rate"), price=8_000)
    use(asha, sold.package, 9)

    done = refund(asha, sold.package)

    assert (done.amount, done.note, done.credit) == (0, None, 0)
    assert fresh(sold.package).state == State.REFUNDED
    assert (credit_of(sold.package.patient), owed_by(sold.package.patient)) == (0, 0)
    assert liability(asha.today()).rows == ()


@pytest.mark.parametrize(("used", "amount"), [(0, "10000"), (1, "6666.67"), (2, "3333.33")])
def test_ten_thousand_over_three_is_refunded_to_the_paisa(asha: Clinic, used: int, amount: str) -> None:
    """S41"""
    pack = package(asha, of=plan(sessions=3))
    use(asha, pack, used)

    assert refund(asha, pack).amount == Decimal(amount)
    assert credit_of(pack.patient) == Decimal(amount)


def test_after_the_refund_no_session_comes_back_and_the_owner_reads_that_it_was_one_short(
    asha: Clinic,
) -> None:
    """S42"""
    sold = sale(asha, price=8_000)
    done, *_more = use(asha, sold.package, 3)
    refund(asha, sold.package)

    reopen(asha, done.visit)

    pack = fresh(sold.package)
    assert (pack.state, pack.sessions_left, pack.sessions_used) == (State.REFUNDED, 0, 2)
    (short,) = short_of(done.visit.pk)
    assert (short.package, short.sessions, short.amount) == (pack, 1, 800)
    assert Change.objects.get(kind=ChangeKind.REFUND_SHORT).amount == 800
    assert credit_of(pack.patient) == 5_600
    assert liability(asha.today()).value == 0
    assert short_of(_more[0].visit.pk) == []


def test_the_bonus_goes_with_the_refund_and_is_worth_nothing(asha: Clinic) -> None:
    """S44"""
    service = ServiceFactory()
    of = plan(Line(service, Decimal(5)), Line(service, Decimal(1), is_bonus=True), price=5_000)
    pack = package(asha, of=of)
    use(asha, pack, 2)

    done = refund(asha, pack)

    assert done.amount == 3_000
    gone = pack.entries.filter(kind=Kind.REFUNDED).order_by("number")
    assert [(entry.sessions, entry.value) for entry in gone] == [(-3, -3_000), (-1, 0)]


def test_a_pack_that_is_used_up_has_nothing_to_refund(asha: Clinic) -> None:
    """S40"""
    pack = package(asha, of=plan(sessions=1))
    use(asha, pack)
    written = everything()

    with pytest.raises(NothingToRefund):
        refund(asha, pack)

    assert everything() == written


def test_a_refund_may_be_paid_out_in_part_and_the_rest_stays_by_name(asha: Clinic) -> None:
    """S39"""
    sold = sale(asha, paid=0)
    first, second = pay(
        asha, sold.package.patient, 0, owed_lines(sold.package.patient), tenders=[cash(4_000), cheque(6_000)]
    )
    use(asha, sold.package, 3)

    done = refund(asha, sold.package, pay_out=cash(6_500))

    assert (done.amount, done.credit) == (7_000, 500)
    assert [(each.payment, each.amount, each.method) for each in done.paid_out] == [
        (second, 6_000, "cash"),
        (first, 500, "cash"),
    ]
    assert unapplied_of(sold.package.patient) == [(first, 500)]


def test_a_pack_used_beyond_what_was_paid_is_closed_and_the_rest_of_its_price_is_not_asked_for(
    asha: Clinic,
) -> None:
    """S40"""
    pack = package(asha, of=plan(activation="at_once"), paid=1_000)
    use(asha, pack, 3)

    done = refund(asha, pack)

    assert (done.amount, done.credit) == (0, 0)
    assert owed_by(pack.patient) == 2_000
    assert liability(asha.today()).receivable == 2_000


def test_a_bounced_payment_suspends_the_pack_and_the_patient_owes_what_was_used(asha: Clinic) -> None:
    """S46"""
    sold = sale(asha, paid=0)
    patient = sold.package.patient
    (payment,) = pay(asha, patient, 0, owed_lines(patient), tenders=[cheque(10_000)])
    use(asha, sold.package, 2)
    coming = visit(asha, patient)

    done = bounce(asha, payment)

    pack = fresh(sold.package)
    assert (pack.state, pack.paid, pack.sessions_left) == (State.SUSPENDED, 0, 8)
    assert (done.suspended, done.owed_for_care, done.lost) == ([pack], 2_000, [coming])
    assert [line.owed for line in done.owed] == [10_000]
    report = liability(asha.today())
    assert (report.value, report.receivable) == (0, 2_000)
    assert (unapplied_of(patient), Payment.objects.get(pk=payment.pk).amount) == ([], 10_000)


def test_a_pack_goes_on_when_the_bounced_money_is_made_good(asha: Clinic) -> None:
    """S46"""
    sold = sale(asha, paid=0)
    patient = sold.package.patient
    (payment,) = pay(asha, patient, 0, owed_lines(patient), tenders=[cheque(10_000)])
    use(asha, sold.package, 2)
    bounce(asha, payment)

    pay(asha, patient, 9_999, owed_lines(patient))
    assert fresh(sold.package).state == State.SUSPENDED
    pay(asha, patient, 1, owed_lines(patient))

    assert fresh(sold.package).state == State.ACTIVE
    assert liability(asha.today()).value == 8_000
    use(asha, sold.package, 1)


def fee_plan(**terms: Any) -> Any:
    facts = {"late_cancel_takes": "fee", "late_cancel_fee": Decimal(300), "free_passes": 0} | terms
    return plan(no_show_takes="fee", no_show_fee=Decimal(500), **facts)


@pytest.mark.parametrize(("act", "fee"), [(cancelled_late, 300), (not_come, 500)])
def test_the_fee_of_a_visit_that_did_not_take_place_is_billed_and_no_session_taken(
    asha: Clinic, act: Any, fee: int
) -> None:
    """S49"""
    pack = package(asha, of=fee_plan())

    done = act(asha, pack.patient)

    assert (done.consequence, done.fee, done.sessions) == ("fee", fee, 0)
    (line,) = BillLine.objects.filter(bill=done.bill)
    assert (line.kind, line.visit, line.amount) == (LineKind.FEE, done.visit, fee)
    assert (done.bill.kind, done.bill.visit) == (BillKind.BILL, None)
    assert fresh(pack).sessions_left == 10
    assert owed_by(pack.patient) == fee


def test_where_the_terms_take_a_session_there_is_no_fee(asha: Clinic) -> None:
    """S49"""
    pack = package(asha, of=plan(free_passes=0, late_cancel_fee=Decimal(300)))

    done = cancelled_late(asha, pack.patient)

    assert (done.consequence, done.sessions, done.fee, done.bill) == ("sessions", 1, 0, None)
    assert (fresh(pack).sessions_left, owed_by(pack.patient)) == (9, 0)


def test_a_sale_to_the_wrong_patient_that_nobody_paid_is_void_and_its_number_stays(asha: Clinic) -> None:
    """S54"""
    sold = sale(asha, paid=0)

    done = void(asha, sold.package)

    pack = fresh(sold.package)
    assert (pack.state, pack.sessions_left, pack.value_left) == (State.VOID, 0, 0)
    assert done.note is not None
    assert (done.note.total, done.note.corrects, done.credit) == (-10_000, sold.bill, 0)
    assert Bill.objects.get(pk=sold.bill.pk).name == sold.bill.name
    assert (owed_by(pack.patient), liability(asha.today()).rows) == (0, ())


def test_a_sale_to_the_wrong_patient_that_was_paid_becomes_account_credit(asha: Clinic) -> None:
    """S54"""
    sold = sale(asha)

    done = void(asha, sold.package)

    pack = fresh(sold.package)
    assert (pack.state, pack.paid, pack.sessions_left) == (State.VOID, 0, 0)
    assert (done.credit, credit_of(pack.patient)) == (10_000, 10_000)
    assert not Refund.objects.exists()


def test_a_sale_of_which_a_session_was_used_is_not_void(asha: Clinic) -> None:
    """S54"""
    pack = package(asha)
    use(asha, pack)
    written = everything()

    with pytest.raises(CannotVoid, match="used"):
        void(asha, pack)

    assert everything() == written


def test_a_pack_bought_after_a_visit_paid_singly_may_be_applied_to_it(asha: Clinic) -> None:
    """S34"""
    patient = PatientFactory()
    single = complete(asha, visit(asha, patient), how="charge", tenders=[cash(1_000)])
    pack = package(asha, patient)

    done = apply(asha, single.visit, pack)

    assert credit_of(patient) == 1_000
    assert fresh(pack).sessions_left == 9
    assert done.entry is not None
    note = Bill.objects.get(corrects=single.bill)
    assert (note.kind, note.total) == (BillKind.CREDIT_NOTE, -1_000)
    assert single.bill.name in done.entry.reason
    assert note.name in done.entry.reason
    assert str(pack.number) in note.reason
    assert [line.kind for line in done.bill.lines.all()] == [LineKind.COVERED]
    assert (owed_by(patient), done.visit.settlement) == (0, "package")


def test_what_a_single_visit_was_paid_with_is_credit_that_pays_only_when_asked(asha: Clinic) -> None:
    """S34, S47"""
    patient = PatientFactory()
    single = complete(asha, visit(asha, patient), how="charge", tenders=[cash(1_000)])
    pack = package(asha, patient)
    apply(asha, single.visit, pack)
    next_one = complete(asha, visit(asha, patient), how="charge").bill.lines.get()
    assert (credit_of(patient), owed_by(patient)) == (1_000, 1_000)

    checkout.apply_unapplied(patient, split={next_one: Decimal(1_000)}, on=asha.today(), by=None, key=uuid4())

    assert (credit_of(patient), owed_by(patient)) == (0, 0)
    assert fresh(pack).sessions_left == 9
    said = [each.line.words for each in credit_statement(patient, clinic=asha, as_of=asha.today())]
    assert said[-2:] == [f"Taken off bill {single.bill.name}", f"Set against bill {next_one.bill.name}"]


def test_the_money_of_a_refunded_visit_is_handed_back_and_no_session_moves(asha: Clinic) -> None:
    """S43"""
    pack = package(asha)
    single = complete(asha, visit(asha, pack.patient), how="charge", tenders=[cash(1_000)])
    reopen(asha, single.visit)

    pay_back(asha, pack.patient, 1_000)

    assert (fresh(pack).sessions_left, fresh(pack).value_left) == (10, 10_000)
    assert (credit_of(pack.patient), owed_by(pack.patient)) == (0, 0)


def test_the_owner_alone_applies_a_pack_afterwards(asha: Clinic) -> None:
    """S34"""
    patient = PatientFactory()
    single = complete(asha, visit(asha, patient), how="charge")
    pack = package(asha, patient)
    desk = member(asha, Role.FRONT_DESK)
    written = everything()

    with pytest.raises(NotAllowed):
        apply(asha, single.visit, pack, by=desk)

    assert everything() == written


@pytest.mark.parametrize("act", ["refund", "void", "bounce", "apply"])
def test_the_same_key_twice_is_the_same_answer(asha: Clinic, act: str) -> None:
    """S02"""
    key = uuid4()
    patient = PatientFactory()
    single = complete(asha, visit(asha, patient), how="charge", tenders=[cash(1_000)])
    sold = sale(asha, patient, paid=0)
    (payment,) = pay(asha, patient, 0, list(sold.bill.lines.all()), tenders=[cheque(10_000)])
    acts: dict[str, Any] = {
        "refund": lambda: refund(asha, sold.package, key=key, pay_out=cash(100)),
        "void": lambda: void(asha, sold.package, key=key),
        "bounce": lambda: bounce(asha, payment, key=key),
        "apply": lambda: apply(asha, single.visit, sold.package, key=key),
    }
    if act == "bounce":
        visit(asha, patient)
    first = acts[act]()
    check_now()
    written = everything()

    assert acts[act]() == first
    assert everything() == written
