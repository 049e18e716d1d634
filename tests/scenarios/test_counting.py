"""Counting: SCENARIOS S01 to S16, at the services."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import Error, IntegrityError, transaction
from django.utils import timezone

from billing.models import Bill, BillKind, Payment
from billing.payments import Tender, unapplied_of
from clinic.models import Clinic, Role
from desk import checkout
from desk.recount import recount
from packages.eligibility import NotCovered, Why
from packages.ledger import NotEnoughLeft, PackageClosed, ReasonMissing, adjust
from packages.models import Entry, Kind, Package
from packages.plans import Line
from tests.committing import check_now, commit
from tests.factories import (
    PatientFactory,
    ServiceFactory,
    bring_to,
    complete,
    member,
    owner_of,
    package,
    plan,
    reopen,
    sale,
    use,
    visit,
)
from tests.written import everything
from visits import services as visits
from visits.models import Visit
from visits.services import AlreadyCompleted, FreeNeedsReason, NotCompleted, NotOpen, NotYet

State, Settlement = Visit.State, Visit.Settlement


def left(package: Package) -> Decimal:
    package.refresh_from_db()
    return package.sessions_left


@pytest.mark.parametrize("how", ["package", "charge", "free"])
def test_the_second_to_press_complete_reads_who_did_it_and_when(asha: Clinic, how: str) -> None:
    """S01"""
    pack = package(asha)
    seen = visit(asha, pack.patient)
    ravi = member(asha, Role.THERAPIST, name="Ravi Menon")
    at = timezone.now()
    complete(asha, seen, at=at, by=ravi, how=how, reason="Camp")
    written = everything()

    with pytest.raises(AlreadyCompleted) as refused:
        complete(asha, seen, how=how, reason="Camp")

    assert str(refused.value) == f"This visit was already completed by Ravi Menon at {asha.local(at):%H:%M}."
    assert everything() == written


@pytest.mark.parametrize("how", ["package", "charge", "free"])
def test_the_same_form_sent_again_is_the_same_completion(asha: Clinic, how: str) -> None:
    """S02"""
    pack = package(asha)
    seen = visit(asha, pack.patient)
    key = uuid4()
    first = complete(asha, seen, key=key, how=how, reason="Camp")
    written = everything()

    again = complete(asha, seen, key=key, how=how, reason="Camp")

    assert (again.bill, again.entry, again.visit) == (first.bill, first.entry, first.visit)
    assert everything() == written


def test_the_same_form_sent_again_after_a_reopening_completes_nothing(asha: Clinic) -> None:
    """The back button shows the old form: its answer is the old one. S02"""
    pack = package(asha)
    seen = visit(asha, pack.patient)
    key = uuid4()
    first = complete(asha, seen, key=key)
    reopen(asha, seen)

    again = complete(asha, seen, key=key)

    assert (again.bill, again.entry) == (first.bill, first.entry)
    seen.refresh_from_db()
    assert seen.state == State.CHECKED_IN
    assert left(pack) == 10


def test_reopening_sent_twice_gives_one_session_back(asha: Clinic) -> None:
    """S02"""
    pack = package(asha)
    (done,) = use(asha, pack)
    key = uuid4()
    note = reopen(asha, done.visit, key=key)
    written = everything()

    assert reopen(asha, done.visit, key=key) == note
    assert everything() == written
    assert left(pack) == 10


def test_a_sale_sent_twice_is_one_sale(asha: Clinic) -> None:
    """S02"""
    patient, of, key = PatientFactory(), plan(), uuid4()
    facts = {
        "plan": of,
        "branch": visit(asha, patient).branch,
        "clinic": asha,
        "by": owner_of(asha),
        "key": key,
    }
    here = checkout.HereNow(ServiceFactory())
    tenders = [Tender("cash", Decimal(10_000))]
    first = checkout.sell_package(patient, at=timezone.now(), tenders=tenders, here_now=here, **facts)
    written = everything()

    again = checkout.sell_package(patient, at=timezone.now(), tenders=tenders, here_now=here, **facts)

    assert (again.package, again.bill, again.payments) == (first.package, first.bill, first.payments)
    assert first.first_visit is not None
    assert again.first_visit is not None
    assert again.first_visit.bill == first.first_visit.bill
    assert everything() == written


@pytest.mark.parametrize("sessions", [1, 2, 10])
def test_one_session_left_and_two_visits_covers_exactly_one(asha: Clinic, sessions: int) -> None:
    """S03"""
    pack = package(asha, of=plan(sessions=sessions))
    use(asha, pack, sessions - 1)
    first, second = visit(asha, pack.patient), visit(asha, pack.patient)
    complete(asha, first)
    written = everything()

    with pytest.raises(NotCovered) as refused:
        complete(asha, second)

    assert str(refused.value) == "The package has 0 left."
    assert [(r.why, r.facts) for r in refused.value.fits[0].reasons] == [(Why.NONE_LEFT, {"left": 0})]
    assert everything() == written
    assert complete(asha, second, how="charge").bill.total == 1000
    check_now()


@pytest.mark.parametrize("late", [timedelta(hours=2), timedelta(days=-2)])
def test_when_the_bill_fails_nothing_is_deducted(asha: Clinic, late: timedelta) -> None:
    """A bill dated in the future, or before the last one of its series, is refused by the database. S04"""
    pack = package(asha, at=timezone.now() - timedelta(days=5))
    use(asha, pack)
    seen = visit(asha, pack.patient, at=timezone.now() - timedelta(days=3))
    written = everything()

    with pytest.raises(IntegrityError, match="cannot be dated"):
        complete(asha, seen, at=timezone.now() + late)

    assert everything() == written
    assert left(pack) == 9


def test_a_deduction_without_its_bill_cannot_be_committed(asha: Clinic) -> None:
    """S04"""
    pack = package(asha)
    seen = visit(asha, pack.patient)
    written = everything()

    with pytest.raises(IntegrityError, match="completed with 0 bills"), commit():
        visits.complete_visit(seen, clinic=asha, at=timezone.now(), by=None, key=uuid4())

    assert everything() == written


@pytest.mark.parametrize("times", [1, 3, 6])
def test_completed_and_reopened_again_and_again_is_one_use_and_every_line_stays(
    asha: Clinic, times: int
) -> None:
    """S05"""
    pack = package(asha)
    seen = visit(asha, pack.patient)

    for _ in range(times):
        complete(asha, seen)
        reopen(asha, seen)
        assert left(pack) == 10
    complete(asha, seen)
    check_now()

    kinds = list(Entry.objects.filter(visit_id=seen.pk).order_by("turn").values_list("kind", flat=True))
    assert kinds == [Kind.USED, Kind.REVERSED] * times + [Kind.USED]
    assert (left(pack), pack.value_left) == (9, 9000)
    assert Bill.objects.filter(visit=seen).count() == times + 1


@pytest.mark.parametrize(("sold", "used"), [(10, 6), (5, 5), (12, 1)])
def test_a_printed_bill_never_changes_and_a_note_says_what_replaces_it(
    asha: Clinic, sold: int, used: int
) -> None:
    """S06"""
    pack = package(asha, of=plan(sessions=sold))
    done = use(asha, pack, used)[-1]
    printed = done.bill
    box = printed.document["package"]
    assert [Decimal(box[name]) for name in ("sold", "used", "left", "session")] == [
        sold,
        used,
        sold - used,
        used,
    ]

    note = reopen(asha, done.visit, reason="Wrong patient")
    check_now()

    assert Bill.objects.get(pk=printed.pk).document == printed.document
    assert (note.kind, note.corrects, note.reason) == (BillKind.CORRECTION, printed, "Wrong patient")
    assert note.document["corrects"] == printed.name
    box = note.document["package"]
    assert [Decimal(box[name]) for name in ("sold", "used", "left")] == [sold, used - 1, sold - used + 1]
    last = pack.entries.get(reverses=done.entry)
    assert (last.kind, last.sessions, last.reason) == (Kind.REVERSED, 1, "Wrong patient")


@pytest.mark.parametrize("reason", ["", "  "])
@pytest.mark.parametrize("how", ["package", "charge", "free"])
def test_a_visit_is_not_reopened_without_a_reason(asha: Clinic, how: str, reason: str) -> None:
    """S06"""
    pack = package(asha)
    done = complete(asha, visit(asha, pack.patient), how=how, reason="Camp")
    written = everything()

    with pytest.raises(ReasonMissing):
        reopen(asha, done.visit, reason=reason)

    assert everything() == written


@pytest.mark.parametrize(("paid", "free"), [(5, 1), (2, 2), (1, 3)])
@pytest.mark.parametrize("bonus_first", [True, False])
def test_of_two_lines_of_one_service_the_free_one_goes_last_and_is_worth_nothing(
    asha: Clinic, paid: int, free: int, bonus_first: bool
) -> None:
    """S08"""
    service = ServiceFactory()
    lines = [Line(service, Decimal(paid)), Line(service, Decimal(free), is_bonus=True)]
    pack = package(asha, of=plan(*(reversed(lines) if bonus_first else lines), price=paid * 700))

    entries = [done.entry for done in use(asha, pack, paid + free)]
    check_now()

    assert [entry.line.is_bonus for entry in entries] == [False] * paid + [True] * free
    assert [-entry.value for entry in entries] == [700] * paid + [0] * free
    assert left(pack) == 0


@pytest.mark.parametrize("sessions", [1, 3, 10])
def test_a_visit_more_than_was_sold_is_refused_and_never_counted(asha: Clinic, sessions: int) -> None:
    """S09"""
    pack = package(asha, of=plan(sessions=sessions))
    use(asha, pack, sessions)
    written = everything()

    for chosen in (None, pack):
        with pytest.raises(NotCovered, match="The package has 0 left"):
            complete(asha, visit(asha, pack.patient), package=chosen)

    assert left(pack) == 0
    assert everything()["packages_entry"] == written["packages_entry"]


@pytest.mark.parametrize("sessions", ["-1", "-0.5", "-11"])
def test_by_hand_in_sql_the_balance_does_not_go_below_0_either(asha: Clinic, sessions: str) -> None:
    """S09"""
    pack = package(asha, of=plan(sessions=1))
    use(asha, pack)
    written = everything()

    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.create(
            package=pack,
            line=pack.lines.get(),
            kind=Kind.ADJUSTED,
            sessions=Decimal(sessions),
            happened_on=asha.today(),
            reason="x",
            key=uuid4(),
        )

    assert everything() == written


def test_the_owner_does_not_take_more_than_is_left(asha: Clinic) -> None:
    """S09"""
    pack = package(asha, of=plan(sessions=2))
    written = everything()

    with pytest.raises(NotEnoughLeft, match="Only 2 left"):
        adjust(
            pack.lines.get(),
            sessions=Decimal("-2.5"),
            on=asha.today(),
            by=owner_of(asha),
            key=uuid4(),
            reason="Lost card",
        )

    assert everything() == written


def test_a_visit_left_unmarked_takes_nothing_and_still_waits(asha: Clinic) -> None:
    """S10"""
    pack = package(asha)
    yesterday = timezone.now() - timedelta(days=1)
    forgotten = visit(asha, pack.patient, at=yesterday)

    assert left(pack) == 10
    assert forgotten in Visit.objects.open().between(yesterday, timezone.now())


@pytest.mark.parametrize("booked", [3, 6])
def test_booking_more_visits_than_are_left_takes_none(asha: Clinic, booked: int) -> None:
    """S11"""
    pack = package(asha, of=plan(sessions=2))

    for n in range(booked):
        visit(asha, pack.patient, at=timezone.now() + timedelta(days=n + 1), package=pack)

    assert left(pack) == 2
    assert pack.entries.count() == 1


@pytest.mark.parametrize("by_clinic", [True, False])
def test_a_cancelled_visit_takes_nothing_and_can_be_booked_again(asha: Clinic, by_clinic: bool) -> None:
    """S12"""
    pack = package(asha)
    booked = visit(asha, pack.patient, at=timezone.now() + timedelta(days=2), package=pack)

    facts = {"clinic": asha, "at": timezone.now(), "by": None}
    cancelled = visits.cancel_visit(booked, by_clinic=by_clinic, reason="Travels", key=uuid4(), **facts)
    check_now()

    assert cancelled.state in Visit.CANCELLED
    assert left(pack) == 10
    with pytest.raises(NotOpen):
        complete(asha, booked)
    assert visits.restore_visit(booked, key=uuid4(), **facts).state == State.BOOKED


@pytest.mark.parametrize("model", [Visit, Bill, Entry, Payment, Package])
@pytest.mark.parametrize("way", ["queryset", "instance"])
def test_nothing_that_happened_is_deleted(asha: Clinic, model: type, way: str) -> None:
    """S13"""
    use(asha, package(asha))
    written = everything()

    acts = {
        "queryset": lambda: model.objects.all()._raw_delete("default"),
        "instance": lambda: model.objects.first().delete(),
    }
    refusals = r"permission denied|only grows|protected foreign keys"

    with pytest.raises(Error, match=refusals), transaction.atomic():
        acts[way]()

    assert everything() == written


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_free_visit_says_why(asha: Clinic, reason: str) -> None:
    """S14"""
    seen = visit(asha, PatientFactory())
    written = everything()

    with pytest.raises(FreeNeedsReason):
        complete(asha, seen, how="free", reason=reason)

    assert everything() == written


def test_a_visit_without_a_package_is_refused_until_somebody_says_pay_or_free(asha: Clinic) -> None:
    """S14"""
    seen = visit(asha, PatientFactory())
    written = everything()

    with pytest.raises(NotCovered, match="This patient has no package"):
        complete(asha, seen)

    assert everything() == written
    done = complete(asha, seen, how="free", reason="First look")
    check_now()
    assert (done.visit.settlement, done.bill.total, done.bill.document["reason"]) == ("free", 0, "First look")


@pytest.mark.parametrize("how", ["before", "nothing"])
def test_there_is_no_other_way_to_finish_a_visit(asha: Clinic, how: str) -> None:
    """S14"""
    seen = visit(asha, PatientFactory())
    written = everything()

    with pytest.raises(KeyError):
        complete(asha, seen, how=how)

    assert everything() == written


def test_a_charged_visit_takes_no_session_though_a_pack_would_cover_it(asha: Clinic) -> None:
    """S14"""
    pack = package(asha)

    done = complete(asha, visit(asha, pack.patient), how="charge")
    check_now()

    assert (done.entry, done.bill.kind, done.bill.total, left(pack)) == (None, BillKind.BILL, 1000, 10)


def test_a_charged_visit_that_is_reopened_neither_takes_nor_gives_a_session(asha: Clinic) -> None:
    """S43"""
    pack = package(asha)
    done = complete(asha, visit(asha, pack.patient), how="charge", tenders=[Tender("cash", Decimal(1000))])

    note = reopen(asha, done.visit)
    check_now()

    assert (note.kind, note.total, note.corrects) == (BillKind.CREDIT_NOTE, -1000, done.bill)
    assert [amount for _, amount in unapplied_of(pack.patient)] == [1000]
    assert left(pack) == 10


def months(count: int) -> dict[str, object]:
    return {"validity_count": count, "validity_unit": "months"}


def moment(day: int) -> datetime:
    """A noon of March 2025 in Kolkata."""
    return datetime.fromisoformat(f"2025-03-{day:02}T12:00+05:30")


@pytest.mark.parametrize(
    ("first", "second", "used"),
    [
        (months(6), months(3), "second"),  # the one that expires first
        (months(3), months(6), "first"),
        ({}, months(60), "second"),  # one that never expires goes last
        (months(3), {"validity_count": 3, "validity_unit": "months"}, "first"),
    ],
)
def test_of_two_packs_the_one_that_expires_first_is_used(
    asha: Clinic, first: dict[str, object], second: dict[str, object], used: str
) -> None:
    """S15"""
    patient = PatientFactory()
    packs = {
        "first": package(asha, patient, of=plan(**first), at=moment(1)),
        "second": package(asha, patient, of=plan(**second), at=moment(1)),
    }

    done = complete(asha, visit(asha, patient, at=moment(5)), at=moment(5))

    assert done.entry.package == packs[used]
    assert done.bill.document["package"]["number"] == packs[used].number


def test_of_two_that_expire_together_the_one_bought_first_is_used(asha: Clinic) -> None:
    """S15"""
    patient = PatientFactory()
    older = package(asha, patient, of=plan(validity_count=31, validity_unit="days"), at=moment(1))
    younger = package(asha, patient, of=plan(validity_count=29, validity_unit="days"), at=moment(3))
    assert older.valid_until == younger.valid_until

    assert complete(asha, visit(asha, patient, at=moment(5)), at=moment(5)).entry.package == older


def test_staff_may_choose_the_other_pack_and_the_bill_names_it(asha: Clinic) -> None:
    """S15"""
    patient = PatientFactory()
    soon = package(asha, patient, of=plan(**months(1)))
    later = package(asha, patient, of=plan(**months(6)))

    done = complete(asha, visit(asha, patient), package=later)

    assert (done.entry.package, done.bill.document["package"]["number"]) == (later, later.number)
    assert left(soon) == 10


def test_a_pack_named_at_booking_is_a_wish_and_gives_way_when_it_is_used_up(asha: Clinic) -> None:
    """S15"""
    patient = PatientFactory()
    wished = package(asha, patient, of=plan(sessions=1, **months(6)))
    other = package(asha, patient, of=plan(**months(1)))
    first, second = visit(asha, patient, package=wished), visit(asha, patient, package=wished)

    assert complete(asha, first).entry.package == wished
    assert complete(asha, second).entry.package == other


@pytest.mark.parametrize("sessions", [1, 10])
def test_a_new_pack_works_at_once_when_the_old_one_is_used_up(asha: Clinic, sessions: int) -> None:
    """S16"""
    old = package(asha, of=plan(sessions=sessions))
    use(asha, old, sessions)

    new = package(asha, old.patient)
    done = complete(asha, visit(asha, old.patient))
    check_now()

    assert done.entry.package == new
    assert (left(old), left(new)) == (0, 9)


def test_no_session_comes_back_to_life_on_a_void_pack(asha: Clinic) -> None:
    """S42"""
    pack = package(asha)
    (done,) = use(asha, pack)
    bring_to(asha, pack, Package.State.VOID)
    written = everything()

    with pytest.raises(PackageClosed):
        reopen(asha, done.visit)

    assert everything() == written


def test_a_visit_of_a_later_day_is_not_completed_yet(asha: Clinic) -> None:
    pack = package(asha)
    tomorrow = visit(asha, pack.patient, at=timezone.now() + timedelta(days=1))
    written = everything()

    with pytest.raises(NotYet):
        complete(asha, tomorrow)

    assert everything() == written


def test_only_a_completed_visit_is_reopened(asha: Clinic) -> None:
    booked = visit(asha, PatientFactory())
    written = everything()

    with pytest.raises(NotCompleted):
        reopen(asha, booked)

    assert everything() == written


def test_the_whole_story_still_adds_up(asha: Clinic) -> None:
    """The nightly recount finds nothing after all of it."""
    pack = sale(asha).package
    for done in use(asha, pack, 3):
        reopen(asha, done.visit)
    use(asha, pack, 10)
    check_now()

    assert recount() == []
