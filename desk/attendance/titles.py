"""What a paper for an insurer is called, in the words of the country and in both languages."""

from __future__ import annotations

from django.utils import translation
from django.utils.translation import gettext_lazy

from billing.models import StatementKind
from billing.sale_terms import LANGUAGES
from clinic.countries import Profile
from clinic.countries.fields import Text
from clinic.countries.profile import Paper


def counts_units(profile: Profile) -> bool:
    """Whether insurers of the country ask for units of 15 minutes: then their paper is a superbill."""
    return any(field.name == "units" for field in profile.claim)


def title_of(kind: str, profile: Profile) -> dict[str, str]:
    """The country's own name of it; beside a superbill the plain one has a plain name."""
    if kind == StatementKind.ATTENDANCE and counts_units(profile):
        return in_both(gettext_lazy("Attendance statement"))
    return in_both(profile.titles[Paper.STATEMENT])


def in_both(text: Text) -> dict[str, str]:
    """The words in both languages of papers, to be frozen."""
    said = {}
    for language, locale in LANGUAGES.items():
        with translation.override(locale):
            said[language] = str(text)
    return said
