"""What must fit together in the terms of a plan, and what is left out because another choice makes it void."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from clinic.calendar import valid_until

from .models import RefundRule, Sharing, Start, Takes, Where

ANY_DAY = date(2025, 1, 1)
NOTHING = Decimal(0)
# amount -> the rule and the choice of it that asks for the amount
ASKED_BY = {
    "late_cancel_fee": ("late_cancel_takes", Takes.FEE),
    "no_show_fee": ("no_show_takes", Takes.FEE),
    "refund_fee": ("refund_rule", RefundRule.FEE),
}


def mistakes(given: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The fields that do not fit the others, each with a sentence. A field that is missing is wrong by itself."""
    for amount, (rule, choice) in ASKED_BY.items():
        if given.get(rule) == choice and amount in given and not given[amount]:
            yield amount, _("Say how much the fee is.")
    if given.get("where") == Where.LISTED and not given.get("branch_ids"):
        yield "branch_ids", _("Tick the branches where it can be used.")
    if given.get("sharing") == Sharing.NAMED and given.get("named_limit") == 0:
        yield "named_limit", _("At least one person; or leave it empty for as many as the patient names.")
    if given.get("carries_over") and not given.get("renews_monthly"):
        yield "carries_over", _("Sessions can move to the next month only where the plan renews every month.")
    yield from _of_the_dates(given)


def _of_the_dates(given: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if given.get("validity_start") != Start.FIRST_VISIT or "validity_count" not in given:
        return
    count, longest = given["validity_count"], given.get("longest_count")
    if given.get("renews_monthly"):
        yield "validity_start", _("A plan that renews every month counts from the day of the sale.")
    elif count is None:
        yield "validity_count", _("Say how long it is valid from the first visit.")
    elif longest and _last_day(longest, given["longest_unit"]) < _last_day(count, given["validity_unit"]):
        yield "longest_count", _("The latest day is before the validity could end. Make it longer.")


def settled(given: dict[str, Any]) -> dict[str, Any]:
    """The terms without what another choice makes void: a fee that no rule takes, branches where all are open."""
    kept = dict(given)
    for amount, (rule, choice) in ASKED_BY.items():
        if kept.get(rule) != choice or not kept.get(amount):
            kept[amount] = NOTHING
    if kept.get("refund_rule") != RefundRule.LIST_RATE:
        kept["list_rate"] = None
    if kept.get("where") != Where.LISTED:
        kept["branch_ids"] = []
    if kept.get("sharing") == Sharing.OWNER:
        kept["named_limit"] = None
    if kept.get("validity_start") != Start.FIRST_VISIT:
        kept["longest_count"] = None
    return kept


def _last_day(count: int, unit: str) -> date:
    return valid_until(ANY_DAY, count, unit)
