"""What the patient is sent after an act, and how the desk sends a bill."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing.models import Bill
from billing.models.payments import Method
from billing.payments import Tender
from clinic.messages import delivery
from clinic.messages.enclosures import made
from clinic.models import (
    AuditEvent,
    ChannelAccount,
    Clinic,
    Message,
    MessageSettings,
    Patient,
    PatientLink,
    Role,
)
from clinic.refusals import Refused
from desk.receipts import send_bill
from tests.factories import (
    PatientFactory,
    ServiceFactory,
    complete,
    member,
    owner_of,
    package,
    plan,
    reopen,
    sale,
    use,
    visit,
)

NOW = datetime(2026, 3, 10, 6, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def on_10_march() -> Any:
    with time_machine.travel(NOW, tick=True):
        yield


def _patient(**facts: Any) -> Patient:
    return PatientFactory(
        **{"name": "Priya Nair", "email": "priya@example.test", "may_message": True} | facts
    )


def _receipts() -> list[str]:
    return [" ".join(message.body.split()) for message in Message.objects.order_by("created_at", "pk")]


def test_a_completed_visit_says_which_session_it_was_and_what_is_left(asha: Clinic) -> None:
    patient = _patient(notes="ACL tear")
    pack = package(asha, patient, of=plan(validity_count=3, validity_unit="months"))
    use(asha, pack, 5)
    therapist = member(asha, Role.THERAPIST, name="Dr Anand Iyer")

    done = complete(asha, visit(asha, patient, therapist=therapist))

    message = Message.objects.get(occasion=f"receipt:{done.bill.pk}")
    assert " ".join(message.body.split()) == (
        "Hello Priya, Session 6 of 10 on 10 Mar 2026 with Dr Anand Iyer. 4 left, valid to 9 Jun 2026. "
        f"Receipt {done.bill.name}. Is this right? [[link:visits/{done.visit.pk}/answers/]] Asha Physiotherapy"
    )
    assert message.subject == f"Asha Physiotherapy: Receipt {done.bill.name}"
    assert message.enclosure == f"bill:{done.bill.pk}"


def test_in_the_patients_language(asha: Clinic) -> None:
    sold = sale(asha, _patient(language="hi"), of=plan(validity_count=3, validity_unit="months"))

    body = " ".join(Message.objects.get(occasion=f"receipt:{sold.bill.pk}").body.split())
    assert f"10 सेशन खरीदे, 9 जून 2026 तक मान्य। कुल ₹10,000.00, चुकाया ₹10,000.00। बिल {sold.bill.name}" in body


def test_a_sale_says_what_was_bought_and_paid(asha: Clinic) -> None:
    sold = sale(asha, _patient(), of=plan(validity_count=3, validity_unit="months"), paid=4000)

    assert _receipts() == [
        "Hello Priya, 10 sessions bought, valid to 9 Jun 2026. Total ₹10,000.00, paid ₹4,000.00. "
        f"To pay: ₹6,000.00. Bill {sold.bill.name}. Your sessions and bills: [[link]] Asha Physiotherapy"
    ]


def test_a_visit_paid_singly_says_what_was_paid(asha: Clinic) -> None:
    patient, service = _patient(), ServiceFactory()
    seen = visit(asha, patient, service=service)

    complete(asha, seen, how="charge", tenders=[Tender(Method.CASH, Decimal(service.price))])

    assert _receipts()[0].startswith("Hello Priya, Visit on 10 Mar 2026. Total ₹")
    assert service.name not in _receipts()[0]


@pytest.mark.parametrize("facts", [{"may_message": False}, {"email": ""}])
def test_no_receipt_without_consent_or_address(asha: Clinic, facts: dict[str, Any]) -> None:
    use(asha, package(asha, _patient(**facts)))

    assert not Message.objects.exists()


def test_the_same_completion_twice_is_one_receipt(asha: Clinic) -> None:
    patient, key = _patient(), uuid4()
    package(asha, patient)
    seen = visit(asha, patient)

    first, second = (complete(asha, seen, key=key) for _ in range(2))

    assert first.bill == second.bill
    assert Message.objects.filter(occasion=f"receipt:{first.bill.pk}").count() == 1


def test_a_refused_completion_sends_nothing(asha: Clinic) -> None:
    with pytest.raises(Refused):
        complete(asha, visit(asha, _patient()))

    assert not Message.objects.exists()


def test_what_is_entered_days_later_is_no_news(asha: Clinic) -> None:
    sale(asha, _patient(), at=timezone.now() - timedelta(days=3))

    assert not Message.objects.exists()


def test_an_undone_completion_takes_its_waiting_receipt_back(asha: Clinic) -> None:
    done = use(asha, package(asha, _patient()))[0]

    reopen(asha, done.visit)

    assert Message.objects.get(occasion=f"receipt:{done.bill.pk}").state == Message.State.CANCELLED
    assert Message.objects.count() == 2  # the sale's and the visit's, and no correction


def test_a_receipt_that_went_out_is_followed_by_the_correction(asha: Clinic) -> None:
    done = use(asha, package(asha, _patient()))[0]
    message = Message.objects.get(occasion=f"receipt:{done.bill.pk}")
    delivery.record_sent(message, timezone.now())

    note = reopen(asha, done.visit)

    assert Message.objects.get(pk=message.pk).state == Message.State.SENT
    follow = " ".join(Message.objects.get(occasion=f"receipt:{note.pk}").body.split())
    assert f"A correction: {done.bill.name} no longer counts. 10 left" in follow


def test_buying_again_takes_back_the_nudge_that_waits(asha: Clinic) -> None:
    from packages import nudges

    patient = _patient(may_message=False)
    use(asha, package(asha, patient, of=plan(sessions=3)), 1)
    nudges.write_all(asha, on=asha.today() + timedelta(days=1))
    assert Message.objects.get().state == Message.State.QUEUED

    sale(asha, patient)

    assert Message.objects.get().state == Message.State.CANCELLED


def test_the_enclosure_is_the_bill_as_pdf(asha: Clinic) -> None:
    sold = sale(asha, _patient())
    message = Message.objects.get()

    enclosed = made(message.enclosure, message.created_at)

    assert enclosed
    assert enclosed.name == f"{sold.bill.name.replace('/', '-')}.pdf"
    assert enclosed.content.startswith(b"%PDF-")


@pytest.fixture
def desk(asha: Clinic, client: Client) -> Client:
    client.force_login(member(asha, Role.FRONT_DESK).user)
    return client


def _send(client: Client, bill: Bill, **fields: Any) -> Any:
    return client.post(reverse("desk:sending", args=["asha", bill.pk]), {"key": uuid4(), **fields})


def test_the_desk_sends_a_bill_once_however_often_it_presses(asha: Clinic, desk: Client) -> None:
    bill = sale(asha, _patient()).bill
    key = uuid4()

    answers = [_send(desk, bill, key=key, how="email") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 303]
    assert Message.objects.filter(occasion=f"sending:{key}").count() == 1
    assert AuditEvent.objects.filter(act="send_bill", subject_id=bill.pk).count() == 1


@pytest.mark.parametrize("facts", [{"may_message": False}, {"email": ""}])
def test_without_consent_or_address_the_desk_is_shown_the_other_way(
    asha: Clinic, desk: Client, facts: dict[str, Any]
) -> None:
    bill = sale(asha, _patient(phones=["+919876543210"], **facts)).bill

    answer = _send(desk, bill, how="email")

    assert answer.status_code == 422
    assert "https://wa.me/919876543210?text=" in answer.content.decode()
    assert not Message.objects.exists()


def test_the_desk_chooses_the_channel_among_those_that_reach_the_patient(asha: Clinic, desk: Client) -> None:
    MessageSettings.objects.update(channels=["email", "whatsapp", "by_hand"])
    ChannelAccount.objects.create(channel="whatsapp")
    bill = sale(asha, _patient(phones=["+919876543210"])).bill
    page = desk.get(reverse("desk:sending", args=["asha", bill.pk])).content.decode()
    assert "Send by WhatsApp" in page
    assert 'value="sms"' not in page

    codes = [_send(desk, bill, how=how).status_code for how in ("whatsapp", "sms")]

    assert codes == [302, 422]
    message = Message.objects.get(occasion__startswith="sending:")
    assert (message.channel, message.address, message.is_asked) == ("whatsapp", "+919876543210", True)
    assert message.route == []


def test_what_is_sent_by_hand_carries_no_link_that_looking_would_have_to_make(
    asha: Clinic, desk: Client
) -> None:
    done = use(asha, package(asha, _patient(phones=["+919876543210"])))[0]

    page = desk.get(reverse("desk:sending", args=["asha", done.bill.pk])).content.decode()

    assert "Session 1 of 10" in page
    assert "Is this right?" not in page
    assert "[[link" not in page
    assert not PatientLink.objects.exists()


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        ("sale", "receipt.purchase"),
        ("visit", "receipt.deduction"),
        ("charge", "receipt.bill"),
        ("payment", "receipt.payment"),
        ("refund", "receipt.refund"),
    ],
)
def test_each_act_has_its_kind_of_receipt(asha: Clinic, act: str, kind: str) -> None:
    from tests import acts

    patient = _patient()
    if act == "charge":
        complete(asha, visit(asha, patient), how="charge")
    elif act == "payment":
        sold = sale(asha, patient, paid=4000)
        acts.pay(asha, patient, 1000, list(sold.bill.lines.all()))
    else:
        pack = package(asha, patient)
        if act == "visit":
            use(asha, pack)
        if act == "refund":
            Message.objects.update(state="sent", sent_at=NOW)  # what was not told yet is taken back
            acts.refund(asha, pack)

    assert Message.objects.latest("created_at", "pk").kind == kind


def test_what_was_sent_by_hand_is_noted(asha: Clinic, desk: Client) -> None:
    bill = sale(asha, _patient(may_message=False, phones=["+919876543210"])).bill

    assert _send(desk, bill, how="by_hand").status_code == 302

    message = Message.objects.get()
    assert (message.state, message.channel, message.address) == ("sent", "by_hand", "+919876543210")


def test_a_therapist_sends_the_receipt_of_a_visit_and_no_other_bill(asha: Clinic, client: Client) -> None:
    client.force_login(member(asha, Role.THERAPIST).user)
    sold = sale(asha, _patient())
    done = use(asha, sold.package)[0]

    assert client.get(reverse("desk:sending", args=["asha", done.bill.pk])).status_code == 200
    assert client.get(reverse("desk:sending", args=["asha", sold.bill.pk])).status_code == 403


def test_the_service_refuses_as_the_page_does(asha: Clinic) -> None:
    bill = sale(asha, _patient(email="")).bill

    with pytest.raises(Refused, match="no address for it"):
        send_bill(bill, clinic=asha, at=timezone.now(), by=owner_of(asha), key=uuid4())

    assert not AuditEvent.objects.filter(act="send_bill").exists()


def test_the_list_of_whom_to_tell(asha: Clinic, desk: Client) -> None:
    from packages import nudges

    use(asha, package(asha, _patient(email="", phones=["+919876543210"]), of=plan(sessions=3)), 1)
    use(asha, package(asha, _patient(name="Rohan Das"), of=plan(sessions=3)), 1)
    nudges.write_all(asha, on=asha.today() + timedelta(days=1))
    told = Message.objects.get(channel="by_hand")

    page = desk.get(reverse("desk:renewals", args=["asha"])).content.decode()
    assert "Priya Nair" in page
    assert "Rohan Das" in page
    assert "https://wa.me/919876543210?text=Hello%20Priya" in page

    sent = reverse("desk:message_sent", args=["asha", told.pk])
    assert [desk.post(sent, {"key": uuid4()}).status_code for _ in range(2)] == [302, 302]
    told.refresh_from_db()
    assert told.state == Message.State.SENT
    assert "wa.me" not in desk.get(reverse("desk:renewals", args=["asha"])).content.decode()


def test_what_the_mail_server_refused_is_on_the_list_and_can_be_taken_off(asha: Clinic, desk: Client) -> None:
    sale(asha, _patient())
    message = Message.objects.get()
    Message.objects.update(state="sending", attempts=1)
    message.attempts = 1
    delivery.record_failure(message, timezone.now(), words="550 No such mailbox", for_good=True)

    assert "550 No such mailbox" in desk.get(reverse("desk:renewals", args=["asha"])).content.decode()

    sent = reverse("desk:message_sent", args=["asha", message.pk])
    assert desk.post(sent, {"key": uuid4(), "not_needed": "1"}).status_code == 302
    message.refresh_from_db()
    assert message.state == Message.State.CANCELLED


def test_a_message_that_the_program_sends_cannot_be_marked(asha: Clinic, desk: Client) -> None:
    sale(asha, _patient())

    answer = desk.post(
        reverse("desk:message_sent", args=["asha", Message.objects.get().pk]), {"key": uuid4()}
    )

    assert answer.status_code == 422
    assert Message.objects.get().state == Message.State.QUEUED
