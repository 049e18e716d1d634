"""Visits that an insurer or a doctor authorised: counted, dated, without a price, and never overbooked."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from clinic.models import Branch, Clinic, Patient
from desk.recount import recount
from packages.models import Package
from packages.referrals import Letter, ReferralDoesNotFit, open_referral
from tests.committing import check_now
from tests.factories import PatientFactory, ServiceFactory, complete, owner_of, visit
from tests.written import everything
from visits import services as visits
from visits.referrals import OtherService, OutsideReferral, Overbooked


def referral(clinic: Clinic, patient: Patient | None = None, **said: Any) -> Package:
    today = clinic.today()
    said = {
        "authorised_by": "Star Health",
        "visits": 3,
        "valid_from": today - timedelta(days=2),
        "valid_until": today + timedelta(days=30),
    } | said
    return open_referral(
        patient or PatientFactory(),
        letter=Letter(**said),
        service=ServiceFactory(),
        branch=Branch.objects.get(),
        clinic=clinic,
        on=today,
        by=owner_of(clinic),
        key=uuid4(),
    )


def test_a_referral_is_counted_and_costs_nothing(asha: Clinic) -> None:
    pack = referral(asha)

    done = complete(asha, visit(asha, pack.patient))
    check_now()

    assert (done.entry.package, done.bill.total, done.entry.balance_after) == (pack, 0, 2)
    pack.refresh_from_db()
    assert (pack.value_left, pack.to_pay, pack.is_paid) == (0, 0, True)
    assert list(recount()) == []


def test_no_more_visits_are_booked_on_it_than_were_authorised(asha: Clinic) -> None:
    pack = referral(asha, visits=2)
    booked = [visit(asha, pack.patient, package=pack, at=timezone.now() + timedelta(days=n)) for n in (1, 2)]
    written = everything()

    with pytest.raises(Overbooked, match="2 left, and 2 booked"):
        visit(asha, pack.patient, package=pack, at=timezone.now() + timedelta(days=3))
    assert everything() == written
    facts = {"clinic": asha, "at": timezone.now(), "by": None}
    visits.cancel_visit(booked[0], by_clinic=False, key=uuid4(), **facts)

    visit(asha, pack.patient, package=pack, at=timezone.now() + timedelta(days=3))
    with pytest.raises(Overbooked):
        visits.restore_visit(booked[0], key=uuid4(), **facts)


def test_a_visit_that_took_place_leaves_no_place_to_book(asha: Clinic) -> None:
    pack = referral(asha, visits=1)
    complete(asha, visit(asha, pack.patient, package=pack))

    with pytest.raises(Overbooked, match="0 left"):
        visit(asha, pack.patient, package=pack, at=timezone.now() + timedelta(days=1))


@pytest.mark.parametrize("days", [-3, 31])
def test_a_visit_outside_of_its_dates_is_not_booked_on_it(asha: Clinic, days: int) -> None:
    pack = referral(asha)

    with pytest.raises(OutsideReferral):
        visit(asha, pack.patient, package=pack, at=timezone.now() + timedelta(days=days))


def test_a_service_that_the_letter_does_not_name_is_not_booked_on_it(asha: Clinic) -> None:
    pack = referral(asha)

    with pytest.raises(OtherService, match="does not name Massage"):
        visit(asha, pack.patient, package=pack, service=ServiceFactory(name="Massage"))


def test_moving_or_choosing_goes_by_the_same_rule(asha: Clinic) -> None:
    pack = referral(asha, visits=1)
    held = visit(asha, pack.patient, package=pack, at=timezone.now() + timedelta(days=1))
    other = visit(asha, pack.patient, at=timezone.now() + timedelta(days=2))

    with pytest.raises(Overbooked):
        visits.choose_package(other, package=pack, by=None)
    with pytest.raises(OutsideReferral):
        visits.move_visit(held, starts_at=timezone.now() + timedelta(days=60), by=None)
    visits.move_visit(held, starts_at=timezone.now() + timedelta(days=5), by=None)


@pytest.mark.parametrize(
    "said",
    [
        {"authorised_by": " "},
        {"visits": 0},
        {"visits": 1001},
        {"valid_from": date(2026, 5, 2), "valid_until": date(2026, 5, 1)},
    ],
)
def test_a_letter_that_cannot_be_is_refused(asha: Clinic, said: dict[str, Any]) -> None:
    PatientFactory(), ServiceFactory()
    written = everything()

    with pytest.raises(ReferralDoesNotFit):
        referral(asha, Patient.objects.first(), **said)

    assert everything() == written


def test_the_same_letter_sent_twice_is_one_referral(asha: Clinic) -> None:
    """S02"""
    patient, service, key = PatientFactory(), ServiceFactory(), uuid4()
    letter = Letter("Dr Rao", 5, asha.today(), asha.today())
    facts = {"service": service, "branch": Branch.objects.get(), "clinic": asha, "on": asha.today()}

    first = open_referral(patient, letter=letter, by=None, key=key, **facts)

    assert open_referral(patient, letter=letter, by=None, key=key, **facts) == first
    assert Package.objects.count() == 1
