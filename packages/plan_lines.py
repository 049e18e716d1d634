"""The fields for the lines of a plan: so many sessions of a service, and other services they may be used for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.forms import MoneyField, SessionsField
from clinic.models import Service
from clinic.money import places
from clinic.ui.words import session_count

from .clauses import lines_of
from .models import Plan
from .plans import Also, Line

MOST_LINES = 4
MOST_WAYS = 3


class ServiceField(forms.TypedChoiceField):
    """One of the services, or none. They are read once for all the fields of a plan."""

    def __init__(self, services: dict[str, Service]) -> None:
        choices = [("", _("None")), *((pk, service.name) for pk, service in services.items())]
        super().__init__(
            choices=choices, coerce=services.get, empty_value=None, label=_("Service"), required=False
        )


class PlanLineForm(forms.Form):
    """So many sessions of a service, and up to three other ways of using them. Left empty it is none."""

    sessions = SessionsField(label=gettext_lazy("Sessions"), required=False, max_value=1000)
    is_bonus = forms.BooleanField(label=gettext_lazy("Bonus"), required=False)

    def __init__(self, *args: Any, services: dict[str, Service], currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["service"] = ServiceField(services)
        for n in range(1, MOST_WAYS + 1):
            self.fields |= _way_fields(n, services, currency)

    @property
    def ways(self) -> list[tuple[Any, Any, Any]]:
        """The bound fields of each other way: service, sessions a visit, money beside them."""
        return [tuple(self[name] for name in _names(n)) for n in range(1, MOST_WAYS + 1)]  # type: ignore[misc]

    @property
    def has_ways(self) -> bool:
        """Whether one of them is filled in or wrong."""
        names = [name for n in range(1, MOST_WAYS + 1) for name in _names(n)]
        return any(self[name].value() or name in self.errors for name in names)

    def clean(self) -> dict[str, Any]:
        facts: dict[str, Any] = super().clean() or {}
        if bool(facts.get("service")) != bool(facts.get("sessions")) and not self.errors:
            raise forms.ValidationError(_("A line needs a service and a number of sessions."))
        seen: set[Any] = set()
        for n in range(1, MOST_WAYS + 1):
            service, sessions, _surcharge = (facts.get(name) for name in _names(n))
            if sentence := _way_mistake(facts, service, sessions, self.errors, seen):
                self.add_error(f"also_{n}_service", sentence)
            seen.add((service, sessions))
        return facts

    def line(self) -> Line | None:
        """The line that was typed; None where there is none, or where it is wrong."""
        facts = getattr(self, "cleaned_data", {})
        if not facts.get("service") or not facts.get("sessions"):
            return None
        also = [_also(facts, n) for n in range(1, MOST_WAYS + 1) if facts.get(f"also_{n}_service")]
        ways = [way for way in also if way.sessions]
        return Line(facts["service"], facts["sessions"], facts.get("is_bonus", False), ways)


def _way_mistake(facts: dict[str, Any], service: Any, sessions: Any, errors: Any, seen: set[Any]) -> str:
    if bool(service) != bool(sessions):
        return "" if errors else _("Another way needs a service and the sessions a visit takes.")
    if not service:
        return ""
    if not facts.get("service"):
        return _("Fill in the line first: its service and its sessions.")
    if service == facts["service"]:
        return _("That is the service of the line itself.")
    return _("This way is here twice.") if (service, sessions) in seen else ""


def _also(facts: dict[str, Any], n: int) -> Also:
    service, sessions, surcharge = (facts.get(name) for name in _names(n))
    return Also(service, sessions or Decimal(0), surcharge or Decimal(0))  # type: ignore[arg-type]


def _names(n: int) -> tuple[str, str, str]:
    return f"also_{n}_service", f"also_{n}_sessions", f"also_{n}_surcharge"


def _way_fields(n: int, services: dict[str, Service], currency: str) -> dict[str, forms.Field]:
    service, sessions, surcharge = _names(n)
    return {
        service: ServiceField(services),
        sessions: SessionsField(label=_("Sessions a visit"), required=False, max_value=100),
        surcharge: MoneyField(label=_("To pay beside"), required=False, currency=currency),
    }


class BasePlanLines(forms.BaseFormSet):
    def clean(self) -> None:
        if not any(self.errors) and not any(not line.is_bonus for line in self.lines()):
            raise forms.ValidationError(_("A plan needs at least one line of sessions that is no bonus."))

    def lines(self) -> list[Line]:
        """The lines that can be read, in their order."""
        return [line for form in self.forms if (line := form.line())]


PlanLines = forms.formset_factory(
    PlanLineForm, formset=BasePlanLines, extra=MOST_LINES, max_num=MOST_LINES, absolute_max=MOST_LINES
)


def plan_lines(data: Any, plan: Plan | None = None, *, currency: str) -> Any:
    """The fields for a plan's lines, filled in with those it has."""
    lines = lines_of(plan) if plan else []
    initial = [_typed(line, currency) for line in lines]
    facts = {"services": _services(lines), "currency": currency}
    made = PlanLines(data or None, prefix="line", initial=initial, form_kwargs=facts)
    made.extra = max(0, MOST_LINES - len(initial))
    return made


def _services(lines: list[Line]) -> dict[str, Service]:
    """Those in use, and those of the plan: a service that is no longer offered stays on it until it is taken off."""
    of_plan = [line.service.pk for line in lines] + [
        other.service.pk for line in lines for other in line.also
    ]
    services = Service.objects.filter(Q(is_active=True) | Q(pk__in=of_plan)).order_by("name")
    return {str(service.pk): service for service in services}


def _typed(line: Line, currency: str) -> dict[str, Any]:
    typed: dict[str, Any] = {
        "service": line.service.pk,
        "sessions": session_count(line.sessions),
        "is_bonus": line.is_bonus,
    }
    for n, other in enumerate(line.also[:MOST_WAYS], start=1):
        money = f"{other.surcharge:.{places(currency)}f}" if other.surcharge else ""
        typed |= zip(_names(n), (other.service.pk, session_count(other.sessions), money), strict=True)
    return typed
