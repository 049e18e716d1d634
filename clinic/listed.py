"""The rows of a question in SQL, asked page by page: what a Paginator wants, and what a file is written from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import connection

T = TypeVar("T")
AT_A_TIME = 2000


@dataclass(frozen=True)
class Listed(Generic[T]):
    """`sql` is in its order already; `row` makes one of its columns; `count` is how many there are."""

    sql: str
    facts: Mapping[str, Any]
    row: Callable[..., T]
    count: int

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, which: slice) -> list[T]:
        first = which.start or 0
        most = max(0, (self.count if which.stop is None else which.stop) - first)
        return self._asked(" LIMIT %(most)s OFFSET %(first)s", {"most": most, "first": first})

    def __iter__(self) -> Iterator[T]:
        """All of them, by a cursor of the database: never all at once in memory."""
        with connection.chunked_cursor() as cursor:
            cursor.execute(self.sql, self.facts)
            while found := cursor.fetchmany(AT_A_TIME):
                yield from (self.row(*each) for each in found)

    def _asked(self, part: str, of_it: Mapping[str, int]) -> list[T]:
        with connection.cursor() as cursor:
            cursor.execute(self.sql + part, {**self.facts, **of_it})
            return [self.row(*each) for each in cursor.fetchall()]
