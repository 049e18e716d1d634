"""What to offer as paid, where a part of what is owed is not asked for yet."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

ZERO = Decimal(0)


def asked_now(lines: Iterable[Any], unapplied: Decimal) -> Decimal:
    """Of lines with their schedules: what is owed by today, else the instalment that is due next; less the credit."""
    lines = list(lines)
    now = sum((line.schedule.due_by_now if line.schedule else line.owed for line in lines), ZERO)
    parts = [line.schedule.next for line in lines if line.schedule and line.schedule.next]
    if not now and parts:
        now = min(parts, key=lambda part: part.due_on).left
    return max(now - unapplied, ZERO)
