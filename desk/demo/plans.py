"""What the demonstration clinics sell: plans with the policies that physiotherapy clinics have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from clinic.models import Service, Staff
from packages.models import Plan
from packages.plans import Also, Line, add_plan

HOUR, SHORT, SPORTS, NEURO, POST_NATAL, LONG = range(6)


@dataclass(frozen=True)
class Offer:
    """A plan by its name: how much it costs, what is in it, and which rules are its own."""

    name: str
    price: int
    months: int | None
    sold: tuple[tuple[int, int], ...]
    bonus: tuple[tuple[int, int], ...] = ()
    also: tuple[tuple[int, str, int], ...] = ()  # another service for the first line, sessions, money beside
    rules: dict[str, Any] = field(default_factory=dict)


# Half a session for cancelling late, the first time free; a 90-minute visit takes two, or one and the difference.
TEN = Offer(
    "10 sessions",
    9000,
    3,
    sold=((HOUR, 10),),
    also=((LONG, "2", 0), (LONG, "1", 500)),
    rules={"late_cancel_takes": "half", "free_passes": 1},
)
TWENTY = Offer(
    "20 sessions",
    17000,
    6,
    sold=((HOUR, 20),),
    also=((LONG, "1.5", 0),),
    rules={"free_passes": 2, "refund_rule": "list_rate", "list_rate": Decimal(1000)},
)
SHORT_TEN = Offer("10 short sessions", 7200, 3, sold=((SHORT, 10),))
SPORTS_TWELVE = Offer(
    "Sports 12 + 1",
    15000,
    4,
    sold=((SPORTS, 12),),
    bonus=((SPORTS, 1),),
    rules={"activation": "as_paid", "refund_rule": "fee", "refund_fee": Decimal(500)},
)
NEURO_FIFTEEN = Offer(
    "Neuro 15", 20000, 6, sold=((NEURO, 15),), rules={"activation": "as_paid", "freeze_limit": 60}
)
# Babies keep no diary: it counts from the first visit, within six months of the sale.
POST_NATAL_EIGHT = Offer(
    "Post-natal 8",
    8000,
    3,
    sold=((POST_NATAL, 8),),
    rules={"activation": "at_once", "validity_start": "first_visit", "longest_count": 6},
)
FAMILY = Offer(
    "Family pack 20",
    18000,
    6,
    sold=((HOUR, 20),),
    also=((SHORT, "1", 0),),
    rules={
        "sharing": "named",
        "named_limit": 4,
        "transfer_rule": "named",
        "late_cancel_takes": "fee",
        "late_cancel_fee": Decimal(300),
    },
)
MONTHLY = Offer(
    "Monthly 8",
    6800,
    None,
    sold=((HOUR, 8),),
    rules={"renews_monthly": True, "refund_rule": "none", "transfer_rule": "nobody", "freeze_limit": 0},
)

# The story sells the first six; the others are on the shelf.
IN_THE_STORY = (TEN, TWENTY, SHORT_TEN, SPORTS_TWELVE, NEURO_FIFTEEN, POST_NATAL_EIGHT)
ON_THE_SHELF = (FAMILY, MONTHLY)


def put_on_sale(offer: Offer, services: Sequence[Service], *, by: Staff) -> Plan:
    """The offer as a plan of the active clinic."""
    also = [Also(services[n], Decimal(sessions), Decimal(money)) for n, sessions, money in offer.also]
    lines = [
        Line(services[n], Decimal(count), also=also if first == 0 else ())
        for first, (n, count) in enumerate(offer.sold)
    ]
    lines += [Line(services[n], Decimal(count), is_bonus=True) for n, count in offer.bonus]
    return add_plan(
        lines=lines,
        by=by,
        name=offer.name,
        price=Decimal(offer.price),
        validity_count=offer.months,
        validity_unit="months",
        **offer.rules,
    )
