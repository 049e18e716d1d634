from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from billing.models import Bill, BillKind, Payment
from clinic.models import AuditEvent, Clinic, Relation, Role, Service
from clinic.ui.words import day
from desk.absences import cancel_visit, mark_no_show
from desk.refunds import refund_package
from packages.models import Entry, Package, Sharing
from packages.plans import Also, Line
from packages.validity import freeze
from tests.factories import (
    PatientFactory,
    ServiceFactory,
    complete,
    member,
    owner_of,
    package,
    plan,
    sale,
    visit,
)
from visits.models import Visit


@pytest.fixture
def desk(asha: Clinic, client: Client) -> Client:
    client.force_login(member(asha, Role.FRONT_DESK, name="Sunita").user)
    return client


def url(visit: Visit, noun: str = "completion") -> str:
    return f"/asha/visits/{visit.pk}/{noun}/"


def press(client: Client, visit: Visit, key: Any = None, **fields: Any) -> Any:
    """Complete pressed once, with the key of the form that was shown."""
    return client.post(url(visit), {"key": key or uuid4(), **fields})


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def written() -> tuple[int, ...]:
    """How many rows an act could have left behind."""
    return tuple(each.objects.count() for each in (Entry, Bill, Payment, AuditEvent))


def money(*amounts: str, method: str = "upi") -> dict[str, Any]:
    """The fields for taking money, as the browser sends them."""
    fields: dict[str, Any] = {"tender-TOTAL_FORMS": 3, "tender-INITIAL_FORMS": 1, "how": "charge"}
    for n in range(3):
        fields |= {f"tender-{n}-method": method, f"tender-{n}-amount": "", f"tender-{n}-reference": ""}
    return fields | {f"tender-{n}-amount": amount for n, amount in enumerate(amounts)}


def test_one_press_takes_a_session_and_turns_the_screen_to_the_patient(asha: Clinic, desk: Client) -> None:
    pack = package(asha, PatientFactory(name="Rohan Desai"), of=plan(validity_count=3))
    seen = visit(asha, pack.patient, therapist=member(asha, Role.THERAPIST, name="Dr Anand"))

    answer = press(desk, seen)
    card = words(desk.get(answer["Location"]))

    assert answer.status_code == 302
    for said in ("Rohan Desai", "1 of 10 done", "9<span>left</span>", "valid to", "Dr Anand", "Sunita"):
        assert said in card
    connection.check_constraints()
    pack.refresh_from_db()
    assert pack.sessions_left == 9


def test_the_card_speaks_the_patients_language(asha: Clinic, desk: Client) -> None:
    pack = package(asha, PatientFactory(language="hi"), of=plan(validity_count=3))
    seen = complete(asha, visit(asha, pack.patient)).visit

    card = words(desk.get(url(seen)))

    month = {11: "नव॰", 12: "दिस॰", 1: "जन॰", 2: "फ़र॰", 3: "मार्च", 4: "अप्रैल", 5: "मई", 6: "जून"}
    month |= {7: "जुल॰", 8: "अग॰", 9: "सित॰", 10: "अक्तू॰"}
    assert (
        month[asha.today().month]
        in card.partition('<section class="card patient-card')[2].partition("</section>")[0]
    )


def test_pressing_twice_with_the_same_key_is_once(asha: Clinic, desk: Client) -> None:
    """S02"""
    pack = package(asha)
    seen, key = visit(asha, pack.patient), uuid4()

    first, again = press(desk, seen, key), press(desk, seen, key)

    assert desk.get(first["Location"]).content.count(b"9<span>left</span>") == 1
    assert again["Location"] == first["Location"]
    pack.refresh_from_db()
    assert pack.sessions_left == 9


def test_the_second_of_two_people_reads_who_completed_it_and_when(asha: Clinic, desk: Client) -> None:
    """S01"""
    pack = package(asha)
    by, at = member(asha, Role.THERAPIST, name="Dr Priya"), timezone.now()
    seen = complete(asha, visit(asha, pack.patient), by=by, at=at).visit
    before = written()

    answer = press(desk, seen)

    assert answer.status_code == 200
    assert f"already completed by Dr Priya at {asha.local(at):%H:%M}" in words(answer)
    assert "1 of 10 done" in words(answer)
    assert written() == before


def test_where_nothing_covers_the_press_asks_how_and_writes_nothing(asha: Clinic, desk: Client) -> None:
    """S14"""
    spent = package(asha, of=plan(sessions=1, name="Spent pack"))
    complete(asha, visit(asha, spent.patient))
    other = package(
        asha,
        spent.patient,
        of=plan(service=Service.objects.create(name="Taping", price=400), name="Taping 5"),
    )
    seen, before = visit(asha, spent.patient), written()

    answer = press(desk, seen)

    assert answer.status_code == 422
    page = words(answer)
    assert "Spent pack" in page
    assert "The package has 0 left." in page
    assert f"The package “{other.name}” does not include Physiotherapy 60 min." in page.replace("&quot;", '"')
    assert "Pay this visit: ₹1,000.00" in page
    assert "Complete free of charge" in page
    assert "Sell a new package" in page
    assert written() == before


def test_what_a_completion_will_do_is_said_before(asha: Clinic, desk: Client) -> None:
    pack = package(asha, of=plan(sessions=4, name="Short pack"))
    page = words(desk.get(url(visit(asha, pack.patient))))

    assert "Short pack" in page
    assert "4 left → 3 left" in page


def test_staff_may_choose_the_other_of_two_packs(asha: Clinic, desk: Client) -> None:
    """S15"""
    first = package(asha, of=plan(validity_count=1, name="Ends first"))
    second = package(asha, first.patient, of=plan(validity_count=6, name="Ends later"))
    seen = visit(asha, first.patient)
    page = words(desk.get(url(seen)))

    press(desk, seen, how="package", package=second.pk)

    assert page.index("Ends first") < page.index("Ends later")
    assert Bill.objects.get(visit=seen).document["package"]["name"] == "Ends later"
    assert [Package.objects.get(pk=each.pk).sessions_left for each in (first, second)] == [10, 9]


def test_a_pack_that_does_not_cover_is_refused_with_its_sentence(asha: Clinic, desk: Client) -> None:
    stranger = package(asha)
    mine = package(asha)
    seen, before = visit(asha, mine.patient, at=timezone.now()), written()

    answer = press(desk, seen, how="package", package=stranger.pk)

    assert answer.status_code == 422
    assert "is not named on this package" in words(answer)
    assert written() == before


def test_who_is_named_on_a_pack_may_use_it(asha: Clinic, desk: Client) -> None:
    """S22, S23"""
    pack = package(asha, of=plan(sharing=Sharing.NAMED))
    wife, cousin = PatientFactory(), PatientFactory()
    Relation.objects.create(
        owner=pack.patient, person=wife, kind="wife", since=asha.today() - timedelta(days=1)
    )
    hers, his = visit(asha, wife), visit(asha, cousin)

    assert press(desk, hers).status_code == 302
    assert press(desk, his).status_code == 422
    assert Entry.objects.get(visit_id=hers.pk).beneficiary == wife


def test_paid_singly_makes_a_bill_and_takes_the_money(asha: Clinic, desk: Client) -> None:
    seen = visit(asha, PatientFactory())

    answer = press(desk, seen, **money("600", "400", method="cash"))

    assert answer.status_code == 302
    bill = Bill.objects.get(visit=seen)
    assert (bill.kind, bill.total) == (BillKind.BILL, 1000)
    assert sorted(payment.amount for payment in Payment.objects.filter(patient=seen.patient)) == [400, 600]
    assert "paid" in words(desk.get(url(seen)))


def test_paid_singly_may_be_paid_later_and_says_so(asha: Clinic, desk: Client) -> None:
    seen = visit(asha, PatientFactory())

    press(desk, seen, **money())

    assert "₹1,000.00 still to pay" in words(desk.get(url(seen)))


def test_an_amount_that_cannot_be_read_leaves_the_form_as_typed(asha: Clinic, desk: Client) -> None:
    seen, before = visit(asha, PatientFactory()), written()

    answer = press(desk, seen, **money("1000 rupees only"))

    assert answer.status_code == 422
    assert 'value="1000 rupees only"' in words(answer)
    assert written() == before


@pytest.mark.parametrize(("reason", "status"), [("", 422), ("   ", 422), ("Trial session", 302)])
def test_a_free_visit_needs_its_reason(asha: Clinic, desk: Client, reason: str, status: int) -> None:
    seen = visit(asha, PatientFactory())

    assert press(desk, seen, how="free", reason=reason).status_code == status
    assert Bill.objects.filter(visit=seen).count() == (status == 302)


@pytest.mark.parametrize(
    "fields", [{"how": "before"}, {"how": "gift"}, {"package": "no-uuid"}, {"package": uuid4()}]
)
def test_what_was_never_offered_is_refused(asha: Clinic, desk: Client, fields: dict[str, Any]) -> None:
    seen, before = visit(asha, package(asha).patient), written()

    assert press(desk, seen, **fields).status_code == 422
    assert written() == before


def test_a_cancelled_visit_is_not_completed_but_can_be_booked_again(asha: Clinic, desk: Client) -> None:
    seen = visit(asha, package(asha).patient)
    cancel_visit(seen, clinic=asha, at=timezone.now(), by=owner_of(asha), by_clinic=False, key=uuid4())
    before = written()

    answer = press(desk, seen)

    assert answer.status_code == 422
    assert "Book it again" in words(answer)
    assert written() == before


def test_a_visit_of_a_later_day_is_not_completed(asha: Clinic, desk: Client) -> None:
    seen = visit(asha, package(asha).patient, at=timezone.now() + timedelta(days=2))
    before = written()

    answer = press(desk, seen)

    assert answer.status_code == 422
    assert "Move the visit" in words(answer)
    assert written() == before


def test_without_a_key_nothing_is_done(asha: Clinic, desk: Client) -> None:
    seen = visit(asha, package(asha).patient)
    before = written()

    assert desk.post(url(seen)).status_code == 400
    assert written() == before


@pytest.mark.parametrize("noun", ["completion", "reopening"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_visit_that_is_not_there_is_not_found(asha: Clinic, desk: Client, noun: str, method: str) -> None:
    answer = getattr(desk, method)(f"/asha/visits/{uuid4()}/{noun}/", {"key": uuid4(), "reason": "x"})

    assert answer.status_code == 404


def test_undo_gives_the_session_back_and_says_what_came_of_it(asha: Clinic, desk: Client) -> None:
    pack = package(asha)
    seen = complete(asha, visit(asha, pack.patient)).visit

    answer = desk.post(url(seen, "reopening"), {"key": uuid4(), "reason": "Undone at the desk"})
    page = words(desk.get(answer["Location"]))

    note = Bill.objects.get(corrects__visit=seen)
    assert note.name in page
    assert '<b class="balance-left">10</b>' in page
    assert "Line 3 takes back line 2." in page
    connection.check_constraints()
    pack.refresh_from_db()
    assert pack.sessions_left == 10


def test_undo_from_the_day_leads_back_to_it_with_a_word(asha: Clinic, desk: Client) -> None:
    seen = complete(asha, visit(asha, package(asha).patient)).visit
    day = "/asha/today/?therapist=&branch="

    answer = desk.post(url(seen, "reopening"), {"key": uuid4(), "reason": "Undone at the desk", "next": day})

    assert answer["Location"] == f"{day}#visit-{seen.pk}"
    assert "10 left" in words(desk.get(answer["Location"]))


def test_the_way_back_never_leads_to_another_site(asha: Clinic, desk: Client) -> None:
    seen = complete(asha, visit(asha, package(asha).patient)).visit

    answer = desk.post(
        url(seen, "reopening"), {"key": uuid4(), "reason": "x", "next": "https://example.com/asha/today/"}
    )

    assert answer["Location"].startswith("/asha/")


def test_reopening_a_paid_visit_leaves_the_money_to_the_patients_credit(asha: Clinic, desk: Client) -> None:
    seen = visit(asha, PatientFactory())
    press(desk, seen, **money("1000"))

    desk.post(url(seen, "reopening"), {"key": uuid4(), "reason": "Another patient was meant"})
    page = words(desk.get(url(seen, "reopening")))

    assert "Credit note" in page
    assert "credit" in page
    assert "balance-left" not in page


def test_reopening_asks_for_a_reason(asha: Clinic, desk: Client) -> None:
    seen = complete(asha, visit(asha, package(asha).patient)).visit
    before = written()

    answer = desk.post(url(seen, "reopening"), {"key": uuid4(), "reason": " "})

    assert answer.status_code == 422
    assert "Marked by mistake" in words(answer)
    assert written() == before


def test_undoing_twice_is_refused_the_second_time(asha: Clinic, desk: Client) -> None:
    seen = complete(asha, visit(asha, package(asha).patient)).visit
    desk.post(url(seen, "reopening"), {"key": uuid4(), "reason": "Undone at the desk"})
    before = written()

    answer = desk.post(url(seen, "reopening"), {"key": uuid4(), "reason": "Undone at the desk"})

    assert answer.status_code == 422
    assert "Only a completed visit can be reopened." in words(answer)
    assert written() == before


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.OWNER, 302), (Role.FRONT_DESK, 302), (Role.THERAPIST, 302), (Role.ACCOUNTANT, 403)],
)
def test_who_may_complete_and_reopen(asha: Clinic, client: Client, role: Role, status: int) -> None:
    seen = visit(asha, package(asha).patient)
    client.force_login((owner_of(asha) if role == Role.OWNER else member(asha, role)).user)

    assert press(client, seen).status_code == status
    assert Entry.objects.filter(visit_id=seen.pk).exists() == (status == 302)
    assert client.post(url(seen, "reopening"), {"key": uuid4(), "reason": "x"}).status_code == status


def test_completing_asks_the_database_at_most_14_times(
    asha: Clinic, desk: Client, queries: Callable[[], Any]
) -> None:
    pack = package(asha)
    press(desk, visit(asha, pack.patient))
    seen = visit(asha, pack.patient)

    with queries() as asked:
        assert press(desk, seen).status_code == 302

    reads_and_writes = [sql for sql in asked.statements if not sql.startswith("SET LOCAL")]
    assert len(reads_and_writes) <= 14, "\n".join(reads_and_writes)


def long_visit(asha: Clinic, *also: tuple[str, str]) -> Visit:
    """A visit of 90 minutes for which a 60-minute pack of 8 may be used in these ways: sessions, and money beside."""
    long = ServiceFactory(name="Physiotherapy 90 min", minutes=90, price=Decimal(1500))
    ways = [Also(long, Decimal(sessions), Decimal(beside)) for sessions, beside in also]
    pack = package(asha, of=plan(Line(ServiceFactory(), Decimal(8), also=ways), name="Eight"))
    return visit(asha, pack.patient, service=long, package=pack)


def button_of(page: str, label: str) -> dict[str, str]:
    """The hidden fields of the form whose button says so."""
    form = next(form for form in re.findall(r"<form.*?</form>", page) if label in form)
    return dict(re.findall(r'name="(how|package|sessions|in_part|unfreeze)" value="([^"]*)"', form))


def test_each_way_of_the_terms_is_a_button_with_its_balance_before_and_after(
    asha: Clinic, desk: Client
) -> None:
    """S18"""
    page = words(desk.get(url(long_visit(asha, ("2", "0"), ("1", "500")))))

    assert "The package counts Physiotherapy 90 min otherwise: choose how." in page
    assert "Use 2 sessions <small>8 left → 6 left</small>" in page
    assert "Use 1 session and pay ₹500.00 <small>8 left → 7 left</small>" in page
    assert "Pay this visit: ₹1,500.00" in page
    assert "No package covers this visit" not in page


@pytest.mark.parametrize(
    ("label", "paid", "left", "owed"),
    [("Use 2 sessions", "", 6, 0), ("Use 1 session", "500", 7, 0), ("Use 1 session", "", 7, 500)],
)
def test_the_way_that_was_chosen_is_done(
    asha: Clinic, desk: Client, label: str, paid: str, left: int, owed: int
) -> None:
    """S18"""
    seen = long_visit(asha, ("2", "0"), ("1", "500"))
    fields = button_of(words(desk.get(url(seen))), label)
    if label == "Use 1 session":
        fields = {**money(paid), **fields}

    answer = press(desk, seen, **fields)

    card = words(desk.get(answer["Location"]))
    connection.check_constraints()
    assert f"{left}<span>left</span>" in card
    assert ("₹500.00 beside the session" in card) == (label == "Use 1 session")
    assert ("₹500.00 still to pay" in card) == bool(owed)
    assert sum(payment.amount for payment in Payment.objects.filter(patient=seen.patient)) == 10_000 + int(
        paid or 0
    )


def test_a_press_on_a_visit_that_needs_a_choice_asks_and_writes_nothing(asha: Clinic, desk: Client) -> None:
    """S18"""
    seen = long_visit(asha, ("2", "0"))
    before = written()

    answer = press(desk, seen)

    assert answer.status_code == 422
    assert "Use 2 sessions" in words(answer)
    assert written() == before


def test_money_that_cannot_be_read_stays_where_it_was_typed(asha: Clinic, desk: Client) -> None:
    """S18"""
    seen = long_visit(asha, ("1", "500"))
    fields = {**money("five hundred"), **button_of(words(desk.get(url(seen))), "Use 1 session")}
    before = written()

    answer = press(desk, seen, **fields)

    page = words(answer)
    assert answer.status_code == 422
    assert page.count('value="five hundred"') == 1
    assert page.index('value="five hundred"') < page.index("Pay this visit")
    assert len(set(re.findall(r' id="([^"]+)"', page))) == len(re.findall(r' id="([^"]+)"', page))
    assert written() == before


@pytest.mark.parametrize("sessions", ["3", "0", "-1", "0.3", "many"])
def test_a_way_that_was_never_offered_is_refused(asha: Clinic, desk: Client, sessions: str) -> None:
    """S18"""
    seen = long_visit(asha, ("2", "0"))
    before = written()

    assert press(desk, seen, how="package", package=seen.package_id, sessions=sessions).status_code == 422
    assert written() == before


def test_the_last_half_asks_for_half_the_price(asha: Clinic, desk: Client) -> None:
    """S51"""
    pack = package(asha, of=plan(sessions=1, free_passes=0, no_show_takes="half"))
    missed = visit(asha, pack.patient)
    mark_no_show(missed, clinic=asha, at=timezone.now(), by=owner_of(asha), key=uuid4())
    seen = visit(asha, pack.patient)

    page = words(desk.get(url(seen)))
    press(desk, seen, **{**money("500"), **button_of(page, "Use the last 0.5")})

    assert "Use the last 0.5 and pay ₹500.00 <small>0.5 left → 0 left</small>" in page
    assert Bill.objects.get(visit=seen).total == 500
    assert Package.objects.get(pk=pack.pk).sessions_left == 0


@pytest.mark.parametrize(
    ("role", "offered"), [(Role.OWNER, True), (Role.FRONT_DESK, True), (Role.THERAPIST, False)]
)
def test_half_of_it_is_counted_with_a_reason_by_who_may(
    asha: Clinic, client: Client, role: Role, offered: bool
) -> None:
    """S21"""
    pack = package(asha)
    seen = visit(asha, pack.patient)
    client.force_login((owner_of(asha) if role == Role.OWNER else member(asha, role)).user)
    page = words(client.get(url(seen)))
    fields = {"how": "package", "package": pack.pk, "sessions": "0.5", "in_part": "1"}
    before = written()

    assert ("Count it as half" in page) == offered
    assert press(client, seen, **fields).status_code == 422
    assert press(client, seen, **fields, reason=" ").status_code == 422
    assert written() == before
    answer = press(client, seen, **fields, reason="Only ten minutes")

    assert answer.status_code == (302 if offered else 403)
    assert Package.objects.get(pk=pack.pk).sessions_left == (Decimal("9.5") if offered else 10)


def frozen(asha: Clinic) -> Package:
    pack = package(asha, of=plan(validity_count=3, name="Frozen pack"))
    days = {"first_day": asha.today(), "last_day": asha.today() + timedelta(days=9)}
    freeze(pack, **days, on=asha.today(), by=owner_of(asha), key=uuid4(), reason="Travelling")
    return pack


def test_a_visit_during_a_freeze_unfreezes_and_completes_by_one_press(asha: Clinic, desk: Client) -> None:
    """S35"""
    pack = frozen(asha)
    seen = visit(asha, pack.patient)
    page = words(desk.get(url(seen)))
    fields = button_of(page, "and complete")
    frozen_until = Package.objects.get(pk=pack.pk).valid_until

    answer = press(desk, seen, **fields)

    assert "The package is frozen on" in page
    assert "10 left → 9 left" in page
    assert "9<span>left</span>" in words(desk.get(answer["Location"]))
    pack.refresh_from_db()
    assert (pack.sessions_left, pack.is_frozen_on(asha.today())) == (9, False)
    assert f"valid to {day(pack.valid_until)} instead of {day(frozen_until)}" in page


def test_a_therapist_reads_that_it_is_frozen_and_cannot_unfreeze(asha: Clinic, client: Client) -> None:
    """S35"""
    pack = frozen(asha)
    seen = visit(asha, pack.patient)
    client.force_login(member(asha, Role.THERAPIST).user)
    before = written()

    page = words(client.get(url(seen)))
    answer = press(client, seen, how="package", package=pack.pk, unfreeze="1")

    assert "The package is frozen on" in page
    assert 'name="unfreeze"' not in page
    assert answer.status_code == 403
    assert written() == before


def test_what_mends_a_reason_stands_beside_it_for_who_may(asha: Clinic, client: Client) -> None:
    """S25, S45"""
    anand, priya = (member(asha, Role.THERAPIST, name=name) for name in ("Dr Anand", "Dr Priya"))
    tied = package(asha, of=plan(name="Tied", therapist_ids=[anand.pk]))
    sale(asha, tied.patient, of=plan(name="Unpaid"), paid=1000)
    seen = visit(asha, tied.patient, therapist=priya)

    def links(role: Role) -> list[bool]:
        client.force_login((owner_of(asha) if role == Role.OWNER else member(asha, role)).user)
        page = words(client.get(url(seen)))
        assert "for visits with the therapists it names" in page
        assert "not paid in full yet" in page
        return [
            f"/asha/packages/{tied.pk}/lifting/" in page,
            f"/asha/patients/{tied.patient_id}/payments/" in page,
        ]

    assert [links(role) for role in (Role.OWNER, Role.FRONT_DESK, Role.THERAPIST)] == [
        [True, True],
        [False, True],
        [False, False],
    ]


def test_reopening_a_visit_of_a_refunded_pack_says_that_the_refund_was_short(
    asha: Clinic, desk: Client
) -> None:
    """S42"""
    pack = package(asha)
    seen = complete(asha, visit(asha, pack.patient)).visit
    refund_package(pack, clinic=asha, at=timezone.now(), by=owner_of(asha), key=uuid4(), reason="Moving away")

    asking = words(desk.get(url(seen, "reopening")))
    answer = desk.post(url(seen, "reopening"), {"key": uuid4(), "reason": "Marked by mistake"})
    page = words(desk.get(answer["Location"]))

    assert "The package was refunded since. No session comes back on it" in asking
    assert "that refund was 1 session short, worth ₹1,000.00. Tell the owner of the clinic." in page
    assert "balance-left" not in page
