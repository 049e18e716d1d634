"""Who completes a visit need not be who may take its money."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from billing.models import Bill, Payment
from clinic.models import AuditEvent, Clinic, Role
from tests.factories import PatientFactory, member, visit
from visits.models import Visit

DESK_TAKES = "The desk takes the money"


@pytest.fixture
def seen(asha: Clinic) -> Visit:
    """A visit that no package covers."""
    return visit(asha, PatientFactory())


def somebody(asha: Clinic, role: Role) -> Client:
    client = Client()
    client.force_login(member(asha, role).user)
    return client


def charge(client: Client, seen: Visit, **fields: str) -> Any:
    return client.post(f"/asha/visits/{seen.pk}/completion/", {"key": uuid4(), "how": "charge", **fields})


def written() -> tuple[int, ...]:
    return tuple(each.objects.count() for each in (Bill, Payment, AuditEvent))


def test_a_therapist_is_not_asked_for_money_and_reads_who_takes_it(asha: Clinic, seen: Visit) -> None:
    pages = {
        role: somebody(asha, role).get(f"/asha/visits/{seen.pk}/completion/").content.decode()
        for role in (Role.THERAPIST, Role.FRONT_DESK)
    }

    assert ("tender-" in pages[Role.THERAPIST], DESK_TAKES in pages[Role.THERAPIST]) == (False, True)
    assert ("tender-" in pages[Role.FRONT_DESK], DESK_TAKES in pages[Role.FRONT_DESK]) == (True, False)


def test_a_therapist_completes_and_bills_and_the_money_stays_owed(asha: Clinic, seen: Visit) -> None:
    therapist = somebody(asha, Role.THERAPIST)

    answer = charge(therapist, seen)
    card = therapist.get(answer["Location"]).content.decode()

    assert Bill.objects.get(visit=seen).total == 1000
    assert not Payment.objects.exists()
    assert "₹1,000.00 still to pay" in card


@pytest.mark.parametrize("amount", ["5000", "5000 rupees", "\x00", "-1"])
def test_money_that_a_therapist_sends_all_the_same_is_refused(asha: Clinic, seen: Visit, amount: str) -> None:
    before = written()

    fields = {"TOTAL_FORMS": "3", "INITIAL_FORMS": "0", "0-method": "cash", "0-amount": "", "0-reference": ""}
    fields |= {"2-method": "cash", "2-amount": amount}
    answer = charge(
        somebody(asha, Role.THERAPIST), seen, **{f"tender-{name}": value for name, value in fields.items()}
    )

    assert answer.status_code == 422
    assert DESK_TAKES in answer.content.decode()
    assert "tender-" not in answer.content.decode()
    assert written() == before
    seen.refresh_from_db()
    assert seen.is_open
