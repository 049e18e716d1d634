"""The postings behind a figure of the roll-forward: what moved on which package on which day, line by line."""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q

from clinic.tenancy.context import current_clinic_id

from .models import Entry, Kind, Receipt, Step
from .models.entries import DEDUCTIONS
from .roll_forward import STEPS, Row

KINDS: dict[Step, tuple[str, ...]] = {
    Step.BROUGHT_IN: (Kind.OPENING,),
    Step.TRANSFERRED_IN: (Kind.TRANSFERRED_IN,),
    Step.SOLD: (Kind.SOLD, Kind.BONUS),
    Step.REINSTATED: (Kind.REINSTATED,),
    Step.USED: tuple(sorted(DEDUCTIONS)),
    Step.REVERSED: (Kind.REVERSED,),
    Step.TRANSFERRED_OUT: (Kind.TRANSFERRED_OUT,),
    Step.ADJUSTED: (Kind.ADJUSTED,),
    Step.EXPIRED: (Kind.EXPIRED,),
    Step.REFUNDED: (Kind.REFUNDED,),
}
MONEY = {Step.SOLD, Step.RECEIVED, Step.TAKEN_BACK}

# What a posting adds to the row's figure. Where the sides of a day's transfers differ, one of them carries that.
VALUE = {
    Row.REFUNDED: "-m.paid_back",
    Row.TRANSFERRED: "m.owed - CASE WHEN nth = 1 THEN net ELSE 0 END",
    Row.DIFFERENCE: f"CASE WHEN m.step = {Step.REFUNDED} THEN m.owed + m.paid_back WHEN nth = 1 THEN net ELSE 0 END",
}
LEGS = f"""
(SELECT *, sum(owed) OVER (PARTITION BY posted_on, step = {Step.REFUNDED}) AS net,
        row_number() OVER (PARTITION BY posted_on, step = {Step.REFUNDED} ORDER BY step, id) AS nth
   FROM packages_movement
  WHERE clinic_id = %(clinic)s AND posted_on BETWEEN %(first)s AND %(last)s AND step = ANY(%(steps)s))
"""
PLAIN = """
(SELECT * FROM packages_movement
  WHERE clinic_id = %(clinic)s AND posted_on BETWEEN %(first)s AND %(last)s AND step = ANY(%(steps)s))
"""


@dataclass(frozen=True)
class Posting:
    """What a step of a day moved on a package. `value` is its part of the figure.

    Where the package was not paid for, the lines are worth more than they move: what is owed is never below 0.
    """

    day: date
    step: Step
    package_id: uuid.UUID
    package_number: int
    package: str
    patient_id: uuid.UUID
    patient: str
    sessions: Decimal
    value: Decimal
    paid_back: Decimal
    entries: list[Entry] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)

    @property
    def is_late(self) -> bool:
        """Recorded on a later day than it is posted to."""
        days = [entry.recorded_on for entry in self.entries] + [one.recorded_on for one in self.receipts]
        return any(day > self.day for day in days)

    @property
    def was_moved(self) -> bool:
        """Of a day whose books were closed: posted to the first open one."""
        days = [entry.happened_on for entry in self.entries] + [one.received_on for one in self.receipts]
        return any(day < self.day for day in days)


class Postings:
    """The postings behind a figure, latest first; sliced as a list, and counted without being read."""

    def __init__(self, first: date, last: date, row: Row) -> None:
        self.row = row
        self.value = VALUE.get(row, "m.owed")
        steps = STEPS[row] or (Step.REFUNDED, *STEPS[Row.TRANSFERRED])
        self.source = LEGS if row in {Row.TRANSFERRED, Row.DIFFERENCE} else PLAIN
        self.only = f"WHERE {self.value} <> 0" if row == Row.DIFFERENCE else ""
        self.facts: dict[str, Any] = {
            "clinic": current_clinic_id(),
            "first": first,
            "last": last,
            "steps": [int(step) for step in steps],
        }

    def __len__(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {self.source} m {self.only}", self.facts)
            return int(cursor.fetchone()[0])

    def __getitem__(self, part: slice) -> list[Posting]:
        start, stop = part.start or 0, part.stop
        limits = {"start": start, "count": None if stop is None else stop - start}
        with connection.cursor() as cursor:
            cursor.execute(self._sql(), self.facts | limits)
            found = [Posting(day, Step(step), *rest) for day, step, *rest in cursor.fetchall()]
        _fill(found)
        return found

    def _sql(self) -> str:
        return f"""
            SELECT m.posted_on, m.step, p.id, p.number, p.name, patient.id, patient.name, m.sessions, {self.value},
                   m.paid_back
              FROM {self.source} m
              JOIN packages_package p ON p.clinic_id = %(clinic)s AND p.id = m.package_id
              JOIN clinic_patient patient ON patient.clinic_id = %(clinic)s AND patient.id = p.patient_id
              {self.only}
             ORDER BY m.posted_on DESC, p.number DESC, m.step LIMIT %(count)s OFFSET %(start)s"""


def behind(first: date, last: date, row: Row) -> Postings:
    """What the figure of `row` from `first` to `last` is made of: its values add up to it."""
    return Postings(first, last, row)


def _fill(postings: list[Posting]) -> None:
    """The lines of the passbook and the money of each."""
    if not postings:
        return
    which = Q(
        package__in={each.package_id for each in postings},
        posted_on__range=(min(each.day for each in postings), max(each.day for each in postings)),
    )
    entries: dict[tuple[Any, ...], list[Entry]] = defaultdict(list)
    lines = Entry.objects.filter(which).exclude(kind=Kind.REVERSED, reverses__kind=Kind.SET_ASIDE)
    for entry in lines.select_related("by", "therapist").order_by("number"):
        entries[entry.package_id, entry.posted_on, entry.kind].append(entry)
    receipts: dict[tuple[Any, ...], list[Receipt]] = defaultdict(list)
    for one in Receipt.objects.filter(which).order_by("recorded_at"):
        receipts[one.package_id, one.posted_on, one.amount < 0].append(one)
    for each in postings:
        for kind in KINDS.get(each.step, ()):
            each.entries.extend(entries[each.package_id, each.day, kind])
        if each.step in MONEY:
            each.receipts.extend(receipts[each.package_id, each.day, each.step == Step.TAKEN_BACK])
