"""The account statement as a sheet: in the patient's language, the same on screen, on paper and in the PDF."""

from __future__ import annotations

from datetime import date

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from clinic.countries.kept import facts
from clinic.models import Clinic, ClinicSettings, Patient

from .account_statement import AGES, AccountStatement, account_statement
from .rendering import ENGLISH, HINDI


def language_of(patient: Patient, asked: str = "") -> str:
    """The language that was asked for, else the patient's own; English or Hindi."""
    return HINDI if (asked or patient.language).lower().startswith(HINDI) else ENGLISH


def statement_sheet(patient: Patient, *, clinic: Clinic, first: date, last: date, language: str) -> str:
    """The statement drawn in that language."""
    with translation.override(language):
        statement = account_statement(patient, clinic=clinic, first=first, last=last)
        letterhead = ClinicSettings.objects.get()
        return render_to_string(
            "billing/account_statement_sheet.html",
            {
                "statement": statement,
                "ages": _ages(statement),
                "letterhead": letterhead,
                "name": clinic.name,
                "registrations": [
                    (field.label, value)
                    for field, value in facts(letterhead, clinic.profile.registrations)
                    if field.is_printed
                ],
                "currency": clinic.currency,
            },
        )


def page_html(drawn: str, language: str) -> str:
    """A page of its own around a sheet, which becomes the PDF."""
    with translation.override(language):
        return render_to_string(
            "billing/account_statement_pdf.html", {"sheet": drawn, "language": language[:2]}
        )


def file_name(patient: Patient) -> str:
    return f"account-patient-{patient.number}.pdf"


def _ages(statement: AccountStatement) -> list[tuple[str, object]]:
    """What is owed, by how old the bills are; nothing where nothing is owed."""
    if not statement.owed:
        return []
    starts = (0, *(age + 1 for age in AGES))
    names = [
        _("%(from)s–%(to)s days") % {"from": start, "to": end}
        for start, end in zip(starts, AGES, strict=False)
    ]
    names.append(_("over %(days)s days") % {"days": AGES[-1]})
    return list(zip(names, statement.ages, strict=True))
