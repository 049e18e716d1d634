"""What of a register is new to the clinic, before anything is written: the dry run, and the import's first step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import TypeVar
from uuid import UUID

from clinic.keys import part
from packages.models import Package

from .people import Ambiguous, People, Person
from .register_row import RegisterRow, RowProblem
from .rows import Reading

Item = TypeVar("Item")
A_BATCH = 1000


@dataclass(frozen=True)
class NewPack:
    """A line that becomes a pack of this person."""

    row: RegisterRow
    person: Person

    @property
    def key(self) -> UUID:
        return package_key(self.row)


@dataclass(frozen=True)
class Sorted:
    """`packs` in the order of the file, `known` lines that are here already, and all `problems`."""

    packs: tuple[NewPack, ...]
    known: tuple[RegisterRow, ...]
    problems: tuple[RowProblem, ...]

    @property
    def people(self) -> list[Person]:
        return list(dict.fromkeys(pack.person for pack in self.packs))

    @property
    def sessions_left(self) -> Decimal:
        return sum((pack.row.left for pack in self.packs), Decimal(0))


def sort_out(reading: Reading) -> Sorted:
    """Hold the rows against the active clinic. Rows whose pack is here already say nothing new."""
    here = _keys_here(reading.rows)
    known = tuple(row for row in reading.rows if package_key(row) in here)
    new = [row for row in reading.rows if package_key(row) not in here]
    packs, problems = _with_people(new)
    lines = sorted((*reading.problems, *problems), key=lambda problem: problem.line)
    return Sorted(tuple(packs), known, tuple(lines))


def package_key(row: RegisterRow) -> UUID:
    return part(row.pack_key, "package")


def batches(items: Iterable[Item], size: int = A_BATCH) -> Iterator[list[Item]]:
    remaining = iter(items)
    while batch := list(islice(remaining, size)):
        yield batch


def _keys_here(rows: Iterable[RegisterRow]) -> set[UUID]:
    here: set[UUID] = set()
    for batch in batches(map(package_key, rows)):
        here.update(Package.objects.filter(key__in=batch).values_list("key", flat=True))
    return here


def _with_people(rows: list[RegisterRow]) -> tuple[list[NewPack], list[RowProblem]]:
    if not rows:
        return [], []
    people = People()
    packs, problems = [], []
    # Whoever has a number or phone is told apart first: a bare name may then still mean one of them only.
    for row in sorted(rows, key=lambda row: (not row.patient_number, not row.phone, row.line)):
        try:
            packs.append(NewPack(row, people.of(row)))
        except Ambiguous as error:
            problems.append(RowProblem(row.line, "", row.name, str(error)))
    return sorted(packs, key=lambda pack: pack.row.line), problems
