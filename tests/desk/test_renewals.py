"""The renewal list: whom to tell, who was told, why, and what is done from there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from clinic.messages import delivery
from clinic.models import Clinic, Message, Patient, Role
from clinic.ui.words import day
from packages import nudges
from packages.models import Package
from tests.factories import PatientFactory, bring_to, member, package, plan, use, visit
from tests.nudging import every, sold, use_on

TOMORROW = timedelta(days=1)


@pytest.fixture
def desk(asha: Clinic, client: Client) -> Client:
    client.force_login(member(asha, Role.FRONT_DESK).user)
    return client


def _patient(**facts: Any) -> Patient:
    known = {"name": "Priya Nair", "phones": ["+919876543210"], "may_message": True}
    return PatientFactory(**known | facts)


def _nudged(clinic: Clinic, owner: Patient | None = None, *, sessions: int = 3, used: int = 1) -> Package:
    """A pack that runs out, of which a nudge was written."""
    pack = package(clinic, owner or _patient(), of=plan(sessions=sessions))
    use(clinic, pack, used)
    nudges.write_all(clinic, on=clinic.today() + TOMORROW)
    return pack


def _ending(clinic: Clinic, owner: Patient | None = None) -> Package:
    """A pack that ends in four days, and what is written on the day before."""
    pack = package(clinic, owner or _patient(), of=plan(validity_count=5, validity_unit="days"))
    nudges.write_all(clinic, on=clinic.today() + timedelta(days=3))
    return pack


def _page(desk: Client, query: str = "") -> str:
    answer = desk.get(f"/asha/renewals/{query}")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_whom_to_tell_why_and_what_it_is_worth(asha: Clinic, desk: Client) -> None:
    pack = _ending(asha)

    page = _page(desk)

    assert "Expires in 4 days" in page
    assert "₹10,000.00 not used yet" in page
    assert f"/asha/patients/{pack.patient_id}/sale/?plan={pack.plan_id}" in page
    assert f"/asha/visits/new/?patient={pack.patient_id}&amp;package={pack.pk}" in page


def test_the_text_for_whatsapp_has_the_patients_own_link_and_the_page_does_not(
    asha: Clinic, desk: Client
) -> None:
    _nudged(asha)

    page = _page(desk)

    assert "https://wa.me/919876543210?text=Hello%20Priya" in page
    assert "/p/asha/" in unquote(page)
    assert "[[link" not in page
    assert "(the patient’s own link)" in page


def test_who_has_not_agreed_is_told_in_person(asha: Clinic, desk: Client) -> None:
    _nudged(asha, _patient(may_message=False))

    page = _page(desk)

    assert "wa.me" not in page
    assert "tell in person" in page


def test_who_was_told_by_the_program_and_what_became_of_it(asha: Clinic, desk: Client) -> None:
    _nudged(asha, _patient(email="priya@example.test"))
    message = Message.objects.get(kind="nudge.few_left")
    assert "E-mail: queued" in _page(desk)

    delivery.record_sent(message, timezone.now())
    assert "E-mail: sent" in _page(desk)

    Message.objects.filter(pk=message.pk).update(state="failed", last_words="550 No such mailbox")
    page = _page(desk)
    assert "could not be sent" in page
    assert "550 No such mailbox" in page


def test_what_was_said_by_hand_stays_as_told_and_what_is_not_needed_goes(asha: Clinic, desk: Client) -> None:
    _nudged(asha)
    _nudged(asha, _patient(name="Rohan Das"))
    first, second = Message.objects.filter(kind="nudge.few_left").order_by("pk")

    for message, fields in ((first, {}), (second, {"not_needed": "1"})):
        answer = desk.post(
            f"/asha/messages/{message.pk}/sent/", {"key": uuid4(), "why": "few-left", **fields}
        )
        assert answer["Location"] == "/asha/renewals/?why=few-left"

    page = _page(desk)
    assert "By hand: sent" in page
    assert "Rohan Das" not in page


@pytest.mark.parametrize("how", ["bought again", "used up", "refunded"])
def test_what_is_answered_leaves_the_list(asha: Clinic, desk: Client, how: str) -> None:
    pack = _nudged(asha)
    if how == "bought again":
        Message.objects.update(state="sent", sent_at=timezone.now())
        package(asha, pack.patient)
    elif how == "used up":
        use(asha, pack, 2)
    else:
        bring_to(asha, pack, Package.State.REFUNDED, on=asha.today())

    assert "No package asks for anything" in _page(desk)


def test_who_stayed_away_and_books_leaves_the_list(asha: Clinic, desk: Client) -> None:
    pack = package(asha, _patient())
    nudges.write_all(asha, on=asha.today() + timedelta(days=14))
    assert "Not here since" in _page(desk)
    Message.objects.update(state="sent", sent_at=timezone.now())

    visit(asha, pack.patient, at=timezone.now() + timedelta(days=3))

    assert "Not here since" not in _page(desk)


def test_the_list_is_narrowed_by_reason(asha: Clinic, desk: Client) -> None:
    _nudged(asha)
    _ending(asha, _patient(name="Rohan Das"))

    assert "Rohan Das" not in _page(desk, "?why=few-left")
    assert "Priya Nair" not in _page(desk, "?why=expiring")
    both = _page(desk, "?why=nonsense")
    assert "Rohan Das" in both
    assert "Priya Nair" in both


def test_the_queries_do_not_grow_with_the_rows(
    asha: Clinic, desk: Client, queries: Callable[[], Any]
) -> None:
    _nudged(asha)
    _page(desk)  # makes the links
    with queries() as few:
        _page(desk)
    for _ in range(4):
        _nudged(asha)
        _ending(asha)
    _page(desk)

    with queries() as many:
        _page(desk)

    assert len(many) == len(few), many


def test_the_page_of_a_package_says_where_its_pace_leads(asha: Clinic, desk: Client) -> None:
    began = asha.today() - timedelta(days=28)
    pack = sold(asha, on=began, of=plan(sessions=20, validity_count=60, validity_unit="days"))
    assert "a week" not in _text(desk, pack)

    use_on(asha, pack.patient, *every(7, began, 4))

    expected = day(asha.today() + timedelta(days=16 * 7 - 1))
    assert f"At 1 a week it is used up on {expected}, and it is valid to" in _text(desk, pack)
    assert "4 a week would be enough." in _text(desk, pack)


def _text(desk: Client, pack: Package) -> str:
    return " ".join(desk.get(f"/asha/packages/{pack.pk}/").content.decode().split())
