"""The whole machine, and what stands before its histories begin."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

from billing.models import Good
from clinic.models import Branch, Clinic, Service
from packages.models import Plan
from packages.plans import Also, Line, add_plan
from tests.factories import PatientFactory, owner_of

from .bills_back import BillsBack
from .counter import Counter
from .machine import World
from .moving import Moving
from .packs import WHOLE, Terms
from .paying import Paying
from .selling import Selling
from .taking_back import TakingBack
from .visiting import Visiting

PLANS = 24
PRICES = (1_000_000, 1_000_000, 999_999, 100_001, 333, 7, 1, 0)
FEES = (0, 1, 50_000)
# Of the service and the longer one: price in coins, tax in hundredths of a percent.
SERVICES = {"Physiotherapy 60 min": (100_001, 1_800), "Physiotherapy 90 min": (149_999, 500)}


# Price in coins, tax in hundredths of a percent, whether it comes on top.
GOODS = (
    (112_000, 1_200, False),
    (10_001, 1_800, True),
    (333, 500, False),
    (7, 500, True),
    (50_000, 0, False),
)


class Money(Selling, Counter, Visiting, Paying, TakingBack, BillsBack, Moving):
    """Every act of money there is."""


def world(clinic: Clinic, *, places: int, random: Random) -> World:
    """Three patients, two branches, two taxed services and plans of every kind, in the clinic that is active."""
    rows = {
        Service.objects.create(
            name=name, minutes=60, price=Decimal(price).scaleb(-places), tax_percent=Decimal(tax) / 100
        ): (price, tax)
        for name, (price, tax) in SERVICES.items()
    }
    service, longer = rows
    offers = [terms(random) for _ in range(PLANS)]
    return World(
        clinic,
        owner_of(clinic),
        [PatientFactory() for _ in range(3)],
        [Branch.objects.get(), Branch.objects.create(name="Second branch")],
        service,
        longer,
        {row.pk: facts for row, facts in rows.items()},
        [(_plan(n, each, service, longer, places), each) for n, each in enumerate(offers)],
        [_good(n, *each, places) for n, each in enumerate(GOODS)],
        places,
    )


def _good(n: int, price: int, tax: int, on_top: bool, places: int) -> tuple[Good, int, int, bool]:
    facts = {"price": Decimal(price).scaleb(-places), "tax_percent": Decimal(tax) / 100}
    return Good.objects.create(name=f"Good {n}", tax_is_added=on_top, **facts), price, tax, on_top


def terms(random: Random) -> Terms:
    return Terms(
        price=random.choice(PRICES),
        sessions=random.choice([1, 2, 3, 7, 10]) * WHOLE,
        bonus=random.choice([0, 0, 1, 2]) * WHOLE,
        activation=random.choice(["paid_in_full", "as_paid", "at_once"]),
        refund=random.choice(["rate_paid", "rate_paid", "list_rate", "fee", "none"]),
        refund_fee=random.choice(FEES),
        no_show=random.choice(["fee", "fee", "one"]),
        no_show_fee=random.choice(FEES),
        surcharge=random.choice([0, 33_333, 50_000]),
    )


def _plan(n: int, each: Terms, service: Service, longer: Service, places: int) -> Plan:
    def money(coins: int) -> Decimal:
        return Decimal(coins).scaleb(-places)

    also = [Also(longer, Decimal(1), money(each.surcharge))] if each.surcharge else []
    lines = [Line(service, Decimal(each.sessions) / 2, also=also)]
    if each.bonus:
        lines.append(Line(service, Decimal(each.bonus) / 2, is_bonus=True))
    facts: dict[str, Any] = {
        "activation": each.activation,
        "refund_rule": each.refund,
        "refund_fee": money(each.refund_fee),
        "no_show_takes": each.no_show,
        "no_show_fee": money(each.no_show_fee),
        "free_passes": 0,
        "transfer_rule": "anybody",
    }
    return add_plan(lines=lines, by=None, name=f"Plan {n}", price=money(each.price), **facts)
