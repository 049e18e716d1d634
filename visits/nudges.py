"""The rules of nudges that need the diary: not coming, will not finish, booked beyond the expiry (S37)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from uuid import UUID

from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _

from clinic.calendar import ONE_DAY, day_bounds
from clinic.models import Clinic
from clinic.ui.words import day
from packages import nudge_words as words
from packages.models import Entry, Kind, Package
from packages.models.entries import DEDUCTIONS
from packages.nudge_kinds import BEYOND_EXPIRY, NOT_COMING, WILL_NOT_FINISH
from packages.nudge_rules import Asked, Found, NudgeRule, add_rule, running

from .ahead import ahead_of, who_may_use
from .models import Visit
from .pace import forecasts

CAME = (Kind.USED, Kind.USED_PARTLY)
# Who has been away for longer still is not told any more.
LONGEST_AWAY = timedelta(days=30)
MOST_LISTED = 4
# Who has not come for longer has no pace: that is the other occasion.
STILL_COMES = timedelta(days=14)


def _quiet(asked: Asked) -> Iterator[QuerySet[Package]]:
    """Packages with sessions left whose last use, or whose sale where there was none, lies as many days back as the
    clinic says, and not much more: who has been away for long is not told again and again."""
    last = asked.on - timedelta(days=asked.rule.number("days"))
    first = last - LONGEST_AWAY
    taken = Entry.objects.filter(kind__in=DEDUCTIONS, happened_on__range=(first, last)).values("package")
    since = Entry.objects.filter(package=OuterRef("pk"), kind__in=CAME, happened_on__gt=last)
    packages = running(asked.on).filter(sessions_left__gt=0)
    yield packages.filter(pk__in=taken).exclude(Exists(since))
    yield packages.filter(sessions_used=0, sold_on__range=(first, last), valid_from__lte=last)


def _does_not_come(packages: list[Package], asked: Asked) -> Iterator[Found]:
    """Nobody who may use the package was here since, is booked, or could not come because it was frozen."""
    last = asked.on - timedelta(days=asked.rule.number("days"))
    people = who_may_use(packages)
    everybody = {one for each in people.values() for one in each}
    here = _here_since(everybody, last + ONE_DAY, asked.clinic)
    seen = _last_seen(everybody, asked.clinic)
    for package in packages:
        who = people[package.pk]
        if who & here or any(
            days.upper > last + ONE_DAY and days.lower <= asked.on for days in package.frozen
        ):
            continue
        last_seen = max((seen[one] for one in who if one in seen), default=None)
        name = f"not_coming:{last_seen or package.valid_from}"
        yield Found(NOT_COMING, package, name, partial(words.not_coming, package, last_seen))


def _here_since(patients: set[UUID], since: date, clinic: Clinic) -> set[UUID]:
    """Who was here on that day or later, or is booked."""
    start, _end = day_bounds(since, clinic.zone)
    came = Q(state=Visit.State.COMPLETED) | Q(state__in=Visit.OPEN)
    visits = Visit.objects.filter(came, patient__in=patients, starts_at__gte=start)
    return set(visits.values_list("patient_id", flat=True))


def _last_seen(patients: set[UUID], clinic: Clinic) -> dict[UUID, date]:
    visits = Visit.objects.filter(patient__in=patients, state=Visit.State.COMPLETED)
    latest = visits.values_list("patient_id").annotate(at=Max("starts_at"))
    return {patient_id: clinic.day_of(at) for patient_id, at in latest}


def _ends_later(asked: Asked) -> Iterator[QuerySet[Package]]:
    """Packages that end within the days that the clinic says, and not so soon that they are announced anyway, of which
    somebody used a session lately. Each is looked at once a week: a forecast reads more than a day, and a pace does not
    change in one.
    """
    weeks = range(asked.rule.number("days"), asked.last_days, -7)
    ends = [asked.on + timedelta(days=days_left) for days_left in weeks]
    used = Entry.objects.filter(package=OuterRef("pk"), kind__in=CAME, happened_on__lt=asked.on)
    packages = running(asked.on).filter(sessions_left__gt=0, membership=None)
    lately = Exists(used.filter(happened_on__gt=asked.on - STILL_COMES))
    yield packages.filter(lately, valid_until__in=ends)


def _does_not_finish(packages: list[Package], asked: Asked) -> Iterator[Found]:
    expected = forecasts(packages, clinic=asked.clinic, on=asked.on)
    for package in packages:
        forecast = expected.get(package.pk)
        if forecast is None or forecast.will_finish:
            continue
        name = f"will_not_finish:{package.valid_until}"
        yield Found(WILL_NOT_FINISH, package, name, partial(words.will_not_finish, package, forecast))


def _booked_beyond(asked: Asked) -> Iterator[QuerySet[Package]]:
    """Packages whose owner has a visit booked after their last day."""
    start, _end = day_bounds(asked.on, asked.clinic.zone)
    on = TruncDate("starts_at", tzinfo=asked.clinic.zone)
    later = Visit.objects.open().filter(patient=OuterRef("patient"), starts_at__gte=start).annotate(on=on)
    packages = running(asked.on).filter(sessions_left__gt=0, membership=None, valid_until__isnull=False)
    yield packages.filter(Exists(later.filter(on__gt=OuterRef("valid_until"))))


def _is_booked_beyond(packages: list[Package], asked: Asked) -> Iterator[Found]:
    """Visits that no package covers, and this one would, were it valid on their day."""
    ahead = ahead_of(packages, clinic=asked.clinic, on=asked.on)
    for package in packages:
        if late := ahead[package.pk].late:
            name = f"beyond_expiry:{package.valid_until}"
            yield Found(BEYOND_EXPIRY, package, name, partial(_late_words, package, late, asked.clinic))


def _late_words(package: Package, late: list[Visit], clinic: Clinic) -> dict[str, str]:
    return words.beyond_expiry(package, booked(late, clinic))


def booked(visits: list[Visit], clinic: Clinic) -> list[str]:
    """6 Jul at 17:00, 8 Jul at 17:00, 3 more"""
    shown = []
    for visit in visits[:MOST_LISTED]:
        at = clinic.local(visit.starts_at)
        shown.append(_("%(day)s at %(time)s") % {"day": day(at.date(), "short"), "time": f"{at:%H:%M}"})
    more = len(visits) - len(shown)
    return [*shown, _("%(n)d more") % {"n": more}] if more else shown


add_rule(
    NudgeRule(NOT_COMING, _quiet, _does_not_come),
    NudgeRule(WILL_NOT_FINISH, _ends_later, _does_not_finish),
    NudgeRule(BEYOND_EXPIRY, _booked_beyond, _is_booked_beyond),
)
