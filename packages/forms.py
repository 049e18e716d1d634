from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.forms import KeyedForm, ReasonField, SessionsField
from clinic.ui.words import session_count

from .models import Package, PackageLine


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
