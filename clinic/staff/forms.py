from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.countries import Profile
from clinic.countries.fields import named
from clinic.countries.forms import CountryForm, at_each, field_of
from clinic.models import Branch, Role, Staff

WITHOUT_LOGIN = [(role.value, role.label) for role in (Role.THERAPIST, Role.FRONT_DESK, Role.ACCOUNTANT)]


class InvitationForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.FRONT_DESK)

    def __init__(self, *args: Any, profile: Profile, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["registration"] = field_of(named(profile.staff, "registration"))


class ColleagueForm(CountryForm):
    class Meta:
        model = Staff
        fields = ("name", "role", "registration")

    def __init__(self, *args: Any, profile: Profile, **options: Any) -> None:
        super().__init__(*args, **options)
        branches = Branch.objects.filter(is_active=True).order_by("name")
        self.ask(at_each(profile.staff, branches), after="registration")

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        self.gather(given)
        return given


class NewColleagueForm(ColleagueForm):
    """Somebody without a login."""

    role = forms.ChoiceField(label=_("Role"), choices=WITHOUT_LOGIN, initial=Role.THERAPIST)
