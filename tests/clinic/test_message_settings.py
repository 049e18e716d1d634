"""The owner's pages about messages: channels, accounts, kinds, words. The form comes back as it was typed."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from clinic.messages.kinds import Kind
from clinic.messages.rules import settings_of
from clinic.models import ChannelAccount, Clinic, Message, Role, Wording
from tests.factories import PatientFactory, member, owner_of
from tests.messages.deciding import expiring  # noqa: F401 - a fixture
from tests.written import everything

SENDING = {
    "way_1": "whatsapp",
    "way_2": "by_hand",
    "way_3": "",
    "way_4": "",
    "quiet_from": "20:00",
    "quiet_until": "09:00",
    "daily_cap": "3",
    "nudge_hour": "11",
}
RULES = {
    "test.expiring.is_on": "on",
    "test.expiring.by_hand": "on",
    "test.expiring.days": "10, 3",
    "test.expiring.pause": "3",
}
ACCOUNT = {
    "phone_number_id": "1234567890",
    "access_token": "token-canary",
    "app_secret": "secret-canary",
    "verify_token": "verify-canary",
}
WORDS = {"subject": "{clinic}: {left}", "body": "Hi {first_name}!\n{left} left.", "template": ""}


@pytest.fixture
def owner(asha: Clinic) -> Client:
    client = Client()
    client.force_login(owner_of(asha).user)
    return client


def url(name: str, *args: str) -> str:
    return reverse(f"administration:{name}", args=["asha", *args])


def words(response: HttpResponse) -> str:
    return " ".join(response.content.decode().split())


def post(client: Client, where: str, **given: Any) -> HttpResponse:
    return client.post(where, {"key": uuid4()} | given)


def test_the_owner_says_how_messages_go(asha: Clinic, owner: Client) -> None:
    assert "How they go" in words(owner.get(url("message_settings")))

    assert post(owner, url("message_settings"), **SENDING).status_code == 302

    kept = settings_of()
    assert (kept.channels, kept.daily_cap, kept.nudge_hour) == (["whatsapp", "by_hand"], 3, 11)
    assert '<option value="whatsapp" selected>' in words(owner.get(url("message_settings")))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"way_2": "whatsapp"}, "This channel is there already. Choose each once."),
        ({"way_1": ""}, "This field is required."),
        ({"way_1": "pigeon"}, "pigeon"),
        ({"quiet_from": "25:00"}, "Enter a valid time."),
        ({"daily_cap": "99"}, "50"),
        ({"nudge_hour": "24"}, "23"),
        ({"nudge_hour": "ten"}, "whole number"),
    ],
)
def test_what_cannot_be_comes_back_as_it_was_typed(
    asha: Clinic, owner: Client, wrong: dict[str, str], sentence: str
) -> None:
    before = everything()

    refused = post(owner, url("message_settings"), **SENDING | {"quiet_until": "07:45"} | wrong)

    assert refused.status_code == 422
    assert sentence in words(refused)
    assert 'value="07:45"' in words(refused)
    assert everything() == before


def test_an_account_is_set_up_and_its_secrets_are_never_shown(asha: Clinic, owner: Client) -> None:
    assert "not set up" in words(owner.get(url("message_settings")))

    assert post(owner, url("message_account", "whatsapp"), **ACCOUNT).status_code == 302
    page = words(owner.get(url("message_account", "whatsapp")))

    assert 'value="1234567890"' in page
    assert "canary" not in page
    assert "not tested" in page
    # What is left empty stays.
    assert post(owner, url("message_account", "whatsapp"), phone_number_id="99999999").status_code == 302
    assert ChannelAccount.objects.get().facts["phone_number_id"] == "99999999"


def test_a_wrong_account_is_refused_at_its_field(asha: Clinic, owner: Client) -> None:
    before = everything()

    refused = post(owner, url("message_account", "whatsapp"), **ACCOUNT | {"phone_number_id": "my phone"})

    assert refused.status_code == 422
    assert "“my phone” is not a number of digits." in words(refused)
    assert 'value="my phone"' in words(refused)
    assert "canary" not in words(refused)
    assert everything() == before


def test_an_account_is_switched_off_and_on(asha: Clinic, owner: Client) -> None:
    post(owner, url("message_account", "whatsapp"), **ACCOUNT)

    post(owner, url("account_switch", "whatsapp"))
    assert not ChannelAccount.objects.get().is_on
    post(owner, url("account_switch", "whatsapp"), is_on="yes")
    assert ChannelAccount.objects.get().is_on
    assert owner.get(url("message_account", "email")).status_code == 404
    assert post(owner, url("account_switch", "sms")).status_code == 404


def test_kinds_are_switched_and_timed(asha: Clinic, owner: Client, expiring: Kind) -> None:  # noqa: F811
    page = words(owner.get(url("message_rules")))
    assert 'value="14, 7, 1"' in page
    assert "Several, with commas; from 1 to 90." in page

    saved = post(owner, url("message_rules"), **RULES | {"test.expiring.is_on": ""})

    assert saved.status_code == 302
    assert settings_of().rules[expiring.name] == {"is_on": False, "timing": {"days": [10, 3]}}


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        ("7; 7", "7 is there twice. Once is enough."),
        ("0", "Choose a number from 1 to 90."),
        ("soon", "Write whole numbers, such as 14, 7, 1."),
        ("", "This field is required."),
        ("-3", "Write whole numbers"),
    ],
)
def test_times_that_cannot_be_come_back_as_they_were_typed(
    asha: Clinic,
    owner: Client,
    expiring: Kind,  # noqa: F811
    days: str,
    sentence: str,
) -> None:
    before = everything()

    refused = post(owner, url("message_rules"), **RULES | {"test.expiring.days": days})

    assert refused.status_code == 422
    assert sentence in words(refused)
    assert f'value="{days}"' in words(refused) or not days
    assert everything() == before


def test_words_are_changed_and_taken_back(asha: Clinic, owner: Client, expiring: Kind) -> None:  # noqa: F811
    page = words(owner.get(url("wording", expiring.name, "hi")))
    assert "As shipped." in page
    assert "{left}" in page

    assert post(owner, url("wording", expiring.name, "hi"), **WORDS).status_code == 302
    page = words(owner.get(url("wording", expiring.name, "hi")))
    assert "The clinic’s own, by Owner of asha" in page
    assert "Hi Priya!<br>4 sessions left." in page

    post(owner, url("wording_return", expiring.name, "hi"))
    assert "As shipped." in words(owner.get(url("wording", expiring.name, "hi")))


def test_words_with_faults_are_refused_and_come_back(asha: Clinic, owner: Client, expiring: Kind) -> None:  # noqa: F811
    before = everything()

    typed = {"body": "<b>Dear</b> {first_nam}", "subject": '"Quoted"'}
    refused = post(owner, url("wording", expiring.name, "en-in"), **WORDS | typed)

    assert refused.status_code == 422
    page = words(refused)
    assert "{first_nam} is not known here" in page
    assert "{left} is missing" in page
    assert "&lt;b&gt;Dear&lt;/b&gt; {first_nam}</textarea>" in page
    assert 'value="&quot;Quoted&quot;"' in page
    assert "<b>Dear" not in page
    assert everything() == before


def test_the_preview_keeps_nothing_and_says_what_is_wrong(
    asha: Clinic,
    owner: Client,
    expiring: Kind,  # noqa: F811
) -> None:
    before = everything()

    typed = WORDS | {"body": "<script>{left}</script>\n{nonsense}"}
    seen = post(owner, url("wording_preview", expiring.name, "en-in"), **typed)

    assert seen.status_code == 200
    assert "&lt;script&gt;4 sessions&lt;/script&gt;" in words(seen)
    assert "{nonsense} is not known here" in words(seen)
    assert everything() == before


def test_a_test_goes_to_whoever_presses_and_to_nobody_else(
    asha: Clinic,
    owner: Client,
    expiring: Kind,  # noqa: F811
) -> None:
    user = owner_of(asha).user
    assert user is not None
    somebody = PatientFactory(email="ravi@example.test", may_message=True)
    trial = url("wording_trial", expiring.name, "en-in")
    assert post(owner, trial, patient=str(somebody.pk)).status_code == 422
    assert "add yourself as a patient" in words(owner.get(url("wording", expiring.name, "en-in")))

    PatientFactory(email=user.email.upper(), may_message=True)
    key = uuid4()
    for _ in range(2):
        assert post(owner, trial, channel="email", key=key).status_code in {302, 303}

    message = Message.objects.get()
    assert message.address == user.email.upper()
    assert message.is_asked
    assert message.subject == "Asha Physiotherapy: 4 sessions left"
    assert "Hello Priya" in message.body
    told = words(owner.get(reverse("desk:message", args=["asha", message.pk])))
    assert "Owner of asha asked for this test" in told


def test_a_channel_that_is_not_set_up_gets_no_test(asha: Clinic, owner: Client, expiring: Kind) -> None:  # noqa: F811
    user = owner_of(asha).user
    assert user is not None
    PatientFactory(email=user.email, phones=["+919820011111"], may_message=True)

    post(owner, url("wording_trial", expiring.name, "en-in"), channel="sms")

    assert Message.objects.get().channel == "email"


def test_kinds_and_languages_that_do_not_exist_have_no_page(
    asha: Clinic,
    owner: Client,
    expiring: Kind,  # noqa: F811
) -> None:
    for kind, language in (("test.nothing", "hi"), (expiring.name, "xx")):
        for name in ("wording", "wording_preview", "wording_return", "wording_trial"):
            assert post(owner, url(name, kind, language), **WORDS).status_code == 404
    assert not Wording.objects.exists()


def test_the_page_of_kinds_asks_as_little_for_many(
    asha: Clinic,
    owner: Client,
    expiring: Kind,  # noqa: F811
    queries: Any,
) -> None:
    owner.get(url("message_rules"))
    with queries() as asked:
        owner.get(url("message_rules"))

    assert asked.count <= 6, "\n".join(asked.statements)


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.THERAPIST, Role.ACCOUNTANT])
def test_only_the_owner_sees_them(asha: Clinic, expiring: Kind, role: Role) -> None:  # noqa: F811
    client, before = Client(), everything()
    client.force_login(member(asha, role).user)
    before = everything()

    for where in (
        url("message_settings"),
        url("message_rules"),
        url("message_account", "whatsapp"),
        url("wording", expiring.name, "hi"),
    ):
        assert client.get(where).status_code == 403
        assert post(client, where, **SENDING | RULES | WORDS | ACCOUNT).status_code == 403
    assert everything() == before
