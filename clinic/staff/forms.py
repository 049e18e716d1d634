from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.models import Role, Staff

WITHOUT_LOGIN = [(role.value, role.label) for role in (Role.THERAPIST, Role.FRONT_DESK, Role.ACCOUNTANT)]


class InvitationForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.FRONT_DESK)
    registration = forms.CharField(
        label=_("Registration number"),
        max_length=60,
        required=False,
        help_text=_("For therapists; stands on bills."),
    )


class ColleagueForm(forms.ModelForm):
    class Meta:
        model = Staff
        fields = ("name", "role", "registration")


class NewColleagueForm(ColleagueForm):
    """Somebody without a login."""

    role = forms.ChoiceField(label=_("Role"), choices=WITHOUT_LOGIN, initial=Role.THERAPIST)
