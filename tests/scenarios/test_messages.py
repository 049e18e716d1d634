"""What patients are told, and what they do about it by the link: the stories S50 and S57 from end to end."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.messages import doorbell
from clinic.messages.personal import with_link
from clinic.models import Clinic, Message, Patient
from packages.models import Package, Takes
from tests.acts import cancelled_late, not_come
from tests.factories import PatientFactory, package, plan, use, visit
from visits.models import Visit

SHARED = "+919820011111"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def nobody_rings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorbell, "ring", lambda *turn: None)


def person(name: str = "Rohan Desai", **facts: Any) -> Patient:
    known = {"email": "rohan@example.test", "phones": [SHARED], "may_message": True}
    return PatientFactory(**known | {"name": name} | facts)


def page_of(message: Message, clinic: Clinic) -> str:
    """The address that the message leads to, as its reader sees it."""
    body = with_link(message.body, message, clinic=clinic, at=timezone.now())
    return "/p/" + body.split("/p/", 1)[1].split()[0]


def words(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def cancel_by_link(client: Client, page: str) -> str:
    """Open the visit, read, press; says what was read."""
    shown = words(client.get(page))
    figures = shown.split('name="shown" value="')[1].split('"')[0]
    answer = client.post(f"{page}cancellation/", {"key": uuid4(), "shown": figures})
    assert answer.status_code == 303
    return shown


def left(pack: Package) -> Decimal:
    count: Decimal = Package.objects.values_list("sessions_left", flat=True).get(pk=pack.pk)
    return count


@pytest.mark.parametrize(
    ("passes", "takes", "fee", "costs", "after"),
    [
        (1, Takes.ONE, 0, "It takes 1 session: 12 → 11 left.", "11"),
        (2, Takes.ONE, 0, "It takes 1 session: 12 → 11 left.", "11"),
        (1, Takes.HALF, 0, "It takes half a session: 12 → 11.5 left.", "11.5"),
        (1, Takes.FEE, 250, "It costs a fee of ₹250.00, and no session.", "12"),
    ],
)
def test_the_passes_are_used_by_themselves_and_then_it_counts_and_each_time_the_patient_is_told(
    asha: Clinic, client: Client, passes: int, takes: str, fee: int, costs: str, after: str
) -> None:
    """S50"""
    terms = {"sessions": 12, "late_cancel_takes": takes, "late_cancel_fee": fee, "free_passes": passes}
    patient = person()
    pack = package(asha, patient, of=plan(late_cancel_hours=6, **terms))
    Message.objects.update(state="cancelled")
    read = []

    for _ in range(passes + 1):
        soon = visit(asha, patient, at=timezone.now() + 3 * HOUR)
        token = page_of(_greeting(patient), asha)
        read.append(cancel_by_link(client, f"{token}visits/{soon.pk}/"))

    assert all("nothing is taken" in each for each in read[:-1])
    assert costs in read[-1]
    assert left(pack) == Decimal(after)
    told = Message.objects.filter(state="queued").exclude(occasion="greeting")
    assert told.count() == passes + 1
    assert sum("The free pass was used" in each.body for each in told) == passes
    assert sum("₹250.00" in each.body for each in told) == bool(fee)


def _greeting(patient: Patient) -> Message:
    """A message with nothing but the link."""
    return Message(patient=patient, body="[[link]]")


@pytest.mark.parametrize("how", [cancelled_late, not_come])
def test_two_who_share_a_phone_are_named_by_the_first_name_and_the_link_asks_who_it_is(
    asha: Clinic, client: Client, how: Any
) -> None:
    """S57"""
    ones = person("Rohan Desai", birth_date=date(1990, 5, 4), email="")
    other = person("Meera Desai", birth_date=date(1993, 1, 9), email="")
    pack = package(asha, ones)
    use(asha, package(asha, other))

    how(asha, ones)

    (message,) = Message.objects.filter(kind="letter.absence")
    assert "Hello Rohan," in message.body
    assert "10 left" in message.body
    for word in ("Desai", "Meera", "Physiotherapy 60", pack.name):
        assert word not in message.body
    page = page_of(message, asha)
    assert page.endswith(f"visits/{Visit.objects.get(patient=ones).pk}/answers/")
    assert "Date of birth" in words(client.get(page))
    door = reverse("desk:portal_identification", args=["asha", page.split("/")[3]])
    wrong = client.post(door, {"birth_day": 9, "birth_month": 1, "birth_year": 1993})
    assert wrong.status_code == 422
    client.post(door, {"birth_day": 4, "birth_month": 5, "birth_year": 1990})
    assert "Is this right?" in words(client.get(page))
