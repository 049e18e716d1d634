"""Who pays a part at the sale agrees on the rest."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from billing.instalment_dates import Due, Every, proposal

AFTER = timedelta(days=20)


def rest_of(price: Decimal, paid: Decimal, *, on: date, currency: str) -> list[Due]:
    """What was paid today, and the rest in three; nothing where all or nothing was paid."""
    if not 0 < paid < price:
        return []
    return proposal(
        price,
        deposit=paid,
        count=3,
        first_on=on + AFTER,
        every=Every.FORTNIGHT,
        today=on,
        currency=currency,
    )
