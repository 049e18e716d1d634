"""The clinic's accounts at the providers of its channels."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from clinic.access import NotAllowed
from clinic.messages import accounts
from clinic.messages.account_fields import FACTS
from clinic.models import AuditEvent, ChannelAccount, Clinic, Message
from tests.factories import PatientFactory, StaffFactory, owner_of
from tests.written import everything

FACTS_OF = {
    "whatsapp": {"phone_number_id": "106540352242922"},
    "sms": {"url": "https://sms.example.com/send", "sender": "ASHAPT"},
}
SECRETS_OF = {
    "whatsapp": {"access_token": "token-1", "app_secret": "app-secret", "verify_token": "word"},
    "sms": {"login": "authkey: key-1"},
}


def set_up(clinic: Clinic, channel: str = "whatsapp", **facts: Any) -> ChannelAccount:
    given = {"facts": FACTS_OF[channel], "secrets": SECRETS_OF[channel], "by": owner_of(clinic)} | facts
    return accounts.set_up(channel, at=timezone.now(), **given)


@pytest.mark.parametrize("channel", ["whatsapp", "sms"])
def test_the_secrets_are_kept_sealed_and_opened_for_the_worker(asha: Clinic, channel: str) -> None:
    account = set_up(asha, channel)

    assert account.is_on
    assert accounts.account_of(channel).secrets.items() >= SECRETS_OF[channel].items()
    for secret in SECRETS_OF[channel].values():
        assert secret.encode() not in bytes(account.secrets or b"")
        assert secret not in str(AuditEvent.objects.get(act="set_up_channel").after)


def test_a_secret_left_empty_stays_as_it_was(asha: Clinic) -> None:
    set_up(asha)

    set_up(asha, secrets={"access_token": "token-2"})

    opened = accounts.account_of("whatsapp")
    assert (opened.of("access_token"), opened.of("app_secret")) == ("token-2", "app-secret")
    assert ChannelAccount.objects.count() == 1


def test_a_provider_at_another_address_is_not_given_the_secrets_of_the_last(asha: Clinic) -> None:
    set_up(asha, "sms")

    with pytest.raises(accounts.AccountRefused) as refused:
        set_up(asha, "sms", facts={"url": "https://elsewhere.example.com/"}, secrets={})

    assert list(refused.value.faults) == ["login"]


@pytest.mark.parametrize(
    ("channel", "field", "value", "says"),
    [
        ("whatsapp", "phone_number_id", "+91 98200", "“+91 98200” is not a number of digits."),
        ("whatsapp", "phone_number_id", "", "Write this: Phone number ID."),
        ("whatsapp", "version", "23", "The version is written like v23.0"),
        ("whatsapp", "access_token", "to\nken", "Access token is too long, or has signs in it"),
        ("sms", "url", "http://sms.example.com/", "The address begins with https://"),
        ("sms", "url", "https://me:pass@sms.example.com/", "has no login in it"),
        ("sms", "login", "just a key", "The login is written like"),
        ("sms", "method", "PUT", "The way to send is POST, JSON or GET."),
        ("sms", "text_field", "my text", "“my text” is not the name of a field."),
        ("sms", "templates", "nothing = 1", "“nothing = 1” is not written like"),
    ],
)
def test_what_is_wrong_is_refused_with_a_sentence_for_its_field(
    asha: Clinic, channel: str, field: str, value: str, says: str
) -> None:
    secret_names = {each.name for each in FACTS[channel] if each.is_secret}
    given = {"facts": FACTS_OF[channel], "secrets": SECRETS_OF[channel]}
    part = "secrets" if field in secret_names else "facts"
    given[part] = given[part] | {field: value}
    before = everything()

    with pytest.raises(accounts.AccountRefused) as refused:
        set_up(asha, channel, **given)

    assert list(refused.value.faults) == [field]
    assert says in str(refused.value)
    assert everything() == before


def test_only_the_owner_sets_up_and_switches(asha: Clinic) -> None:
    desk = StaffFactory(role="front_desk")
    account = set_up(asha)
    before = everything()

    with pytest.raises(NotAllowed):
        set_up(asha, by=desk)
    with pytest.raises(NotAllowed):
        accounts.switch(account, is_on=False, by=desk, at=timezone.now())

    assert everything() == before


def test_an_account_that_is_off_sends_nothing_and_still_hears(asha: Clinic) -> None:
    account = set_up(asha)

    for _ in range(2):
        accounts.switch(account, is_on=False, by=owner_of(asha), at=timezone.now())

    with pytest.raises(accounts.NoAccount, match="WhatsApp is not set up"):
        accounts.account_of("whatsapp")
    assert accounts.account_of("whatsapp", also_off=True).of("app_secret") == "app-secret"
    assert AuditEvent.objects.filter(act="switch_channel").count() == 1


def test_after_a_change_of_the_secret_key_the_account_counts_as_not_set_up(
    asha: Clinic, settings: Any
) -> None:
    account = set_up(asha)
    settings.SECRET_KEY = "another"

    assert not accounts.is_readable(account)
    with pytest.raises(accounts.NoAccount):
        accounts.account_of("whatsapp")


def test_a_test_goes_by_its_channel_alone_and_once(asha: Clinic) -> None:
    set_up(asha)
    me = PatientFactory(phones=["+919820011111"], may_message=True)
    key = uuid4()
    facts: dict[str, Any] = {"channel": "whatsapp", "subject": "Test", "text": "It works.", "key": key}

    for _ in range(2):
        accounts.test_send(me, by=owner_of(asha), at=timezone.now(), **facts)

    sent = Message.objects.get()
    assert (sent.channel, sent.route, sent.is_asked, sent.body) == ("whatsapp", [], True, "It works.")


@pytest.mark.parametrize("facts", [{"may_message": False}, {"phones": []}])
def test_nobody_is_tested_without_consent_or_address(asha: Clinic, facts: dict[str, Any]) -> None:
    set_up(asha)
    me = PatientFactory(**{"phones": ["+919820011111"], "may_message": True} | facts)

    with pytest.raises(accounts.NotToTest):
        accounts.test_send(
            me,
            channel="whatsapp",
            subject="",
            text="Hello",
            by=owner_of(asha),
            at=timezone.now(),
            key=uuid4(),
        )

    assert not Message.objects.exists()
