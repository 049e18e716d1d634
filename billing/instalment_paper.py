"""The instalments of a sale on its bill: days and amounts, frozen with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from clinic.money import quantise

from .instalment_dates import Due
from .models import BillLine


def put_on(line: BillLine, rows: Sequence[Due]) -> BillLine:
    """A line about to be billed, with the instalments that will be agreed for it: the bill prints them."""
    line.instalment_rows = rows  # type: ignore[attr-defined]
    return line


def frozen_instalments(lines: Sequence[BillLine], currency: str) -> list[dict[str, str]]:
    """What the bill keeps of the instalments of its lines; nothing where none were agreed."""
    rows = [row for line in lines for row in getattr(line, "instalment_rows", ())]
    return [{"on": row.on.isoformat(), "amount": str(quantise(row.amount, currency))} for row in rows]


def printed_instalments(frozen: list[dict[str, str]] | None) -> list[dict[str, Any]]:
    """What the bill prints of them, from the frozen copy alone; a bill of before they were printed has none."""
    return [{"on": date.fromisoformat(row["on"]), "amount": Decimal(row["amount"])} for row in frozen or ()]
