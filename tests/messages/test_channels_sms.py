"""Messages by SMS through a provider that the clinic names, and what it may not make us do."""

from __future__ import annotations

import logging
import socket
import threading
import time
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.utils import timezone

from clinic.messages import by_hand, delivery, kinds, providers, sms_reports, tasks
from clinic.messages.accounts import account_of
from clinic.messages.channels import Unreachable
from clinic.messages.kinds import Group, Kind
from clinic.messages.personal import address_for
from clinic.messages.providers import asked, is_public, public_client
from clinic.models import ChannelAccount, Clinic, Message, MessageAttempt
from tests.factories import PatientFactory, owner_of
from tests.fake_sms import FakeSms, account, sms

__all__ = ["sms"]
State = Message.State
HOUR = timedelta(hours=1)


@pytest.fixture
def clinic(asha: Clinic, sms: FakeSms) -> Clinic:
    account(asha, sms)
    return asha


def waiting(occasion: str = "1", **facts: Any) -> Message:
    patient = PatientFactory(phones=["+919820011111"], email="priya@example.test", may_message=True)
    known = {"channel": "sms", "address": "+919820011111", "body": "4 left.", "kind": "test.left"}
    known |= {"not_before": timezone.now() - HOUR}
    return Message.objects.create(patient=patient, occasion=occasion, **known | facts)


def turn(clinic: Clinic) -> int:
    return tasks.send_waiting(clinic_id=clinic.pk, channel="sms")


def again(message: Message) -> Message:
    message.refresh_from_db()
    return message


@pytest.mark.parametrize("method", ["POST", "JSON", "GET"])
def test_a_message_goes_out_as_the_provider_wants_it(asha: Clinic, sms: FakeSms, method: str) -> None:
    account(asha, sms, method=method, text_field="msg", plus="+")
    message = waiting()

    assert turn(asha) == 1

    name = str(message.pk)
    assert sms.taken[name] == {
        "to": "+919820011111",
        "msg": "4 left.",
        "sender": "ASHAPT",
        "reference": name,
    }
    assert sms.asked[0].method == ("GET" if method == "GET" else "POST")
    assert (again(message).state, message.provider_id) == (State.SENT, "sms-1")


def test_in_india_the_text_goes_with_the_number_of_its_template(
    asha: Clinic, sms: FakeSms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    kinds.register(Kind("test.left", Group.RECEIPT, "Left", "", "{clinic}", "{first_name}"))
    account(asha, sms, templates="test.left = 1107161234567890123\n", template_field="dlt")
    first, other = waiting(), waiting("2", kind="")

    turn(asha)

    assert sms.taken[str(first.pk)]["dlt"] == "1107161234567890123"
    assert "dlt" not in sms.taken[str(other.pk)]


def test_a_provider_that_heeds_our_id_sends_once_what_it_did_not_answer(clinic: Clinic, sms: FakeSms) -> None:
    message = waiting()
    sms.answers = [(503, "taken, and not said so")]

    assert turn(clinic) == 0
    Message.objects.update(not_before=timezone.now())
    ChannelAccount.objects.update(paused_until=None)
    assert turn(clinic) == 1

    assert len(sms.asked) == 2
    assert list(sms.taken) == [str(message.pk)]


def test_an_answer_without_the_providers_number_is_no_reason_to_send_it_again(
    clinic: Clinic, sms: FakeSms
) -> None:
    message = waiting(route=["email"])
    sms.answers = [{"status": "ok", "id": "7"}]

    turn(clinic)

    assert (again(message).channel, len(sms.asked)) == ("email", 1)
    assert message.last_words.startswith("The provider’s answer has no “data.id”: 200")


def tell(message: Message, status: str) -> None:
    told = {"reference": str(message.pk), "status": status}
    sms_reports.hear_sms(told, account_of("sms"), at=timezone.now())


def test_what_was_told_of_the_last_attempt_says_nothing_about_this_one(asha: Clinic, sms: FakeSms) -> None:
    account(asha, sms, answer_field="")
    message = waiting()
    turn(asha)
    tell(message, "UNDELIV")
    assert again(message).state == State.FAILED
    by_hand.try_again(message, by=owner_of(asha), at=timezone.now() - HOUR)
    tell(message, "UNDELIV")  # once more, before it went out

    turn(asha)

    assert again(message).state == State.SENT
    tell(message, "DELIVRD")
    assert again(message).state == State.DELIVERED


@pytest.mark.parametrize("answer_field", ["", "data.id"])
def test_a_late_report_of_an_sms_says_nothing_about_the_email_that_followed(
    asha: Clinic, sms: FakeSms, answer_field: str
) -> None:
    account(asha, sms, answer_field=answer_field)
    message = waiting(route=["email"])
    turn(asha)
    tell(message, "UNDELIV")
    email = delivery.claim(timezone.now(), channel="email", clinic=asha)
    assert email
    delivery.record_sent(email, timezone.now(), provider_id="mail-1")

    tell(message, "UNDELIV")
    tell(message, "EXPIRED")

    assert (again(message).channel, message.state) == ("email", State.SENT)


@pytest.mark.parametrize("before", ["", "x" * 220])
@pytest.mark.parametrize("status", [400, 500])
def test_a_provider_that_repeats_the_text_does_not_make_us_keep_the_personal_link(
    clinic: Clinic, sms: FakeSms, status: int, before: str
) -> None:
    message = waiting(body=f"{before}[[link]]")
    token = address_for(message, clinic=clinic, at=timezone.now()).rstrip("/").rpartition("/")[2]
    sms.answers = [(status, "Rejected: {text}")]

    turn(clinic)

    kept = [again(message).last_words, MessageAttempt.objects.get().words]
    kept.append(ChannelAccount.objects.get().last_words)
    assert token in sms.taken[str(message.pk)]["message"]
    assert "Rejected" in kept[0]
    assert not any(token[:12] in words for words in kept)


def test_no_log_has_the_number_the_text_or_the_address(
    asha: Clinic, sms: FakeSms, caplog: pytest.LogCaptureFixture
) -> None:
    account(asha, sms, method="GET")
    waiting()

    with caplog.at_level(logging.DEBUG):
        turn(asha)

    ours = [each.getMessage() for each in caplog.records if each.name != "werkzeug"]  # the fake's own
    assert not [line for line in ours if "9820011111" in line]


@pytest.mark.parametrize("status", [400, 406, 422])
def test_what_the_provider_refuses_goes_the_next_way(clinic: Clinic, sms: FakeSms, status: int) -> None:
    message = waiting(route=["email"])
    sms.answers = [status]

    turn(clinic)

    assert (again(message).channel, message.last_words) == ("email", f"{status} mishap {status}")


@pytest.mark.parametrize("status", [301, 307, 404, 429, 500, 503])
def test_what_is_no_answer_to_the_message_pauses_the_account(
    clinic: Clinic, sms: FakeSms, status: int
) -> None:
    message = waiting(route=["email"])
    waiting("2")
    sms.answers = [status]

    turn(clinic)

    assert (again(message).channel, message.state) == ("sms", State.QUEUED)
    assert ChannelAccount.objects.get().failures == 1
    assert len(sms.asked) == 1  # and nobody was followed elsewhere


def test_a_login_that_is_refused_burns_no_message(asha: Clinic, sms: FakeSms) -> None:
    account(asha, sms, login="authkey: wrong")
    message = waiting()

    turn(asha)

    assert (again(message).attempts, ChannelAccount.objects.get().checked) == (0, "refused")


def test_an_sms_says_its_text_without_the_paper(clinic: Clinic, sms: FakeSms) -> None:
    from clinic.messages.enclosures import Enclosure, _makers

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(_makers, "paper", lambda key, at: Enclosure("a.pdf", b"%PDF"))
        message = waiting(enclosure="paper:1", route=["email"])
        turn(clinic)

    assert (again(message).channel, message.state) == ("sms", State.SENT)
    assert sms.taken[str(message.pk)]["message"] == "4 left."


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.8", "172.16.3.4", "192.168.1.1", "169.254.169.254", "0.1.2.3", "224.0.0.1"),
        *("100.64.0.1", "::1", "::", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1", "64:ff9b::a00:1"),
        *("2002:7f00:1::", "2001:0:1::", "ff02::1"),
    ],
)
def test_an_address_of_our_own_house_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["13.127.0.1", "2404:6800:4009:80b::200e"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "[::1]"])
def test_no_provider_leads_into_our_own_network(
    clinic: Clinic, sms: FakeSms, settings: Any, host: str
) -> None:
    port = sms.url.rpartition(":")[2].partition("/")[0]
    account(clinic, sms, url=f"http://{host}:{port}/send")
    message = waiting()
    settings.ALLOW_PRIVATE_PROVIDERS = False

    turn(clinic)

    assert sms.asked == []
    assert again(message).last_words == "ConnectError: the address leads into a private network"


def test_a_name_that_leads_to_one_public_and_one_private_address_is_not_followed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def found(*_args: Any, **_kwargs: Any) -> list[Any]:
        return [(0, 0, 0, "", (address, 443)) for address in ("13.127.0.1", "10.0.0.8")]

    monkeypatch.setattr(socket, "getaddrinfo", found)

    with public_client() as client, pytest.raises(Unreachable, match="private network"):
        asked(client, "GET", "https://two-faced.example.com/")


def test_an_answer_that_drips_ends_in_time(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ALLOW_PRIVATE_PROVIDERS = True
    monkeypatch.setattr(providers, "LONGEST_SECONDS", 1)
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            line, _address = server.accept()
            with line:
                line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                while not ended.wait(0.1):
                    try:
                        line.sendall(b".")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        began = time.monotonic()
        with public_client() as client, pytest.raises(Unreachable, match="ReadTimeout"):
            asked(client, "GET", f"http://127.0.0.1:{server.getsockname()[1]}/")
        took = time.monotonic() - began
        ended.set()
        thread.join()
    assert took < 4


def test_an_answer_is_read_only_so_far(sms: FakeSms, httpserver: Any) -> None:
    httpserver.expect_request("/long").respond_with_data("x" * (providers.LONGEST_BYTES + 1))

    with httpx.Client(trust_env=False) as client, pytest.raises(Unreachable, match="too long"):
        asked(client, "GET", httpserver.url_for("/long"))
