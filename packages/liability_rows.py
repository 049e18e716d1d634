"""The packages of a liability report: some of them for a page, or one after the other for a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection

from clinic.tenancy.context import current_clinic_id

from .liability import Liability, Owed
from .liability_sql import ALL, KNOWN_THEN, NOW

AT_A_TIME = 2000


class Rows:
    """The report's packages as a list that is counted and sliced without being read as a whole."""

    def __init__(self, report: Liability) -> None:
        self.report = report

    def __len__(self) -> int:
        return self.report.count

    def __getitem__(self, part: slice) -> Sequence[Owed]:
        return self.report.page(part.start or 0, part.stop)


def each_row(report: Liability) -> Iterator[Owed]:
    """Every package of the report by number, by a cursor of the database: never all of them in memory."""
    standing = NOW if report.known_on is None else KNOWN_THEN
    facts: dict[str, Any] = {"clinic": current_clinic_id(), "day": report.as_of, "known_on": report.known_on}
    with connection.chunked_cursor() as cursor:
        cursor.execute(standing + ALL, facts)
        while found := cursor.fetchmany(AT_A_TIME):
            yield from (Owed(*row) for row in found)
