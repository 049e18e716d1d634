"""What is asked before a statement is issued: about what, which kind, and what the insurer wants to know."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import StatementKind
from clinic.access import may
from clinic.countries.fields import Field
from clinic.countries.forms import field_of
from clinic.forms import DateField, KeyedForm
from clinic.models import Clinic, Patient, Staff
from packages.models import Package

from .scope import Scope
from .titles import counts_units

DAYS = "days"
LONGEST = timedelta(days=731)


class AttendanceForm(KeyedForm):
    """About which package or days, and of which kind."""

    about = forms.ChoiceField(label=gettext_lazy("About"))
    first_day = DateField(label=gettext_lazy("First day"), required=False)
    last_day = DateField(label=gettext_lazy("Last day"), required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"))
    reason = forms.CharField(
        label=gettext_lazy("Why it is issued anew"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Printed on a statement that replaces an earlier one."),
    )

    def __init__(self, *args: Any, patient: Patient, clinic: Clinic, staff: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.patient = patient
        packages = Package.objects.filter(patient=patient).select_related("branch").order_by("-number")
        self.packages = {str(package.pk): package for package in packages}
        self.fields["about"].choices = [  # type: ignore[attr-defined]
            *((pk, _package_words(package)) for pk, package in self.packages.items()),
            (DAYS, _("Visits from the first to the last day")),
        ]
        self.fields["kind"].choices = list(_kinds(clinic, staff))  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("about") == DAYS:
            self._clean_days(given.get("first_day"), given.get("last_day"))
        return given

    def _clean_days(self, first: Any, last: Any) -> None:
        for name, day in (("first_day", first), ("last_day", last)):
            if day is None and name not in self.errors:
                self.add_error(name, _("Say which day."))
        if first and last and last < first:
            self.add_error("last_day", _("The last day is before the first."))
        elif first and last and last - first > LONGEST:
            self.add_error("last_day", _("At most two years go on one statement."))

    @property
    def scope(self) -> Scope:
        """What was chosen."""
        given = self.cleaned_data
        if given["about"] == DAYS:
            return Scope(self.patient, None, given["first_day"], given["last_day"])
        return Scope(self.patient, self.packages[given["about"]])

    @property
    def chosen_kind(self) -> StatementKind:
        return StatementKind(self.cleaned_data["kind"])


class ClaimForm(forms.Form):
    """What insurers of the clinic's country ask for beside the visits."""

    def __init__(self, *args: Any, facts: Iterable[Field], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for fact in facts:
            self.fields[fact.name] = field_of(fact)


def _package_words(package: Package) -> str:
    return _("Package %(number)s: %(name)s") % {"number": package.number, "name": package.name}


def _kinds(clinic: Clinic, staff: Staff) -> Iterable[tuple[str, str]]:
    yield StatementKind.ATTENDANCE, _("Attendance statement")
    if may(staff, "keep_claim"):
        superbill = counts_units(clinic.profile)
        words = _("Superbill") if superbill else _("With what the insurer asks for, diagnosis included")
        yield StatementKind.SUPERBILL, words
