from __future__ import annotations

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

TRANSACTION_CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


class Queries(CaptureQueriesContext):
    """The statements a block sends, without BEGIN, SAVEPOINT and the like."""

    def __init__(self) -> None:
        super().__init__(connection)

    @property
    def statements(self) -> list[str]:
        queries: list[dict[str, Any]] = self.captured_queries
        return [q["sql"] for q in queries if not q["sql"].lstrip().startswith(TRANSACTION_CONTROL)]

    @property
    def count(self) -> int:
        return len(self.statements)
