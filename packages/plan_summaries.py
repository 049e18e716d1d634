"""The plans with their key terms: a short sentence for each rule that is not as most plans have it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from clinic.models import Clinic

from .clauses import Clause, deal_of, line_of, spoken
from .models import Plan
from .plans import Line

# What is asked about a plan most often.
KEY = frozenset({"validity", "activation", "late_cancel", "refund"})


@dataclass(frozen=True)
class Summary:
    """A plan as the list shows it."""

    plan: Plan
    lines: list[Line]
    key_terms: list[Clause]
    others: list[Clause]


def summaries(plans: Iterable[Plan], clinic: Clinic) -> list[Summary]:
    """Each plan with its key terms first; all others follow behind a fold."""
    return [_summary(plan, clinic) for plan in plans]


def _summary(plan: Plan, clinic: Clinic) -> Summary:
    lines = [line_of(row) for row in plan.lines.all()]
    said = spoken(deal_of(plan, clinic=clinic, lines=lines))
    return Summary(
        plan,
        lines,
        [clause for clause in said if clause.code in KEY],
        [clause for clause in said if clause.code not in KEY | {"sold", "price"}],
    )
