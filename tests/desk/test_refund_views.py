"""Refunds, sales taken back and packages applied to earlier visits, over HTTP."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from billing.models import Bill, Method, Refund
from billing.payments import Tender, unapplied_of
from clinic.models import Clinic, Role
from packages.models import Entry, Package
from packages.plans import Line
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


@pytest.fixture
def owner(asha: Clinic, client: Client) -> Client:
    client.force_login(owner_of(asha).user)
    return client


def at(pack: Package, noun: str = "") -> str:
    return f"/asha/packages/{pack.pk}/{noun}"


def page(client: Client, pack: Package, noun: str = "") -> str:
    return str(client.get(at(pack, noun)).content.decode())


def send(client: Client, pack: Package, noun: str, **typed: Any) -> Any:
    return client.post(at(pack, noun), {"key": str(uuid4()), "reason": "Moves away"} | typed, follow=True)


def shown_on(text: str) -> str:
    """The figures that the form carries along."""
    return text.split('name="shown" value="')[1].split('"')[0]


def test_a_refund_is_shown_line_by_line_and_paid_out(owner: Client, asha: Clinic) -> None:
    """S39"""
    pack = package(asha, price=8000)
    use(asha, pack, 3)

    quote = page(owner, pack, "refund/")
    typed = {"shown": shown_on(quote), "goes": "paid_out", "method": "upi", "paid_out": "", "reference": "U1"}
    answer = send(owner, pack, "refund/making/", **typed)

    for words in (
        "Received for the package",
        "₹8,000.00",
        "3 used, at the rate paid",
        "−₹2,400.00",
        "₹5,600.00",
    ):
        assert words in quote
    given = Refund.objects.get()
    assert (given.amount, given.method, given.reference) == (5600, "upi", "U1")
    assert "Refunded: ₹5,600.00 paid out." in answer.content.decode()
    pack.refresh_from_db()
    assert (pack.state, pack.sessions_left) == (Package.State.REFUNDED, 0)
    assert f"Package {pack.number} is refunded." in page(owner, pack, "refund/")


def test_a_refund_at_the_list_rate_shows_the_difference(owner: Client, asha: Clinic) -> None:
    """S39"""
    pack = package(asha, of=plan(refund_rule="list_rate"), price=8000)
    use(asha, pack, 3)

    quote = page(owner, pack, "refund/")

    assert "₹5,000.00" in quote
    assert "the difference of ₹600.00 stays with the clinic by the terms" in quote


def test_a_refund_that_comes_to_nothing_asks_nothing_about_money(owner: Client, asha: Clinic) -> None:
    """S40"""
    pack = package(asha, of=plan(refund_rule="list_rate"), price=8000)
    use(asha, pack, 9)

    quote = page(owner, pack, "refund/")
    answer = send(owner, pack, "refund/making/", shown=shown_on(quote))

    assert "Paid out by" not in quote
    assert "never less than nothing" in quote
    assert "By its terms nothing is paid back." in answer.content.decode()


def test_a_refund_stays_as_account_credit_or_goes_in_parts(owner: Client, asha: Clinic) -> None:
    pack = package(asha)
    typed = {"shown": shown_on(page(owner, pack, "refund/")), "goes": "paid_out", "method": "cash"}

    answer = send(owner, pack, "refund/making/", **typed, paid_out="4,000")

    assert "Refunded: ₹10,000.00, of which ₹6,000.00 stay as account credit." in answer.content.decode()
    assert sum(left for _payment, left in unapplied_of(pack.patient)) == 6000


def test_bonus_sessions_go_and_the_quote_says_so(owner: Client, asha: Clinic) -> None:
    """S44"""
    service = ServiceFactory()
    of = plan(Line(service, Decimal(5)), Line(service, Decimal(1), True))

    assert "Of these 1 had been added free" in page(owner, package(asha, of=of), "refund/")


def test_a_quote_that_is_old_is_shown_anew_with_the_form_as_typed(owner: Client, asha: Clinic) -> None:
    pack = package(asha)
    shown = shown_on(page(owner, pack, "refund/"))
    use(asha, pack, 1)
    before = everything()

    typed = {"shown": shown, "goes": "credit", "method": "cash", "paid_out": "", "reference": "R 9"}
    answer = send(owner, pack, "refund/making/", **typed)

    assert answer.status_code == 422
    text = answer.content.decode()
    assert "Something happened to this package since the quote" in text
    assert "₹9,000.00" in text
    assert 'value="R 9"' in text
    assert shown_on(text) != shown, "sent once more, the new figures are agreed to"
    assert everything() == before


def test_more_than_the_refund_is_not_paid_out(owner: Client, asha: Clinic) -> None:
    pack = package(asha)
    typed = {"shown": shown_on(page(owner, pack, "refund/")), "goes": "paid_out", "method": "cash"}
    before = everything()

    answer = send(owner, pack, "refund/making/", **typed, paid_out="10,000.01")

    assert answer.status_code == 422
    assert "More would be paid out than the refund comes to." in answer.content.decode()
    assert everything() == before


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.ACCOUNTANT])
def test_the_quote_is_for_the_desk_and_the_refund_for_the_owner(
    asha: Clinic, client: Client, role: Role
) -> None:
    pack = package(asha)
    client.force_login(member(asha, role).user)

    quote = page(client, pack, "refund/")

    assert "₹10,000.00" in quote
    assert "Only the owner of the clinic makes refunds." in quote
    assert client.post(at(pack, "refund/making/"), {"key": str(uuid4())}).status_code == 403


def test_a_paid_sale_by_mistake_is_taken_back_with_a_credit_note(owner: Client, asha: Clinic) -> None:
    """S54"""
    pack = package(asha)

    answer = send(owner, pack, "voiding/", reason="Another patient was meant")

    pack.refresh_from_db()
    note = Bill.objects.get(kind="credit_note")
    assert pack.state == Package.State.VOID
    assert f"Package {pack.number} is void. Credit note {note.name}." in answer.content.decode()


def test_a_sale_of_which_something_was_used_is_not_taken_back(owner: Client, asha: Clinic) -> None:
    pack = package(asha)
    use(asha, pack, 1)
    before = everything()

    assert "Take them back first, or make a refund." in page(owner, pack, "voiding/")
    answer = send(owner, pack, "voiding/")

    assert answer.status_code == 422
    assert everything() == before


def test_a_pack_is_applied_to_a_visit_paid_for_singly(owner: Client, asha: Clinic) -> None:
    """S34"""
    gita = PatientFactory(name="Gita Rao")
    single = visit(asha, gita)
    complete(asha, single, how="charge", tenders=[Tender(Method.CASH, Decimal(1000))])
    pack = package(asha, gita)

    listed = page(owner, pack, "earlier-visits/")
    answer = send(owner, pack, "earlier-visits/", visit=single.pk)

    pack.refresh_from_db()
    assert f'value="{single.pk}"' in listed
    assert "₹1,000.00" in listed
    assert "9 left. What was paid for it is account credit now." in answer.content.decode()
    assert Entry.objects.get(package=pack, kind="used").visit_id == single.pk
    assert sum(left for _payment, left in unapplied_of(gita)) == 1000
    assert "No visit of the last 60 days" in page(owner, pack, "earlier-visits/")


def test_a_visit_that_the_pack_does_not_cover_is_not_offered(owner: Client, asha: Clinic) -> None:
    gita = PatientFactory()
    massage = visit(asha, gita, service=ServiceFactory(name="Massage", price=Decimal(500)))
    complete(asha, massage, how="charge")
    pack = package(asha, gita)

    assert str(massage.pk) not in page(owner, pack, "earlier-visits/")
    answer = send(owner, pack, "earlier-visits/", visit=massage.pk)

    assert answer.status_code == 422
    assert Visit.objects.get(pk=massage.pk).settlement == "charge"
