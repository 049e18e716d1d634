"""Many at the same moment. Each race stands beside a twin without the lock, which shows that the race is real:
there the naive program loses count, and ours is refused by the database's guard instead of by a sentence.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from billing import payments as money
from billing.models import Bill, Method, Payment
from billing.payments import Tender, owed_lines, unapplied_of
from clinic.models import Branch, Clinic, Role
from clinic.tenancy.context import clinic_context
from desk import checkout
from desk.recount import recount
from packages import eligibility, ledger, services
from packages.models import Entry, Kind, Package
from packages.services import Opening
from tests.factories import PatientFactory, member, owner_of, package, plan, sale, use, visit
from visits import services as visits
from visits.models import Visit

from .together import kinds, together

MANY = 40


@pytest.fixture(autouse=True)
def _adds_up_afterwards(clinic: Clinic) -> Iterator[None]:
    yield
    with clinic_context(clinic.pk):
        assert recount() == []


def complete(clinic: Clinic, seen: Visit, **facts: Any) -> checkout.Completed:
    facts = {"at": timezone.now(), "by": None, "key": uuid4()} | facts
    return checkout.complete_visit(seen, clinic=clinic, **facts)


def everybody_reads_first(monkeypatch: pytest.MonkeyPatch, where: Any, name: str, count: int) -> None:
    """Take the lock out of a function that reads, and let nobody go on before all have read."""
    read, all_have_read = getattr(where, name), threading.Barrier(count)

    def without_lock(*args: Any, **kwargs: Any) -> Any:
        kwargs.pop("lock", None)
        found = read(*args, **kwargs)
        if threading.current_thread() is not threading.main_thread():
            all_have_read.wait(timeout=60)
        return found

    monkeypatch.setattr(where, name, without_lock)


def test_forty_complete_one_visit_and_one_session_is_taken(clinic: Clinic) -> None:
    """S01"""
    with clinic_context(clinic.pk):
        pack = package(clinic)
        seen = visit(clinic, pack.patient)
        staff = [member(clinic, Role.THERAPIST) for _ in range(MANY)]

    outcomes = together(MANY, lambda n: complete(clinic, seen, by=staff[n]), clinic=clinic)

    assert kinds(outcomes) == {"done": 1, "AlreadyCompleted": MANY - 1}
    with clinic_context(clinic.pk):
        row = Visit.objects.select_related("completed_by").get(pk=seen.pk)
        assert row.completed_by is not None
        assert row.completed_at is not None
        told = f"already completed by {row.completed_by.name} at {clinic.local(row.completed_at):%H:%M}"
        assert all(told in str(each) for each in outcomes if isinstance(each, visits.AlreadyCompleted))
        assert Package.objects.get(pk=pack.pk).sessions_left == 9
        assert (Entry.objects.filter(visit_id=seen.pk).count(), Bill.objects.filter(visit=seen).count()) == (
            1,
            1,
        )


def test_twin_without_the_lock_on_the_visit_the_database_refuses_all_but_one(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S01"""
    with clinic_context(clinic.pk):
        pack = package(clinic)
        seen = visit(clinic, pack.patient)

    def unlocked(seen: Visit) -> Visit:
        rows = Visit.objects.select_related("patient", "service", "therapist", "branch", "package", "entry")
        return rows.get(pk=seen.pk)

    monkeypatch.setattr(visits, "locked", unlocked)
    everybody_reads_first(monkeypatch, visits, "locked", 10)

    outcomes = together(10, lambda n: complete(clinic, seen), clinic=clinic)

    assert kinds(outcomes) == {"done": 1, "IntegrityError": 9}
    with clinic_context(clinic.pk):
        assert Package.objects.get(pk=pack.pk).sessions_left == 9


@pytest.mark.usefixtures("scratch")
def test_twin_read_subtract_save_loses_count(clinic: Clinic) -> None:
    """S01"""
    with clinic_context(clinic.pk), connection.cursor() as cursor:
        cursor.execute("INSERT INTO scratch_of_a_race VALUES (1, 100)")
    all_have_read = threading.Barrier(MANY)

    def naive(n: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT left_over FROM scratch_of_a_race")
            (left,) = cursor.fetchone()
            all_have_read.wait(timeout=60)
            cursor.execute("UPDATE scratch_of_a_race SET left_over = %s", [left - 1])

    assert kinds(together(MANY, naive, clinic=clinic)) == {"done": MANY}

    with connection.cursor() as cursor:
        cursor.execute("SELECT left_over FROM scratch_of_a_race")
        assert cursor.fetchone() == (99,)  # forty sessions attended, one counted


def test_forty_send_one_form_and_all_get_the_same_answer(clinic: Clinic) -> None:
    """S02"""
    key = uuid4()
    with clinic_context(clinic.pk):
        pack = package(clinic)
        seen = visit(clinic, pack.patient)

    outcomes = together(MANY, lambda n: complete(clinic, seen, key=key), clinic=clinic)

    assert kinds(outcomes) == {"done": MANY}
    assert len({(each.bill.pk, each.entry.pk) for each in outcomes}) == 1
    with clinic_context(clinic.pk):
        assert Package.objects.get(pk=pack.pk).sessions_left == 9


def test_forty_reopen_with_one_form_and_one_session_returns(clinic: Clinic) -> None:
    """S02"""
    key = uuid4()
    with clinic_context(clinic.pk):
        pack = package(clinic)
        (done,) = use(clinic, pack)
    facts = {"clinic": clinic, "at": timezone.now(), "by": None, "key": key, "reason": "Wrong one"}

    outcomes = together(
        MANY, lambda n: checkout.reopen_visit(Visit(pk=done.visit.pk), **facts), clinic=clinic
    )

    assert kinds(outcomes) == {"done": MANY}
    assert len({note.pk for note in outcomes}) == 1
    with clinic_context(clinic.pk):
        assert Package.objects.get(pk=pack.pk).sessions_left == 10


@pytest.mark.parametrize("what", ["sale", "visit", "opening", "payment", "adjustment"])
def test_twenty_send_one_form_of_any_kind_and_it_is_done_once(clinic: Clinic, what: str) -> None:
    """S02"""
    key, at = uuid4(), timezone.now()
    with clinic_context(clinic.pk):
        pack, of, owner, branch = package(clinic, paid=0), plan(), owner_of(clinic), Branch.objects.get()
        patient, line, owed = PatientFactory(), pack.lines.get(), owed_lines(pack.patient)
        service = line.service
    common: dict[str, Any] = {"clinic": clinic, "by": owner, "key": key}
    tenders = [Tender(Method.CASH, Decimal(4000))]
    here = {"branch": branch}
    acts: dict[str, Any] = {
        "sale": lambda n: (
            checkout.sell_package(patient, plan=of, at=at, tenders=tenders, **here, **common).bill
        ),
        "visit": lambda n: visits.book_visit(
            patient, service=service, starts_at=at, by=owner, key=key, **here
        ),
        "opening": lambda n: services.open_package(
            patient, plan=of, on=clinic.today(), opening=Opening(Decimal(3)), **here, **common
        ),
        "payment": lambda n: checkout.take_payment(
            pack.patient, tenders=tenders, lines=owed, at=at, **here, **common
        )[0],
        "adjustment": lambda n: ledger.adjust(
            line, sessions=Decimal(1), on=clinic.today(), by=owner, key=key, reason="x"
        ),
    }

    outcomes = together(20, acts[what], clinic=clinic)

    assert kinds(outcomes) == {"done": 20}
    assert len({each.pk for each in outcomes}) == 1


def test_twin_without_holding_the_key_the_others_run_into_the_unique_key(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S02"""
    key, at = uuid4(), timezone.now()
    with clinic_context(clinic.pk):
        of, patient, branch = plan(), PatientFactory(), Branch.objects.get()
    for module in (checkout, services):
        monkeypatch.setattr(module, "hold", lambda key: None)
    monkeypatch.setattr(checkout, "_hold", lambda *of_the_sale: None)  # the payer's lock would do as well
    everybody_reads_first(monkeypatch, services, "_copy_terms", 1)
    facts = {"plan": of, "branch": branch, "clinic": clinic, "at": at, "by": None, "key": key}

    outcomes = together(8, lambda n: checkout.sell_package(patient, **facts), clinic=clinic)

    assert kinds(outcomes).get("IntegrityError", 0) >= 1
    with clinic_context(clinic.pk):
        assert Package.objects.count() == 1


@pytest.mark.parametrize("count", [2, 5, 10])
def test_one_session_left_and_many_visits_at_once_covers_exactly_one(clinic: Clinic, count: int) -> None:
    """S03"""
    with clinic_context(clinic.pk):
        pack = package(clinic, of=plan(sessions=3))
        use(clinic, pack, 2)
        waiting = [visit(clinic, pack.patient) for _ in range(count)]

    outcomes = together(count, lambda n: complete(clinic, waiting[n]), clinic=clinic)

    assert kinds(outcomes) == {"done": 1, "NotCovered": count - 1}
    assert {str(each) for each in outcomes if isinstance(each, Exception)} == {"The package has 0 left."}
    with clinic_context(clinic.pk):
        assert Package.objects.get(pk=pack.pk).sessions_left == 0


def test_twin_without_the_lock_on_the_package_the_database_refuses_the_second(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S03"""
    with clinic_context(clinic.pk):
        pack = package(clinic, of=plan(sessions=1))
        waiting = [visit(clinic, pack.patient) for _ in range(5)]
    everybody_reads_first(monkeypatch, eligibility, "packages_for", 5)

    outcomes = together(5, lambda n: complete(clinic, waiting[n]), clinic=clinic)

    assert kinds(outcomes) == {"done": 1, "IntegrityError": 4}
    with clinic_context(clinic.pk):
        assert Package.objects.get(pk=pack.pk).sessions_left == 0


def test_the_last_session_is_used_or_lapses_but_not_both(clinic: Clinic) -> None:
    """S30"""
    with clinic_context(clinic.pk):
        long_ago = timezone.now() - timedelta(days=9)
        pack = package(clinic, of=plan(sessions=1, validity_count=3, validity_unit="days"), at=long_ago)
        seen = visit(clinic, pack.patient, at=long_ago)
    acts = [
        lambda: complete(clinic, seen),
        lambda: ledger.lapse(Package(pk=pack.pk), on=clinic.today()),
    ]

    together(10, lambda n: acts[n % 2](), clinic=clinic)

    with clinic_context(clinic.pk):
        row = Package.objects.get(pk=pack.pk)
        # The visit was held while the package was valid: it is covered whoever came first.
        assert (row.sessions_left, row.sessions_used) == (0, 1)
        kinds_written = list(row.entries.order_by("number").values_list("kind", flat=True))
        assert kinds_written in (
            [Kind.SOLD, Kind.USED],
            [Kind.SOLD, Kind.EXPIRED, Kind.REINSTATED, Kind.USED],
        )


def test_two_who_pay_one_pack_at_once_pay_it_once_and_the_rest_stays_by_name(clinic: Clinic) -> None:
    """S47"""
    with clinic_context(clinic.pk):
        sold = sale(clinic, paid=0)
        patient, branch = sold.package.patient, sold.bill.branch
        owed = owed_lines(patient)

    def pay(n: int) -> Any:
        facts = {"branch": branch, "clinic": clinic, "at": timezone.now(), "by": None, "key": uuid4()}
        return checkout.take_payment(
            patient, tenders=[Tender(Method.CASH, Decimal(4000))], lines=owed, **facts
        )

    assert kinds(together(10, pay, clinic=clinic)) == {"done": 10}

    with clinic_context(clinic.pk):
        row = Package.objects.get(pk=sold.package.pk)
        assert (row.paid, row.state) == (10_000, Package.State.ACTIVE)
        assert (Payment.objects.count(), sum(left for _, left in unapplied_of(patient))) == (10, 30_000)


def test_twin_without_the_lock_on_the_payer_the_database_refuses_what_is_too_much(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S47"""
    with clinic_context(clinic.pk):
        sold = sale(clinic, paid=0)
        owed = owed_lines(sold.package.patient)
    monkeypatch.setattr(money, "hold_payer", lambda *patients: None)
    everybody_reads_first(monkeypatch, money, "owed_on", 5)

    def pay(n: int) -> Any:
        facts = {
            "branch": sold.bill.branch,
            "clinic": clinic,
            "at": timezone.now(),
            "by": None,
            "key": uuid4(),
        }
        tenders = [Tender(Method.CASH, Decimal(6000))]
        return checkout.take_payment(sold.package.patient, tenders=tenders, lines=owed, **facts)

    outcomes = together(5, pay, clinic=clinic)

    assert kinds(outcomes) == {"done": 1, "IntegrityError": 4}
    with clinic_context(clinic.pk):
        assert Package.objects.get(pk=sold.package.pk).paid == 6000


def test_money_and_sessions_of_one_pack_moving_at_once_do_not_block_each_other_for_ever(
    clinic: Clinic,
) -> None:
    with clinic_context(clinic.pk):
        sold = sale(clinic, of=plan(sessions=20, activation="at_once"), paid=0)
        patient, owed = sold.package.patient, owed_lines(sold.package.patient)
        waiting = [visit(clinic, patient) for _ in range(10)]
    tenders = [Tender(Method.CASH, Decimal(500))]

    def act(n: int) -> Any:
        if n % 2:
            return complete(clinic, waiting[n // 2], tenders=tenders)
        facts = {
            "branch": sold.bill.branch,
            "clinic": clinic,
            "at": timezone.now(),
            "by": None,
            "key": uuid4(),
        }
        return checkout.take_payment(patient, tenders=tenders, lines=owed, **facts)

    outcomes = together(20, act, clinic=clinic)

    assert kinds(outcomes) == {"done": 20}, [str(each) for each in outcomes if isinstance(each, Exception)]


def test_a_sale_and_a_paid_visit_of_one_patient_do_not_block_each_other_for_ever(clinic: Clinic) -> None:
    with clinic_context(clinic.pk):
        patient, of, branch = PatientFactory(), plan(), Branch.objects.get()
        waiting = [visit(clinic, patient) for _ in range(10)]
    facts = {"clinic": clinic, "at": timezone.now(), "by": None}

    def act(n: int) -> Any:
        if n % 2:
            paid = [Tender(Method.CASH, Decimal(500))]
            return complete(clinic, waiting[n // 2], how="charge", tenders=paid)
        full = [Tender(Method.UPI, of.price)]
        return checkout.sell_package(patient, plan=of, branch=branch, key=uuid4(), tenders=full, **facts)

    outcomes = together(20, act, clinic=clinic)

    assert kinds(outcomes) == {"done": 20}, [str(each) for each in outcomes if isinstance(each, Exception)]


class Change(Exception):
    """The printer is out of paper, the power goes, the browser is closed."""


@pytest.mark.parametrize("failing", [0, 4])
def test_bill_numbers_have_no_gap_though_some_fail(clinic: Clinic, failing: int) -> None:
    """S59"""
    with clinic_context(clinic.pk):
        waiting = [visit(clinic, package(clinic).patient) for _ in range(MANY)]
        last = Bill.objects.filter(prefix="R").count()

    def act(n: int) -> Any:
        done = complete(clinic, waiting[n])
        if failing and n % failing == 0:
            raise Change
        return done

    outcomes = together(MANY, act, clinic=clinic)

    well = kinds(outcomes)["done"]
    assert well == (MANY - MANY // failing if failing else MANY)
    with clinic_context(clinic.pk):
        numbers = sorted(Bill.objects.filter(prefix="R").values_list("number", flat=True))
    assert numbers == list(range(1, last + well + 1))


@pytest.mark.usefixtures("scratch")
def test_twin_the_highest_number_and_one_is_given_out_many_times(clinic: Clinic) -> None:
    """S59"""
    all_have_read = threading.Barrier(10)

    def naive(n: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT coalesce(max(number), 0) + 1 FROM scratch_of_a_race")
            (number,) = cursor.fetchone()
            all_have_read.wait(timeout=60)
            cursor.execute("INSERT INTO scratch_of_a_race (number) VALUES (%s)", [number])

    assert kinds(together(10, naive, clinic=clinic)) == {"done": 10}

    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT number FROM scratch_of_a_race")
        assert cursor.fetchall() == [(1,)]
