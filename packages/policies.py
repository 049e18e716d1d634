"""docs/policies.md: every rule of the terms, what may be chosen, and the sentence that says it. Generated."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models
from django.utils import translation

from clinic.models import Service

from .clause_rules import RULES, Rule
from .deals import Deal
from .models import Plan, RefundRule, Sharing, Start, Takes, Where
from .models.terms import Terms
from .plans import Also, Line
from .validity import lasts_until

LANGUAGE = "en-in"
SOLD_ON = date(2026, 3, 1)
FIRST, SECOND = UUID(int=1), UUID(int=2)
PLACES = {FIRST: "Indiranagar", SECOND: "Koramangala"}
PEOPLE = {FIRST: "Dr Anand Iyer", SECOND: "Dr Priya Nair"}
OF_NOBODY: dict[str, Any] = {"clinic_id": FIRST}
EXAMPLE: dict[str, Any] = OF_NOBODY | {
    "name": "10 sessions",
    "price": Decimal(9000),
    "validity_count": 3,
    "branch_ids": [FIRST],
    "late_cancel_fee": Decimal(300),
    "no_show_fee": Decimal(500),
    "refund_fee": Decimal(500),
}

HEAD = """# Every rule of a package, and its sentence

Written by `manage.py write_policies` from the fields of `Terms` and the sentences of `packages/clause_rules.py`; do not
edit it by hand. Sentences are shown before a sale is saved, printed on its bill and cited by their code in the
passbook. The example is a plan of 10 sessions and 1 bonus session, sold on 1 March 2026 for ₹9,000.
"""

# What else must be chosen before a field says anything.
GIVEN: dict[str, dict[str, Any]] = {
    "longest_count": {"validity_start": Start.FIRST_VISIT},
    "longest_unit": {"validity_start": Start.FIRST_VISIT, "longest_count": 6},
    "named_limit": {"sharing": Sharing.NAMED},
    "branch_ids": {"where": Where.LISTED},
    "late_cancel_fee": {"late_cancel_takes": Takes.FEE},
    "no_show_fee": {"no_show_takes": Takes.FEE},
    "refund_fee": {"refund_rule": RefundRule.FEE},
    "list_rate": {"refund_rule": RefundRule.LIST_RATE},
    "carries_over": {"renews_monthly": True},
}
# Where the numbers that mean something of their own are not 0, 1 and some.
SAMPLES: dict[str, tuple[Any, ...]] = {
    "name": ("10 sessions", "Family pack"),
    "price": (Decimal(9000), Decimal(0)),
    "validity_count": (3, None),
    "longest_count": (6, None),
    "named_limit": (1, 4, None),
    "branch_ids": ([FIRST], [FIRST, SECOND]),
    "therapist_ids": ([], [FIRST], [FIRST, SECOND]),
    "late_cancel_hours": (24, 0),
    "free_passes": (0, 1, 2),
    "freeze_limit": (0, 30, None),
    "refund_fee": (Decimal(500), Decimal(1000)),
    "list_rate": (Decimal(1000), None),
    "late_cancel_fee": (Decimal(300), Decimal(500)),
    "no_show_fee": (Decimal(500), Decimal(800)),
}


def document() -> str:
    """The whole page, in English."""
    with translation.override(LANGUAGE):
        return "\n".join([HEAD, *(line for rule in RULES for line in _section(rule))]).rstrip() + "\n"


def samples_of(name: str) -> tuple[Any, ...]:
    """Values of a field of Terms that differ in what they mean."""
    if name in SAMPLES:
        return SAMPLES[name]
    field = Terms._meta.get_field(name)
    if isinstance(field, models.BooleanField):
        return (False, True)
    if isinstance(field, models.Field) and field.choices:
        return tuple(value for value, _label in field.flatchoices)
    raise LookupError(f"say in packages.policies.SAMPLES which values of {name} are told apart")


def sample(**terms: Any) -> Deal:
    """The example with some of its terms otherwise."""
    plan = Plan(**EXAMPLE | terms)
    hour, longer = (Service(**OF_NOBODY, name=f"Physiotherapy {minutes} min") for minutes in (60, 90))
    also = [Also(longer, Decimal(2)), Also(longer, Decimal(1), Decimal(500))]
    return Deal(
        terms=plan,
        lines=[Line(hour, Decimal(10), also=also), Line(hour, Decimal(1), is_bonus=True)],
        currency="INR",
        branches=[PLACES[pk] for pk in plan.branch_ids],
        therapists=[PEOPLE[pk] for pk in plan.therapist_ids],
        valid_from=SOLD_ON,
        valid_until=lasts_until(plan, SOLD_ON),
        list_price=plan.price,
    )


def _section(rule: Rule) -> Iterator[str]:
    yield f"## {rule.title} (`{rule.code}`)\n"
    if not rule.fields:
        yield f"{rule.sentence(sample())}\n"
        return
    yield "| rule | chosen | sentence |\n|---|---|---|"
    for name in rule.fields:
        for value in samples_of(name):
            chosen = sample(**GIVEN.get(name, {}) | {name: value})
            yield f"| `{name}` | {_words(name, value)} | {rule.sentence(chosen)} |"
    yield ""


def _words(name: str, value: Any) -> str:
    field = Terms._meta.get_field(name)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value == []:
        return "left empty"
    if isinstance(value, list):
        return f"{len(value)} chosen"
    choices = dict(field.flatchoices) if isinstance(field, models.Field) and field.choices else {}
    return f"`{value}`: {choices[value]}" if value in choices else str(value)
