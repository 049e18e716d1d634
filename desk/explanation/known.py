"""What is known about a patient's packages and visits at a moment: now, or what was known then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

from clinic.models import Clinic, Patient, Relation
from clinic.tenancy.models import ClinicModel
from packages.models import Entry, Package
from visits.models import Visit

from .history import PackageHistory


@dataclass(frozen=True)
class Merge:
    """A record that was merged into the patient's."""

    gone_id: UUID
    name: str
    number: int
    at: datetime
    moved: frozenset[str]  # the ids of what came with it


Row = TypeVar("Row", bound=ClinicModel)


@dataclass(frozen=True)
class Records:
    """Which record a row belonged to at a moment: what was merged later was somebody else's then."""

    merges: tuple[Merge, ...]  # oldest first
    at: datetime

    def of(self, row: ClinicModel | None) -> UUID | None:
        """The record that was merged away since, or None for the one that is here still."""
        later = (merge for merge in self.merges if merge.at > self.at)
        return next((merge.gone_id for merge in later if row and str(row.pk) in merge.moved), None)

    def of_the_same(self, rows: Sequence[Row], asked: ClinicModel | None) -> list[Row]:
        """The rows that were of the same record as the one that is asked about."""
        mine = self.of(asked)
        return [row for row in rows if self.of(row) == mine]


@dataclass(frozen=True)
class Known:
    """All that an explanation speaks from; nothing in it was written after `at`."""

    clinic: Clinic
    at: datetime
    is_past: bool
    patient: Patient
    histories: tuple[PackageHistory, ...]
    visits: tuple[Visit, ...]
    settled_at: Mapping[UUID, datetime] = field(default_factory=dict)
    relations: tuple[Relation, ...] = ()
    lookalikes: Mapping[Patient, int] = field(default_factory=dict)  # with how many visits each
    merges: tuple[Merge, ...] = ()
    therapists: Mapping[UUID, str] = field(default_factory=dict)

    @cached_property
    def today(self) -> date:
        return self.clinic.day_of(self.at)

    @cached_property
    def entries(self) -> Mapping[UUID, tuple[Entry, ...]]:
        """The lines of each visit on these packages, in their turns."""
        found: dict[UUID, list[Entry]] = {}
        for history in self.histories:
            for entry in history.entries:
                if entry.visit_id:
                    found.setdefault(entry.visit_id, []).append(entry)
        return {pk: tuple(sorted(lines, key=lambda each: each.turn or 0)) for pk, lines in found.items()}

    def history_of(self, package: Package) -> PackageHistory | None:
        """The history of a package, where it is one of the patient's."""
        return next((each for each in self.histories if each.package.pk == package.pk), None)

    def is_mine(self, person: Patient | Any) -> bool:
        """Whether this is the patient, under this record or one that was merged into it."""
        return self.patient.pk in (person.pk, person.merged_into_id)

    def local(self, moment: datetime) -> datetime:
        """A moment on the clinic's clock."""
        return self.clinic.local(moment)

    def names(self, therapist_ids: Iterable[UUID]) -> list[str]:
        """The names of therapists that the terms tie a package to."""
        return [self.therapists.get(pk, "–") for pk in therapist_ids]

    def own_visits(self) -> list[Visit]:
        """The patient's own, oldest first."""
        return [visit for visit in self.visits if self.is_mine(visit.patient)]
