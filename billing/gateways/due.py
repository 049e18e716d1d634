"""What a worker still has to ask the provider: rows that are claimed one at a time, and come back if it dies."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any, TypeVar

from billing.models import GatewayRefund, PaymentLink

# Longer than any asking takes: two answers of 10 s each, and a worker's pause on top.
LEASE = timedelta(minutes=2)
# The pauses between attempts double up to the longest.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(hours=1)
# About two hours: then nobody waits for the link any more.
MOST_ATTEMPTS = 12

Row = TypeVar("Row", PaymentLink, GatewayRefund)


def claim(model: type[Row], at: datetime) -> Row | None:
    """Take the next row that is due, for LEASE. None when nothing is."""
    due = model.objects.filter(due_at__lte=at).order_by("due_at")
    row: Any = due.select_for_update(skip_locked=True, no_key=True).first()
    if row is None:
        return None
    row.attempts, row.due_at = row.attempts + 1, at + LEASE
    row.save(update_fields=["attempts", "due_at"])
    return row


def again_later(row: Row, at: datetime, *, words: str) -> None:
    """It did not work; try again. A claim that somebody else has taken over is left alone."""
    _mine(row).update(due_at=at + pause_after(row.attempts), last_words=words[:300])


def done(row: Row, due_at: datetime | None) -> None:
    """It worked; look again at that moment, or never. Left alone where another one has it by now."""
    _mine(row).update(attempts=0, due_at=due_at, last_words="")


def give_up(row: Row, at: datetime, *, words: str) -> None:
    """What was never made will not be made any more; what was made stays as it is, and is not asked about again."""
    fails = row.state == "wanted"
    _mine(row).filter(state=row.state).update(
        due_at=None, last_words=words[:300], **({"state": "failed"} if fails else {})
    )


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts; up to a quarter more, so that not all come back at once."""
    pause = min(FIRST_PAUSE * 2 ** min(max(attempts - 1, 0), 20), LONGEST_PAUSE)
    return pause * random.uniform(1, 1.25)  # noqa: S311 - spreads load, hides nothing


def _mine(row: Row) -> Any:
    return type(row).objects.filter(pk=row.pk, attempts=row.attempts)
