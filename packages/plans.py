"""What is on sale: making, changing and retiring plans. Packs already sold keep their terms (S20)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from clinic import audit
from clinic.acts import act
from clinic.models import Service, Staff
from clinic.refusals import Refused

from .models import Plan, PlanAlternative, PlanLine
from .models.terms import Terms


class PlanWithoutSessions(Refused):
    def __init__(self) -> None:
        super().__init__(_("A plan needs at least one line of sessions."))


@dataclass(frozen=True)
class Also:
    """Another service that a line may be used for: so many sessions of it a visit, and money beside them."""

    service: Service
    sessions: Decimal
    surcharge: Decimal = Decimal(0)


@dataclass(frozen=True)
class Line:
    """So many sessions of a service, and what else they may be used for."""

    service: Service
    sessions: Decimal
    is_bonus: bool = False
    also: Sequence[Also] = ()


def fingerprint(plan: Plan) -> str:
    """What a plan offers now, in short: a sale that was shown other terms is refused (law 5)."""
    terms = [_plain(getattr(plan, name)) for name in Terms.term_names()]
    lines = []
    for line in plan.lines.filter(is_current=True).prefetch_related("alternatives").order_by("position"):
        lines.append(f"{line.service_id} {_plain(line.sessions)} {line.is_bonus}")
        others = (
            f"{o.service_id} {_plain(o.sessions)} {_plain(o.surcharge)}" for o in line.alternatives.all()
        )
        lines.extend(sorted(others))
    return hashlib.sha256("\n".join(terms + lines).encode()).hexdigest()[:16]


def _plain(value: Any) -> str:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


@act
def add_plan(*, lines: Sequence[Line], by: Staff | None, **terms: Any) -> Plan:
    """A new plan on sale. `terms` are the fields of Terms."""
    plan = Plan.objects.create(**terms)
    _set_lines(plan, lines)
    audit.record("add_plan", plan, by=by, after=_facts(plan, Terms.term_names()) | _sold(lines))
    return plan


@act
def change_plan(plan: Plan, *, lines: Sequence[Line], by: Staff | None, **terms: Any) -> Plan:
    """Change what is sold from now on."""
    changed = [name for name, value in terms.items() if getattr(plan, name) != value]
    before = _facts(plan, changed)
    for name, value in terms.items():
        setattr(plan, name, value)
    plan.save(update_fields=list(terms))
    _set_lines(plan, lines)
    audit.record("change_plan", plan, by=by, before=before, after=_facts(plan, changed) | _sold(lines))
    return plan


def _set_lines(plan: Plan, lines: Sequence[Line]) -> None:
    if not lines:
        raise PlanWithoutSessions
    PlanLine.objects.filter(plan=plan, is_current=True).update(is_current=False)
    made = PlanLine.objects.bulk_create(
        PlanLine(plan=plan, position=n, service=line.service, sessions=line.sessions, is_bonus=line.is_bonus)
        for n, line in enumerate(lines, start=1)
    )
    PlanAlternative.objects.bulk_create(
        PlanAlternative(line=row, service=other.service, sessions=other.sessions, surcharge=other.surcharge)
        for row, line in zip(made, lines, strict=True)
        for other in line.also
    )


def _facts(plan: Plan, names: Iterable[str]) -> dict[str, Any]:
    facts = {name: getattr(plan, name) for name in names}
    return {
        name: [str(pk) for pk in value] if isinstance(value, list) else value for name, value in facts.items()
    }


def _sold(lines: Sequence[Line]) -> dict[str, Any]:
    return {"lines": [text for line in lines for text in _line_in_words(line)]}


def _line_in_words(line: Line) -> Iterator[str]:
    yield f"{line.sessions} × {line.service.name}{' (bonus)' if line.is_bonus else ''}"
    for other in line.also:
        yield f"{line.service.name} → {other.service.name}: {other.sessions} + {other.surcharge}"
