"""Instalments on the pages: where they are agreed, listed, asked for and paid."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from billing.credits import sale_line
from billing.instalment_dates import Due
from billing.instalments import agree_instalments, plan_of
from billing.models import BillLine, Instalment, InstalmentPlan
from billing.payments import owed_lines
from clinic.models import Clinic, Message, MessageSettings, Patient
from clinic.patients.links import make_link
from clinic.ui.words import day
from tests.acts import bounce, now, pay
from tests.factories import PatientFactory, owner_of, plan, sale, use, visit
from tests.written import everything

from .test_instalments_sale import rows_of


@pytest.fixture
def desk(asha: Clinic, client: Client) -> Client:
    client.force_login(owner_of(asha).user)
    return client


@pytest.fixture
def patient(asha: Clinic) -> Patient:
    return PatientFactory(name="Lakshmi Rao", phones=["+919820012345"])


def owing(clinic: Clinic, patient: Patient, **facts: Any) -> BillLine:
    line = sale_line(sale(clinic, patient, **{"of": plan(activation="as_paid"), "paid": 0} | facts).package)
    assert line is not None
    return line


def agreed(clinic: Clinic, patient: Patient, *due: tuple[int, int], **facts: Any) -> BillLine:
    """A line with instalments: days from today and amounts."""
    line = owing(clinic, patient)
    rows = [Due(clinic.today() + timedelta(days=days), Decimal(amount)) for days, amount in due]
    agree_instalments(line, rows=rows, **now(clinic, **facts))
    return line


def overdue(clinic: Clinic, patient: Patient, *due: tuple[int, int], days: int = 10) -> BillLine:
    """Agreed so many days ago; the days of the instalments count from then."""
    with time_machine.travel(timezone.now() - timedelta(days=days), tick=False):
        return agreed(clinic, patient, *due)


def address(line: BillLine) -> str:
    return f"/asha/bill-lines/{line.pk}/instalments/"


def asked(clinic: Clinic, **facts: Any) -> dict[str, Any]:
    first = clinic.today() + timedelta(days=5)
    return {
        "key": str(uuid4()),
        "instalments-count": "2",
        "instalments-first_on": first.isoformat(),
        "instalments-every": "week",
    } | facts


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


# agreeing


def test_what_is_owed_is_agreed_after_the_sale(desk: Client, asha: Clinic, patient: Patient) -> None:
    line = owing(asha, patient)
    facts = asked(asha)
    facts |= rows_of(desk.post(address(line), facts | {"work_out": "1"}))

    answer = desk.post(address(line), facts)

    assert (answer.status_code, answer["Location"]) == (302, f"/asha/patients/{patient.pk}/")
    assert [each.amount for each in Instalment.objects.order_by("number")] == [5_000, 5_000]


def test_with_a_deposit_the_next_page_takes_it(desk: Client, asha: Clinic, patient: Patient) -> None:
    line = owing(asha, patient)
    facts = asked(asha, **{"instalments-deposit": "1000"})
    facts |= rows_of(desk.post(address(line), facts | {"work_out": "1"}))

    answer = desk.post(address(line), facts)

    assert answer["Location"] == f"/asha/patients/{patient.pk}/payments/"
    page = desk.get(answer["Location"]).content.decode()
    assert re.findall(r'name="tender-0-amount"[^>]*value="([^"]*)"', page) == ["1000.00"]
    assert "₹1,000.00 due today; 0 of 3 paid" in page


def test_agreed_anew_it_asks_why_and_for_what_is_owed_now(
    desk: Client, asha: Clinic, patient: Patient
) -> None:
    line = agreed(asha, patient, (0, 4_000), (30, 6_000))
    pay(asha, patient, 4_000, [line])
    first = plan_of(line)
    assert first
    facts = asked(asha, replaces=str(first.pk))
    worked_out = desk.post(address(line), facts | {"work_out": "1", "reason": "Typed"})
    assert 'value="Typed"' in worked_out.content.decode()
    assert f'value="{facts["key"]}"' in worked_out.content.decode()
    facts |= rows_of(worked_out)

    refused = desk.post(address(line), facts)
    assert refused.status_code == 422
    assert "Why is it agreed anew? : This field is required." in text_of(refused)

    assert desk.post(address(line), facts | {"reason": "Salary comes later"}).status_code == 302
    second = plan_of(line)
    assert second
    assert (second.replaces, second.amount, second.reason) == (first, 6_000, "Salary comes later")
    assert "Salary comes later" in text_of(desk.get(address(line)))


def test_who_did_not_see_the_agreement_is_told_of_it(desk: Client, asha: Clinic, patient: Patient) -> None:
    line = owing(asha, patient)
    facts = asked(asha)
    facts |= rows_of(desk.post(address(line), facts | {"work_out": "1"}))
    agree_instalments(line, rows=[Due(asha.today(), Decimal(10_000))], **now(asha))
    written = everything()

    answer = desk.post(address(line), facts)

    assert answer.status_code == 422
    assert "a moment ago" in text_of(answer)
    assert everything() == written


def test_where_nothing_is_asked_or_owed_nothing_is_agreed(
    desk: Client, asha: Clinic, patient: Patient
) -> None:
    line, paid = owing(asha, patient), owing(asha, patient, paid=10_000)

    assert desk.post(address(line), {"key": str(uuid4())}).status_code == 422
    assert "Nothing is owed on this" in text_of(desk.get(address(paid)))
    assert not InstalmentPlan.objects.exists()


# seeing


def test_the_file_the_package_and_the_bill_say_what_is_next(
    desk: Client, asha: Clinic, patient: Patient
) -> None:
    line = overdue(asha, patient, (0, 4_000), (5, 2_000), (40, 4_000))
    pay(asha, patient, 4_500, [line])
    assert line.package
    says = "₹1,500.00 overdue since"

    pages = [
        desk.get(f"/asha/patients/{patient.pk}/"),
        desk.get(f"/asha/packages/{line.package.pk}/"),
        desk.get(f"/asha/bills/{line.bill_id}/"),
        desk.get(address(line)),
        desk.get(f"/asha/patients/{patient.pk}/payments/"),
    ]

    for page in pages:
        assert says in text_of(page)
        assert "1 of 3 paid" in text_of(page)
    assert "Agree anew" in text_of(pages[2])


def test_the_bill_leads_to_instalments_of_what_is_owed(desk: Client, asha: Clinic, patient: Patient) -> None:
    line = owing(asha, patient)

    page = desk.get(f"/asha/bills/{line.bill_id}/").content.decode()

    assert f'href="{address(line)}"' in page


def test_the_patient_sees_the_instalments_that_are_to_come(
    client: Client, asha: Clinic, patient: Patient
) -> None:
    agreed(asha, patient, (3, 4_000), (40, 6_000))
    link = make_link(patient, by=owner_of(asha))

    page = client.get(f"/p/asha/{link}/", follow=True)

    assert "₹4,000.00 due on" in text_of(page)
    assert "0 of 2 paid" in text_of(page)


def test_the_payment_offers_what_is_due_and_not_all_that_is_owed(
    desk: Client, asha: Clinic, patient: Patient
) -> None:
    line = overdue(asha, patient, (0, 4_000), (5, 2_000), (40, 4_000))
    offer = re.compile(r'name="tender-0-amount"[^>]*value="([^"]*)"')

    def offered() -> list[str]:
        return offer.findall(desk.get(f"/asha/patients/{patient.pk}/payments/").content.decode())

    assert offered() == ["6000.00"]
    pay(asha, patient, 6_000, [line])
    assert offered() == ["4000.00"]  # nothing is due: the next one, ahead
    pay(asha, patient, 500, [])
    assert offered() == ["3500.00"]  # and account credit is not asked for again


# the list


def test_the_list_shows_overdue_today_and_coming_apart(desk: Client, asha: Clinic, patient: Patient) -> None:
    line = overdue(asha, patient, (0, 1_000), (10, 2_000), (24, 3_000), (25, 4_000))

    late, today, coming = (
        desk.get(f"/asha/instalments/?view={view}") for view in ("overdue", "today", "coming")
    )

    assert "10 days overdue" in text_of(late)
    assert "98200 12345" in text_of(late)
    assert ("₹1,000.00" in text_of(late), "₹2,000.00" in text_of(late)) == (True, False)
    assert ("₹2,000.00" in text_of(today), "₹1,000.00" in text_of(today)) == (True, False)
    assert ("₹3,000.00" in text_of(coming), "₹4,000.00" in text_of(coming)) == (True, False)

    pay(asha, patient, 1_000, [line])
    assert "No instalment is here" in text_of(desk.get("/asha/instalments/"))


def test_what_bounced_is_on_the_list_again(desk: Client, asha: Clinic, patient: Patient) -> None:
    """S46"""
    line = overdue(asha, patient, (0, 4_000), (60, 6_000))
    (paid,) = pay(asha, patient, 4_000, [line])
    assert "Lakshmi" not in text_of(desk.get("/asha/instalments/"))

    bounce(asha, paid)

    page = text_of(desk.get("/asha/instalments/"))
    assert "Lakshmi" in page
    assert "suspended" in page


def test_the_list_asks_as_much_for_60_as_for_2(
    desk: Client, asha: Clinic, patient: Patient, queries: Callable[[], Any]
) -> None:
    def asked_for() -> int:
        desk.get("/asha/instalments/")
        with queries() as seen:
            desk.get("/asha/instalments/")
        return int(seen.count)

    overdue(asha, patient, (0, 4_000), (1, 6_000))
    few = asked_for()
    overdue(asha, patient, *((n, 500) for n in range(9)), (9, 5_500))
    for _ in range(5):
        overdue(asha, PatientFactory(), *((n, 500) for n in range(9)), (9, 5_500))

    assert asked_for() == few
    assert "Page 1 of 2" in text_of(desk.get("/asha/instalments/"))
    assert "Page 2 of 2" in text_of(desk.get("/asha/instalments/?view=overdue&page=2"))


@pytest.mark.parametrize("asking", ["?view=nonsense", "?page=99", "?page=x", "?view=today&page=0"])
def test_nonsense_in_the_address_shows_a_list(desk: Client, asha: Clinic, asking: str) -> None:
    assert desk.get(f"/asha/instalments/{asking}").status_code == 200


# reminding


def test_who_cannot_be_mailed_is_told_by_hand_once_a_day(
    desk: Client, asha: Clinic, patient: Patient
) -> None:
    line = overdue(asha, patient, (0, 10_000))
    url = f"/asha/instalments/{Instalment.objects.get().pk}/reminders/"

    answers = [desk.post(url, {"key": str(uuid4())}) for _ in range(2)]

    assert {answer["Location"] for answer in answers} == {"/asha/renewals/"}
    assert Message.objects.filter(occasion__startswith="instalment:").count() == 1
    assert "₹10,000.00 was due on" in text_of(desk.get("/asha/renewals/"))
    pay(asha, patient, 10_000, [line])
    assert "₹10,000.00 was due on" not in text_of(desk.get("/asha/renewals/"))


def test_who_agreed_is_mailed_and_nobody_for_what_is_paid(desk: Client, asha: Clinic) -> None:
    patient = PatientFactory(email="lakshmi@example.test", may_message=True)
    line = overdue(asha, patient, (0, 10_000))
    url = f"/asha/instalments/{Instalment.objects.get().pk}/reminders/"

    assert desk.post(url, {"key": str(uuid4())})["Location"] == "/asha/instalments/"
    message = Message.objects.get(occasion__startswith="instalment:")
    assert (message.channel, message.address) == ("email", "lakshmi@example.test")

    pay(asha, patient, 10_000, [line])
    assert "Nothing of this" in text_of(desk.post(url, {"key": str(uuid4())}, follow=True))
    assert Message.objects.filter(occasion__startswith="instalment:").count() == 1


def test_the_desk_is_told_where_the_reminder_goes(desk: Client, asha: Clinic, patient: Patient) -> None:
    overdue(asha, patient, (0, 10_000))
    url = f"/asha/instalments/{Instalment.objects.get().pk}/reminders/"
    desk.post(url, {"key": str(uuid4())})
    Message.objects.filter(occasion__startswith="instalment:").update(channel="sms")

    answer = desk.post(url, {"key": str(uuid4())}, follow=True)

    assert answer.redirect_chain[0][0] == "/asha/instalments/"
    assert "The reminder goes to +919820012345." in text_of(answer)


def test_who_cannot_be_reached_at_all_is_not_reminded(desk: Client, asha: Clinic, patient: Patient) -> None:
    overdue(asha, patient, (0, 10_000))
    MessageSettings.objects.update(rules={"money.instalment_after": {"by_hand": False}})
    before = everything()

    answer = desk.post(
        f"/asha/instalments/{Instalment.objects.get().pk}/reminders/", {"key": str(uuid4())}, follow=True
    )

    assert "There is no address for it on the patient" in text_of(answer)
    assert everything() == before


# at the completion


@pytest.mark.parametrize(
    ("activation", "paid", "used", "sentences"),
    [
        (
            "as_paid",
            4_000,
            4,
            [
                "4 sessions are paid for, and they are used. The next one asks for money.",
                "Take ₹1,000.00 for it, or the instalment of {day} (₹2,000.00).",
            ],
        ),
        (
            "paid_in_full",
            4_000,
            0,
            [
                "The package is not paid in full yet.",
                "₹6,000.00 is still to pay; the next instalment is that of {day} (₹2,000.00).",
            ],
        ),
    ],
)
def test_the_completion_says_what_to_take_and_leads_to_the_payment(
    desk: Client, asha: Clinic, patient: Patient, activation: str, paid: int, used: int, sentences: list[str]
) -> None:
    """S45"""
    line = owing(asha, patient, of=plan(activation=activation))
    first = asha.today() + timedelta(days=10)
    rows = [Due(asha.today(), Decimal(4_000)), Due(first, Decimal(2_000))]
    rows.append(Due(first + timedelta(days=30), Decimal(4_000)))
    agree_instalments(line, rows=rows, **now(asha))
    pay(asha, patient, paid, [line])
    assert line.package
    use(asha, line.package, used)
    seen = visit(asha, patient)

    page = desk.get(f"/asha/visits/{seen.pk}/completion/")

    for sentence in sentences:
        assert sentence.format(day=day(first)) in text_of(page)
    assert f'href="/asha/patients/{patient.pk}/payments/"' in page.content.decode()


def test_without_instalments_it_says_what_the_next_session_costs(
    desk: Client, asha: Clinic, patient: Patient
) -> None:
    """S41, S45: the second of three sessions at 10,000 asks up to the last coin of it."""
    pack = sale(asha, patient, of=plan(sessions=3, activation="as_paid"), paid=Decimal("3333.34")).package
    use(asha, pack, 1)
    seen = visit(asha, patient)

    assert "Take ₹3,333.33 for it." in text_of(desk.get(f"/asha/visits/{seen.pk}/completion/"))

    pay(asha, patient, Decimal("3333.33"), owed_lines(patient))
    use(asha, pack, 1)
