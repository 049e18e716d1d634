"""What the desk fills in about a visit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from clinic.forms import DateField, KeyedForm, TimeField
from clinic.models import Branch, Clinic, Service, Staff
from clinic.refusals import Refused
from clinic.ui.words import session_count
from packages.models import Package

from . import diary, referrals
from .series import MOST, weekly

SHORTEST, LONGEST = 5, 600


class PackageChoiceField(forms.ModelChoiceField):
    """The patient's packages, each with what is left on it, and of a referral what is booked."""

    def label_from_instance(self, package: Package) -> str:
        facts = {"name": package.name, "left": session_count(package.sessions_left)}
        if package.is_referral:
            words = _("%(name)s · %(left)s left, %(booked)d booked")
            return str(words % {**facts, "booked": referrals.booked_on(package).count()})
        return str(_("%(name)s · %(left)s left") % facts)


class VisitForm(KeyedForm):
    """Who treats, for what, how long; shared by booking, walking in and moving."""

    service = forms.ModelChoiceField(Service.objects.none(), label=_("Service"), empty_label=None)
    therapist = forms.ModelChoiceField(
        Staff.objects.none(), label=_("Therapist"), required=False, empty_label=_("Nobody yet")
    )
    minutes = forms.IntegerField(
        label=_("Minutes"),
        required=False,
        validators=[MinValueValidator(SHORTEST), MaxValueValidator(LONGEST)],
        help_text=_("Empty: as long as the service."),
    )
    branch = forms.ModelChoiceField(Branch.objects.none(), label=_("Branch"), empty_label=None)
    package = PackageChoiceField(
        Package.objects.none(),
        label=_("Package"),
        required=False,
        empty_label=_("The one that expires first"),
    )
    note = forms.CharField(label=_("Note for the desk"), required=False, max_length=300)

    def __init__(self, *args: Any, clinic: Clinic, packages: Iterable[Package], **options: Any) -> None:
        super().__init__(*args, **options)
        self.clinic = clinic
        self.packages = list(packages)
        self._offer("service", Service.objects.filter(is_active=True).order_by("name"))
        self._offer("therapist", Staff.objects.therapists().order_by("name"))
        self._offer("branch", Branch.objects.filter(is_active=True).order_by("name"))
        self._offer("package", Package.objects.filter(pk__in=[each.pk for each in self.packages]))
        self._hide_what_has_no_choice()

    def _offer(self, name: str, rows: Any) -> None:
        if name in self.fields:
            self.fields[name].queryset = rows  # type: ignore[attr-defined]

    def _hide_what_has_no_choice(self) -> None:
        """One branch is no question, nor is the package of somebody who has none."""
        if "branch" in self.fields:
            branches = list(self.fields["branch"].queryset)  # type: ignore[attr-defined]
            self.initial.setdefault("branch", branches[0].pk if branches else None)
            if len(branches) == 1:
                self.fields["branch"].widget = forms.HiddenInput()
        if not self.packages:
            self.fields.pop("package", None)

    @property
    def chosen_minutes(self) -> int:
        return self.cleaned_data.get("minutes") or self.cleaned_data["service"].minutes


class WhenForm(VisitForm):
    """A visit on a day at a time, both local to the clinic."""

    on = DateField(label=_("Day"))
    at = TimeField(label=_("Time"))

    def __init__(self, *args: Any, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = today

    @property
    def starts_at(self) -> datetime:
        moment: datetime = self.cleaned_data["starts_at"]
        return moment

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        on: date | None = cleaned.get("on")
        at: time | None = cleaned.get("at")
        if on and at is not None:
            try:
                cleaned["starts_at"] = diary.moment(on, at, clinic=self.clinic, today=self.today)
            except Refused as refused:
                self.add_error("at" if isinstance(refused, diary.NoSuchTime) else "on", str(refused))
        return cleaned


class BookingForm(WhenForm):
    """A visit for a patient who was chosen before, or several on days of the week."""

    weekdays = forms.TypedMultipleChoiceField(
        label=_("On these days of the week"),
        choices=[(str(n), name) for n, name in WEEKDAYS.items()],
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    visits = forms.IntegerField(
        label=_("How many visits"),
        required=False,
        validators=[MinValueValidator(1), MaxValueValidator(MOST)],
        help_text=_("At the same time of the day. You see every date before anything is booked."),
    )

    @property
    def repeats(self) -> bool:
        """Whether more than one visit is asked for."""
        return (self.cleaned_data.get("visits") or 1) > 1

    @property
    def times(self) -> list[datetime]:
        """When the visits are; the first may be later than the day, which may be another day of the week."""
        asked = self.cleaned_data
        return weekly(self.starts_at, clinic=self.clinic, weekdays=asked["weekdays"], count=asked["visits"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("weekdays") and not cleaned.get("visits") and "visits" not in self.errors:
            self.add_error("visits", _("Write how many visits there are to be."))
        if (cleaned.get("visits") or 1) > 1 and not cleaned.get("weekdays"):
            self.add_error("weekdays", _("Choose on which days of the week."))
        return cleaned


class WalkInForm(VisitForm):
    """The patient is here now."""


class MoveForm(WhenForm):
    """Another time, therapist, length or package; the rest stays."""

    service = None  # type: ignore[assignment]
    branch = None  # type: ignore[assignment]
    note = None  # type: ignore[assignment]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.initial.get("therapist"):  # a visit may change hands, but not lose them
            self.fields["therapist"].required = True
            self.fields["therapist"].empty_label = None  # type: ignore[attr-defined]
