"""Why is it 4? The answer for a package, and for a patient with all of theirs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.models import Clinic, Patient
from clinic.ui.words import session_count
from packages.models import Package
from packages.passbook import ChangeLine, Line, told
from packages.states import state_of
from visits.models import Visit

from . import absent_visits, counted_visits, open_visits, other_packs, packs, pairs, people, settled_visits
from .held import Held
from .history import PackageHistory
from .known import Known
from .misses import NearMiss
from .reading import read_package, read_patient
from .rhythm import gaps
from .spoken import spoken

OF_A_VISIT = (
    *open_visits.CAUSES,
    *absent_visits.CAUSES,
    *counted_visits.CAUSES,
    *settled_visits.CAUSES,
    *other_packs.CAUSES,
)


@dataclass(frozen=True)
class CountExplained:
    """One package: the sentence to say, every line and change, and what may be missing."""

    known: Known
    history: PackageHistory
    misses: tuple[NearMiss, ...]

    @property
    def package(self) -> Package:
        """The package as it was known then."""
        return self.history.now

    @property
    def was_sold(self) -> bool:
        """Whether anything was known of it at that moment."""
        return bool(self.history.entries)

    @property
    def left(self) -> Decimal:
        return self.package.sessions_left

    @property
    def state(self) -> str:
        """What the balance component calls it."""
        is_still = self.package.state == Package.State.ACTIVE and self.package.is_frozen_on(self.known.today)
        return "frozen" if is_still else state_of(self.package, self.known.today)

    @property
    def is_live(self) -> bool:
        return self.left > 0 and self.state not in {"expired", "refunded", "void"}

    @cached_property
    def sentence(self) -> str:
        return spoken(self.known, self.history)

    @cached_property
    def lines(self) -> list[Line | ChangeLine]:
        """Every line and change that was known, each with its sentence."""
        return told(self.history.book(self.known.clinic))

    @property
    def may_be_wrong(self) -> list[NearMiss]:
        return [miss for miss in self.misses if miss.may_be_wrong]

    @property
    def as_it_should_be(self) -> list[NearMiss]:
        return [miss for miss in self.misses if not miss.may_be_wrong]


@dataclass(frozen=True)
class PatientExplained:
    """A patient: each package, and every near miss once."""

    known: Known
    counts: tuple[CountExplained, ...]
    misses: tuple[NearMiss, ...]

    @property
    def left(self) -> Decimal:
        """Sessions left on packages that can still be used."""
        return sum((count.left for count in self.counts if count.is_live), Decimal(0))

    @property
    def live(self) -> list[CountExplained]:
        return [count for count in self.counts if count.is_live]

    @property
    def closed(self) -> list[CountExplained]:
        return [count for count in self.counts if not count.is_live]

    @property
    def sentence(self) -> str:
        if not self.counts:
            return _("There is no package: every visit is paid singly.")
        words = ngettext(
            "%(left)s left in all, on %(n)d package.",
            "%(left)s left in all, on %(n)d packages.",
            len(self.live),
        )
        return words % {"left": session_count(self.left), "n": len(self.live)}

    @property
    def may_be_wrong(self) -> list[NearMiss]:
        return [miss for miss in self.misses if miss.may_be_wrong]

    @property
    def as_it_should_be(self) -> list[NearMiss]:
        return [miss for miss in self.misses if not miss.may_be_wrong]


def explain_count(package: Package, *, clinic: Clinic, as_of: datetime | None = None) -> CountExplained:
    """Why a package has as many left as it has; `was_sold` says whether it was there at `as_of`.

    Nothing is said that was written after that moment. Of `package` only the id is used. Raises DoesNotExist.
    """
    known = read_package(package, clinic, as_of=as_of)
    history = known.history_of(package)
    assert history is not None
    misses = [*_of_package(known, history), *_of_patient(known)] if history.entries else []
    return CountExplained(known, history, tuple(_in_order(misses)))


def explain_patient(patient: Patient, *, clinic: Clinic, as_of: datetime | None = None) -> PatientExplained:
    """The same for all packages of a patient; a visit that counted on any of them is no near miss of another."""
    known = read_patient(patient, clinic, as_of=as_of)
    counts = tuple(
        CountExplained(known, history, tuple(_in_order(_of_package(known, history))))
        for history in reversed(known.histories)
        if history.entries
    )
    found = [miss for count in counts for miss in count.misses]
    misses = [*_once(found, known), *_of_patient(known)]
    misses += open_visits.unsettled(known, {miss.visit.pk for miss in misses if miss.visit})
    return PatientExplained(known, counts, tuple(_in_order(misses)))


def _of_package(known: Known, history: PackageHistory) -> Iterable[NearMiss]:
    held = [Held(known, history, visit) for visit in known.visits]
    for each in held:
        miss = next((found for cause in OF_A_VISIT if (found := cause(each))), None)
        if miss:
            yield miss
    counted = [each for each in held if each.counted and each.visit.state == Visit.State.COMPLETED]
    yield from pairs.two_on_one_day(counted)
    yield from pairs.within_minutes(counted)
    yield from gaps(known, history)
    for cause in packs.CAUSES:
        yield from cause(known, history)


def _of_patient(known: Known) -> Iterable[NearMiss]:
    for cause in people.CAUSES:
        yield from cause(known)


def _once(misses: Iterable[NearMiss], known: Known) -> Iterable[NearMiss]:
    """Each visit once: what may be wrong before what explains; none that counted on another package."""
    settled = set(known.entries)
    told_of: set[tuple[UUID, bool] | UUID] = set()
    for miss in sorted(misses, key=lambda each: not each.may_be_wrong):
        if miss.visit is None:
            yield miss
        elif miss.visit.pk not in told_of and not (_is_elsewhere(miss) and miss.visit.pk in settled):
            told_of.add(miss.visit.pk)
            yield miss


def _is_elsewhere(miss: NearMiss) -> bool:
    """Whether the visit is on another package than the one that this is about."""
    entry = miss.visit.entry if miss.visit else None
    return entry is not None and miss.package is not None and entry.package_id != miss.package.pk


def _in_order(misses: Iterable[NearMiss]) -> list[NearMiss]:
    """What may be wrong first, the latest on top."""
    return sorted(misses, key=lambda miss: (not miss.may_be_wrong, -(miss.on.toordinal() if miss.on else 0)))
