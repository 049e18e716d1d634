"""What a receipt for money and a refund note print, from their frozen copy alone."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from .models import Method


def moved(frozen: dict[str, Any]) -> dict[str, Any] | None:
    """The sum that was received or handed back, what it paid, what stayed account credit; None for other papers."""
    if "moved" not in frozen:
        return None
    return {
        "total": Decimal(frozen["moved"]),
        "kept": Decimal(frozen["kept"]),
        "applied": [{**each, "amount": Decimal(each["amount"])} for each in frozen.get("applied", ())],
        "handed_back": [_handed_back(each) for each in frozen.get("handed_back", ())],
    }


def _handed_back(row: dict[str, str]) -> dict[str, Any]:
    return {
        "method": Method(row["method"]).label,
        "reference": row["reference"],
        "amount": Decimal(row["amount"]),
        "given_on": date.fromisoformat(row["given_on"]),
        "received_on": date.fromisoformat(row["received_on"]),
    }
