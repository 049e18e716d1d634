"""The patient file, the sale and the payment, over HTTP with the real middleware."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from billing.models import Bill, Payment
from clinic.models import Branch, Clinic, Patient
from packages.models import Package, Plan
from packages.plans import Line, change_plan, fingerprint
from tests.factories import (
    PatientFactory,
    ServiceFactory,
    owner_of,
    package,
    plan,
    use,
    visit,
)
from visits.models import Visit


@pytest.fixture
def desk(asha: Clinic, client: Client) -> Client:
    client.force_login(owner_of(asha).user)
    return client


@pytest.fixture
def patient(asha: Clinic) -> Patient:
    return PatientFactory(name="Lakshmi Rao", phones=["+919820012345"])


def form(of: Plan, **facts: Any) -> dict[str, Any]:
    """The sale's form as the browser sends it."""
    ways = {
        "tender-TOTAL_FORMS": 3,
        "tender-INITIAL_FORMS": 1,
        "tender-0-method": "cash",
        "tender-0-amount": "",
    }
    empty = {"tender-1-method": "upi", "tender-2-method": "upi"}
    branch = {"branch": str(Branch.objects.get().pk)}
    return {"plan": str(of.pk), "key": str(uuid4())} | branch | ways | empty | facts


def test_a_file_shows_what_is_left_of_every_pack(desk: Client, asha: Clinic, patient: Patient) -> None:
    pack = package(asha, patient)
    use(asha, pack, 6)

    page = desk.get(f"/asha/patients/{patient.pk}/").content.decode()

    assert "6 of 10 used" in page
    assert pack.name in page


def test_a_file_asks_at_most_14_questions(
    desk: Client, asha: Clinic, patient: Patient, queries: Callable[[], Any]
) -> None:
    for _ in range(3):
        pack = package(asha, patient)
        use(asha, pack, 3)
    visit(asha, patient, at=timezone.now() + timedelta(days=2))
    desk.get(f"/asha/patients/{patient.pk}/")  # the session is written at most once a minute

    with queries() as seen:
        desk.get(f"/asha/patients/{patient.pk}/")

    assert seen.count <= 14, "\n".join(seen.statements)


def test_a_pack_is_sold_with_discount_and_two_ways_of_paying(desk: Client, patient: Patient) -> None:
    of = plan(name="Ten")
    facts = form(
        of,
        discount="2,000",
        discount_reason="Family",
        **{"tender-0-amount": "3000", "tender-1-amount": "5,000", "tender-1-reference": "UPI 4711"},
    )

    answer = desk.post(f"/asha/patients/{patient.pk}/sale/", facts)

    assert answer.status_code == 302
    pack = Package.objects.get()
    assert (pack.price, pack.paid, pack.state) == (8000, 8000, Package.State.ACTIVE)
    assert sorted(Payment.objects.values_list("amount", flat=True)) == [3000, 5000]


def test_the_same_sale_sent_twice_is_one_sale(desk: Client, patient: Patient) -> None:
    facts = form(plan(), **{"tender-0-amount": "10000"})

    first = desk.post(f"/asha/patients/{patient.pk}/sale/", facts)
    again = desk.post(f"/asha/patients/{patient.pk}/sale/", facts)

    assert Package.objects.count() == 1
    assert again.headers["Location"] == first.headers["Location"]


def test_bought_and_used_on_the_same_day_is_one_act(desk: Client, patient: Patient) -> None:
    """S33"""
    facts = form(plan(), here_now="on", **{"tender-0-amount": "10000"})

    answer = desk.post(f"/asha/patients/{patient.pk}/sale/", facts)

    seen = Visit.objects.get()
    assert answer.headers["Location"] == f"/asha/visits/{seen.pk}/completion/"
    assert Package.objects.get().sessions_left == 9
    assert Bill.objects.count() == 2


def test_a_first_session_on_a_pack_that_is_not_paid_undoes_the_whole_sale(
    desk: Client, patient: Patient
) -> None:
    facts = form(plan(), here_now="on", **{"tender-0-amount": "4000"})

    answer = desk.post(f"/asha/patients/{patient.pk}/sale/", facts)

    assert answer.status_code == 422
    assert "not paid in full" in answer.content.decode()
    assert 'value="4000"' in answer.content.decode(), "the form comes back as it was typed"
    assert not Package.objects.exists()
    assert not Payment.objects.exists()


@pytest.mark.parametrize("amount", ["-5", "1.005", "99999999999", "ten"])
def test_nonsense_for_an_amount_is_refused_and_nothing_is_written(
    desk: Client, patient: Patient, amount: str
) -> None:
    answer = desk.post(f"/asha/patients/{patient.pk}/sale/", form(plan(), **{"tender-0-amount": amount}))

    assert answer.status_code == 422
    assert amount in answer.content.decode()
    assert not Package.objects.exists()


def test_after_a_sale_for_a_visit_that_nothing_covered_the_desk_is_back_at_that_visit(
    desk: Client, asha: Clinic, patient: Patient
) -> None:
    waiting = visit(asha, patient)
    of = plan()
    page = desk.get(f"/asha/patients/{patient.pk}/sale/?visit={waiting.pk}").content.decode()
    assert f"visit={waiting.pk}" in page or str(waiting.pk) in page

    answer = desk.post(
        f"/asha/patients/{patient.pk}/sale/",
        form(of, for_visit=str(waiting.pk), **{"tender-0-amount": "10000"}),
    )

    assert answer.headers["Location"] == f"/asha/visits/{waiting.pk}/completion/"


def test_somebody_elses_visit_is_not_where_a_sale_ends(desk: Client, asha: Clinic, patient: Patient) -> None:
    other = visit(asha, PatientFactory())

    answer = desk.post(
        f"/asha/patients/{patient.pk}/sale/",
        form(plan(), for_visit=str(other.pk), **{"tender-0-amount": "10000"}),
    )

    assert answer.headers["Location"].startswith("/asha/bills/")


def test_a_plan_that_was_changed_since_it_was_shown_is_not_sold_unseen(
    desk: Client, asha: Clinic, patient: Patient
) -> None:
    of = plan()
    seen = fingerprint(of)
    change_plan(of, lines=[Line(ServiceFactory(), Decimal(8))], by=None, price=Decimal(12_000))

    answer = desk.post(
        f"/asha/patients/{patient.pk}/sale/", form(of, shown=seen, **{"tender-0-amount": "10000"})
    )

    assert answer.status_code == 422
    assert "was changed since this page was opened" in answer.content.decode()
    assert fingerprint(of) in answer.content.decode(), "sent once more, it is agreed to"
    assert not Package.objects.exists()
    assert not Payment.objects.exists()


def test_a_discount_of_a_sale_asks_why_and_the_bill_says_it(desk: Client, patient: Patient) -> None:
    of = plan(name="Ten")
    page = f"/asha/patients/{patient.pk}/sale/"

    silent = desk.post(page, form(of, discount="500"))
    said = desk.post(page, form(of, discount="500", discount_reason="Second pack"))

    assert silent.status_code == 422
    assert "Write why there is a discount." in silent.content.decode()
    assert said.status_code == 302
    (line,) = Bill.objects.get().document["lines"]
    assert (line["discount"], line["discount_reason"]) == ("500.00", "Second pack")
