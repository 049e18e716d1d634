"""The owner decides how messages go: by which channels, when, and which kinds of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any

from django.utils.translation import gettext as _

from clinic import access, audit
from clinic.acts import act
from clinic.models import Message, MessageSettings, Staff
from clinic.refusals import Refused

from .kinds import Kind, Timing, find_kind

MOST_A_DAY, LAST_HOUR, MOST_NUMBERS = 50, 23, 6
Timings = Mapping[str, Sequence[int]]


class NotDecided(Refused):
    """Something that was asked for cannot be. `faults` has a sentence for each field's name."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        self.faults = dict(faults)
        super().__init__(" ".join(self.faults.values()))


@dataclass(frozen=True)
class Decision:
    """How a kind of message shall be: on or off, told by hand where nothing else reaches the patient, and when."""

    is_on: bool
    by_hand: bool
    timing: Timings


@act
def decide_sending(
    *,
    channels: Sequence[str],
    quiet_from: time,
    quiet_until: time,
    daily_cap: int,
    nudge_hour: int,
    by: Staff | None,
) -> MessageSettings:
    """The channels in their order, the quiet hours, how many a day, the hour for reminders. What is queued keeps its
    way. Refuses what is unknown, twice there or out of bounds."""
    access.require(by, "manage_clinic")
    faults = {
        "channels": _fault_of_channels(channels),
        "daily_cap": _fault_of_number(daily_cap, 0, MOST_A_DAY),
        "nudge_hour": _fault_of_number(nudge_hour, 0, LAST_HOUR),
    }
    _refuse(faults)
    facts = {"quiet_from": quiet_from, "quiet_until": quiet_until, "daily_cap": daily_cap}
    return _change(by, channels=list(channels), nudge_hour=nudge_hour, **facts)


@act
def decide_rules(decisions: Mapping[str, Decision], *, by: Staff | None) -> MessageSettings:
    """What these kinds shall be; the others stay. Only what differs from how a kind is shipped is kept.

    Refuses unknown kinds and timings, numbers out of bounds and numbers that are twice there; `faults` names them
    "kind" or "kind.timing"."""
    access.require(by, "manage_clinic")
    faults: dict[str, str] = {}
    own: dict[str, dict[str, Any]] = {}
    for name, decision in decisions.items():
        if kind := find_kind(name):
            faults |= _faults_of(kind, decision)
            own[name] = _differs(kind, decision)
        else:
            faults[name] = _("There is no kind of message with the name “%(name)s”.") % {"name": name}
    _refuse(faults)
    kept = _row().rules
    rules = {name: facts for name, facts in {**kept, **own}.items() if facts}
    return _change(by, rules=rules)


def _faults_of(kind: Kind, decision: Decision) -> dict[str, str]:
    known = {timing.name: timing for timing in kind.timings}
    faults = {
        f"{kind.name}.{name}": _("There is no time “%(name)s” to set.") % {"name": name}
        for name in decision.timing
        if name not in known
    }
    for name, numbers in decision.timing.items():
        if name in known:
            faults[f"{kind.name}.{name}"] = _fault_of_timing(known[name], numbers)
    return faults


def _fault_of_timing(timing: Timing, numbers: Sequence[int]) -> str:
    if not numbers or (len(numbers) > 1 and not timing.is_list):
        return _("Write one number.")
    if len(numbers) > MOST_NUMBERS:
        return _("At most %(n)s numbers.") % {"n": MOST_NUMBERS}
    for number in numbers:
        if list(numbers).count(number) > 1:
            return _("%(number)s is there twice. Once is enough.") % {"number": number}
        if fault := _fault_of_number(number, timing.least, timing.most):
            return fault
    return ""


def _fault_of_number(number: int, least: int, most: int) -> str:
    if least <= number <= most:
        return ""
    return _("Choose a number from %(least)s to %(most)s.") % {"least": least, "most": most}


def _fault_of_channels(channels: Sequence[str]) -> str:
    if not channels:
        return _("Choose at least one channel.")
    if unknown := [each for each in channels if each not in Message.Channel.values]:
        return _("There is no channel “%(name)s”.") % {"name": unknown[0]}
    if len(set(channels)) < len(channels):
        return _("A channel is there twice. Choose each once.")
    return ""


def _differs(kind: Kind, decision: Decision) -> dict[str, Any]:
    """What of the decision is not as shipped."""
    facts: dict[str, Any] = {}
    if decision.is_on != kind.is_on:
        facts["is_on"] = decision.is_on
    if decision.by_hand != kind.for_hand:
        facts["by_hand"] = decision.by_hand
    shipped = {timing.name: timing.default for timing in kind.timings}
    timing = {
        name: sorted(numbers, reverse=True)
        for name, numbers in decision.timing.items()
        if set(numbers) != set(shipped.get(name, ()))
    }
    return facts | ({"timing": timing} if timing else {})


def _refuse(faults: Mapping[str, str]) -> None:
    if found := {name: sentence for name, sentence in faults.items() if sentence}:
        raise NotDecided(found)


def _change(by: Staff | None, **facts: Any) -> MessageSettings:
    """Write what differs, with what it was; nothing where nothing does."""
    kept = _row()
    changed = {name: fact for name, fact in facts.items() if getattr(kept, name) != fact}
    if not changed:
        return kept
    before = {name: getattr(kept, name) for name in changed}
    for name, fact in changed.items():
        setattr(kept, name, fact)
    kept.save(update_fields=list(changed))
    audit.record("decide_messages", kept, by=by, before=before, after=changed)
    return kept


def _row() -> MessageSettings:
    """The clinic's one row, locked; made where it is not there yet."""
    rows = MessageSettings.objects.select_for_update(no_key=True)
    if found := rows.first():
        return found
    MessageSettings.objects.bulk_create([MessageSettings()], ignore_conflicts=True)
    made: MessageSettings = rows.get()
    return made
