"""What a clinic has decided about its messages: which kinds, when, by which channels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from clinic.models import ChannelAccount, Clinic, ClinicSettings, Message, MessageSettings, Patient, Wording

from .kinds import Kind

Channel = Message.Channel
# Channels that need an account of the clinic's own; e-mail goes by the installation's mail server.
WITH_ACCOUNT = frozenset({Channel.WHATSAPP, Channel.SMS})


@dataclass(frozen=True)
class Rule:
    """How a clinic wants a kind of message."""

    is_on: bool
    by_hand: bool
    timing: dict[str, tuple[int, ...]]

    def number(self, name: str) -> int:
        """The one number of a timing."""
        return self.timing[name][0]


@dataclass
class House:
    """All that messages of a clinic need, read once: for one message or for ten thousand."""

    clinic: Clinic
    settings: MessageSettings
    phone: str
    accounts: frozenset[str]
    wordings: dict[tuple[str, str], Wording]

    @classmethod
    def of(cls, clinic: Clinic, *kinds: str) -> House:
        """As it is now; with the wordings of these kinds."""
        on = ChannelAccount.objects.filter(is_on=True).values_list("channel", flat=True)
        # One without a body was taken back: rows are never deleted.
        own = Wording.objects.filter(kind__in=kinds).exclude(body="") if kinds else ()
        return cls(
            clinic=clinic,
            settings=settings_of(),
            phone=ClinicSettings.objects.values_list("phone", flat=True).first() or "",
            accounts=frozenset(on),
            wordings={(each.kind, each.language): each for each in own},
        )

    def rule(self, kind: Kind) -> Rule:
        return rule_of(kind, self.settings)

    def route(self, patient: Patient, kind: Kind | None) -> list[tuple[str, str]]:
        """Channel and address of each way to reach the patient, the first first; none without consent."""
        if not patient.may_message:
            return []
        by_hand = kind is None or self.rule(kind).by_hand
        addresses = {Channel.EMAIL: patient.email, Channel.BY_HAND: patient.phone if by_hand else ""}
        addresses |= dict.fromkeys(WITH_ACCOUNT.intersection(map(Channel, self.accounts)), patient.phone)
        order = [*dict.fromkeys([*self._wanted_by(patient), *self.settings.channels])]
        return [(channel, address) for channel in order if (address := addresses.get(Channel(channel), ""))]

    def _wanted_by(self, patient: Patient) -> list[str]:
        return [channel for channel in patient.channels if channel in Channel.values]


def settings_of() -> MessageSettings:
    """The clinic's row, or one as shipped that is not kept yet."""
    found: MessageSettings | None = MessageSettings.objects.first()
    return found or MessageSettings()


def rule_of(kind: Kind, settings: MessageSettings) -> Rule:
    """How the clinic wants the kind: what it has decided, else as shipped."""
    own: dict[str, Any] = settings.rules.get(kind.name, {})
    timing = {each.name: tuple(own.get("timing", {}).get(each.name, each.default)) for each in kind.timings}
    return Rule(own.get("is_on", kind.is_on), own.get("by_hand", kind.for_hand), timing)


def is_quiet(local: time, settings: MessageSettings) -> bool:
    """Whether nothing is sent at this time of the clinic's day. The same time twice: never quiet."""
    start, end = settings.quiet_from, settings.quiet_until
    if start <= end:
        return start <= local < end
    return local >= start or local < end


def next_loud(at: datetime, clinic: Clinic, settings: MessageSettings) -> datetime:
    """The moment itself, or the end of the quiet hours that it falls into, on the clinic's clock."""
    local = clinic.local(at)
    if not is_quiet(local.time(), settings):
        return at
    end = local.replace(tzinfo=None, second=0, microsecond=0)
    end = end.replace(hour=settings.quiet_until.hour, minute=settings.quiet_until.minute)
    if local.time() >= settings.quiet_until:
        end += timedelta(days=1)
    return end.replace(tzinfo=clinic.zone)


def next_morning(at: datetime, clinic: Clinic, settings: MessageSettings) -> datetime:
    """The first moment of the clinic's next day at which messages go out."""
    day = clinic.day_of(at) + timedelta(days=1)
    return next_loud(datetime.combine(day, time(), tzinfo=clinic.zone), clinic, settings)
