from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.forms import KeyedForm, MoneyField, ReasonField, SessionsField
from clinic.models import Service
from clinic.ui.words import session_count

from .models import Package, PackageLine, Plan
from .models.terms import Terms
from .plans import Line

MOST_LINES = 4


class LineChoice(forms.ModelChoiceField):
    """A line of a package's terms, by its service and what is left."""

    def label_from_instance(self, line: Any) -> str:
        label = _("%(service)s: %(left)s left") % {
            "service": line.service.name,
            "left": session_count(line.sessions_left),
        }
        return f"{label} ({_('bonus')})" if line.is_bonus else label


class AdjustmentForm(KeyedForm):
    """Give or take sessions, by the owner's decision."""

    line = LineChoice(PackageLine.objects.none(), label=gettext_lazy("Line"), empty_label=None)
    sessions = SessionsField(
        label=gettext_lazy("Sessions"),
        min_value=None,
        help_text=gettext_lazy("1 gives one back, -1 takes one, 0.5 is half a session."),
    )
    reason = ReasonField()

    def __init__(self, *args: Any, package: Package, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lines = PackageLine.objects.filter(package=package).select_related("service").order_by("position")
        self.fields["line"].queryset = lines  # type: ignore[attr-defined]

    def clean_sessions(self) -> Decimal:
        sessions: Decimal = self.cleaned_data["sessions"]
        if sessions == 0 or abs(sessions) > 100:
            raise forms.ValidationError(_("Between half a session and 100 sessions, given or taken."))
        return sessions


class PlanForm(forms.ModelForm):
    """What a plan costs and its rules; its lines are in PlanLineForm."""

    price = MoneyField(label=gettext_lazy("Price"))

    class Meta:
        model = Plan
        fields = [*Terms.term_names(), "is_active"]

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["price"].currency = currency  # type: ignore[attr-defined]


class PlanLineForm(forms.Form):
    """So many sessions of a service. Left empty it is none."""

    service = forms.ModelChoiceField(
        Service.objects.none(),
        label=gettext_lazy("Service"),
        required=False,
        empty_label=gettext_lazy("None"),
    )
    sessions = SessionsField(label=gettext_lazy("Sessions"), required=False)
    is_bonus = forms.BooleanField(label=gettext_lazy("Bonus"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        services = Service.objects.filter(is_active=True).order_by("name")
        self.fields["service"].queryset = services  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if bool(facts.get("service")) != bool(facts.get("sessions")) and not self.errors:
            raise forms.ValidationError(_("A line needs a service and a number of sessions."))
        return facts

    def line(self) -> Line | None:
        facts = self.cleaned_data
        return Line(facts["service"], facts["sessions"], facts["is_bonus"]) if facts.get("service") else None


class BasePlanLines(forms.BaseFormSet):
    def clean(self) -> None:
        if not any(self.errors) and not any(line and not line.is_bonus for line in map(_line_of, self.forms)):
            raise forms.ValidationError(_("A plan needs at least one line of sessions that is no bonus."))

    def lines(self) -> list[Line]:
        """The lines of a valid set, in their order."""
        return [line for line in map(_line_of, self.forms) if line]


def _line_of(form: Any) -> Line | None:
    line: Line | None = form.line()
    return line


PlanLines = forms.formset_factory(
    PlanLineForm, formset=BasePlanLines, extra=MOST_LINES, max_num=MOST_LINES, absolute_max=MOST_LINES
)


def plan_lines(data: Any, plan: Plan | None = None) -> Any:
    """The fields for a plan's lines, filled in with those it has."""
    current = plan.lines.filter(is_current=True).order_by("position") if plan else []
    initial = [
        {"service": line.service_id, "sessions": line.sessions, "is_bonus": line.is_bonus} for line in current
    ]
    made = PlanLines(data or None, prefix="line", initial=initial)
    made.extra = max(0, MOST_LINES - len(initial))
    return made
