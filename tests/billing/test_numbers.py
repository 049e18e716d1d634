"""Numbers without a gap or a repeat, in the financial year of the clinic's local day."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from billing.models import Bill, BillKind, BillLine, LineKind, Numbering
from billing.services import issue_bill
from clinic.models import Branch, Clinic, ClinicSettings, Patient
from clinic.tenancy.context import clinic_context
from tests.conftest import connect_as
from tests.factories import PatientFactory, found

ZONES = {
    "Asia/Kolkata": "kolkata",
    "America/Los_Angeles": "los-angeles",
    "Pacific/Kiritimati": "kiritimati",
}
AT_ONCE = 50


def brace() -> BillLine:
    return BillLine(kind=LineKind.GOODS, text="Knee brace", unit_price=Decimal(100), amount=Decimal(100))


def issue(
    clinic: Clinic, at: datetime, patient: Patient | None = None, kind: BillKind = BillKind.BILL
) -> Bill:
    """A bill of 100 for anything."""
    bill = issue_bill(
        patient or PatientFactory(),
        kind=kind,
        lines=[brace()],
        branch=Branch.objects.first(),
        clinic=clinic,
        at=at,
        by=None,
        key=uuid4(),
    )
    bill.refresh_from_db()
    return bill


def numbered(prefix: str, **facts: Any) -> Numbering:
    """Bills of supply carry this prefix from now on."""
    return Numbering.objects.update_or_create(kind="bill", branch=None, defaults={"prefix": prefix, **facts})[
        0
    ]


def local(clinic: Clinic, year: int, month: int, day: int, hour: int, minute: int) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=clinic.zone)


@pytest.fixture(params=ZONES)
def clinic(request: pytest.FixtureRequest, db: None) -> Iterator[Clinic]:
    """A clinic in each zone: behind, ahead of and far ahead of UTC."""
    clinic = found(ZONES[request.param], time_zone=request.param)
    with clinic_context(clinic.pk):
        yield clinic


def test_a_minute_before_and_after_the_year_ends_are_the_last_and_the_first_number(clinic: Clinic) -> None:
    """S59"""
    issue(clinic, local(clinic, 2026, 3, 31, 9, 0))
    last = issue(clinic, local(clinic, 2026, 3, 31, 23, 59))
    first = issue(clinic, local(clinic, 2026, 4, 1, 0, 1))

    assert (last.name, last.issued_on.isoformat()) == ("B/25-26/000002", "2026-03-31")
    assert (first.name, first.issued_on.isoformat()) == ("B/26-27/000001", "2026-04-01")


@pytest.mark.parametrize(
    ("first_month", "before", "after"),
    [
        (1, (2025, 12, 31, "B/25/000001"), (2026, 1, 1, "B/26/000001")),
        (4, (2026, 3, 31, "B/25-26/000001"), (2026, 4, 1, "B/26-27/000001")),
        (7, (2026, 6, 30, "B/25-26/000001"), (2026, 7, 1, "B/26-27/000001")),
        (10, (2025, 9, 30, "B/24-25/000001"), (2025, 10, 1, "B/25-26/000001")),
    ],
)
def test_the_year_begins_in_the_month_that_the_clinic_keeps(
    clinic: Clinic, first_month: int, before: tuple[int, int, int, str], after: tuple[int, int, int, str]
) -> None:
    """S59"""
    ClinicSettings.objects.update(financial_year_starts=first_month)

    old = issue(clinic, local(clinic, *before[:3], 23, 59))
    new = issue(clinic, local(clinic, *after[:3], 0, 1))

    assert (old.name, new.name) == (before[3], after[3])


def test_a_new_century_is_only_two_more_digits(asha: Clinic) -> None:
    bill = issue(asha, local(asha, 2000, 1, 15, 12, 0))

    assert bill.name == "B/99-00/000001"


def test_each_prefix_has_its_own_series(asha: Clinic) -> None:
    numbered("A")
    issue(asha, timezone.now())
    numbered("B")

    assert issue(asha, timezone.now()).number == 1


def test_the_longest_prefix_and_year_make_a_name_of_16_signs(asha: Clinic) -> None:
    """Rule 46 of the Indian GST rules: a number has at most sixteen characters."""
    numbered("INV")

    name = issue(asha, timezone.now()).name

    assert len(name) == 16
    assert name.startswith("INV/")


def test_a_bill_dated_before_the_last_one_is_refused(asha: Clinic) -> None:
    noon = local(asha, 2026, 5, 4, 12, 0)
    last = issue(asha, noon)

    with pytest.raises(IntegrityError, match="before the last one"), transaction.atomic():
        issue(asha, noon - timedelta(days=1))

    assert list(Bill.objects.values_list("pk", flat=True)) == [last.pk]
    assert issue(asha, noon + timedelta(minutes=1)).number == 2


def test_a_bill_dated_in_the_future_is_refused(asha: Clinic) -> None:
    with pytest.raises(IntegrityError, match="in the future"), transaction.atomic():
        issue(asha, timezone.now() + timedelta(hours=1))

    assert not Bill.objects.exists()
    assert issue(asha, timezone.now()).number == 1


def test_servers_whose_clocks_differ_by_moments_still_number_in_order(asha: Clinic) -> None:
    now = local(asha, 2026, 5, 4, 12, 0)
    ahead, behind = issue(asha, now), issue(asha, now - timedelta(seconds=20))

    assert (ahead.number, behind.number) == (1, 2)
    assert behind.issued_at == ahead.issued_at


def test_a_bill_that_is_rolled_back_leaves_no_gap(asha: Clinic) -> None:
    """S59"""
    issue(asha, timezone.now())
    with transaction.atomic():
        assert issue(asha, timezone.now()).number == 2
        transaction.set_rollback(True)

    assert issue(asha, timezone.now()).number == 2


class ForcedRollback(Exception):
    """Every fifth bill fails after it took its number."""


@pytest.mark.django_db(transaction=True)
def test_fifty_bills_at_once_have_every_number_once(transactional_db: None) -> None:
    """S59"""
    clinic = found("many-at-once")
    with clinic_context(clinic.pk):
        patient = PatientFactory()

    def bill(turn: int) -> int:
        with clinic_context(clinic.pk):
            number = issue(clinic, timezone.now(), patient).number
            if turn % 5 == 0:
                raise ForcedRollback
            return number

    numbers = at_once(bill)

    with clinic_context(clinic.pk):
        kept = list(Bill.objects.order_by("number").values_list("number", flat=True))
    assert sorted(numbers) == kept == list(range(1, 41))


@pytest.mark.django_db(transaction=True)
def test_without_the_counters_lock_numbers_repeat(scratch_table: None) -> None:
    """The twin of the test above: max + 1 under the same load gives one number to several bills."""

    def bill(turn: int) -> int:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT coalesce(max(number), 0) + 1 FROM max_plus_one")
            number: int = cursor.fetchone()[0]
            cursor.execute("INSERT INTO max_plus_one VALUES (%s)", [number])
            return number

    numbers = at_once(bill)

    assert len(numbers) == AT_ONCE
    assert len(set(numbers)) < AT_ONCE


@pytest.fixture
def scratch_table(transactional_db: None) -> Iterator[None]:
    """A table that counts by max + 1; only the owner of the schema may make one."""
    _as_owner("CREATE TABLE max_plus_one (number integer); GRANT SELECT, INSERT ON max_plus_one TO PUBLIC")
    yield
    _as_owner("DROP TABLE max_plus_one")


def _as_owner(statement: str) -> None:
    connect_as("owner")
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connect_as("app")


def at_once(act: Callable[[int], int]) -> list[int]:
    """Let fifty connections do it at the same moment; the numbers of those that did not fail."""
    barrier = threading.Barrier(AT_ONCE)

    def one(turn: int) -> int | None:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=60)
            return act(turn)
        except ForcedRollback:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return [number for number in threads.map(one, range(AT_ONCE)) if number is not None]


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_over_the_years_end_in_two_series_are_numbered_without_a_gap(
    transactional_db: None,
) -> None:
    """S59: at 31 March 23:59 and at 1 April 00:01 of Los Angeles, bills and receipts; one in ten fails."""
    clinic = found("over-the-year", time_zone="America/Los_Angeles")
    with clinic_context(clinic.pk):
        patient = PatientFactory()
    ends = [local(clinic, 2026, 3, 31, 23, 59), local(clinic, 2026, 4, 1, 0, 1)]

    def bill(turn: int) -> int:
        kind = (BillKind.BILL, BillKind.RECEIPT)[turn // 2 % 2]
        with clinic_context(clinic.pk):
            number = issue(clinic, ends[turn % 2], patient, kind).number
            if turn % 10 == 3:
                raise ForcedRollback
            return number

    kept = at_once(bill)

    with clinic_context(clinic.pk):
        rows = Bill.objects.order_by("number").values_list("prefix", "financial_year", "issued_on", "number")
        series: dict[tuple[str, str], list[int]] = {}
        for prefix, _year, day, number in rows:
            series.setdefault((prefix, day.isoformat()), []).append(number)
    assert len(kept) == 45
    assert len(series) == 4
    assert {day for _, day in series} == {"2026-03-31", "2026-04-01"}
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in series.values())
    assert sum(map(len, series.values())) == 45


@pytest.mark.django_db(transaction=True)
def test_a_bill_whose_connection_is_killed_leaves_no_gap(transactional_db: None) -> None:
    """S59: the server ends the connection after the number was taken and before the commit."""
    clinic = found("killed")
    with clinic_context(clinic.pk):
        patient = PatientFactory()
        issue(clinic, timezone.now(), patient)

    def killed(turn: int) -> int:
        with pytest.raises(DatabaseError), clinic_context(clinic.pk):  # noqa: PT012
            assert issue(clinic, timezone.now(), patient).number == 2
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
            issue(clinic, timezone.now(), patient)
        return turn

    with ThreadPoolExecutor(1) as threads:
        threads.submit(_closing, killed, 0).result(timeout=60)

    with clinic_context(clinic.pk):
        assert issue(clinic, timezone.now(), patient).number == 2
        assert list(Bill.objects.order_by("number").values_list("number", flat=True)) == [1, 2]


def _closing(act: Callable[[int], int], turn: int) -> int:
    try:
        return act(turn)
    finally:
        connection.close()
