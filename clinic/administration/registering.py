"""Whether the clinic is registered for the taxes of its country."""

from __future__ import annotations

from clinic.countries import Profile
from clinic.countries.fields import Text, named
from clinic.countries.kept import is_registered
from clinic.models import Branch, ClinicSettings


def missing_registration(profile: Profile) -> Text:
    """The label of the number without which the clinic may charge no tax; nothing where one of its places has it."""
    settings = ClinicSettings.objects.get()
    if any(is_registered(profile, settings, branch) for branch in Branch.objects.filter(is_active=True)):
        return ""
    return named(profile.registrations, profile.taxed_by).label
