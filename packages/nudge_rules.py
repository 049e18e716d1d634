"""Which packages an occasion has come for: what a rule must say, and the rules that read packages alone.

An app above adds its own with `add_rule` when it is ready.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from clinic.messages.rules import Rule
from clinic.models import Clinic

from . import nudge_words as words
from .models import Entry, Package
from .models.entries import DEDUCTIONS
from .nudge_kinds import EXPIRING, FEW_LEFT, URGENCY, USED_UP

# How far back the last deduction may be: a job that stood still for a week still finds what it missed, and what it
# reads does not grow with the years.
LOOK_BACK = timedelta(days=7)
OPEN = (Package.State.ACTIVE, Package.State.PENDING)
Fields = Mapping[str, str]


@dataclass(frozen=True)
class Asked:
    """What a rule is asked about: the clinic's local day, and how the clinic wants the rule."""

    clinic: Clinic
    on: date
    rule: Rule
    # How many days before the end the nudges about expiring packages begin; none where the clinic has none.
    last_days: int = 0


@dataclass(frozen=True)
class Found:
    """An occasion that has come for a package. `fields` fill the wording, in the active language."""

    kind: str
    package: Package
    occasion: str
    fields: Callable[[], Fields] = field(compare=False)


@dataclass(frozen=True)
class NudgeRule:
    """`candidates` go by an index and are few; `look` says of some of them which occasions have come, whether or not
    they were written before."""

    kind: str
    candidates: Callable[[Asked], Iterable[QuerySet[Package]]]
    look: Callable[[list[Package], Asked], Iterable[Found]]


_rules: dict[str, NudgeRule] = {}


def add_rule(*rules: NudgeRule) -> None:
    """Say that there are these rules. Called once for each, when its app is ready."""
    for rule in rules:
        _rules[rule.kind] = rule


def all_rules() -> list[NudgeRule]:
    """The most urgent first."""
    return [_rules[kind] for kind in URGENCY if kind in _rules]


def candidates(rule: NudgeRule, asked: Asked) -> set[UUID]:
    """The packages to look at by this rule."""
    return {pk for rows in rule.candidates(asked) for pk in rows.values_list("pk", flat=True)}


def among(rule: NudgeRule, asked: Asked, packages: Mapping[UUID, Package]) -> list[Package]:
    """Those of the packages that are still candidates, and not frozen today."""
    still = {
        pk
        for rows in rule.candidates(asked)
        for pk in rows.filter(pk__in=packages).values_list("pk", flat=True)
    }
    return [each for pk, each in packages.items() if pk in still and not each.is_frozen_on(asked.on)]


def running(on: date) -> QuerySet[Package]:
    """Packages that can be used on the day, if they are not frozen."""
    return Package.objects.filter(state=Package.State.ACTIVE).valid_on(on)


def _expiring(asked: Asked) -> Iterator[QuerySet[Package]]:
    """Active packages that end soon, unless the patient has one that lasts longer. Of two that end on the same day
    the later one speaks: so a patient hears once."""
    soon = asked.on + timedelta(days=max(asked.rule.timing["days"]))
    others = Package.objects.filter(patient=OuterRef("patient"), state__in=OPEN, sessions_left__gt=0)
    longer = Q(valid_until__isnull=True) | Q(valid_until__gt=OuterRef("valid_until"))
    later = Q(valid_until=OuterRef("valid_until"), number__gt=OuterRef("number"))
    packages = Package.objects.filter(
        valid_until__gte=asked.on, valid_until__lte=soon, sessions_left__gt=0, state=Package.State.ACTIVE
    )
    yield packages.exclude(Exists(others.filter(longer | later)))


def _expires(packages: list[Package], asked: Asked) -> Iterator[Found]:
    """A package that was extended expires anew. Of a membership the next month comes by itself: only what would be
    lost is worth a word."""
    for package in packages:
        if package.membership_id is not None and package.carries_over:
            continue
        if days := _days_before(package, asked):
            yield Found(
                EXPIRING,
                package,
                f"expiring_{days}:{package.valid_until}",
                partial(words.expiring, package),
            )


def _days_before(package: Package, asked: Asked) -> int | None:
    """Which of the clinic's days before the end has come, the nearest; none that was over when the package began."""
    assert package.valid_until is not None
    days_left = (package.valid_until - asked.on).days
    for days in sorted(asked.rule.timing["days"]):
        if days_left <= days:
            begins = package.valid_until - timedelta(days=days)
            return days if begins > package.valid_from else None
    return None


def _used_lately(on: date) -> QuerySet[Entry]:
    """A day's deductions count from the next day on, so that a run at noon finds what the run at ten found."""
    return Entry.objects.filter(happened_on__gte=on - LOOK_BACK, happened_on__lt=on, kind__in=DEDUCTIONS)


def _running_out(asked: Asked, few: int) -> QuerySet[Package]:
    """Packages of which somebody used a session lately and that have so few left. A pack sold with so few has few from
    the first day on; of a membership the next month comes by itself."""
    same_patient = Package.objects.filter(patient=OuterRef("patient"), state__in=OPEN)
    usable = same_patient.exclude(pk=OuterRef("pk")).filter(_valid(asked.on), sessions_left__gt=0)
    enough = usable.filter(Q(sessions_left__gt=few) | Q(number__gt=OuterRef("number")))
    found: QuerySet[Package] = Package.objects.filter(
        _valid(asked.on),
        state=Package.State.ACTIVE,
        sessions_left__lte=few,
        sessions_sold__gt=few,
        membership=None,
        pk__in=_used_lately(asked.on).values("package"),
    )
    return found.exclude(Exists(enough)).exclude(Q(sessions_left=0) & Exists(usable))


def _few_left(asked: Asked) -> Iterator[QuerySet[Package]]:
    yield _running_out(asked, asked.rule.number("few")).filter(sessions_left__gt=0)


def _used_up(asked: Asked) -> Iterator[QuerySet[Package]]:
    yield _running_out(asked, 2).filter(sessions_left=0)


def _valid(on: date) -> Q:
    return Q(valid_until__isnull=True) | Q(valid_until__gte=on)


def _has_few_left(packages: list[Package], asked: Asked) -> Iterator[Found]:
    for package in packages:
        yield Found(FEW_LEFT, package, "few_left", partial(words.few_left, package))


def _is_used_up(packages: list[Package], asked: Asked) -> Iterator[Found]:
    for package in packages:
        yield Found(USED_UP, package, "used_up", partial(words.used_up, package))


add_rule(
    NudgeRule(EXPIRING, _expiring, _expires),
    NudgeRule(FEW_LEFT, _few_left, _has_few_left),
    NudgeRule(USED_UP, _used_up, _is_used_up),
)
