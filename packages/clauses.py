"""The terms of a plan or a package in plain sentences of the active language, one clause for each rule.

The codes are those that passbook lines and changes cite: whoever reads "late_cancel" there finds the sentence here.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from clinic.calendar import ValidityUnit, valid_until
from clinic.models import Branch, Clinic, Staff

from .clause_rules import RULES
from .deals import Deal
from .models import Package, PackageLine, Plan, PlanLine, Start
from .plans import Also, Line
from .validity import lasts_until

Sold: TypeAlias = Plan | Package


@dataclass(frozen=True)
class Clause:
    """One rule of the terms, to be read out."""

    code: str
    title: str
    sentence: str


def clauses_of(terms: Sold, *, clinic: Clinic, bought_on: date | None = None) -> list[Clause]:
    """Every clause of a plan or a package, in the order they are read.

    With `bought_on` a plan's dates are printed as if it were sold on that day. A package prints those it was sold
    with, whatever moved them since.
    """
    return spoken(deal_of(terms, clinic=clinic, bought_on=bought_on))


def spoken(deal: Deal) -> list[Clause]:
    """The clauses of a deal in the language that is active now."""
    said = ((rule, rule.sentence(deal)) for rule in RULES)
    return [Clause(rule.code, str(rule.title), sentence) for rule, sentence in said if sentence]


def deal_of(
    terms: Sold, *, clinic: Clinic, bought_on: date | None = None, lines: Sequence[Line] | None = None
) -> Deal:
    """What the sentences need, read once for all languages. `lines` are those of a plan that is not saved yet."""
    if isinstance(terms, Package):
        return _deal_of_package(terms, clinic)
    return Deal(
        terms=terms,
        lines=lines_of(terms) if lines is None else lines,
        currency=clinic.currency,
        branches=_names(Branch, terms.branch_ids),
        therapists=_names(Staff, terms.therapist_ids),
        valid_from=bought_on,
        valid_until=last_day_of(terms, bought_on) if bought_on else None,
        list_price=terms.price,
    )


def at_price(deal: Deal, price: Decimal) -> Deal:
    """The deal as it is agreed at the counter: the same terms at the price after a discount."""
    terms = copy(deal.terms)
    terms.price = price
    return replace(deal, terms=terms)


def last_day_of(plan: Plan, bought_on: date) -> date | None:
    """To which day it would be valid, bought on that day: a monthly plan for its first month, one that counts from
    the first visit to its outer limit. None where there is no such day."""
    if plan.renews_monthly:
        return valid_until(bought_on, 1, ValidityUnit.MONTHS)
    return lasts_until(plan, bought_on)


def lines_of(terms: Sold) -> list[Line]:
    """What is sold, and what else each line may be used for."""
    if isinstance(terms, Package):
        rows = PackageLine.objects.filter(package=terms)
    else:
        rows = PlanLine.objects.filter(plan=terms, is_current=True)
    rows = rows.select_related("service").prefetch_related("alternatives__service").order_by("position")
    return [line_of(row) for row in rows]


def line_of(row: PlanLine | PackageLine) -> Line:
    """A line as it is told. Its service and the services of its alternatives are read: prefetch them."""
    return Line(row.service, row.sessions, row.is_bonus, _also(row))


def _also(row: PlanLine | PackageLine) -> list[Also]:
    others = sorted(row.alternatives.all(), key=lambda other: (other.service.name, -other.sessions))
    return [Also(other.service, other.sessions, other.surcharge) for other in others]


def _deal_of_package(package: Package, clinic: Clinic) -> Deal:
    return Deal(
        terms=package,
        lines=lines_of(package),
        currency=clinic.currency,
        branches=_names(Branch, package.branch_ids),
        therapists=_names(Staff, package.therapist_ids),
        sold_at=package.branch.name,
        valid_from=package.valid_from,
        valid_until=_last_day_as_sold(package),
        # An opening balance and transferred sessions came with a last day of their own.
        has_own_last_day=package.is_opening or _came_with_its_days(package),
        list_price=package.list_price,
    )


def _came_with_its_days(package: Package) -> bool:
    return package.moved_from_id is not None and package.validity_start == Start.SALE


def _last_day_as_sold(package: Package) -> date | None:
    first = package.changes.order_by("recorded_at", "id").first()
    return first.valid_until_before if first else package.valid_until


def _names(model: type[Branch] | type[Staff], ids: Sequence[object]) -> list[str]:
    if not ids:
        return []
    return list(model.objects.filter(pk__in=ids).order_by("name").values_list("name", flat=True))
