"""Service, person, place: SCENARIOS S19 to S26, at the services."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from billing.models import Bill
from clinic.access import NotAllowed
from clinic.models import Clinic, Patient, Relation, Role, Service, Staff
from clinic.refusals import Refused
from clinic.tenancy.context import clinic_context
from packages.eligibility import NotCovered
from packages.ledger import NotHalves, ReasonMissing, adjust
from packages.limits import BeyondLimit
from packages.models import Entry, Kind, Package, Plan
from packages.plans import Also, Line, change_plan
from tests.committing import check_now
from tests.factories import (
    PatientFactory,
    ServiceFactory,
    complete,
    member,
    owner_of,
    package,
    plan,
    use,
    visit,
)
from tests.written import everything
from visits.models import Visit


def test_a_pack_of_another_service_is_named_as_the_reason(asha: Clinic) -> None:
    """S18"""
    pack = package(asha)
    long_one = ServiceFactory(name="Physiotherapy 90 min", minutes=90, price=Decimal(1500))

    with pytest.raises(NotCovered, match=f"“{pack.name}” does not include Physiotherapy 90 min"):
        complete(asha, visit(asha, pack.patient, service=long_one))


@pytest.mark.parametrize("name", ["Physio", "फिजियोथेरेपी ६० मिनट"])
def test_a_service_renamed_after_the_sale_is_still_covered(asha: Clinic, name: str) -> None:
    """S19"""
    pack = package(asha)
    Service.objects.update(name=name, price=2000, minutes=45)

    done = complete(asha, visit(asha, pack.patient, service=Service.objects.get()))
    check_now()

    assert (done.entry.package, done.entry.value) == (pack, -1000)
    assert done.bill.document["lines"][0]["text"] == name


@pytest.mark.parametrize(
    ("sessions", "price", "months"), [(8, 10_000, 3), (10, 12_000, 3), (10, 10_000, 1), (5, 1, 9)]
)
def test_packs_already_sold_keep_their_terms_when_the_plan_changes(
    asha: Clinic, sessions: int, price: int, months: int
) -> None:
    """S20"""
    service = ServiceFactory()
    of = plan(validity_count=3, validity_unit="months", sharing="named", activation="at_once")
    sold = package(asha, of=of)
    terms = {
        name: getattr(sold, name)
        for name in (*Plan.term_names(), "valid_until", "sessions_sold", "list_price")
    }

    change_plan(
        of,
        lines=[Line(service, Decimal(sessions)), Line(service, Decimal(1), is_bonus=True)],
        by=owner_of(asha),
        name="Renamed",
        price=Decimal(price),
        validity_count=months,
        sharing="owner",
        activation="paid_in_full",
    )
    later = package(asha, of=of)
    use(asha, sold, 10)
    check_now()

    sold.refresh_from_db()
    assert {name: getattr(sold, name) for name in terms} == terms
    assert [entry.value for entry in sold.entries.filter(kind=Kind.USED)] == [-1000] * 10
    assert (later.sessions_sold, later.price, later.name) == (sessions + 1, price, "Renamed")


def test_the_ways_of_using_a_line_stay_as_they_were_sold(asha: Clinic) -> None:
    """S18, S20: the plan asks for two sessions of a 90-minute visit now; what was sold still takes one and 500."""
    hour = ServiceFactory()
    long_one = ServiceFactory(name="Physiotherapy 90 min", minutes=90, price=Decimal(1500))
    of = plan(Line(hour, Decimal(10), also=[Also(long_one, Decimal(1), Decimal(500))]))
    sold = package(asha, of=of)
    change_plan(of, lines=[Line(hour, Decimal(10), also=[Also(long_one, Decimal(2))])], by=owner_of(asha))
    later = package(asha, of=of)

    done = complete(
        asha,
        visit(asha, sold.patient, service=long_one),
        package=sold,
        how="package",
        sessions=Decimal(1),
    )
    check_now()

    assert (done.entry.package, done.entry.sessions) == (sold, -1)
    with pytest.raises(NotCovered):
        complete(
            asha,
            visit(asha, later.patient, service=long_one),
            package=later,
            how="package",
            sessions=Decimal(1),
        )
    later.refresh_from_db()
    assert later.sessions_left == 10


def test_visit_bill_and_ledger_carry_who_treated_and_how_long(asha: Clinic) -> None:
    """S21"""
    junior = member(asha, Role.THERAPIST, name="Junior", registration="PT-7")
    pack = package(asha)

    done = complete(asha, visit(asha, pack.patient, therapist=junior, minutes=10))

    assert (done.entry.therapist, done.entry.minutes) == (junior, 10)
    assert done.bill.document["therapist"] == {"name": "Junior", "registration": "PT-7"}
    assert done.bill.document["visit"]["minutes"] == 10


@pytest.mark.parametrize(("given", "left", "value"), [("1", "10", 10_000), ("0.5", "9.5", 9_500)])
def test_the_owner_gives_back_a_session_or_half_of_one_with_a_reason(
    asha: Clinic, given: str, left: str, value: int
) -> None:
    """S21"""
    pack = package(asha)
    use(asha, pack)

    entry = adjust(
        pack.lines.get(),
        sessions=Decimal(given),
        on=asha.today(),
        by=owner_of(asha),
        key=uuid4(),
        reason="Only ten minutes",
    )
    check_now()

    pack.refresh_from_db()
    assert (entry.kind, entry.reason) == (Kind.ADJUSTED, "Only ten minutes")
    assert (pack.sessions_left, pack.value_left) == (Decimal(left), value)


@pytest.mark.parametrize(
    ("sessions", "reason", "refusal"),
    [("1", " ", ReasonMissing), ("0.3", "x", NotHalves), ("0", "x", NotHalves), ("0.25", "x", NotHalves)],
)
def test_an_adjustment_needs_a_reason_and_comes_in_halves(
    asha: Clinic, sessions: str, reason: str, refusal: type[Refused]
) -> None:
    """S21"""
    pack = package(asha)
    written = everything()

    with pytest.raises(refusal):
        adjust(
            pack.lines.get(),
            sessions=Decimal(sessions),
            on=asha.today(),
            by=owner_of(asha),
            key=uuid4(),
            reason=reason,
        )

    assert everything() == written


@pytest.mark.parametrize(
    ("role", "refusal"),
    [(Role.FRONT_DESK, BeyondLimit), (Role.THERAPIST, NotAllowed), (Role.ACCOUNTANT, NotAllowed)],
)
def test_nobody_but_the_owner_adjusts_unless_the_clinic_lets_the_desk(
    asha: Clinic, role: Role, refusal: type[Exception]
) -> None:
    """S21"""
    pack, staff = package(asha), member(asha, role)
    written = everything()

    with pytest.raises(refusal):
        adjust(pack.lines.get(), sessions=Decimal(1), on=asha.today(), by=staff, key=uuid4(), reason="x")

    assert everything() == written


def name_on_packs(owner: Patient, person: Patient, since: date, until: date | None = None) -> None:
    Relation.objects.create(owner=owner, person=person, kind="wife", since=since, until=until)


def test_she_is_named_on_his_pack_and_the_line_says_that_she_used_it(asha: Clinic) -> None:
    """S22"""
    pack, she = package(asha, of=plan(sharing="named")), PatientFactory(name="Sita")
    name_on_packs(pack.patient, she, since=asha.today())

    done = complete(asha, visit(asha, she))
    check_now()

    assert (done.entry.package, done.entry.beneficiary) == (pack, she)


def test_her_own_pack_goes_before_his_when_it_expires_first(asha: Clinic) -> None:
    """S22"""
    his = package(asha, of=plan(sharing="named"))
    she = PatientFactory()
    hers = package(asha, she, of=plan(validity_count=1))
    name_on_packs(his.patient, she, since=asha.today())

    assert complete(asha, visit(asha, she)).entry.package == hers


@pytest.mark.parametrize("sharing", ["owner", "named"])
def test_a_cousin_who_is_not_named_is_refused_even_where_the_desk_insists(asha: Clinic, sharing: str) -> None:
    """S23"""
    pack, cousin = package(asha, of=plan(sharing=sharing)), PatientFactory(name="Cousin")
    if sharing == "owner":
        name_on_packs(pack.patient, cousin, since=asha.today())
    written = everything()

    with pytest.raises(NotCovered):
        complete(asha, visit(asha, cousin))
    with pytest.raises(NotCovered, match="Cousin is not named on this package"):
        complete(asha, visit(asha, cousin), package=pack)

    assert everything()["packages_entry"] == written["packages_entry"]


@pytest.mark.parametrize(("since", "until"), [(1, None), (-9, -1)])
def test_a_name_counts_from_the_day_it_was_given_to_the_day_it_was_taken(
    asha: Clinic, since: int, until: int | None
) -> None:
    """S23"""
    pack, she, today = package(asha, of=plan(sharing="named")), PatientFactory(), asha.today()
    end = None if until is None else today + timedelta(days=until)
    name_on_packs(pack.patient, she, since=today + timedelta(days=since), until=end)

    with pytest.raises(NotCovered):
        complete(asha, visit(asha, she))


@pytest.mark.parametrize("model", [Package, Visit, Bill, Entry, Patient, Plan, Service, Staff])
def test_an_id_of_another_clinic_is_an_id_that_does_not_exist(
    asha: Clinic, other_clinic: Clinic, model: type
) -> None:
    """S26"""
    use(asha, package(asha))
    guessed = model.objects.first().pk
    assert model.objects.filter(pk=guessed).exists()

    with clinic_context(other_clinic.pk):
        answers = []
        for each in (guessed, uuid4()):
            with pytest.raises(model.DoesNotExist) as answer:
                model.objects.get(pk=each)
            answers.append(str(answer.value))
    assert answers[0] == answers[1]


def test_a_visit_of_another_clinic_cannot_be_completed_from_here(asha: Clinic, other_clinic: Clinic) -> None:
    """S26"""
    theirs = visit(asha, package(asha).patient)

    with clinic_context(other_clinic.pk), pytest.raises(Visit.DoesNotExist):
        complete(other_clinic, theirs)
    theirs.refresh_from_db()
    assert theirs.state == Visit.State.BOOKED
