"""Nudges about packages: each once per package and occasion, whatever the job does (S56). It may run twice, from two
workers at once, or crash half-way and run again.

What is due follows from the day alone, and a day's deductions count from the next day on, so that a run at noon finds
what the run at ten found. The rules are packages.nudge_rules; each is switched, timed and worded by the clinic.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID, uuid5

from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils import translation

from clinic.calendar import day_bounds
from clinic.keys import hold
from clinic.messages import outbox
from clinic.messages.kinds import kind_named
from clinic.messages.outbox import Occasion
from clinic.messages.rules import House, is_quiet, rule_of, settings_of
from clinic.models import Clinic, Message, MessageSettings, Patient
from clinic.tenancy.context import clinic_context

from . import nudge_rules as rules
from .models import Nudge, Package
from .nudge_kinds import EXPIRING, NOT_COMING, URGENCY
from .nudge_rules import OPEN, Asked, Found

__all__ = ["OPEN", "Due", "due", "is_the_hour", "of_their_own", "withdraw", "withdraw_of", "write_all"]

AT_ONCE = 200
HOLD = UUID("6b9f0d5e-3a1c-4c67-9f58-5d2f6a1f7a10")
USEFUL = timedelta(days=7)
# What nobody has sent yet, and may still be taken back.
WAITING = (Message.State.QUEUED, Message.State.FAILED)


@dataclass
class Due:
    """A package with all that one message answers: the first occasion words it. `also` are occasions of the patient's
    other packages that the same message answers."""

    package: Package
    found: list[Found]
    also: list[Found] = field(default_factory=list)

    @property
    def occasions(self) -> list[str]:
        return [each.occasion for each in self.found]

    @property
    def kind(self) -> str:
        return self.found[0].kind


def is_the_hour(local: datetime, settings: MessageSettings) -> bool:
    """Whether patients may be nudged at this time of the clinic's day: from its hour on, until its quiet hours. A
    clinic whose hour lies in its quiet hours has the messages written then, and sent in the morning."""
    starts_at = time(settings.nudge_hour)
    if local.time() < starts_at:
        return False
    return is_quiet(starts_at, settings) or not is_quiet(local.time(), settings)


def write_all(clinic: Clinic, *, on: date, at: datetime | None = None) -> int:
    """Write every nudge that is due on the clinic's local day, with its message; says how many packages were nudged.

    `at` is the moment of writing; if it is not given, noon of that day.
    """
    at = at or datetime.combine(on, time(12), tzinfo=clinic.zone)
    with clinic_context(clinic.pk):
        batches = list(_batches(_candidates(clinic, on)))
    random.shuffle(batches)  # a run that is cut short begins elsewhere the next time
    written = 0
    for batch in batches:
        with clinic_context(clinic.pk):
            # Of two runs at once, the second sees what the first has written.
            hold(uuid5(HOLD, str(clinic.pk)))
            house = House.of(clinic, *URGENCY)
            written += write(due_among(_locked(batch), house=house, on=on), house=house, at=at)
    return written


def due(clinic: Clinic, *, on: date) -> list[Due]:
    """All that is due on the local day and was not written yet."""
    house = House.of(clinic, *URGENCY)
    found = []
    for batch in _batches(_candidates(clinic, on)):
        found += due_among(batch, house=house, on=on)
    return found


def due_among(package_ids: Iterable[UUID], *, house: House, on: date) -> list[Due]:
    """Those of the packages for which an occasion has come that was not written yet. All packages of a patient should
    be among them, or none."""
    packages = Package.objects.filter(pk__in=list(package_ids)).select_related("patient").in_bulk()
    occasions = Nudge.objects.filter(package__in=packages).values_list("package_id", "occasion")
    written = set(occasions)
    by_package: dict[UUID, list[Found]] = {}
    for rule, asked in _asked(house.clinic, house.settings, on):
        for found in rule.look(rules.among(rule, asked, packages), asked):
            if (found.package.pk, found.occasion) not in written:
                by_package.setdefault(found.package.pk, []).append(found)
    return _spoken([Due(packages[pk], found) for pk, found in by_package.items()])


def write(found: list[Due], *, house: House, at: datetime) -> int:
    """Write nudges and messages together, in the transaction of the caller. What still waits about a package gives way
    to what is said of it now."""
    if not found:
        return 0
    _take_back(Nudge.objects.filter(package__in=[each.package.pk for each in found]))
    drafts = [_draft(each, house, at) for each in found]
    outbox.put([draft for draft in drafts if draft])
    Nudge.objects.bulk_create(
        [
            Nudge(package=occasion.package, occasion=occasion.occasion, message=message)
            for each, message in zip(found, drafts, strict=True)
            for occasion in (*each.found, *each.also)
        ],
        ignore_conflicts=True,
    )
    return sum(draft is not None for draft in drafts)


def withdraw(patient_id: UUID, *kinds: str) -> int:
    """The patient has bought again: nudges that still wait are taken back, or those of these kinds; says how many."""
    return _take_back(Nudge.objects.filter(package__patient=patient_id), kinds)


def withdraw_of(package: Package, *kinds: str) -> int:
    """Something happened to the package: what still waits about it is taken back, or what is of these kinds; says how
    many."""
    return _take_back(Nudge.objects.filter(package=package), kinds)


def of_their_own(nudges: QuerySet[Nudge]) -> QuerySet[Nudge]:
    """Those whose message is about their own package: it may answer occasions of others too, and stands when
    something happens to those."""
    own = Concat(Value("nudge:"), Cast("package_id", CharField()), Value(":"))
    return nudges.filter(message__occasion__startswith=own)


def _take_back(nudges: QuerySet[Nudge], kinds: Iterable[str] = ()) -> int:
    waiting = of_their_own(nudges).filter(message__state__in=WAITING)
    if kinds:
        waiting = waiting.filter(message__kind__in=kinds)
    ids = list(waiting.values_list("message_id", flat=True))
    if not ids:
        return 0
    return Message.objects.filter(pk__in=ids, state__in=WAITING).update(state=Message.State.CANCELLED)


def _asked(clinic: Clinic, settings: MessageSettings, on: date) -> Iterator[tuple[rules.NudgeRule, Asked]]:
    """The rules that are on, the most urgent first."""
    expiring = rule_of(kind_named(EXPIRING), settings)
    last_days = max(expiring.timing["days"]) if expiring.is_on else 0
    for rule in rules.all_rules():
        how = rule_of(kind_named(rule.kind), settings)
        if how.is_on:
            yield rule, Asked(clinic, on, how, last_days)


def _candidates(clinic: Clinic, on: date) -> list[tuple[UUID, UUID]]:
    """Patient and package of all that is worth a look, those of a patient together."""
    ids: set[UUID] = set()
    for rule, asked in _asked(clinic, settings_of(), on):
        ids |= rules.candidates(rule, asked)
    return sorted(Package.objects.filter(pk__in=ids).values_list("patient_id", "pk"))


def _batches(candidates: list[tuple[UUID, UUID]]) -> Iterator[list[UUID]]:
    """So many at once, and all of a patient in one."""
    batch: list[UUID] = []
    for _patient, rows in groupby(candidates, key=lambda row: row[0]):
        batch += [pk for _, pk in rows]
        if len(batch) >= AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _locked(package_ids: list[UUID]) -> list[UUID]:
    """Those of the packages with which nobody is doing anything right now, nor with the patient's money. The others
    wait for the next run: who is just buying again must not be told that the package ends."""
    free: dict[str, Any] = {"no_key": True, "skip_locked": True}
    owners = Package.objects.filter(pk__in=package_ids).values("patient_id")
    patients = list(
        Patient.objects.filter(pk__in=owners).select_for_update(**free).values_list("pk", flat=True)
    )
    packages = Package.objects.filter(pk__in=package_ids, patient__in=patients)
    return list(packages.select_for_update(**free).values_list("pk", flat=True))


def _spoken(dues: list[Due]) -> list[Due]:
    """Who has not come is told so once, whatever number of packages is left, and not beside a more urgent nudge."""
    spoken: list[Due] = []
    by_patient: dict[UUID, list[Due]] = {}
    for each in sorted(dues, key=_by_urgency):
        before = by_patient.setdefault(each.package.patient_id, [])
        if before and each.kind == NOT_COMING:
            before[0].also += each.found
            continue
        before.append(each)
        spoken.append(each)
    return spoken


def _by_urgency(each: Due) -> tuple[int, date, int]:
    return (URGENCY.index(each.kind), each.package.valid_until or date.max, each.package.number)


def _draft(each: Due, house: House, at: datetime) -> Message | None:
    patient, first = each.package.patient, each.found[0]
    with translation.override(patient.language):
        occasion = Occasion(
            name=f"nudge:{each.package.pk}:{first.occasion}",
            kind=first.kind,
            fields=first.fields(),
            good_until=_good_until(first, house.clinic, at),
        )
        return outbox.draft(patient, occasion, house=house, at=at)


def _good_until(found: Found, clinic: Clinic, at: datetime) -> datetime:
    """What is about to end is of use until it has ended; the rest for a week."""
    if found.kind == EXPIRING and found.package.valid_until:
        return day_bounds(found.package.valid_until, clinic.zone)[1]
    return at + USEFUL
