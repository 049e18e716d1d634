"""The end of the day: SCENARIOS S10 and S14, and what else must stand on the day-close list."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from billing.models import Method
from billing.payments import Tender
from clinic.calendar import day_bounds
from clinic.models import Branch, Clinic
from desk.day_close import UnsettledNeedsReason, close_day, unsettled
from desk.day_close_settling import settle_item
from desk.models import DayClose
from packages.models import Package
from tests.factories import PatientFactory, complete, owner_of, package, reopen, visit
from visits.models import Visit
from visits.services import FreeNeedsReason, cancel_visit, check_in, mark_no_show


def left(package: Package) -> Decimal:
    package.refresh_from_db()
    return package.sessions_left


def listed(clinic: Clinic, days: int = 0) -> list[tuple[str, str]]:
    """Kind and patient of everything on the list of a day."""
    day = clinic.today() + timedelta(days=days)
    return [(item.kind.value, item.patient.name) for item in unsettled(day, Branch.objects.get(), clinic)]


@pytest.mark.parametrize("settled", ["completed", "not come", "cancelled", "moved"])
def test_a_visit_left_unmarked_stands_on_the_day_close_list_until_someone_settles_it(
    asha: Clinic, settled: str
) -> None:
    """S10"""
    start, _end = day_bounds(asha.today(), asha.zone)
    noon = start - timedelta(hours=12)
    pack = package(asha, PatientFactory(name="Usha Menon"), at=start - timedelta(days=3))
    seen = visit(asha, pack.patient, at=noon)

    for _look in range(2):
        assert listed(asha, -1) == [("booked", "Usha Menon")]
        assert left(pack) == 10

    facts = {"clinic": asha, "at": timezone.now(), "by": owner_of(asha), "key": uuid4()}
    match settled:
        case "completed":
            complete(asha, seen)
        case "not come":
            mark_no_show(seen, **facts)  # type: ignore[arg-type]
        case "cancelled":
            cancel_visit(seen, by_clinic=True, **facts)  # type: ignore[arg-type]
        case "moved":
            Visit.objects.filter(pk=seen.pk).update(starts_at=start + timedelta(hours=12))
    assert listed(asha, -1) == []


def test_a_visit_that_arrived_and_was_forgotten_is_on_the_list_too(asha: Clinic) -> None:
    """S10"""
    pack = package(asha, PatientFactory(name="Usha Menon"))
    check_in(visit(asha, pack.patient), at=timezone.now(), by=None)

    assert listed(asha) == [("arrived", "Usha Menon")]
    assert left(pack) == 10


def test_a_day_with_an_unmarked_visit_is_not_closed_silently_and_stays_listed(asha: Clinic) -> None:
    """S10"""
    visit(asha, PatientFactory(name="Usha Menon"))
    facts = {
        "day": asha.today(),
        "branch": Branch.objects.get(),
        "clinic": asha,
        "counted": Decimal(0),
        "at": timezone.now(),
        "by": owner_of(asha),
    }

    with pytest.raises(UnsettledNeedsReason):
        close_day(key=uuid4(), **facts)  # type: ignore[arg-type]
    assert not DayClose.objects.exists()

    done = close_day(key=uuid4(), unsettled_reason="She calls tomorrow", **facts)  # type: ignore[arg-type]
    assert done.unsettled == {"booked": 1}
    assert listed(asha) == [("booked", "Usha Menon")]


def test_a_visit_completed_without_charge_asks_for_a_reason_and_stands_on_the_list(asha: Clinic) -> None:
    """S14"""
    seen = visit(asha, PatientFactory(name="Usha Menon"))

    with pytest.raises(FreeNeedsReason):
        complete(asha, seen, how="free")
    assert listed(asha) == [("booked", "Usha Menon")]

    complete(asha, seen, how="free", reason="Camp at the school")
    (item,) = unsettled(asha.today(), Branch.objects.get(), asha)
    assert item.sentence == "Free of charge: Camp at the school."


@pytest.mark.parametrize("how", ["free", "charge"])
def test_a_pack_would_have_covered_this(asha: Clinic, how: str) -> None:
    """S14"""
    pack = package(asha, PatientFactory(name="Usha Menon"))
    paid = [Tender(Method.CASH, Decimal(1000))] if how == "charge" else []
    done = complete(asha, visit(asha, pack.patient), how=how, reason="Forgot", tenders=paid)

    (item,) = unsettled(asha.today(), Branch.objects.get(), asha)
    assert item.sentence.endswith(f"A pack would have covered this: {pack.name}.")

    reopen(asha, done.visit, reason="A pack covers this visit")
    again = unsettled(asha.today(), Branch.objects.get(), asha)[0]
    settle_item(
        again.name,
        way="complete",
        day=asha.today(),
        branch=Branch.objects.get(),
        clinic=asha,
        at=timezone.now(),
        by=owner_of(asha),
        key=uuid4(),
    )
    assert left(pack) == 9
    # What was paid singly is the patient's again, and nobody forgets it either.
    assert [kind for kind, _name in listed(asha)] == (["unapplied"] if how == "charge" else [])


def test_a_visit_held_yesterday_and_recorded_today_is_flagged_today(asha: Clinic) -> None:
    """S30"""
    start, _end = day_bounds(asha.today(), asha.zone)
    pack = package(asha, PatientFactory(name="Usha Menon"), at=start - timedelta(days=3))

    complete(asha, visit(asha, pack.patient, at=start - timedelta(hours=12)))

    assert listed(asha, -1) == []
    assert listed(asha) == [("late", "Usha Menon")]
    assert "recorded 1 day late" in unsettled(asha.today(), Branch.objects.get(), asha)[0].sentence
