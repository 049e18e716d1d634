"""A package bought after a visit is applied to it (S34)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from billing.models import Bill
from billing.payments import owed_lines, unapplied_of
from clinic.models import Branch, Clinic, Patient
from desk.hindsight import NotPaidSingly
from desk.recount import recount
from packages.eligibility import NotCovered
from packages.ledger import ReasonMissing
from packages.referrals import Letter, open_referral
from tests.acts import apply, cash
from tests.committing import check_now
from tests.factories import (
    PatientFactory,
    ServiceFactory,
    complete,
    owner_of,
    package,
    plan,
    reopen,
    use,
    visit,
)
from tests.written import everything


@pytest.fixture(autouse=True)
def _adds_up_afterwards(asha: Clinic) -> Any:
    yield
    check_now()
    assert recount() == []


@pytest.fixture
def patient(asha: Clinic) -> Patient:
    return PatientFactory()


def single(asha: Clinic, patient: Patient, *, days_ago: int = 0, **facts: Any) -> Any:
    at = timezone.now() - timedelta(days=days_ago)
    return complete(asha, visit(asha, patient, at=at), how="charge", **facts)


def test_the_session_of_an_earlier_day_is_used_on_the_day_of_the_sale(asha: Clinic, patient: Patient) -> None:
    """S34"""
    before = single(asha, patient, days_ago=3, tenders=[cash(1_000)])
    pack = package(asha, patient)

    done = apply(asha, before.visit, pack)

    assert done.entry is not None
    assert (done.entry.happened_on, done.visit.completions) == (asha.today(), 2)
    assert done.bill.document["visit"]["starts_at"][:10] == str(asha.today() - timedelta(days=3))


def test_a_charge_that_was_never_paid_is_owed_no_longer(asha: Clinic, patient: Patient) -> None:
    """S34"""
    before = single(asha, patient)
    pack = package(asha, patient)

    apply(asha, before.visit, pack)

    assert (owed_lines(patient), unapplied_of(patient)) == ([], [])


def test_the_pack_named_is_used_though_another_would_go_first(asha: Clinic, patient: Patient) -> None:
    """S15, S34"""
    before = single(asha, patient)
    package(asha, patient, of=plan(validity_count=1))
    chosen = package(asha, patient, of=plan(validity_count=6))

    done = apply(asha, before.visit, chosen)

    assert done.entry is not None
    assert done.entry.package == chosen


def test_applied_in_hindsight_it_may_be_reopened_like_any_visit(asha: Clinic, patient: Patient) -> None:
    """S05, S34"""
    before = single(asha, patient)
    pack = package(asha, patient)
    done = apply(asha, before.visit, pack)

    reopen(asha, done.visit)

    pack.refresh_from_db()
    assert pack.sessions_left == 10


def refused(asha: Clinic, seen: Any, pack: Any, refusal: type[Exception], **facts: Any) -> None:
    written = everything()
    with pytest.raises(refusal):
        apply(asha, seen, pack, **facts)
    assert everything() == written


def test_what_was_not_paid_singly_is_refused(asha: Clinic, patient: Patient) -> None:
    """S34"""
    pack = package(asha, patient)
    (covered,) = use(asha, pack)
    free = complete(asha, visit(asha, patient), how="free", reason="A gift")

    for seen in (covered.visit, free.visit, visit(asha, patient)):
        refused(asha, seen, pack, NotPaidSingly)


def test_a_pack_that_does_not_cover_the_visit_is_refused_and_nothing_is_taken_back(
    asha: Clinic, patient: Patient
) -> None:
    """S34"""
    before = single(asha, patient)
    other = package(asha, patient, of=plan(service=ServiceFactory(name="Yoga")))
    used_up = package(asha, patient, of=plan(sessions=1))
    use(asha, used_up)

    refused(asha, before.visit, other, NotCovered)
    refused(asha, before.visit, used_up, NotCovered)
    refused(asha, before.visit, package(asha), NotCovered)
    refused(asha, before.visit, other, ReasonMissing, reason=" ")
    assert not Bill.objects.filter(corrects=before.bill).exists()


def test_the_same_form_twice_uses_one_session(asha: Clinic, patient: Patient) -> None:
    """S02, S34"""
    before, key = single(asha, patient), uuid4()
    pack = package(asha, patient)

    answers = [apply(asha, before.visit, pack, key=key) for _ in range(2)]

    assert answers[0] == answers[1]
    pack.refresh_from_db()
    assert pack.sessions_left == 9


def test_a_referral_that_is_not_valid_yet_is_not_applied(asha: Clinic, patient: Patient) -> None:
    """It was not there on the day of the visit, and is not there today."""
    before, today = single(asha, patient, days_ago=3), asha.today()
    later = open_referral(
        patient,
        letter=Letter("Star Health", 6, today + timedelta(days=2), today + timedelta(days=60)),
        service=ServiceFactory(),
        branch=Branch.objects.get(),
        clinic=asha,
        on=today,
        by=owner_of(asha),
        key=uuid4(),
    )

    refused(asha, before.visit, later, NotCovered)
