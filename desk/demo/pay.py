"""How the therapists of the demonstration are paid: one by the session, one by a part of its value."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from clinic.models import Staff
from clinic.money import quantise
from visits.models import PayRule
from visits.pay import add_pay_rule

from .setting import Setting

A_SESSION = Decimal("0.45")  # of what the first service costs
PERCENT = Decimal(40)


def agree_on_pay(setting: Setting, *, at: datetime) -> None:
    """Before the first patient comes."""
    clinic = setting.clinic
    by_session, by_value, _owner = setting.therapists
    amount = quantise(setting.services[0].price * A_SESSION, clinic.currency)
    rules: tuple[tuple[Staff, PayRule.Kind, dict[str, Any]], ...] = (
        (by_session, PayRule.Kind.PER_SESSION, {"amount": amount}),
        (by_value, PayRule.Kind.PERCENT, {"percent": PERCENT}),
    )
    on = clinic.day_of(at)
    for staff, kind, how_much in rules:
        key = uuid.uuid5(uuid.NAMESPACE_URL, f"{clinic.slug} pay {kind}")
        add_pay_rule(
            staff, kind=kind, from_day=on, on=on, clinic=clinic, by=setting.owner, key=key, **how_much
        )
