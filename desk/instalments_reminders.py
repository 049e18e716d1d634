"""Reminders of instalments: some days before, on the day, some days after. Each once, whatever the job does (S56).

The occasion names the instalment and which of the three it is, and the outbox takes an occasion once: the job may run
twice, from two workers at once, or crash half-way and run again. A job that stood still writes what still fits the day.
What says that something is due is of no use once its day is over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.db.models import F, Q
from django.utils import timezone, translation

from billing.instalment_states import standing
from billing.models import Instalment
from clinic import access, audit
from clinic.acts import act
from clinic.calendar import day_bounds
from clinic.keys import hold
from clinic.messages import outbox
from clinic.messages.kinds import kind_named
from clinic.messages.outbox import Occasion
from clinic.messages.rules import House, rule_of, settings_of
from clinic.models import Clinic, Message, MessageSettings, Staff
from clinic.templatetags.ui import money
from clinic.tenancy.context import clinic_context
from clinic.ui.words import day
from packages.models import Package

from .instalments_list import open_between
from .letter_kinds import AFTER, BEFORE, DUE, INSTALMENTS
from .ways import NoWay

# How far back an instalment may have been due: a job that stood still for weeks does not dig up everything.
LOOK_BACK = timedelta(days=30)
HOLD = UUID("0d4a7f52-7c9e-4b36-9a51-3f0b6c0f6f21")
OCCASION, ASKED = "instalment", "asked"
# A pack that was suspended or closed asks for nothing by itself; what is still owed of it is for people to say.
RUNS = Q(plan__line__package__isnull=True) | Q(
    plan__line__package__state__in=(Package.State.ACTIVE, Package.State.PENDING)
)


def write_all(clinic: Clinic, *, on: date) -> int:
    """Take back reminders of what was paid since, and write those that are due on the local day; says how many."""
    with clinic_context(clinic.pk):
        hold(uuid5(HOLD, str(clinic.pk)))  # of two runs at once, the second sees what the first has written
        withdraw_settled()
        found = due(on=on)
        drafts = _drafts(found, clinic=clinic, on=on) if found else []
        outbox.put(drafts)
        return len(drafts)


def due(*, on: date) -> list[tuple[Instalment, str]]:
    """All that is due on the local day and was not written yet: the instalment and its occasion."""
    when = Days.of(settings_of())
    rows = open_between(on - LOOK_BACK - when.after, on + when.before)
    rows = rows.filter(RUNS, due_on__gt=F("plan__agreed_on"))
    joined = rows.select_related("plan__line__bill__patient").order_by("due_on", "pk")
    found = [(row, occasion_of(row, name)) for row in joined if (name := when.which(row, on))]
    written = _written([occasion for _, occasion in found])
    return [(row, occasion) for row, occasion in found if occasion not in written]


@dataclass(frozen=True)
class Days:
    """When the clinic reminds. A kind that is switched off reminds on no day."""

    before: timedelta
    after: timedelta
    kinds: frozenset[str]

    @classmethod
    def of(cls, settings: MessageSettings) -> Days:
        rules = {name: rule_of(kind_named(name), settings) for name in INSTALMENTS}
        return cls(
            timedelta(days=rules[BEFORE].number("days")),
            timedelta(days=rules[AFTER].number("days")),
            frozenset(name for name, rule in rules.items() if rule.is_on),
        )

    def which(self, instalment: Instalment, on: date) -> str:
        """Which reminder the day asks for, if any. The one before is not written where it was over at the
        agreement."""
        due_on, agreed_on = instalment.due_on, instalment.plan.agreed_on
        if on < due_on:
            return "before" if BEFORE in self.kinds and due_on - self.before > agreed_on else ""
        if on < due_on + self.after:
            return "due" if DUE in self.kinds else ""
        return "after" if AFTER in self.kinds else ""


def kind_on(due_on: date, on: date) -> str:
    """How a reminder is worded that is written on this day."""
    if on < due_on:
        return BEFORE
    return DUE if on == due_on else AFTER


@act
def remind(instalment: Instalment, *, clinic: Clinic, on: date, by: Staff | None) -> Message | None:
    """Remind of one instalment because somebody asked for it; once a day. None where nothing of it is left.

    Refuses where nothing reaches the patient, and the clinic tells nobody by hand.
    """
    access.require(by, "agree_instalments")
    hold(uuid5(HOLD, str(instalment.pk)))
    rows = standing().select_related("plan__line__bill__patient")
    row = rows.filter(pk=instalment.pk, left__gt=0).first()
    if row is None:
        return None
    occasion = occasion_of(row, f"{ASKED} {on}")
    if not _written([occasion]):
        drafts = _drafts([(row, occasion)], clinic=clinic, on=on, is_asked=True)
        if not drafts:
            raise NoWay
        outbox.put(drafts)
        audit.record("remind", row, by=by, after={"channel": drafts[0].channel})
    return Message.objects.get(occasion=occasion)


def withdraw_settled(**which: Any) -> int:
    """Take back reminders that still wait though nothing of their instalment is left, or, where the clock wrote them,
    though its pack runs no more; says how many. `which` narrows the messages."""
    messages = Message.objects.filter(
        state=Message.State.QUEUED, occasion__startswith=f"{OCCASION}:", **which
    )
    waiting = {pk: occasion.split(":") for pk, occasion in messages.values_list("pk", "occasion")}
    if not waiting:
        return 0
    asking = standing().filter(pk__in={UUID(names[1]) for names in waiting.values()}, left__gt=0)
    owed, running = (
        set(map(str, rows.values_list("pk", flat=True))) for rows in (asking, asking.filter(RUNS))
    )
    stale = [
        pk
        for pk, (_name, instalment, reminder) in waiting.items()
        if instalment not in (owed if reminder.startswith(ASKED) else running)
    ]
    return outbox.cancel(pk__in=stale) if stale else 0


def occasion_of(instalment: Instalment, name: str) -> str:
    """What makes the reminder unique in the outbox."""
    return f"{OCCASION}:{instalment.pk}:{name}"


def _drafts(
    found: list[tuple[Instalment, str]], *, clinic: Clinic, on: date, is_asked: bool = False
) -> list[Message]:
    house, at = House.of(clinic, *INSTALMENTS), timezone.now()
    drafts = [
        outbox.draft(
            row.plan.line.bill.patient,
            _occasion(row, occasion, clinic=clinic, on=on),
            house=house,
            at=at,
            is_asked=is_asked,
        )
        for row, occasion in found
    ]
    return [draft for draft in drafts if draft]


def _occasion(row: Any, name: str, *, clinic: Clinic, on: date) -> Occasion:
    with translation.override(row.plan.line.bill.patient.language):
        fields = {
            "amount": money(row.left, clinic.currency),
            "day": day(row.due_on),
            "bill": row.plan.line.bill.name,
        }
    kind, due_day_ends = kind_on(row.due_on, on), day_bounds(row.due_on, clinic.zone)[1]
    return Occasion(name, kind, fields, good_until=None if kind == AFTER else due_day_ends)


def _written(occasions: list[str]) -> set[str]:
    found = Message.objects.filter(occasion__in=occasions) if occasions else Message.objects.none()
    return set(found.values_list("occasion", flat=True))
