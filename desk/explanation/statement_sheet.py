"""The statement as a sheet: in the patient's language, the same on screen, on paper and in the PDF."""

from __future__ import annotations

from collections.abc import Callable

from django.template.loader import render_to_string
from django.utils import translation

from clinic.models import Patient
from packages.models import Package

from .statement import Statement

ENGLISH, HINDI = "en-in", "hi"


def language_of(patient: Patient, asked: str = "") -> str:
    """The language that was asked for, else the patient's own."""
    return HINDI if (asked or patient.language).lower().startswith("hi") else ENGLISH


def sheet(make: Callable[[], Statement | None], language: str) -> str:
    """The statement drawn in that language; nothing where there is none. Its sentences are made in it too."""
    with translation.override(language):
        statement = make()
        return render_to_string("desk/statement_sheet.html", {"statement": statement}) if statement else ""


def page_html(drawn: str, language: str) -> str:
    """A page of its own around a sheet, which becomes the PDF."""
    with translation.override(language):
        context = {"sheet": drawn, "language": language[:2]}
        return render_to_string("desk/statement_pdf.html", context) if drawn else ""


def file_name(*, patient: Patient | None = None, package: Package | None = None) -> str:
    """statement-package-12.pdf, statement-patient-7.pdf."""
    if package:
        return f"statement-package-{package.number}.pdf"
    return f"statement-patient-{patient.number if patient else 0}.pdf"
