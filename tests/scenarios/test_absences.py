"""Visits that do not take place, and visits that are not simply one session: S12, S18, S35, S37, S42, S49 to S52."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from billing.models import Bill, BillKind, LineKind, Method
from billing.payments import Tender
from clinic.access import NotAllowed
from clinic.models import Clinic, Message, Role, Service
from desk import absences, checkout
from desk.completion import choices, taken_back
from desk.refunds import refund_package
from desk.thawing import unfreeze_and_complete
from packages import validity
from packages.absences import passes_used
from packages.eligibility import NotCovered, Why
from packages.models import Entry, Kind, Package, Takes
from packages.plans import Also, Line
from packages.validity import NotFrozen
from tests.committing import check_now
from tests.factories import (
    PatientFactory,
    ServiceFactory,
    complete,
    member,
    owner_of,
    package,
    plan,
    reopen,
    use,
    visit,
)
from tests.written import everything
from visits import diary
from visits.consequences import outcome, said
from visits.holds import holds_of
from visits.models import Visit
from visits.offers import Offer

ONE_HOUR, ONE_DAY = timedelta(hours=1), timedelta(days=1)
Consequence, State = Visit.Consequence, Visit.State


def left(package: Package) -> Decimal:
    package.refresh_from_db()
    return package.sessions_left


def facts(clinic: Clinic, **given: Any) -> dict[str, Any]:
    return {"clinic": clinic, "at": timezone.now(), "by": owner_of(clinic), "key": uuid4(), **given}


def cancel(clinic: Clinic, visit: Visit, *, by_clinic: bool = False, **given: Any) -> absences.Absence:
    """Cancelled now, by the patient unless said otherwise."""
    return absences.cancel_visit(visit, by_clinic=by_clinic, **facts(clinic, **given))


def miss(clinic: Clinic, visit: Visit, **given: Any) -> absences.Absence:
    """Marked as not come, now."""
    return absences.mark_no_show(visit, **facts(clinic, **given))


def soon(clinic: Clinic, package: Package, hours: float = 3) -> Visit:
    """A visit in so many hours."""
    return visit(clinic, package.patient, at=timezone.now() + hours * ONE_HOUR)


def absent(clinic: Clinic, package: Package, kind: Kind) -> absences.Absence:
    """A visit of the package that is cancelled late, or to which nobody comes."""
    if kind == Kind.NO_SHOW:
        return miss(clinic, visit(clinic, package.patient))
    return cancel(clinic, soon(clinic, package))


def takes(what: str, fee: int | Decimal = 0, **terms: Any) -> dict[str, Any]:
    """The terms of a plan where an absence of either kind takes this."""
    return {
        "late_cancel_takes": what,
        "no_show_takes": what,
        "late_cancel_fee": Decimal(fee),
        "no_show_fee": Decimal(fee),
        **terms,
    }


@pytest.mark.parametrize("sessions", [1, 2, 4])
@pytest.mark.parametrize("by_clinic", [False, True])
def test_a_visit_cancelled_in_good_time_releases_its_hold_at_once(
    asha: Clinic, sessions: int, by_clinic: bool
) -> None:
    """S12"""
    pack = package(asha, of=plan(sessions=sessions))
    booked = [visit(asha, pack.patient, at=timezone.now() + n * 2 * ONE_DAY) for n in range(1, sessions + 2)]

    def covered() -> list[bool]:
        waiting = list(Visit.objects.open().select_related("patient", "service"))
        covers = holds_of(asha, pack.patient).take_all(waiting)
        return [covers[each.pk].fit is not None for each in sorted(waiting, key=lambda v: v.starts_at)]

    assert covered() == [True] * sessions + [False]
    absence = cancel(asha, booked[0], by_clinic=by_clinic)
    check_now()

    assert covered() == [True] * sessions
    assert left(pack) == sessions
    assert absence.consequence == (Consequence.BY_CLINIC if by_clinic else Consequence.IN_TIME)


@pytest.mark.parametrize(
    ("window", "ahead", "late"),
    [(24, 25, False), (24, 23, True), (2, 3, False), (48, 47, True), (0, 1, False)],
)
def test_late_is_what_the_terms_of_the_pack_say(asha: Clinic, window: int, ahead: int, late: bool) -> None:
    """S12, S50"""
    pack = package(asha, of=plan(late_cancel_hours=window, free_passes=0))

    absence = cancel(asha, soon(asha, pack, ahead))
    check_now()

    assert absence.consequence == (Consequence.SESSIONS if late else Consequence.IN_TIME)
    assert left(pack) == (9 if late else 10)


def test_exactly_the_hours_of_the_terms_before_is_in_time(asha: Clinic) -> None:
    """S12"""
    pack = package(asha, of=plan(free_passes=0))
    seen, later = soon(asha, pack, 24), soon(asha, pack, 24)

    on_time = cancel(asha, seen, at=seen.starts_at - 24 * ONE_HOUR)
    too_late = cancel(asha, later, at=later.starts_at - 24 * ONE_HOUR + timedelta(seconds=1))

    assert [on_time.consequence, too_late.consequence] == [Consequence.IN_TIME, Consequence.SESSIONS]


@pytest.mark.parametrize("kind", [Kind.LATE_CANCEL, Kind.NO_SHOW])
@pytest.mark.parametrize("fee", ["300", "450.50", "1"])
def test_where_the_terms_ask_a_fee_it_is_the_fee_and_never_a_session(
    asha: Clinic, kind: Kind, fee: str
) -> None:
    """S49"""
    pack = package(asha, of=plan(**takes(Takes.FEE, Decimal(fee), free_passes=0)))

    absence = absent(asha, pack, kind)
    check_now()

    assert (absence.consequence, absence.fee, absence.sessions) == (Consequence.FEE, Decimal(fee), 0)
    assert absence.bill is not None
    assert (absence.bill.total, absence.bill.lines.get().kind) == (Decimal(fee), LineKind.FEE)
    assert left(pack) == 10
    assert not Entry.objects.filter(visit_id=absence.visit.pk).exists()
    assert "no session was taken" in said(absence.visit, "INR")


@pytest.mark.parametrize("kind", [Kind.LATE_CANCEL, Kind.NO_SHOW])
@pytest.mark.parametrize("passes", [0, 1, 2])
def test_the_free_passes_are_used_by_themselves_and_then_it_counts(
    asha: Clinic, kind: Kind, passes: int
) -> None:
    """S50"""
    pack = package(asha, of=plan(free_passes=passes))

    came_to = [absent(asha, pack, kind) for _ in range(passes + 1)]
    check_now()

    assert [each.consequence for each in came_to] == [Consequence.FREE_PASS] * passes + [Consequence.SESSIONS]
    assert [each.passes_left for each in came_to] == [*range(passes - 1, -1, -1), 0]
    assert left(pack) == 9
    lines = Entry.objects.filter(kind=kind).order_by("number")
    assert [(line.sessions, line.clause) for line in lines] == [(0, "free_pass")] * passes + [(-1, kind)]


@pytest.mark.parametrize("kind", [Kind.LATE_CANCEL, Kind.NO_SHOW])
def test_the_patient_is_told_of_the_pass_and_of_the_session_with_first_name_and_count_only(
    asha: Clinic, kind: Kind
) -> None:
    """S50, S57"""
    patient = PatientFactory(name="Rohan Desai", email="rohan@example.test", may_message=True)
    pack = package(asha, patient, of=plan(free_passes=1))
    Message.objects.filter(state="queued").update(state="cancelled")

    first, second = absent(asha, pack, kind), absent(asha, pack, kind)

    told = [str(each) for each in Message.objects.filter(state="queued").values_list("body", flat=True)]
    by_visit = {each.visit.pk: each for each in (first, second)}
    assert len(by_visit) == len(told) == 2
    assert any("The free pass was used, so nothing was taken: 10 left." in body for body in told)
    assert any("1 session was taken: 9 left." in body for body in told)
    for body in told:
        assert "Hello Rohan," in body
        assert "Desai" not in body
        assert "Physiotherapy 60 min" not in body


def test_who_has_no_e_mail_is_told_by_the_desk(asha: Clinic) -> None:
    """S50"""
    pack = package(asha)

    cancel(asha, soon(asha, pack))

    message = Message.objects.get(occasion__startswith="absence:")
    assert (message.channel, message.state) == (Message.Channel.BY_HAND, Message.State.QUEUED)


@pytest.mark.parametrize("email", ["", "rohan@example.test"])
def test_of_a_fee_the_patient_hears_once(asha: Clinic, email: str) -> None:
    """S49, S57"""
    patient = PatientFactory(email=email, may_message=bool(email))
    pack = package(asha, patient, of=plan(**takes(Takes.FEE, 300, free_passes=0)))
    Message.objects.filter(state="queued").update(state="cancelled")

    cancel(asha, soon(asha, pack))

    message = Message.objects.get(state="queued")
    assert "You cancelled the visit of" in message.body
    assert "₹300.00" in message.body


def test_what_cost_nothing_is_no_news(asha: Clinic) -> None:
    """S52, S12"""
    pack = package(asha)

    cancel(asha, soon(asha, pack), by_clinic=True)
    cancel(asha, soon(asha, pack, 72))

    assert not Message.objects.filter(occasion__startswith="absence:").exists()


@pytest.mark.parametrize("sent", [False, True])
@pytest.mark.parametrize("answer", ["restore", "let off"])
def test_news_of_what_was_given_back_is_stopped_or_answered(asha: Clinic, sent: bool, answer: str) -> None:
    """S50"""
    pack = package(asha, of=plan(free_passes=0))
    absence = cancel(asha, soon(asha, pack))
    news = Message.objects.filter(occasion__startswith="absence:")
    if sent:
        news.update(state=Message.State.SENT, sent_at=timezone.now())

    if answer == "restore":
        absences.restore_visit(absence.visit, **facts(asha))
    else:
        absences.let_off(absence.visit, reason="Fever", **facts(asha))
    check_now()

    assert news.get().state == (Message.State.SENT if sent else Message.State.CANCELLED)
    answers = Message.objects.filter(occasion__startswith="given-back:")
    assert answers.count() == sent
    assert all("You have 10 left." in each.body for each in answers)


@pytest.mark.parametrize(
    ("sessions", "used", "after"), [(8, 0, "7.5"), (10, 2, "7.5"), (1, 0, "0.5"), (3, 1, "1.5")]
)
@pytest.mark.parametrize("kind", [Kind.LATE_CANCEL, Kind.NO_SHOW])
def test_an_absence_that_counts_half_takes_half(
    asha: Clinic, sessions: int, used: int, after: str, kind: Kind
) -> None:
    """S51"""
    pack = package(asha, of=plan(sessions=sessions, **takes(Takes.HALF, free_passes=0)))
    use(asha, pack, used)

    absence = absent(asha, pack, kind)
    check_now()

    assert left(pack) == Decimal(after)
    assert said(absence.visit, "INR") == f"Half a session was taken: {after} left."


@pytest.mark.parametrize(("price", "rest"), [(1000, "500"), (850, "425"), (1500, "750")])
def test_a_visit_on_the_last_half_asks_for_half_the_price(asha: Clinic, price: int, rest: str) -> None:
    """S51"""
    service = ServiceFactory(price=Decimal(price))
    pack = package(asha, of=plan(sessions=1, service=service, **takes(Takes.HALF, free_passes=0)))
    cancel(asha, soon(asha, pack))
    seen = visit(asha, pack.patient, service=service)
    written = everything()

    with pytest.raises(NotCovered) as refused:
        complete(asha, seen)
    assert everything() == written
    assert [reason.why for reason in refused.value.fits[0].reasons] == [Why.PART_LEFT]
    (choosable,) = choices(seen, asha).choosable
    (offer,) = choosable.offers

    done = complete(asha, seen, package=pack, sessions=offer.sessions, tenders=[cash(rest)])
    check_now()

    assert offer == Offer(pack, Decimal("0.5"), Decimal(rest), Decimal("0.5"), "INR")
    assert offer.words == f"Use the last 0.5 and pay ₹{rest}.00"
    assert (done.bill.total, left(pack)) == (Decimal(rest), 0)
    assert sum(payment.amount for payment in done.payments) == Decimal(rest)


def cash(amount: str) -> Tender:
    return Tender(Method.CASH, Decimal(amount))


def test_never_more_is_taken_than_is_left(asha: Clinic) -> None:
    """S51"""
    pack = package(asha, of=plan(sessions=1, **takes(Takes.HALF, free_passes=0)))
    cancel(asha, soon(asha, pack))
    cancel(asha, soon(asha, pack))

    third = cancel(asha, soon(asha, pack))
    check_now()

    assert left(pack) == 0
    assert third.consequence == Consequence.NO_PACKAGE


@pytest.mark.parametrize("what", [Takes.NOTHING, Takes.HALF, Takes.ONE, Takes.FEE])
@pytest.mark.parametrize("hours", [0.5, 30])
def test_what_the_clinic_cancels_never_counts_whatever_the_terms_say(
    asha: Clinic, what: str, hours: float
) -> None:
    """S50, S52"""
    pack = package(asha, of=plan(**takes(what, 300, free_passes=1)))
    before = Entry.objects.count(), Bill.objects.count()

    absence = cancel(asha, soon(asha, pack, hours), by_clinic=True)
    check_now()

    assert (absence.consequence, passes_used(pack)) == (Consequence.BY_CLINIC, 0)
    assert (Entry.objects.count(), Bill.objects.count()) == before
    assert left(pack) == 10


@pytest.mark.parametrize("what", [Takes.HALF, Takes.ONE, Takes.FEE])
@pytest.mark.parametrize("passes", [0, 1])
@pytest.mark.parametrize("kind", [Kind.LATE_CANCEL, Kind.NO_SHOW])
def test_what_is_said_before_is_what_is_done(asha: Clinic, what: str, passes: int, kind: Kind) -> None:
    """S49, S50, S51"""
    pack = package(asha, of=plan(**takes(what, 300, free_passes=passes)))
    seen = visit(asha, pack.patient) if kind == Kind.NO_SHOW else soon(asha, pack)
    held = holds_of(asha, pack.patient).packages[pack.patient_id]
    before = outcome(seen, held, kind, clinic=asha, at=timezone.now())

    absence = miss(asha, seen) if kind == Kind.NO_SHOW else cancel(asha, seen)
    check_now()

    assert before.consequence == absence.consequence
    assert before.taken == absence.sessions
    assert before.left_after == left(pack)
    assert (before.due.fee if before.due else 0) == absence.fee


@pytest.mark.parametrize("what", [Takes.HALF, Takes.ONE, Takes.FEE])
@pytest.mark.parametrize("passes", [0, 1])
def test_booked_again_all_that_it_took_is_back(asha: Clinic, what: str, passes: int) -> None:
    """S50"""
    pack = package(asha, of=plan(**takes(what, 300, free_passes=passes)))
    absence = cancel(asha, soon(asha, pack))

    restored = absences.restore_visit(absence.visit, **facts(asha))
    again = cancel(asha, soon(asha, pack))
    check_now()

    assert restored.visit.state == State.BOOKED
    assert restored.passes_left == passes
    assert again.consequence == absence.consequence
    assert left(pack) == 10 - again.sessions


def long_service() -> Service:
    made: Service = ServiceFactory(name="Physiotherapy 90 min", minutes=90, price=Decimal(1500))
    return made


@pytest.mark.parametrize(
    ("ways", "said_ways"),
    [
        ([("2", "0")], ["Use 2 sessions"]),
        ([("1.5", "0")], ["Use 1.5 sessions"]),
        ([("1", "500")], ["Use 1 session and pay ₹500.00"]),
        ([("2", "0"), ("1", "500")], ["Use 2 sessions", "Use 1 session and pay ₹500.00"]),
    ],
)
def test_a_long_visit_on_a_short_pack_is_never_silent(
    asha: Clinic, ways: list[tuple[str, str]], said_ways: list[str]
) -> None:
    """S18"""
    long = long_service()
    also = [Also(long, Decimal(sessions), Decimal(beside)) for sessions, beside in ways]
    pack = package(asha, of=plan(Line(ServiceFactory(), Decimal(10), also=also)))
    seen = visit(asha, pack.patient, service=long)
    written = everything()

    with pytest.raises(NotCovered) as refused:
        complete(asha, seen)
    assert everything() == written
    assert str(refused.value) == "The package counts Physiotherapy 90 min otherwise: choose how."

    (choosable,) = choices(seen, asha).choosable
    assert [offer.words for offer in choosable.offers] == said_ways
    for offer in choosable.offers:
        each = visit(asha, pack.patient, service=long)
        before = left(pack)
        done = complete(asha, each, package=pack, sessions=offer.sessions)
        check_now()
        assert (before - left(pack), done.bill.total) == (offer.sessions, offer.surcharge)


@pytest.mark.parametrize("sessions", ["1", "3", "0.5"])
def test_a_way_that_the_terms_do_not_offer_is_refused(asha: Clinic, sessions: str) -> None:
    """S18"""
    long = long_service()
    pack = package(asha, of=plan(Line(ServiceFactory(), Decimal(10), also=[Also(long, Decimal(2))])))
    seen = visit(asha, pack.patient, service=long)
    written = everything()

    with pytest.raises(NotCovered):
        complete(asha, seen, package=pack, sessions=Decimal(sessions))

    assert everything() == written


@pytest.mark.parametrize(("sessions", "covered"), [(3, [None, True]), (4, [None, True]), (2, [None, None])])
def test_a_visit_that_may_take_two_sessions_holds_two(
    asha: Clinic, sessions: int, covered: list[bool | None]
) -> None:
    """S18, S11"""
    long = long_service()
    also = [Also(long, Decimal(2)), Also(long, Decimal(1), Decimal(500))]
    pack = package(asha, of=plan(Line(ServiceFactory(), Decimal(sessions), also=also)))
    first = visit(asha, pack.patient, service=long, at=timezone.now() + ONE_HOUR)
    second = visit(asha, pack.patient, at=timezone.now() + 2 * ONE_HOUR)

    covers = holds_of(asha, pack.patient).take_all([second, first])

    assert [covers[each.pk].fit and True for each in (first, second)] == covered
    assert [offer.sessions for offer in covers[first.pk].offers] == [2, 1]
    assert left(pack) == sessions


def frozen(clinic: Clinic, days: int, start: int = 0) -> Package:
    """A pack that is frozen for so many days, from today on unless said otherwise."""
    pack = package(clinic, of=plan(validity_count=3))
    first = clinic.today() + start * ONE_DAY
    reason = "Travelling"
    validity.freeze(
        pack,
        first_day=first,
        last_day=first + (days - 1) * ONE_DAY,
        on=clinic.today(),
        by=owner_of(clinic),
        key=uuid4(),
        reason=reason,
    )
    pack.refresh_from_db()
    return pack


@pytest.mark.parametrize("days", [1, 5, 10, 30])
def test_a_visit_meanwhile_ends_the_freeze_on_its_day_and_is_completed_as_one_act(
    asha: Clinic, days: int
) -> None:
    """S35"""
    pack = frozen(asha, days)
    moved = pack.valid_until
    seen, key = visit(asha, pack.patient), uuid4()
    with pytest.raises(NotCovered, match="frozen"):
        complete(asha, seen)

    done = unfreeze_and_complete(seen, package=pack, **facts(asha, key=key))
    check_now()
    again = unfreeze_and_complete(seen, package=pack, **facts(asha, key=key))

    assert again.bill == done.bill
    assert left(pack) == 9
    assert not pack.is_frozen_on(asha.today())
    assert moved is not None
    assert pack.valid_until == moved - days * ONE_DAY


def test_a_freeze_that_does_not_reach_the_visit_is_not_ended_by_it(asha: Clinic) -> None:
    """S35"""
    pack = package(asha)
    written = everything()

    with pytest.raises(NotFrozen):
        unfreeze_and_complete(visit(asha, pack.patient), package=pack, **facts(asha))

    assert [len(rows) for rows in everything().values()] >= [len(rows) for rows in written.values()]
    assert left(pack) == 10


def test_if_the_visit_is_not_completed_the_freeze_stays(asha: Clinic) -> None:
    """S35"""
    pack = frozen(asha, 5)
    seen = visit(asha, pack.patient, service=long_service())
    written = everything()

    with pytest.raises(NotCovered):
        unfreeze_and_complete(seen, package=pack, **facts(asha))

    assert everything() == written


@pytest.mark.parametrize("role", [Role.THERAPIST, Role.ACCOUNTANT])
def test_who_may_not_freeze_may_not_unfreeze_either(asha: Clinic, role: Role) -> None:
    """S35"""
    pack = frozen(asha, 5)
    seen = visit(asha, pack.patient)
    by = member(asha, role)
    written = everything()

    with pytest.raises(NotAllowed):
        unfreeze_and_complete(seen, package=pack, **facts(asha, by=by))

    assert everything() == written


def outlook(clinic: Clinic, package: Package, at: datetime) -> diary.Outlook:
    asked = Visit(
        patient=package.patient,
        service=ServiceFactory(),
        branch=package.branch,
        starts_at=at,
        minutes=60,
    )
    return diary.outlook(asked, clinic=clinic, now=timezone.now())


@pytest.mark.parametrize("months", [1, 2, 3])
@pytest.mark.parametrize(("days", "beyond"), [(0, False), (1, True), (3, True), (30, True)])
def test_a_visit_booked_beyond_the_last_day_is_said_to_be(
    asha: Clinic, months: int, days: int, beyond: bool
) -> None:
    """S37"""
    pack = package(asha, of=plan(validity_count=months, name="Ten"))
    assert pack.valid_until is not None
    on = pack.valid_until + days * ONE_DAY
    noon = datetime(on.year, on.month, on.day, 12, tzinfo=asha.zone)

    cover = outlook(asha, pack, noon).cover

    assert (cover.fit is None) == beyond
    if beyond:
        until, that_day = f"{pack.valid_until:%-d %b %Y}", f"{on:%-d %b %Y}"
        assert "“Ten” is valid to" in cover.reason
        assert cover.reason.replace("Sept", "Sep").count(until) == 1
        assert cover.reason.replace("Sept", "Sep").endswith(f"this visit is on {that_day}.")


def test_a_visit_booked_during_a_freeze_is_said_to_be(asha: Clinic) -> None:
    """S35, S37"""
    pack = frozen(asha, 5, start=3)

    cover = outlook(asha, pack, timezone.now() + 5 * ONE_DAY).cover

    assert cover.fit is None
    assert "is frozen from" in cover.reason
    assert outlook(asha, pack, timezone.now() + 9 * ONE_DAY).cover.fit is not None


@pytest.mark.parametrize(("days", "covered"), [(20, True), (40, False)])
def test_validity_from_the_first_visit_is_counted_from_the_first_that_is_booked(
    asha: Clinic, days: int, covered: bool
) -> None:
    """S32, S37"""
    pack = package(
        asha, of=plan(validity_count=1, validity_start="first_visit", longest_count=6, longest_unit="months")
    )
    visit(asha, pack.patient, at=timezone.now() + ONE_DAY)

    assert (outlook(asha, pack, timezone.now() + days * ONE_DAY).cover.fit is not None) == covered
    pack.refresh_from_db()
    assert pack.valid_until == validity.lasts_until(pack, pack.sold_on)


@pytest.mark.parametrize(("price", "worth"), [(10_000, 1000), (8000, 800), (4500, 450)])
def test_reopening_a_visit_of_a_refunded_pack_says_what_the_refund_was_short_of(
    asha: Clinic, price: int, worth: int
) -> None:
    """S42"""
    pack = package(asha, of=plan(price=price))
    (done, *_rest) = use(asha, pack, 3)
    refund_package(pack, reason="Moving away", **facts(asha))

    note = reopen(asha, done.visit)
    check_now()
    back = taken_back(Visit.objects.get(pk=done.visit.pk))

    assert note.kind == BillKind.CORRECTION
    assert [(short.package, short.sessions, short.amount) for short in back.short] == [(pack, 1, worth)]
    assert (left(pack), pack.state) == (0, Package.State.REFUNDED)


def test_a_reopened_visit_of_a_living_pack_was_short_of_nothing(asha: Clinic) -> None:
    """S42"""
    (done,) = use(asha, package(asha))

    reopen(asha, done.visit)

    assert taken_back(Visit.objects.get(pk=done.visit.pk)).short == []


def test_a_visit_that_is_completed_is_not_completed_by_thawing_again(asha: Clinic) -> None:
    """S01, S35"""
    pack = frozen(asha, 5)
    seen = visit(asha, pack.patient)
    complete(asha, seen, how="charge")
    written = everything()

    with pytest.raises(checkout.visits.AlreadyCompleted):
        unfreeze_and_complete(seen, package=pack, **facts(asha))

    assert everything() == written
