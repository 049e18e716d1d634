"""Reminders about packages: expiring, few left, used up. Each once per package and occasion, whatever the job does
(S56): it may run twice, from two workers at once, or crash half-way and run again.

What is due follows from the day alone, and a day's deductions count from the next day on, so that a run at noon finds
what the run at ten found.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import translation

from clinic.keys import hold
from clinic.messages import outbox
from clinic.messages.wording import letter
from clinic.models import Clinic, ClinicSettings, Message
from clinic.tenancy.context import clinic_context

from .models import Entry, Nudge, Package
from .models.entries import DEDUCTIONS
from .nudge_words import words_of

FROM_HOUR, TO_HOUR = 10, 20
DAYS_BEFORE = (1, 7, 14)
FEW = 2
# How far back the last deduction may be: a job that stood still for weeks still finds what it missed.
LOOK_BACK = timedelta(days=30)
AT_ONCE = 200
HOLD = UUID("6b9f0d5e-3a1c-4c67-9f58-5d2f6a1f7a10")
OPEN = (Package.State.ACTIVE, Package.State.PENDING)


@dataclass(frozen=True)
class Due:
    """A package with all the occasions that one message answers; the first of them words it."""

    package: Package
    occasions: tuple[str, ...]
    on: date

    @property
    def rule(self) -> str:
        return self.occasions[0].partition(":")[0]

    @property
    def days_left(self) -> int | None:
        """Days after today on which the package is still valid."""
        return (self.package.valid_until - self.on).days if self.package.valid_until else None


def is_the_hour(local: datetime) -> bool:
    """Whether patients may be nudged at this time of the clinic's day."""
    return FROM_HOUR <= local.hour < TO_HOUR


def write_all(clinic: Clinic, *, on: date) -> int:
    """Write every nudge that is due on the local day, with its message; says how many packages were nudged."""
    with clinic_context(clinic.pk):
        candidates = candidates_on(on)
    written = 0
    for start in range(0, len(candidates), AT_ONCE):
        with clinic_context(clinic.pk):
            hold(
                uuid5(HOLD, str(clinic.pk))
            )  # of two runs at once, the second sees what the first has written
            written += write(list(due_among(candidates[start : start + AT_ONCE], on=on)), clinic=clinic)
    return written


def due(*, on: date) -> list[Due]:
    """All that is due on the local day and was not written yet."""
    return list(due_among(candidates_on(on), on=on))


def candidates_on(on: date) -> list[UUID]:
    """Packages to look at, by index: those that end soon, and those of which somebody used a session lately."""
    return sorted(
        {*_expiring(on).values_list("pk", flat=True), *_running_out(on).values_list("pk", flat=True)}
    )


def due_among(package_ids: list[UUID], *, on: date) -> Iterator[Due]:
    """Those of the packages for which an occasion has come that was not written yet."""
    written: dict[UUID, set[str]] = {}
    for package_id, occasion in Nudge.objects.filter(package__in=package_ids).values_list(
        "package_id", "occasion"
    ):
        written.setdefault(package_id, set()).add(occasion)
    chosen = Q(pk__in=package_ids)
    expiring = {package.pk: package for package in _expiring(on).filter(chosen).select_related("patient")}
    running_out = {
        package.pk: package for package in _running_out(on).filter(chosen).select_related("patient")
    }
    for package_id in package_ids:
        package = expiring.get(package_id) or running_out.get(package_id)
        if package is None or package.is_frozen_on(on):
            continue
        occasions = tuple(_occasions(package, on, package_id in expiring, package_id in running_out))
        if new := tuple(name for name in occasions if name not in written.get(package_id, ())):
            yield Due(package, new, on)


def write(found: list[Due], *, clinic: Clinic) -> int:
    """Write nudges and messages together, in the transaction of the caller."""
    if not found:
        return 0
    phone = ClinicSettings.objects.values_list("phone", flat=True).first() or ""
    drafts = [_draft(each, clinic, phone) for each in found]
    outbox.put(drafts)
    Nudge.objects.bulk_create(
        [
            Nudge(package=each.package, occasion=occasion, message=message)
            for each, message in zip(found, drafts, strict=True)
            for occasion in each.occasions
        ],
        ignore_conflicts=True,
    )
    return len(found)


def withdraw(patient_id: UUID) -> int:
    """The patient has bought again: nudges that still wait are taken back; says how many."""
    waiting = Nudge.objects.filter(package__patient=patient_id, message__state=Message.State.QUEUED)
    return outbox.cancel(pk__in=list(waiting.values_list("message_id", flat=True)))


def _expiring(on: date) -> QuerySet[Package]:
    """Active packages that end soon, unless the patient has one that lasts longer. Of two that end on the same day
    the later one speaks: so a patient hears once."""
    soon = Q(valid_until__gte=on, valid_until__lte=on + timedelta(days=max(DAYS_BEFORE)))
    others = Package.objects.filter(patient=OuterRef("patient"), state__in=OPEN, sessions_left__gt=0)
    longer = Q(valid_until__isnull=True) | Q(valid_until__gt=OuterRef("valid_until"))
    later = Q(valid_until=OuterRef("valid_until"), number__gt=OuterRef("number"))
    packages = Package.objects.filter(soon, sessions_left__gt=0, state=Package.State.ACTIVE)
    return packages.exclude(Exists(others.filter(longer | later)))


def _running_out(on: date) -> QuerySet[Package]:
    lately = Entry.objects.filter(happened_on__gte=on - LOOK_BACK, happened_on__lt=on, kind__in=DEDUCTIONS)
    valid = Q(valid_until__isnull=True) | Q(valid_until__gte=on)
    # A pack sold with so few sessions has few left from the first day on.
    packages = Package.objects.filter(
        valid,
        sessions_left__lte=FEW,
        state=Package.State.ACTIVE,
        sessions_sold__gt=FEW,
        pk__in=lately.values("package"),
    )
    same_patient = Package.objects.filter(patient=OuterRef("patient"), state__in=OPEN).exclude(
        pk=OuterRef("pk")
    )
    usable = same_patient.filter(valid, sessions_left__gt=0)
    enough = usable.filter(Q(sessions_left__gt=FEW) | Q(number__gt=OuterRef("number")))
    return packages.exclude(Exists(enough)).exclude(Q(sessions_left=0) & Exists(usable))


def _occasions(package: Package, on: date, expires: bool, runs_out: bool) -> Iterator[str]:
    """Names of the occasions that have come, the most urgent first. A package that was extended expires anew."""
    if (
        package.membership_id is not None
    ):  # the next month comes by itself: only what would be lost is worth a word
        runs_out, expires = False, expires and not package.carries_over
    if runs_out and not package.sessions_left:
        yield "used_up"
        return
    if expires and package.valid_until and (days := _days_before(package, on)):
        yield f"expiring_{days}:{package.valid_until}"
    if runs_out:
        yield "few_left"


def _days_before(package: Package, on: date) -> int | None:
    """Which of DAYS_BEFORE has come, the nearest; none that was over when the package began."""
    assert package.valid_until is not None
    days_left = (package.valid_until - on).days
    for days in DAYS_BEFORE:
        if days_left <= days:
            begins = package.valid_until - timedelta(days=days)
            return days if begins > package.valid_from else None
    return None


def _draft(each: Due, clinic: Clinic, phone: str) -> Message:
    patient = each.package.patient
    channel = Message.Channel.EMAIL if outbox.may_email(patient) else Message.Channel.BY_HAND
    with translation.override(patient.language):
        subject, sentences = words_of(each.rule, each.package, days_left=each.days_left, clinic=clinic)
        body = letter(patient, sentences, clinic=clinic, phone=phone)
    return outbox.plain(
        patient,
        occasion=f"nudge:{each.package.pk}:{each.occasions[0]}",
        subject=subject,
        body=body,
        channel=channel,
    )
