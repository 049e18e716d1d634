"""Dates: SCENARIOS S27 to S33, at the services. The years lie in the past: a bill is never dated in the future."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from billing.models import Bill
from clinic.models import Clinic
from clinic.ui import words
from desk.checkout import HereNow
from desk.recount import recount
from packages.clauses import clauses_of
from packages.eligibility import NotCovered, Why
from packages.ledger import lapse
from packages.models import Kind, Package, Plan
from tests.committing import check_now
from tests.factories import PatientFactory, ServiceFactory, complete, package, plan, reopen, sale, visit
from tests.written import everything
from visits.models import Visit

from .conftest import MakeClinic

KOLKATA, LOS_ANGELES, KIRITIMATI = "Asia/Kolkata", "America/Los_Angeles", "Pacific/Kiritimati"
PAGO_PAGO, KATHMANDU = "Pacific/Pago_Pago", "Asia/Kathmandu"


def local(clinic: Clinic, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(clinic.time_zone))


def sentence(terms: Plan | Package, clinic: Clinic, bought_on: date | None = None) -> str:
    """What is read out of the validity."""
    clauses = clauses_of(terms, clinic=clinic, bought_on=bought_on)
    return next(clause.sentence for clause in clauses if clause.code == "validity")


def printed(bill: Bill, code: str) -> str:
    """A clause as it is frozen in the bill of the sale."""
    clauses = bill.document["terms"]["clauses"]["en"]
    said: str = next(clause["sentence"] for clause in clauses if clause["code"] == code)
    return said


def sold_on_1_march(clinic: Clinic) -> Package:
    """Valid to 31 May 2025."""
    pack = package(
        clinic, of=plan(validity_count=3, validity_unit="months"), at=local(clinic, "2025-03-01T12:00")
    )
    assert pack.valid_until == date(2025, 5, 31)
    return pack


@pytest.mark.parametrize(
    ("zone", "at", "day_in_utc"),
    [
        (KOLKATA, "2025-05-31T23:30", 31),
        (KOLKATA, "2025-05-31T00:00", 30),
        (KOLKATA, "2025-05-31T23:59:59.999999", 31),
        (LOS_ANGELES, "2025-05-31T17:30", 1),  # S29
        (LOS_ANGELES, "2025-05-31T23:59", 1),
        (LOS_ANGELES, "2025-05-31T00:00", 31),
        (KIRITIMATI, "2025-05-31T00:30", 30),
        (KIRITIMATI, "2025-05-31T23:59", 31),
        (PAGO_PAGO, "2025-05-31T23:59", 1),
        (KATHMANDU, "2025-05-31T23:50", 31),
    ],
)
def test_the_last_day_runs_to_local_midnight(
    clinic_in: MakeClinic, zone: str, at: str, day_in_utc: int
) -> None:
    """S27, S29"""
    clinic = clinic_in(zone)
    pack, moment = sold_on_1_march(clinic), local(clinic, at)
    assert moment.astimezone(UTC).day == day_in_utc

    done = complete(clinic, visit(clinic, pack.patient, at=moment), at=moment)
    check_now()

    assert (done.entry.package, done.entry.happened_on) == (pack, date(2025, 5, 31))
    assert done.bill.issued_on == date(2025, 5, 31)


@pytest.mark.parametrize(
    ("zone", "at", "day_in_utc"),
    [
        (KOLKATA, "2025-06-01T00:00", 31),
        (KOLKATA, "2025-06-01T00:30", 31),
        (KOLKATA, "2025-06-01T05:29", 31),
        (KIRITIMATI, "2025-06-01T13:59", 31),
        (LOS_ANGELES, "2025-06-01T00:00", 1),
        (PAGO_PAGO, "2025-06-01T00:00", 1),
    ],
)
def test_after_local_midnight_it_is_expired_whatever_utc_says(
    clinic_in: MakeClinic, zone: str, at: str, day_in_utc: int
) -> None:
    """S28"""
    clinic = clinic_in(zone)
    pack, moment = sold_on_1_march(clinic), local(clinic, at)
    assert moment.astimezone(UTC).day == day_in_utc
    seen = visit(clinic, pack.patient, at=moment)
    written = everything()

    with pytest.raises(NotCovered) as refused:
        complete(clinic, seen, at=moment)

    (reason,) = refused.value.fits[0].reasons
    assert (reason.why, reason.facts) == (Why.EXPIRED, {"valid_until": date(2025, 5, 31)})
    assert "May 31, 2025" in str(refused.value) or "31 May 2025" in str(refused.value)
    assert everything() == written


@pytest.mark.parametrize(
    ("zone", "at"),
    [(KOLKATA, "2025-02-28T23:59"), (LOS_ANGELES, "2025-02-28T20:00"), (KIRITIMATI, "2025-02-28T23:00")],
)
def test_a_visit_before_the_pack_was_bought_is_not_covered(clinic_in: MakeClinic, zone: str, at: str) -> None:
    """S28"""
    clinic = clinic_in(zone)
    pack = sold_on_1_march(clinic)

    with pytest.raises(NotCovered, match="valid from"):
        complete(
            clinic, visit(clinic, pack.patient, at=local(clinic, at)), at=local(clinic, "2025-03-01T12:05")
        )


@pytest.mark.parametrize("days_late", [1, 2, 30])
def test_the_day_of_the_visit_decides_not_the_day_it_was_marked(asha: Clinic, days_late: int) -> None:
    """S30"""
    pack, held = sold_on_1_march(asha), local(asha, "2025-05-31T18:00")
    seen = visit(asha, pack.patient, at=held)

    done = complete(asha, seen, at=held + timedelta(days=days_late))
    check_now()

    assert done.entry.happened_on == date(2025, 5, 31)
    assert done.bill.issued_on == date(2025, 5, 31) + timedelta(days=days_late)


@pytest.mark.parametrize("left", [1, 4, 10])
def test_a_visit_of_the_last_day_marked_after_the_expiry_was_posted_takes_one_session_of_it_back(
    asha: Clinic, left: int
) -> None:
    """S30"""
    pack, held = sold_on_1_march(asha), local(asha, "2025-05-31T23:30")
    for day in range(10 - left):
        complete(asha, visit(asha, pack.patient, at=local(asha, f"2025-04-{day + 1:02}T10:00")))
    seen = visit(asha, pack.patient, at=held)
    lapse(pack, on=date(2025, 6, 1))

    done = complete(asha, seen, at=local(asha, "2025-06-01T00:16"))
    check_now()

    pack.refresh_from_db()
    assert (pack.sessions_left, pack.value_left, pack.sessions_used) == (0, 0, 11 - left)
    *_, expired, back, used = pack.entries.order_by("number")
    assert (expired.kind, expired.sessions) == (Kind.EXPIRED, -left)
    assert (back.kind, back.sessions, back.reverses_id) == (Kind.REINSTATED, 1, expired.pk)
    assert (used.pk, used.happened_on) == (done.entry.pk, date(2025, 5, 31))
    assert recount() == []


def test_a_visit_after_the_last_day_gets_nothing_of_what_lapsed(asha: Clinic) -> None:
    """S28, S30"""
    pack = sold_on_1_march(asha)
    lapse(pack, on=date(2025, 6, 1))

    with pytest.raises(NotCovered, match="valid to"):
        complete(asha, visit(asha, pack.patient, at=local(asha, "2025-06-01T00:30")))

    assert Package.objects.get(pk=pack.pk).entries_count == 2


def test_what_comes_back_to_a_lapsed_pack_lapses_on_the_day_it_came_back(asha: Clinic) -> None:
    pack = sold_on_1_march(asha)
    done = complete(asha, visit(asha, pack.patient, at=local(asha, "2025-05-20T10:00")))
    lapse(pack, on=date(2025, 6, 1))
    reopen(asha, done.visit, at=local(asha, "2025-06-20T10:00"))

    (again,) = lapse(pack, on=date(2025, 6, 21))

    assert again.happened_on == date(2025, 6, 20)
    by_day = pack.entries.values_list("happened_on", "sessions")
    days = sorted({day for day, _ in by_day})
    assert all(sum(count for on, count in by_day if on <= day) >= 0 for day in days)


@pytest.mark.parametrize(
    ("bought", "count", "unit", "last"),
    [
        ("2025-03-01", 3, "months", "2025-05-31"),
        ("2025-01-31", 1, "months", "2025-02-28"),
        ("2024-11-30", 3, "months", "2025-02-28"),
        ("2023-11-30", 3, "months", "2024-02-29"),
        ("2024-01-31", 1, "months", "2024-02-29"),
        ("2024-02-29", 12, "months", "2025-02-28"),
        ("2025-05-31", 1, "months", "2025-06-30"),
        ("2024-12-15", 1, "months", "2025-01-14"),
        ("2025-03-01", 90, "days", "2025-05-29"),
        ("2025-03-01", 1, "days", "2025-03-01"),
        ("2025-03-01", 2, "weeks", "2025-03-14"),
    ],
)
@pytest.mark.parametrize("zone", [KOLKATA, LOS_ANGELES, KIRITIMATI])
@pytest.mark.parametrize("clock", ["00:30", "23:30"])
def test_the_validity_ends_on_the_day_that_is_printed(
    clinic_in: MakeClinic, bought: str, count: int, unit: str, last: str, zone: str, clock: str
) -> None:
    """S31"""
    clinic = clinic_in(zone)

    sold = sale(
        clinic, of=plan(validity_count=count, validity_unit=unit), at=local(clinic, f"{bought}T{clock}")
    )

    assert (sold.package.sold_on, sold.package.valid_from) == (date.fromisoformat(bought),) * 2
    assert sold.package.valid_until == date.fromisoformat(last)
    assert sold.bill.document["package"]["valid_until"] == last
    assert sold.bill.issued_on == date.fromisoformat(bought)


@pytest.mark.parametrize(
    ("bought", "count", "unit", "first", "last"),
    [
        ("2025-03-01", 3, "months", "1 Mar 2025", "31 May 2025"),
        ("2025-01-31", 1, "months", "31 Jan 2025", "28 Feb 2025"),
        ("2024-01-31", 1, "months", "31 Jan 2024", "29 Feb 2024"),
        ("2024-11-30", 3, "months", "30 Nov 2024", "28 Feb 2025"),
        ("2025-03-01", 6, "weeks", "1 Mar 2025", "11 Apr 2025"),
    ],
)
def test_the_day_that_is_printed_rules(
    asha: Clinic, bought: str, count: int, unit: str, first: str, last: str
) -> None:
    """S31: the sentence of the terms and of the bill names the day that the package is held to."""
    of = plan(validity_count=count, validity_unit=unit)
    shown = sentence(of, asha, bought_on=date.fromisoformat(bought))

    sold = sale(asha, of=of, at=local(asha, f"{bought}T12:00"))

    assert shown.endswith(f": from {first} to {last}, the last day included.")
    assert sentence(sold.package, asha) == shown
    assert printed(sold.bill, "validity") == shown
    assert words.day(sold.package.valid_until) == last


def test_the_validity_counts_from_the_first_visit_within_an_outer_limit(asha: Clinic) -> None:
    """S32: bought on 1 March, first visit on 20 March, valid to 19 June; at the latest to 31 August."""
    of = plan(validity_count=3, validity_unit="months", validity_start="first_visit", longest_count=6)
    shown = sentence(of, asha, bought_on=date(2025, 3, 1))
    sold = sale(asha, of=of, at=local(asha, "2025-03-01T12:00"))
    assert sold.package.valid_until == date(2025, 8, 31)

    first = local(asha, "2025-03-20T10:00")
    complete(asha, visit(asha, sold.package.patient, at=first), at=first)
    check_now()

    pack = Package.objects.get(pk=sold.package.pk)
    assert pack.valid_until == date(2025, 6, 19)
    assert shown == (
        "Valid for 3 months from the first visit, the last day included, and at the latest to 31 Aug 2025, "
        "whenever the first visit is."
    )
    assert printed(sold.bill, "validity") == shown
    assert sentence(pack, asha) == shown  # as it was sold, wherever the day moved since


def test_a_late_first_visit_does_not_go_beyond_the_outer_limit(asha: Clinic) -> None:
    """S32"""
    of = plan(validity_count=3, validity_unit="months", validity_start="first_visit", longest_count=6)
    sold = sale(asha, of=of, at=local(asha, "2025-03-01T12:00"))

    late = local(asha, "2025-07-15T10:00")
    complete(asha, visit(asha, sold.package.patient, at=late), at=late)
    check_now()

    assert Package.objects.get(pk=sold.package.pk).valid_until == date(2025, 8, 31)


def test_a_pack_without_a_validity_never_lapses(asha: Clinic) -> None:
    """S31"""
    pack = package(asha, at=local(asha, "2010-01-01T12:00"))
    assert pack.valid_until is None

    assert complete(asha, visit(asha, pack.patient)).entry.package == pack
    assert lapse(pack, on=date(2099, 1, 1)) == []


@pytest.mark.parametrize("booked", [True, False])
@pytest.mark.parametrize(
    ("zone", "at"),
    [(KOLKATA, "2025-03-31T23:50"), (KOLKATA, "2025-04-01T00:10"), (LOS_ANGELES, "2025-03-31T20:00")],
)
def test_bought_and_used_on_the_same_day_is_one_act(
    clinic_in: MakeClinic, zone: str, at: str, booked: bool
) -> None:
    """S33"""
    clinic = clinic_in(zone)
    moment, patient = local(clinic, at), PatientFactory()
    waiting = visit(clinic, patient, at=moment) if booked else None

    sold = sale(clinic, patient, at=moment, here_now=HereNow(ServiceFactory(), visit=waiting))
    check_now()

    assert sold.first_visit is not None
    assert sold.first_visit.visit.state == Visit.State.COMPLETED
    assert (sold.package.sessions_left, sold.package.state) == (9, "active")
    assert {entry.happened_on for entry in sold.package.entries.all()} == {sold.package.sold_on}
    assert sold.first_visit.bill.document["package"]["session"] == "1.0"
    assert Visit.objects.count() == 1


def test_a_first_visit_on_a_pack_that_is_locked_until_paid_undoes_the_sale(asha: Clinic) -> None:
    """S33"""
    patient, of, service = PatientFactory(), plan(), ServiceFactory()
    written = everything()

    with pytest.raises(NotCovered, match="not paid in full"):
        sale(asha, patient, of=of, paid=9_999, here_now=HereNow(service))

    assert everything() == written


@pytest.mark.parametrize("used", [0, 4, 10])
def test_what_is_left_lapses_once_on_the_day_after_the_last(asha: Clinic, used: int) -> None:
    """S36"""
    pack, day = sold_on_1_march(asha), local(asha, "2025-03-02T12:00")
    for n in range(used):
        at = day + timedelta(days=n)
        complete(asha, visit(asha, pack.patient, at=at), at=at)
    assert lapse(pack, on=date(2025, 5, 31)) == []

    posted = lapse(pack, on=date(2025, 6, 1))
    assert lapse(pack, on=date(2025, 6, 2)) == []
    check_now()

    pack.refresh_from_db()
    assert (pack.sessions_left, pack.value_left) == (0, 0)
    assert [(e.kind, e.sessions, e.happened_on) for e in posted] == (
        [(Kind.EXPIRED, used - 10, date(2025, 6, 1))] if used < 10 else []
    )


def test_a_session_given_back_after_the_lapse_lapses_again(asha: Clinic) -> None:
    """S38"""
    pack, at = sold_on_1_march(asha), local(asha, "2025-05-30T12:00")
    done = complete(asha, visit(asha, pack.patient, at=at), at=at)
    lapse(pack, on=date(2025, 6, 1))
    reopen(asha, done.visit, at=local(asha, "2025-06-05T12:00"))

    (again,) = lapse(pack, on=date(2025, 6, 6))
    check_now()

    pack.refresh_from_db()
    assert (again.sessions, pack.sessions_left) == (-1, 0)
