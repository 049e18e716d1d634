"""What the packs of a register need around them: services, therapists and plans, found or made once."""

from __future__ import annotations

import re
from decimal import Decimal

from django.utils.translation import gettext as _

from clinic.administration.services import add_service
from clinic.models import Clinic, Role, Service, Staff
from clinic.money import quantise
from clinic.spelling import clean, fold
from clinic.staff.services import add_colleague
from packages.models import Activation, Plan
from packages.plans import Line, add_plan

from .counts import plain
from .likeness import name_keys
from .register_row import RegisterRow

MINUTES = re.compile(r"(\d{1,3})\s*(?:min|mins|minutes?|m|मिनट)\b", re.IGNORECASE)
USUAL_MINUTES, FEWEST_MINUTES, MOST_MINUTES = 60, 5, 600
LONGEST_NAME = 120


class Furniture:
    """Found by name; what is missing is made through the services that the settings use, so it is audited."""

    def __init__(self, clinic: Clinic, *, by: Staff | None) -> None:
        self.clinic, self.by = clinic, by
        self.made: dict[str, list[str]] = {"services": [], "therapists": [], "plans": []}
        services = list(Service.objects.order_by("is_active", "pk"))
        self._services = {_same(service.name): service for service in services}
        offered = [service for service in services if service.is_active]
        self._only_service = offered[0] if len(offered) == 1 else None
        self._therapists = {
            key: staff for staff in Staff.objects.order_by("is_active", "pk") for key in name_keys(staff.name)
        }
        self._plans = {
            (_same(plan.name), line.service_id, line.sessions): plan
            for plan in Plan.objects.prefetch_related("lines")
            if len(lines := [line for line in plan.lines.all() if line.is_current]) == 1
            for line in lines
        }
        self._plan_names = set(Plan.objects.values_list("name", flat=True))

    def service_of(self, row: RegisterRow) -> Service:
        """The service of that name; the clinic's only one where the register names none."""
        if not row.service and self._only_service:
            return self._only_service
        name = row.service or str(_("Physiotherapy session"))
        if service := self._services.get(_same(name)):
            return service
        service = add_service(by=self.by, name=name, minutes=_minutes(name), price=self._single_price(row))
        self._services[_same(name)] = service
        self.made["services"].append(name)
        return service

    def therapist_of(self, row: RegisterRow) -> Staff | None:
        """Somebody of that name, "Dr." or not; added without a login where there is nobody."""
        if not row.therapist:
            return None
        keys = name_keys(row.therapist)
        if known := next((self._therapists[key] for key in keys if key in self._therapists), None):
            return known
        added = add_colleague(name=row.therapist, role=Role.THERAPIST, by=self.by)
        self._therapists |= dict.fromkeys(keys, added)
        self.made["therapists"].append(row.therapist)
        return added

    def plan_of(self, row: RegisterRow, service: Service) -> Plan:
        """The plan of that name, service and number of sessions; added, but not put on sale, where there is none."""
        names = _plan_names(row, service)
        for name in (pack_name(row), *names):
            if plan := self._plans.get((_same(name), service.pk, row.sold)):
                return plan
        plan = add_plan(
            lines=[Line(service, row.sold)],
            by=self.by,
            name=self._free_name(names),
            price=row.price or Decimal(0),
            activation=Activation.AT_ONCE,
            is_active=False,
        )
        self._plans[_same(names[0]), service.pk, row.sold] = plan
        self._plan_names.add(plan.name)
        self.made["plans"].append(plan.name)
        return plan

    def _free_name(self, names: tuple[str, str]) -> str:
        numbered = (f"{names[1][: LONGEST_NAME - 5]} {number}" for number in range(2, 1000))
        return next(name for name in (*names, *numbered) if name not in self._plan_names)

    def _single_price(self, row: RegisterRow) -> Decimal:
        """What a session of the pack costs: a price to begin with, which the owner looks at."""
        return quantise((row.price or Decimal(0)) / row.sold, self.clinic.currency)


def pack_name(row: RegisterRow) -> str:
    return row.plan or _("%(sessions)s sessions") % {"sessions": plain(row.sold)}


def _plan_names(row: RegisterRow, service: Service) -> tuple[str, str]:
    """What a plan made for a register is called, and what instead where another pack has taken the name."""
    facts = {"name": pack_name(row)[:70], "sessions": plain(row.sold), "service": service.name[:30]}
    return (
        _("%(name)s (register)") % facts,
        _("%(name)s, %(sessions)s × %(service)s (register)") % facts,
    )


def _minutes(name: str) -> int:
    found = MINUTES.search(clean(name))
    minutes = int(found[1]) if found else USUAL_MINUTES
    return min(max(minutes, FEWEST_MINUTES), MOST_MINUTES)


def _same(name: str) -> str:
    return " ".join(fold(clean(name)).split())
