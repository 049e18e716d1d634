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
        sent = [q["sql"] for q in queries if not q["sql"].lstrip().startswith(TRANSACTION_CONTROL)]
        # A request inside a test's own clinic_context sets that one again when it ends; a real one does not.
        return sent[:-1] if sent and sent[-1].startswith("SET LOCAL app.clinic_id") else sent

    @property
    def count(self) -> int:
        return len(self.statements)
