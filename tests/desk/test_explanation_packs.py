"""What changed a package's count beside its visits, what locks it, and what is said of its patient."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

from clinic.models import Branch, Clinic
from clinic.ui.words import day
from desk.explanation.causes import Cause
from desk.merging import merge_patients
from packages import ledger, refunds, transfers, validity
from packages.services import Opening, open_package
from packages.states import gone_of
from tests.desk.explaining import days_ago, miss, misses, told
from tests.factories import (
    PatientFactory,
    bring_to,
    complete,
    owner_of,
    package,
    plan,
    reopen,
    use,
    visit,
)
from visits.past import PastVisit, add_past_visits


def act(clinic: Clinic, **facts: object) -> dict[str, object]:
    return {"on": clinic.today(), "by": owner_of(clinic), "key": uuid4(), "reason": "Goodwill"} | facts


def from_paper(clinic: Clinic, **facts: object) -> object:
    return open_package(
        PatientFactory(),
        plan=plan(),
        branch=Branch.objects.get(),
        clinic=clinic,
        on=clinic.today(),
        by=owner_of(clinic),
        key=uuid4(),
        opening=Opening(**{"left": Decimal(3)} | facts),  # type: ignore[arg-type]
    )


def test_sessions_given_by_hand_say_who_and_why(asha: Clinic) -> None:
    pack = package(asha)
    ledger.adjust(pack.lines.get(), sessions=Decimal(-2), **act(asha))

    assert miss(asha, pack, Cause.ADJUSTED).sentence == (
        f"Owner of asha changed the count by hand on {day(asha.today())}: − 2 sessions (“Goodwill”)."
    )
    assert told(asha, pack).sentence.startswith("10 sold, 0 used, 2 taken by hand: 8 left")


def test_what_lapsed_says_to_when_it_was_valid_even_when_it_is_valid_for_longer_now(asha: Clinic) -> None:
    """S36"""
    pack = package(asha, of=plan(validity_count=10, validity_unit="days"), at=days_ago(20))
    until = pack.valid_until
    ledger.lapse(pack, on=asha.today())
    validity.extend(pack, until=asha.today() + timedelta(days=10), **act(asha))

    assert miss(asha, pack, Cause.LAPSED).sentence == (
        f"10 sessions lapsed on {day(until + timedelta(days=1))}: the package was valid to {day(until)}."
    )
    assert miss(asha, pack, Cause.REINSTATED).sentence == (
        f"10 sessions that had lapsed came back on {day(asha.today())} (“Goodwill”)."
    )


def test_a_transfer_is_told_on_both_sides(asha: Clinic) -> None:
    """S53"""
    sister = PatientFactory(name="Gita Sister")
    pack = package(asha, PatientFactory(name="Rita Owner"))
    made = transfers.transfer(pack, sessions=Decimal(3), to=sister, **act(asha))

    assert f"3 sessions went to Gita Sister on {day(asha.today())} (“Goodwill”)." == (
        miss(asha, pack, Cause.TRANSFERRED).sentence
    )
    assert miss(asha, made, Cause.CAME_BY_TRANSFER).sentence.startswith("3 sessions came from Rita Owner on")
    assert told(asha, pack).sentence.startswith("10 sold, 0 used, 3 transferred: 7 left")
    assert told(asha, made).sentence.startswith("3 came by transfer, 0 used: 3 left")
    pack.refresh_from_db()
    assert gone_of(pack) == "3 moved on"
    transfers.undo_transfer(made, **act(asha))
    pack.refresh_from_db()
    assert told(asha, pack).sentence.startswith("10 sold, 0 used, 3 transferred, 3 came back: 10 left")
    assert gone_of(pack) == ""
    assert any(
        "package" in line.sentence and "Gita Sister" in line.sentence for line in told(asha, pack).lines
    )


def test_a_refund_and_a_visit_that_was_taken_back_after_it(asha: Clinic) -> None:
    """S42"""
    pack = package(asha, at=days_ago(3))
    (done,) = use(asha, pack)
    refunds.refund(pack, **act(asha))
    pack.refresh_from_db()
    assert (gone_of(pack), pack.refunded) == ("9 refunded", pack.changes.get(kind="refunded").amount)
    assert pack.refunded > 0
    reopen(asha, done.visit)

    counts = {each.sentence.partition(" went")[0] for each in misses(asha, pack, Cause.REFUNDED)}
    assert counts == {"9 sessions", "1 session"}
    assert "the refund was ₹1,000.00 short." in miss(asha, pack, Cause.REFUND_SHORT).sentence
    assert told(asha, pack).sentence == "10 sold, 0 used, 10 refunded: 0 left, refunded and closed."


def test_a_paper_card_that_the_patient_did_not_agree_to(asha: Clinic) -> None:
    """S58"""
    pack = from_paper(asha)

    assert miss(asha, pack, Cause.OPENING_NOT_AGREED).sentence == (
        "The package was brought in with 3 left of 10. That the patient agreed is not recorded: compare the paper card."
    )
    assert told(asha, pack).sentence.startswith("10 sold, 7 used before go-live, 0 used: 3 left")


def test_a_paper_card_whose_visits_and_count_differ(asha: Clinic) -> None:
    """S58"""
    pack = from_paper(asha, agreed_on=asha.today())
    service = pack.lines.get().service
    past = [PastVisit(uuid4(), pack, service, None, asha.day_of(days_ago(ago))) for ago in range(10, 16)]
    add_past_visits(past, branch=Branch.objects.get(), clinic=asha, by=None)

    assert miss(asha, pack, Cause.OPENING_DIFFERS).sentence == (
        "6 visits were entered from before go-live, but the opening balance counts 7 as used. Compare the paper card."
    )
    assert misses(asha, pack, Cause.OPENING_NOT_AGREED) == []
    assert "was before go-live: it is counted in the opening balance." in (
        misses(asha, pack, Cause.BEFORE_GO_LIVE)[0].sentence
    )


def test_no_session_and_no_visit_on_the_day_of_the_sale(asha: Clinic) -> None:
    """S33"""
    pack = package(asha, at=days_ago(3))

    found = miss(asha, pack, Cause.NO_FIRST_SESSION)

    assert found.sentence == (
        f"No session was used on {day(pack.sold_on)}, the day the package was bought, and no visit was entered for "
        "that day."
    )
    assert not found.may_be_wrong
    assert found.mends[0].page == "visits:booking"


def test_a_pack_that_waits_for_its_money_says_how_much(asha: Clinic) -> None:
    """S45"""
    pack = package(asha, paid=4000)

    assert miss(asha, pack, Cause.WAITS_FOR_MONEY).sentence == (
        "₹6,000.00 is still to pay. Until that is paid, the package cannot be used."
    )
    assert told(asha, pack).sentence == "10 sold, 0 used: 10 left, locked until it is paid."


def test_a_pack_that_is_frozen_says_to_when(asha: Clinic) -> None:
    """S35"""
    pack = package(asha)
    last = asha.today() + timedelta(days=9)
    validity.freeze(pack, first_day=asha.today(), last_day=last, **act(asha))

    assert miss(asha, pack, Cause.FROZEN_NOW).sentence == (
        f"The package is frozen to {day(last)}. Until then it cannot be used."
    )
    assert told(asha, pack).state == "frozen"


def test_a_suspended_pack_says_why(asha: Clinic) -> None:
    """S46"""
    pack = bring_to(asha, package(asha), "suspended")

    assert miss(asha, pack, Cause.SUSPENDED_NOW).sentence == (
        "The package is suspended (“Decided in a test”). Until it is resumed it cannot be used."
    )


def test_a_gap_in_the_patient_s_own_rhythm(asha: Clinic) -> None:
    pack = package(asha, at=days_ago(40))
    for ago in (38, 35, 32, 29, 26, 14, 11, 8):
        complete(asha, visit(asha, pack.patient, at=days_ago(ago)))

    first, last = (day(asha.day_of(days_ago(ago))) for ago in (26, 14))
    found = miss(asha, pack, Cause.GAP)
    assert found.sentence == (
        f"For 12 days, between {first} and {last}, there is no visit. Otherwise the patient comes about every 3 days."
    )
    assert found.mends[0].page == "visits:booking"


def test_a_gap_that_a_cancelled_visit_explains_is_not_said(asha: Clinic) -> None:
    pack = package(asha, at=days_ago(40))
    for ago in (38, 35, 32, 29, 26, 14, 11, 8):
        complete(asha, visit(asha, pack.patient, at=days_ago(ago)))
    visit(asha, pack.patient, at=days_ago(20))

    assert misses(asha, pack, Cause.GAP) == []


def test_few_visits_are_no_rhythm(asha: Clinic) -> None:
    pack = package(asha, at=days_ago(40))
    for ago in (38, 35, 14):
        complete(asha, visit(asha, pack.patient, at=days_ago(ago)))

    assert misses(asha, pack, Cause.GAP) == []


def test_another_record_of_the_same_name_with_visits_of_its_own(asha: Clinic) -> None:
    pack = package(asha, PatientFactory(name="Kamala Das"), at=days_ago(5))
    twin = PatientFactory(name="Das Kamala")
    complete(asha, visit(asha, twin, at=days_ago(1)), how="charge")

    found = miss(asha, pack, Cause.DUPLICATE_PATIENT)

    assert found.sentence == (
        f"Another record may be the same person: Das Kamala, number {twin.number}, with 1 visit. "
        "Its visits are not counted here."
    )
    assert found.mends[0].asked == {"other": str(twin.pk)}


def test_family_with_one_phone_is_no_duplicate(asha: Clinic) -> None:
    """S57"""
    pack = package(asha, PatientFactory(name="Kamala Das", phones=["+919820012345"]), at=days_ago(5))
    child = PatientFactory(name="Rohan Das", phones=["+919820012345"])
    complete(asha, visit(asha, child, at=days_ago(1)), how="charge")

    assert misses(asha, pack, Cause.DUPLICATE_PATIENT) == []


def test_a_record_that_was_merged_into_this_one(asha: Clinic) -> None:
    """S17"""
    kept, gone = PatientFactory(name="Kamala Das"), PatientFactory(name="Kamla Dass")
    pack = package(asha, gone, at=days_ago(5))
    complete(asha, visit(asha, gone, at=days_ago(1)))
    facts = {"at": days_ago(0), "by": owner_of(asha), "key": uuid4(), "reason": "Entered twice"}
    merge_patients(kept, gone, clinic=asha, **facts)

    assert miss(asha, pack, Cause.MERGED_RECORD).sentence == (
        f"The record of Kamla Dass, number {gone.number}, was merged into this one on {day(asha.today())}. "
        "What it held is counted here."
    )
    assert misses(asha, pack, Cause.USED_BY_ANOTHER) == []
