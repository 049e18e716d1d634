"""The clinic's accounts at the providers of its channels: set up and switched by the owner, opened by the worker.

E-mail has none: it goes by the installation's mail server.
"""

from __future__ import annotations

import json
import secrets as random_secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from clinic import access, audit, sealing
from clinic.acts import act
from clinic.models import ChannelAccount, Message, Patient, Staff
from clinic.refusals import Refused
from clinic.tenancy.context import current_clinic_id

from . import outbox
from .account_fields import FACTS, AccountField

Channel, Checked = Message.Channel, ChannelAccount.Checked
# Part of the address at which the provider of SMS reports; made here, and never typed by anybody.
HOOK = "hook"


class AccountRefused(Refused):
    """Something that was given cannot be right: `faults` has a sentence for each field's name."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        self.faults = dict(faults)
        super().__init__(" ".join(self.faults.values()))


class NoAccount(Refused):
    """There is no account of this channel, it is switched off, or its secrets cannot be read."""

    def __init__(self, channel: str) -> None:
        words = _("%(channel)s is not set up. The owner does it in the settings.")
        super().__init__(words % {"channel": Channel(channel).label})


class NotToTest(Refused):
    """This patient cannot be sent a test."""

    def __init__(self) -> None:
        super().__init__(_("This patient has not agreed to messages. Choose another, such as yourself."))


@dataclass(frozen=True, repr=False)
class Account:
    """An account with its secrets open."""

    channel: str
    facts: dict[str, str]
    secrets: dict[str, str]

    def of(self, name: str) -> str:
        """A fact or a secret; the field's default where it was left empty."""
        given = self.facts.get(name) or self.secrets.get(name)
        return given or next((each.default for each in FACTS[self.channel] if each.name == name), "")


@act
def set_up(
    channel: str, *, facts: dict[str, str], secrets: dict[str, str], by: Staff | None, at: datetime
) -> ChannelAccount:
    """Keep what the provider is asked with, and switch the account on; a secret left empty stays as it was.

    Refuses what is wrong or missing, with a sentence for each field. It counts as not tested from then on.
    """
    access.require(by, "manage_clinic")
    kept: ChannelAccount | None = (
        ChannelAccount.objects.select_for_update(no_key=True).filter(channel=channel).first()
    )
    before = {"is_on": kept.is_on, **kept.facts} if kept else None
    plain = {each.name: facts.get(each.name, "").strip() for each in FACTS[channel] if not each.is_secret}
    new = {each.name: secrets.get(each.name, "").strip() for each in FACTS[channel] if each.is_secret}
    old = _kept_secrets(kept, plain)
    hidden = {HOOK: random_secrets.token_urlsafe(24), **old, **{n: each for n, each in new.items() if each}}
    if faults := _faults(FACTS[channel], {**plain, **hidden}):
        raise AccountRefused(faults)
    account = kept or ChannelAccount(channel=channel)
    account.facts, account.is_on, account.changed_at = plain, True, at
    account.secrets = sealing.seal(json.dumps(hidden), place=_place(channel))
    account.checked, account.checked_at = Checked.NEVER, None
    account.failures, account.paused_until, account.last_words = 0, None, ""
    account.save()
    after = {"is_on": True, **plain, "new": sorted(name for name, secret in new.items() if secret)}
    audit.record("set_up_channel", account, by=by, before=before, after=after)
    return account


@act
def switch(account: ChannelAccount, *, is_on: bool, by: Staff | None, at: datetime) -> ChannelAccount:
    """Use the account, or do not: what waits for it then goes on to the next channel. Twice is once."""
    access.require(by, "manage_clinic")
    kept: ChannelAccount = ChannelAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
    if kept.is_on == is_on:
        return kept
    kept.is_on, kept.changed_at, kept.failures, kept.paused_until = is_on, at, 0, None
    kept.save(update_fields=["is_on", "changed_at", "failures", "paused_until"])
    audit.record("switch_channel", kept, by=by, before={"is_on": not is_on}, after={"is_on": is_on})
    return kept


@act
def test_send(
    patient: Patient, *, channel: str, subject: str, text: str, by: Staff | None, at: datetime, key: UUID
) -> Message:
    """Send a text to somebody of the register, such as oneself, by this channel and no other. The same key is the same
    message. Refuses a patient without consent or address, and a channel that is not set up."""
    access.require(by, "manage_clinic")
    if channel in FACTS and not ChannelAccount.objects.filter(channel=channel, is_on=True).exists():
        raise NoAccount(channel)
    address = patient.email if channel == Channel.EMAIL else patient.phone
    if not (patient.may_message and address):
        raise NotToTest
    occasion = f"test:{key}"
    test = Message(
        patient=patient,
        channel=channel,
        address=address,
        language=patient.language,
        subject=" ".join(subject.split())[:200],
        body=text,
        occasion=occasion,
        is_asked=True,
        not_before=at,
    )
    outbox.put([test])
    sent: Message = Message.objects.get(occasion=occasion)
    audit.record("test_channel", sent, by=by, after={"channel": channel, "occasion": occasion})
    return sent


def account_row(channel: str) -> ChannelAccount | None:
    """The clinic's account, whether it is in use or not."""
    found: ChannelAccount | None = ChannelAccount.objects.filter(channel=channel).first()
    return found


def account_of(channel: str, *, also_off: bool = False) -> Account:
    """The account with its secrets, to speak with the provider. Raises NoAccount; one that is switched off still hears
    what comes in (`also_off`)."""
    kept = account_row(channel)
    if kept is None or not (kept.is_on or also_off):
        raise NoAccount(channel)
    try:
        return Account(channel, kept.facts, _opened(kept))
    except sealing.CannotOpen as error:
        raise NoAccount(channel) from error


def is_readable(account: ChannelAccount) -> bool:
    """Whether its secrets can be opened; not after a change of SECRET_KEY."""
    try:
        _opened(account)
    except sealing.CannotOpen:
        return False
    return True


def _kept_secrets(kept: ChannelAccount | None, facts: Mapping[str, str]) -> dict[str, str]:
    """What need not be typed again. A provider at another address is never given the secrets of the last."""
    if kept is None:
        return {}
    try:
        old = _opened(kept)
    except sealing.CannotOpen:
        return {}
    return old if kept.facts.get("url") == facts.get("url") else {HOOK: old[HOOK]}


def _opened(kept: ChannelAccount) -> dict[str, str]:
    found: dict[str, str] = json.loads(sealing.unseal(kept.secrets or b"", place=_place(kept.channel)))
    return found


def _faults(fields: tuple[AccountField, ...], given: Mapping[str, str]) -> dict[str, str]:
    found = {field.name: field.fault_of(given.get(field.name, "")) for field in fields}
    return {name: words for name, words in found.items() if words}


def _place(channel: str) -> str:
    return f"{current_clinic_id()}:channel:{channel}"
