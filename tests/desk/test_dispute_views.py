"""The turned screen, the list of disputes, the case and its paper."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import Clinic, Message, Role
from packages.models import Package
from tests.factories import PatientFactory, complete, member, owner_of, package, plan, use, visit
from visits import disputes
from visits.absences import mark_no_show
from visits.answers import answer as give_answer
from visits.models import Answer, Dispute, DisputeNote, Visit

INITIALS = {"initials": "PN"}


def as_role(clinic: Clinic, role: Role) -> Client:
    client = Client()
    user = member(clinic, role).user
    assert user is not None
    client.force_login(user)
    return client


@pytest.fixture
def desk(asha: Clinic) -> Client:
    return as_role(asha, Role.FRONT_DESK)


@pytest.fixture
def owner(asha: Clinic) -> Client:
    client, user = Client(), owner_of(asha).user
    assert user is not None
    client.force_login(user)
    return client


@pytest.fixture
def done(asha: Clinic) -> Visit:
    patient = PatientFactory(name="Priya Nair", email="priya@example.test", may_message=True)
    return use(asha, package(asha, patient))[0].visit


def words(response: HttpResponse) -> str:
    return " ".join(response.content.decode().split())


def url(name: str, *args: object) -> str:
    return reverse(f"desk:{name}", args=["asha", *args])


def post(client: Client, where: str, **sent: Any) -> HttpResponse:
    return client.post(where, {"key": uuid4()} | sent)


def disputed(clinic: Clinic, visit: Visit, **facts: Any) -> Dispute:
    facts = {"at": timezone.now(), "by": owner_of(clinic), "key": uuid4()} | facts
    return disputes.open_dispute(visit, clinic=clinic, **facts)


def test_the_card_asks_and_says_what_was_answered(asha: Clinic, done: Visit) -> None:
    therapist = as_role(asha, Role.THERAPIST)
    card = url("completion", done.pk)
    assert "Yes, this is right" in words(therapist.get(card))

    told = post(therapist, url("answer", done.pk), says="yes", **INITIALS)

    assert told.status_code == 302
    assert told.headers["Location"] == card
    after = words(therapist.get(card))
    assert "initials PN" in after
    assert "Yes, this is right" not in after, "only what is not right can still be said"
    assert "Something is not right" in after


def test_without_initials_or_signature_it_is_asked_again(asha: Clinic, desk: Client, done: Visit) -> None:
    told = post(desk, url("answer", done.pk), says="no", words="I was away")

    assert told.status_code == 422
    assert "so that we know it was you" in words(told)
    assert "I was away" in words(told)
    assert not Answer.objects.exists()


def test_a_signature_is_kept_and_what_is_none_is_refused(asha: Clinic, desk: Client, done: Visit) -> None:
    bad = post(desk, url("answer", done.pk), says="yes", signature='M1 1"/><script>')
    assert bad.status_code == 422
    assert "<script>M" not in words(bad)

    assert post(desk, url("answer", done.pk), says="yes", signature="M10 10L90 60").status_code == 302
    assert Answer.objects.get().signature == "M10 10L90 60"


def test_not_right_on_the_screen_goes_to_the_owner(asha: Clinic, desk: Client, done: Visit) -> None:
    post(desk, url("answer", done.pk), says="no", words="It was ten minutes", **INITIALS)

    case = Dispute.objects.get()
    assert case.via == Dispute.Via.SCREEN
    card = words(desk.get(url("completion", done.pk)))
    assert "The owner of the clinic decides by" in card
    listed = words(desk.get(url("disputes")))
    assert "Case 1: Priya Nair" in listed
    assert "7 days left to decide" in listed


def test_a_visit_without_a_session_asks_nothing(asha: Clinic, desk: Client) -> None:
    charged = complete(asha, visit(asha, PatientFactory()), how="charge").visit

    assert "Yes, this is right" not in words(desk.get(url("completion", charged.pk)))
    assert "Nothing to ask" in words(desk.get(url("answer", charged.pk)))
    assert post(desk, url("answer", charged.pk), says="yes", **INITIALS).status_code == 422


def test_the_patient_told_the_desk(asha: Clinic, desk: Client, done: Visit) -> None:
    opening = url("dispute_opening", done.pk)
    assert "What does the patient say?" in words(desk.get(opening))
    assert post(desk, opening).status_code == 422

    told = post(desk, opening, words="She called: she was in Pune")

    case = Dispute.objects.get()
    assert told.headers["Location"] == url("dispute", case.pk)
    refused = post(desk, opening, words="Again")
    assert refused.status_code == 422
    assert "in dispute: case 1" in words(refused)


def test_the_case_is_one_page(asha: Clinic, owner: Client, done: Visit) -> None:
    case = disputed(asha, done, words="I was in Pune <b>that</b> day")
    disputes.add_note(case, words="Asked Dr Iyer", by=owner_of(asha), key=uuid4())

    shown = words(owner.get(url("dispute", case.pk)))

    for told in (
        "I was in Pune &lt;b&gt;that&lt;/b&gt; day",
        "0 used, 9 left, 1 set aside",
        "7 days left to decide",
        "Asked Dr Iyer",
        "Set aside",
        "Receipt",
        "All clauses",
        "Disputed, and set aside",
    ):
        assert told in shown, told


def test_the_owner_decides_and_the_front_desk_does_not(
    asha: Clinic, owner: Client, desk: Client, done: Visit
) -> None:
    case = disputed(asha, done)
    decision = url("dispute_decision", case.pk)
    assert "Decide</button>" not in words(desk.get(url("dispute", case.pk)))
    assert post(desk, decision, decision="stands", reason="Because").status_code == 403
    assert post(owner, decision, decision="stands", reason="").status_code == 422
    assert post(owner, decision, decision="perhaps", reason="Because").status_code == 422

    assert post(owner, decision, decision="given_back", reason="She was in Pune").status_code == 302

    case.refresh_from_db()
    assert case.decision == Dispute.Decision.GIVEN_BACK
    shown = words(owner.get(url("dispute", case.pk)))
    assert "She was in Pune" in shown
    assert "Decided by" in shown
    again = post(owner, decision, decision="stands", reason="Changed my mind")
    assert again.status_code == 422
    assert "Case 1 is decided: Given back" in words(again)


def test_a_double_click_decides_once(asha: Clinic, owner: Client, done: Visit) -> None:
    case, key = disputed(asha, done), uuid4()

    sent = {"key": key, "decision": "half", "reason": "Ten minutes only"}
    statuses = [owner.post(url("dispute_decision", case.pk), sent).status_code for _ in range(2)]

    assert statuses == [302, 303]
    assert Package.objects.get(pk=done.package_id).sessions_left * 2 == 19


def test_the_decision_is_told_by_the_outbox(asha: Clinic, owner: Client, done: Visit) -> None:
    case = disputed(asha, done)
    post(owner, url("dispute_decision", case.pk), decision="given_back", reason="She was in Pune")

    message = Message.objects.get(occasion=f"dispute:{case.pk}")

    assert message.channel == Message.Channel.EMAIL
    assert "Priya" in message.body
    assert "gave it back" in message.body
    assert "She was in Pune" in message.body
    assert "10 left on your package" in message.body
    assert "Nair" not in message.body


@pytest.mark.parametrize(("agrees", "channel"), [(True, ["by_hand"]), (False, [])])
def test_without_an_address_it_is_told_by_hand_and_without_consent_not(
    asha: Clinic, owner: Client, agrees: bool, channel: list[str]
) -> None:
    patient = PatientFactory(phones=["+919876543210"], may_message=agrees)
    case = disputed(asha, use(asha, package(asha, patient))[0].visit)

    post(owner, url("dispute_decision", case.pk), decision="stands", reason="Dr Iyer was there")

    told = Message.objects.filter(occasion=f"dispute:{case.pk}")
    assert list(told.values_list("channel", flat=True)) == channel


def test_the_thread(asha: Clinic, desk: Client, done: Visit) -> None:
    case = disputed(asha, done)
    notes = url("dispute_notes", case.pk)

    assert post(desk, notes, words="  ").status_code == 422
    assert post(desk, notes, words="Asked Dr Iyer", is_shown="on").status_code == 302
    assert [(note.words, note.is_shown) for note in DisputeNote.objects.all()] == [("Asked Dr Iyer", True)]


def test_the_paper(asha: Clinic, desk: Client, done: Visit) -> None:
    case = disputed(asha, done, words="I was in Pune")

    paper = desk.get(url("dispute_pdf", case.pk))

    assert paper.headers["Content-Type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF-")
    assert "case-1.pdf" in paper.headers["Content-Disposition"]


def test_open_ones_come_first_and_the_most_urgent_at_the_top(asha: Clinic, owner: Client) -> None:
    visits = [each.visit for each in use(asha, package(asha), 3)]
    at = timezone.now()
    disputed(asha, visits[0], days=5)
    disputed(asha, visits[1], days=1)
    late = disputed(asha, visits[2], at=at, days=0)
    assert late.is_overdue_on(asha.today() + timedelta(days=1))

    listed = words(owner.get(url("disputes")))

    order = [listed.index(f"Case {number}:") for number in (3, 2, 1)]
    assert order == sorted(order)
    assert "To be decided today" in listed


def test_an_absence_is_asked_about_too(asha: Clinic, desk: Client) -> None:
    pack = package(asha, of=plan(free_passes=0))
    seen = visit(asha, pack.patient)
    mark_no_show(seen, clinic=asha, at=timezone.now(), by=owner_of(asha), key=uuid4())
    asked = url("answer", seen.pk)
    assert "It took 1" in words(desk.get(asked))

    told = post(desk, asked, says="no", words="I had called", **INITIALS)

    assert told.headers["Location"] == asked
    assert Dispute.objects.get().words == "I had called"


def test_the_day_tells_the_owner_what_waits_and_nobody_else(
    asha: Clinic, owner: Client, desk: Client, done: Visit
) -> None:
    today = url("today")
    assert "in dispute" not in words(owner.get(today))
    disputed(asha, done)

    assert "1 session is in dispute and waits for you." in words(owner.get(today))
    assert "waits for you" not in words(desk.get(today))


def test_what_waits_too_long_is_said(asha: Clinic, owner: Client, done: Visit) -> None:
    disputed(asha, done, days=-2)

    assert "1 is late." in words(owner.get(url("today")))
    assert "2 days late" in words(owner.get(url("disputes")))


def test_the_visit_and_the_passbook_lead_to_the_case(asha: Clinic, desk: Client, done: Visit) -> None:
    detail = reverse("visits:visit_detail", args=["asha", done.pk])
    assert url("dispute_opening", done.pk) in words(desk.get(detail))
    case = disputed(asha, done)

    shown = words(desk.get(detail))
    assert url("dispute", case.pk) in shown
    assert url("dispute_opening", done.pk) not in shown
    passbook = words(desk.get(reverse("packages:package_detail", args=["asha", done.package_id])))
    assert passbook.count("Patient: not right. Case 1") == 2


def test_the_history_says_that_it_was_the_patient(asha: Clinic, desk: Client, done: Visit) -> None:
    facts: dict[str, Any] = {"clinic": asha, "at": timezone.now(), "by": None, "key": uuid4()}
    give_answer(done, says=Answer.Says.NO, via=Answer.Via.LINK, **facts)

    shown = words(desk.get(reverse("visits:visit_detail", args=["asha", done.pk])))

    assert "Not right, on the personal link" in shown
    assert "the patient" in shown
