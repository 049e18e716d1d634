"""Which package covers a visit, and for each that does not, every reason at once."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone, translation

from clinic.models import Clinic, Patient, Relation
from packages import eligibility, ledger, memberships, standing
from packages.eligibility import NotCovered, Wanted, Why, best, fit, fits, packages_for
from packages.models import Activation, Package, PackageLine, Sharing
from packages.reasons import SENTENCES
from tests.factories import PatientFactory, ServiceFactory, bring_to, owner_of, package, plan, use
from visits import disputes

State = Package.State


def held(patient: Patient) -> list[Package]:
    found: list[Package] = packages_for(patient)[patient.pk]
    return found


def wanted(clinic: Clinic, patient: Patient, **facts: Any) -> Wanted:
    return Wanted(patient, ServiceFactory(), facts.pop("on", clinic.today()), **facts)


def reasons(clinic: Clinic, pack: Package, **facts: Any) -> list[str]:
    found = next(each for each in held(pack.patient) if each.pk == pack.pk)
    return [str(reason.why) for reason in fit(wanted(clinic, pack.patient, **facts), found).reasons]


@pytest.mark.parametrize("state", ["frozen", State.SUSPENDED, State.REFUNDED, State.VOID])
def test_a_pack_in_this_state_covers_nothing_and_says_so(asha: Clinic, state: State) -> None:
    pack = package(asha)
    bring_to(asha, pack, state)

    assert reasons(asha, pack)[0] in {"frozen", "suspended", "refunded", "void"}
    with pytest.raises(NotCovered, match=r"frozen|suspended|refunded|void"):
        best(wanted(asha, pack.patient), held(pack.patient))


def test_all_reasons_are_given_at_once(asha: Clinic) -> None:
    pack = package(asha, of=plan(sessions=1, validity_count=1, validity_unit="days", activation="at_once"))
    use(asha, pack)
    later = asha.today() + timedelta(days=5)
    standing.suspend(pack, on=asha.today(), by=None, key=uuid4(), reason="The cheque bounced")
    long_one = ServiceFactory(name="90 minutes")

    assert reasons(asha, pack, on=later) == [Why.SUSPENDED, Why.EXPIRED, Why.NONE_LEFT]
    stranger = PatientFactory()
    found = fit(Wanted(stranger, long_one, later), held(pack.patient)[0])
    assert [reason.why for reason in found.reasons] == [
        Why.SUSPENDED,
        Why.NOT_NAMED,
        Why.OTHER_SERVICE,
        Why.EXPIRED,
    ]
    assert not found.covers
    assert found.line is None


@pytest.mark.parametrize(
    ("left", "asked", "covers"), [("0.5", "1", False), ("0.5", "0.5", True), ("1.5", "1", True)]
)
def test_half_a_session_does_not_cover_a_whole_one(asha: Clinic, left: str, asked: str, covers: bool) -> None:
    """S51"""
    line = PackageLine(service=ServiceFactory(), sessions_left=Decimal(left), position=1)
    pack = package(asha)
    found = held(pack.patient)[0]
    found._prefetched_objects_cache = {"lines": [line]}

    assert fit(wanted(asha, pack.patient, sessions=Decimal(asked)), found).covers is covers


def test_every_package_is_listed_the_covering_one_first(asha: Clinic) -> None:
    """S15"""
    patient = PatientFactory()
    empty = package(asha, patient, of=plan(sessions=1, validity_count=1))
    use(asha, empty)
    endless, soon = package(asha, patient), package(asha, patient, of=plan(validity_count=2))

    order = [each.package for each in fits(wanted(asha, patient), held(patient))]

    assert order == [soon, endless, empty]


def test_without_any_package_the_sentence_says_so(asha: Clinic) -> None:
    with pytest.raises(NotCovered, match="This patient has no package"):
        best(wanted(asha, PatientFactory()), [])


def test_named_on_two_packs_of_two_people_both_are_held(asha: Clinic) -> None:
    """S22"""
    she = PatientFactory()
    packs = [package(asha, of=plan(sharing=Sharing.NAMED)) for _ in range(2)]
    private = package(asha)
    for pack in (*packs, private):
        Relation.objects.create(owner=pack.patient, person=she, since=date(2020, 1, 1))

    assert held(she) == packs


def test_many_patients_are_answered_with_three_statements_at_most(asha: Clinic, queries: Any) -> None:
    people = [package(asha).patient for _ in range(5)]

    with queries() as counted:
        answers = packages_for(*people)

    assert counted.count <= 3
    assert [len(answers[patient.pk]) for patient in people] == [1] * 5


@pytest.mark.parametrize("activation", list(Activation))
def test_a_pack_that_costs_nothing_is_open_at_once(asha: Clinic, activation: Activation) -> None:
    """S45"""
    pack = package(asha, of=plan(price=0, activation=activation))

    assert pack.state == State.ACTIVE
    assert reasons(asha, pack) == []


def sold_as_paid(clinic: Clinic, **facts: Any) -> Package:
    """Four of ten sessions are paid for."""
    return package(clinic, of=plan(activation="as_paid", validity_count=1), paid=4000, **facts)


def test_a_visit_recorded_after_the_lapse_uses_what_was_paid_for_on_its_day(asha: Clinic) -> None:
    """S30, S45"""
    pack = sold_as_paid(asha, at=timezone.now() - timedelta(days=60))
    ledger.lapse(pack, on=asha.today())

    assert reasons(asha, pack, on=asha.today() - timedelta(days=50)) == []


def test_a_disputed_session_is_not_free_for_another_visit(asha: Clinic) -> None:
    """S45: four are paid for and four were taken, whatever comes of the dispute."""
    pack = sold_as_paid(asha)
    done = use(asha, pack, 4)
    facts = {"at": timezone.now(), "by": owner_of(asha), "key": uuid4()}
    disputes.open_dispute(done[0].visit, clinic=asha, **facts)

    assert reasons(asha, pack) == [Why.NOT_PAID_ENOUGH]


def test_sessions_carried_over_are_paid_for(asha: Clinic) -> None:
    """S45: last month's money opens last month's sessions."""
    terms = {"renews_monthly": True, "carries_over": True, "activation": "as_paid"}
    pack = package(asha, of=plan(**terms), at=timezone.now() - timedelta(days=32))
    assert pack.membership is not None
    month = memberships.open_next_month(pack.membership, on=asha.today())
    assert month is not None

    assert reasons(asha, month) == []


def test_every_reason_has_a_sentence() -> None:
    assert {str(why) for why in Why} | {"no_package"} == set(SENTENCES)


@pytest.mark.parametrize("language", ["en", "hi"])
def test_reasons_read_as_sentences(asha: Clinic, language: str) -> None:
    pack = package(asha, of=plan(activation="as_paid"), paid=4000)
    facts = {
        "to_pay": 1,
        "day": date(2025, 3, 9),
        "open": Decimal("4"),
        "left": Decimal("0.5"),
        "valid_from": date(2025, 3, 1),
        "valid_until": date(2025, 5, 31),
        "patient": pack.patient.name,
        "service": "Knee",
        "package": pack.name,
    }

    with translation.override(language):
        sentences = [eligibility.Reason(why, facts).sentence for why in Why]

    assert len(set(sentences)) == len(Why)
    assert all(sentence[-1] in ".।" and "%(" not in sentence for sentence in sentences)
