"""What an import did, in figures that are kept with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from clinic.models import Clinic
from clinic.money import places, value_left

from .sorting import NewPack, Sorted

NONE = Decimal(0)


@dataclass
class Outcome:
    """Counts of what is new; `known` packs were here before and stayed as they are."""

    patients: int = 0
    patients_known: int = 0
    packages: int = 0
    known: int = 0
    visits: int = 0
    sessions_left: Decimal = NONE
    value: Decimal = NONE
    lapsed: int = 0
    to_pay: int = 0
    to_pay_sum: Decimal = NONE
    without_price: int = 0
    left_out: int = 0
    services: list[str] = field(default_factory=list)
    therapists: list[str] = field(default_factory=list)
    plans: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {name: str(fact) if isinstance(fact, Decimal) else fact for name, fact in asdict(self).items()}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Outcome:
        amounts = {name: Decimal(kept[name]) for name in ("sessions_left", "value", "to_pay_sum")}
        return cls(**kept | amounts)


def expected(work: Sorted, *, clinic: Clinic, today: date) -> Outcome:
    """What the import of these rows does, by what is known now."""
    people = work.people
    outcome = Outcome(
        patients=sum(1 for person in people if person.is_new),
        patients_known=sum(1 for person in people if not person.is_new),
        packages=len(work.packs),
        known=len(work.known),
        left_out=len({problem.line for problem in work.problems}),
    )
    _count(outcome, work.packs, clinic, today)
    return outcome


def owed(pack: NewPack) -> Decimal:
    """What was still to pay for the pack at go-live; nothing where the register does not say."""
    price, paid = pack.row.price, pack.row.paid
    return NONE if price is None or paid is None else price - paid


def _count(outcome: Outcome, packs: Iterable[NewPack], clinic: Clinic, today: date) -> None:
    digits = places(clinic.currency)
    for pack in packs:
        row = pack.row
        has_lapsed = row.valid_until is not None and row.valid_until < today
        outcome.visits += len(row.visits)
        outcome.lapsed += bool(has_lapsed and row.left)
        if not has_lapsed:
            outcome.sessions_left += row.left
            outcome.value += value_left(row.price or NONE, row.left, row.sold, digits)
        outcome.to_pay += owed(pack) > 0
        outcome.to_pay_sum += owed(pack)
        outcome.without_price += row.price is None
