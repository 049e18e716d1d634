"""The pages of paying online: at the desk, for the owner, and for the patient."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing.gateways import accounts
from billing.models import (
    GatewayAccount,
    GatewayEvent,
    GatewayQuestion,
    GatewayRefund,
    Payment,
    PaymentLink,
)
from billing.payments import owed_lines
from clinic.models import AuditEvent, Branch, Clinic, ClinicSettings, Message, Patient, Role
from clinic.patients.links import make_link
from desk.day_close_facts import BranchDay
from tests.acts import pay
from tests.factories import PatientFactory, member, owner_of, sale
from tests.fake_razorpay import FakeRazorpay, event, fake, send
from tests.online import account, open_link, rupees, wanted_link

__all__ = ["fake"]


@pytest.fixture
def patient(asha: Clinic) -> Patient:
    """Owes 10,000 for a package and 2,000 for another, and the clinic has an account."""
    account(asha)
    ClinicSettings.objects.update(upi_id="asha@okbank")
    patient = PatientFactory(
        name="Priya Nair", phones=["+919876543210"], email="p@example.test", may_message=True
    )
    sale(asha, patient, paid=0)
    sale(asha, patient, price=2_000, paid=0)
    return patient


@pytest.fixture
def desk(asha: Clinic) -> Client:
    return signed_in(member(asha, Role.FRONT_DESK))


@pytest.fixture
def owner(asha: Clinic) -> Client:
    return signed_in(owner_of(asha))


def signed_in(staff: Any) -> Client:
    client = Client()
    client.force_login(staff.user)
    return client


def url(name: str, *args: Any) -> str:
    return reverse(f"desk:{name}", args=["asha", *args])


def text(response: HttpResponse) -> str:
    return " ".join(response.content.decode().split())


def wish(patient: Patient, **facts: Any) -> dict[str, Any]:
    lines = [str(line.pk) for line in owed_lines(patient)]
    return {"key": uuid4(), "pays": lines, "amount": "", "branch": Branch.objects.get().pk} | facts


def test_the_desk_makes_a_link_once_however_often_it_is_sent(
    asha: Clinic, fake: FakeRazorpay, patient: Patient, desk: Client
) -> None:
    """S02"""
    sent = wish(patient, amount="4,000")

    answers = [desk.post(url("payment_link_new", patient.pk), sent) for _ in range(2)]

    link = PaymentLink.objects.get()
    assert (link.amount, link.patient) == (4_000, patient)
    assert {answer["Location"] for answer in answers} == {url("payment_link", link.pk)}
    assert "being prepared" in text(desk.get(url("payment_link", link.pk)))


def test_a_link_for_one_bill_has_only_its_lines_chosen(
    asha: Clinic, fake: FakeRazorpay, patient: Patient, desk: Client
) -> None:
    first, second = owed_lines(patient)

    page = desk.get(url("payment_link_new", patient.pk), {"bill": second.bill_id}).content.decode()

    chosen = re.findall(r'value="([\w-]+)"[^>]*checked', page)
    assert str(second.pk) in chosen
    assert str(first.pk) not in chosen


def test_an_amount_that_does_not_fit_comes_back_with_a_sentence_and_as_typed(
    asha: Clinic, fake: FakeRazorpay, patient: Patient, desk: Client
) -> None:
    answer = desk.post(url("payment_link_new", patient.pk), wish(patient, amount="12001"))

    assert answer.status_code == 422
    assert "not more than what is owed" in text(answer)
    assert 'value="12001"' in text(answer)
    assert not PaymentLink.objects.exists()


def test_without_an_account_the_page_says_what_to_do(
    asha: Clinic, patient: Patient, desk: Client, owner: Client
) -> None:
    kept = accounts.account()
    assert kept
    accounts.switch_off(kept, by=owner_of(asha), at=timezone.now())

    assert "The owner of the clinic does it" in text(desk.get(url("payment_link_new", patient.pk)))
    assert url("gateway_settings") in text(owner.get(url("payment_link_new", patient.pk)))


def test_an_open_link_is_shown_as_a_code_sent_and_cancelled(
    asha: Clinic, fake: FakeRazorpay, patient: Patient, desk: Client
) -> None:
    link = open_link(asha, patient)
    page = text(desk.get(url("payment_link", link.pk)))
    assert "data:image/svg+xml" in page
    assert f'value="{link.short_url}"' in page
    assert "https://wa.me/919876543210" in page

    desk.post(url("payment_link_sending", link.pk), {"key": uuid4()})
    desk.post(url("payment_link_sending", link.pk), {"key": uuid4(), "how": "by_hand"})
    desk.post(url("payment_link_cancellation", link.pk), {"key": uuid4()})

    letters = Message.objects.filter(occasion__startswith=f"paylink:{link.pk}")
    assert {letter.channel: letter.state for letter in letters} == {"email": "queued", "by_hand": "sent"}
    assert all(link.short_url in letter.body and "Nair" not in letter.body for letter in letters)
    assert "being cancelled" in text(desk.get(url("payment_link", link.pk)))
    assert desk.post(url("payment_link_sending", link.pk), {"key": uuid4()}).status_code == 422


def test_an_address_that_is_no_web_address_is_no_link(
    asha: Clinic, fake: FakeRazorpay, patient: Patient, desk: Client
) -> None:
    link = wanted_link(asha, patient)
    PaymentLink.objects.filter(pk=link.pk).update(
        state="open", provider_id="p", short_url="javascript:alert(1)"
    )

    assert "javascript:alert" not in text(desk.get(url("payment_link", link.pk)))


def test_the_owner_gives_back_what_was_paid_too_much_and_the_desk_does_not(
    asha: Clinic, fake: FakeRazorpay, patient: Patient, desk: Client, owner: Client
) -> None:
    link = open_link(asha, patient)
    send(event("payment.captured", payment=fake.pay(link.provider_id, amount=rupees(12_500))), "e")
    sent = {"key": uuid4(), "payment": Payment.objects.get().pk, "amount": "500", "reason": "Paid too much"}

    assert desk.post(url("payment_link_refund", link.pk), sent).status_code == 403
    assert owner.post(url("payment_link_refund", link.pk), sent | {"amount": "501"}).status_code == 422
    assert owner.post(url("payment_link_refund", link.pk), sent).status_code == 302

    assert GatewayRefund.objects.get().amount == 500
    assert "being asked for" in text(owner.get(url("payment_link", link.pk)))


def test_what_a_person_has_to_look_at_stands_on_the_list_until_somebody_did(
    asha: Clinic, patient: Patient, desk: Client
) -> None:
    said = GatewayEvent.objects.create(event_id="e", kind="payment.dispute.created", body="{}")
    question = GatewayQuestion.objects.create(event=said, kind="dispute", facts={"amount": "10"})
    assert "Answer it at the provider" in text(desk.get(url("payment_links")))

    desk.post(url("gateway_answer", question.pk), {"key": uuid4(), "reason": " "})
    assert "Answer it at the provider" in text(desk.get(url("payment_links")))
    desk.post(url("gateway_answer", question.pk), {"key": uuid4(), "reason": "Sent the consent form"})

    assert "Answer it at the provider" not in text(desk.get(url("payment_links")))
    question.refresh_from_db()
    assert question.answer == "Sent the consent form"
    assert AuditEvent.objects.filter(act="answer_gateway").count() == 1


def test_the_list_asks_the_same_however_long_it_is(
    asha: Clinic, fake: FakeRazorpay, patient: Patient, desk: Client, queries: Any
) -> None:
    wanted_link(asha, patient)
    desk.get(url("payment_links"))
    with queries() as few:
        desk.get(url("payment_links"))
    for _ in range(5):
        wanted_link(asha, patient)
    with queries() as many:
        desk.get(url("payment_links"))

    assert many.count == few.count


def test_the_owner_sets_it_up_and_no_secret_is_shown_again(asha: Clinic, owner: Client) -> None:
    sent = {
        "key": uuid4(),
        "key_id": "rzp_test_1",
        "key_secret": "s3cret-key",
        "webhook_secret": "s3cret-hook",
    }

    assert owner.post(url("gateway_settings"), sent).status_code == 302

    page = text(owner.get(url("gateway_settings")))
    assert "rzp_test_1" in page
    assert "s3cret" not in page
    assert "/gateways/razorpay/asha/" in page
    refused = owner.post(
        url("gateway_settings"), sent | {"key": uuid4(), "key_id": "rzp_2", "key_secret": ""}
    )
    assert refused.status_code == 422
    assert "s3cret" not in text(refused)
    owner.post(url("gateway_test"), {"key": uuid4()})
    assert "being tested" in text(owner.get(url("gateway_settings")))
    owner.post(url("gateway_off"), {"key": uuid4()})
    assert GatewayAccount.objects.get().is_on is False


def test_the_code_on_the_screen_is_of_what_is_owed_now(asha: Clinic, patient: Patient, desk: Client) -> None:
    first, second = owed_lines(patient)
    pay(asha, patient, 3_000, [first])

    all_of_it = desk.get(url("patient_upi", patient.pk)).context["code"]
    one_bill = desk.get(url("bill_upi", second.bill_id)).context["code"]

    assert "am=9000.00" in all_of_it.address
    assert f"am=2000.00&cu=INR&tn={second.bill.name.replace('/', '%2F')}" in one_bill.address
    assert all_of_it.address.startswith("upi://pay?pa=asha@okbank&pn=Asha%20Physiotherapy")


@pytest.mark.parametrize(("upi_id", "paid"), [("", 0), ("asha@okbank", 12_000)])
def test_where_there_is_no_code_the_page_says_why(
    asha: Clinic, patient: Patient, desk: Client, upi_id: str, paid: int
) -> None:
    ClinicSettings.objects.update(upi_id=upi_id)
    if paid:
        pay(asha, patient, paid, owed_lines(patient))

    page = text(desk.get(url("patient_upi", patient.pk)))

    assert "data:image/svg" not in page
    assert ("Nothing is owed" if paid else "no UPI id") in page


def test_the_patient_pays_from_the_personal_link(
    asha: Clinic, fake: FakeRazorpay, patient: Patient, client: Client
) -> None:
    token = make_link(patient, by=None)
    assert "Pay ₹12,000.00" in text(client.get(url("portal", token)))
    page = text(client.get(url("portal_payment", token)))
    assert "upi://pay?pa=asha@okbank" in page
    assert "Nair" not in page

    for _ in range(2):  # twice is once
        assert client.post(url("portal_payment", token), {"key": uuid4()}).status_code == 303

    link = PaymentLink.objects.get()
    assert (link.amount, link.by) == (12_000, None)
    assert "being prepared" in text(client.get(url("portal_payment", token)))
    send(
        event(
            "payment_link.created",
            payment_link={
                "id": "plink_1",
                "reference_id": link.reference,
                "status": "created",
                "amount": 1_200_000,
                "currency": "INR",
                "short_url": "https://rzp.test/i/1",
            },
        ),
        "e",
    )
    assert 'href="https://rzp.test/i/1"' in text(client.get(url("portal_payment", token)))


def test_a_patient_does_not_ask_for_one_payment_page_after_the_other(
    asha: Clinic, fake: FakeRazorpay, patient: Patient, client: Client
) -> None:
    token = make_link(patient, by=None)
    for _ in range(5):
        assert client.post(url("portal_payment", token), {"key": uuid4()}).status_code == 303
        PaymentLink.objects.update(state="failed")

    answer = client.post(url("portal_payment", token), {"key": uuid4()})

    assert answer.status_code == 422
    assert "ask the clinic" in text(answer)
    assert PaymentLink.objects.count() == 5


def test_a_link_for_another_amount_than_is_owed_is_not_offered(
    asha: Clinic, fake: FakeRazorpay, patient: Patient, client: Client
) -> None:
    link = open_link(asha, patient)
    pay(asha, patient, 500, owed_lines(patient))

    page = text(client.get(url("portal_payment", make_link(patient, by=None))))

    assert link.short_url not in page
    assert "Pay ₹11,500.00 online" in page


def test_whoever_owes_nothing_has_nothing_to_pay(asha: Clinic, client: Client) -> None:
    token = make_link(PatientFactory(), by=None)

    assert "Nothing to pay" in text(client.get(url("portal_payment", token)))
    assert url("portal_payment", token) not in text(client.get(url("portal", token)))
    assert client.post(url("portal_payment", token), {"key": uuid4()}).status_code == 303
    assert not PaymentLink.objects.exists()


def test_who_comes_back_from_the_provider_reads_whether_the_money_has_arrived(
    asha: Clinic, fake: FakeRazorpay, patient: Patient, client: Client
) -> None:
    link = open_link(asha, patient)
    back = url("payment_return", link.pk)
    asked = {"razorpay_payment_link_status": "paid"}  # anybody can write that
    assert "being confirmed" in text(client.get(back, asked))
    assert "Priya" not in text(client.get(back))

    send(event("payment.captured", payment=fake.pay(link.provider_id)), "e1")
    send(event("payment_link.paid", payment_link=fake.links[link.provider_id]), "e2")

    assert "has arrived" in text(client.get(back))
    assert client.get(url("payment_return", uuid4())).status_code == 404


def test_the_day_shows_what_was_paid_online_and_not_in_its_cash(
    asha: Clinic, fake: FakeRazorpay, patient: Patient
) -> None:
    link = open_link(asha, patient)
    send(event("payment.captured", payment=fake.pay(link.provider_id)), "e")

    day = BranchDay(asha, link.branch, asha.today())

    assert {method.value: amount for method, amount in day.takings.items() if amount} == {
        "gateway": Decimal(12_000)
    }
    assert day.expected_cash == 0


def test_nobody_can_say_by_hand_that_money_came_online(asha: Clinic, patient: Patient, desk: Client) -> None:
    page = desk.get(url("payment", patient.pk)).content.decode()

    assert 'value="gateway"' not in page
    assert 'value="cheque"' in page
