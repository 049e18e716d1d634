"""What a bill says because of its country: title, the clinic's numbers, taxes, codes. Frozen with the bill, so that a
bill of long ago says what it said when the profile says something else (S07)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from clinic.countries import Profile
from clinic.countries.fields import Field, Text
from clinic.countries.kept import facts, is_registered, registrations
from clinic.countries.profile import Paper
from clinic.countries.taxes import TaxPart, tax_parts, taxes_at
from clinic.models import Clinic, ClinicSettings, Staff
from clinic.money import quantise

from .models import Bill, BillKind, BillLine, LineKind
from .sale_terms import LANGUAGES

ZERO = Decimal(0)
# How the tax number was called before bills kept its label.
OLD_TAX_LABELS = {"IN": "GSTIN"}
Words = dict[str, str]


def frozen_profile(
    bill: Bill,
    lines: Sequence[BillLine],
    *,
    settings: ClinicSettings,
    clinic: Clinic,
    therapist: Staff | None,
) -> dict[str, Any]:
    """The words and numbers of the country, in both languages of bills."""
    profile = clinic.profile
    registered = is_registered(profile, settings, bill.branch)
    numbers = registrations(profile, settings, bill.branch)
    treated_by = facts(therapist, profile.staff, branch=bill.branch) if therapist else []
    return {
        "locale": profile.locale,
        "in_words": profile.in_words,
        "title": _in_both(profile.titles[_paper(bill.kind, lines, profile, registered)]),
        "registrations": [_number(field, value) for field, value in numbers if field.is_printed],
        "practitioner": [_number(field, value) for field, value in treated_by if field.is_printed],
        "code": _in_both(profile.code.label) if profile.code else None,
        "taxable": str(quantise(_taxable(lines), clinic.currency)),
        "taxes": _taxes(bill, lines, settings=settings, clinic=clinic),
        "exempt": _in_both(profile.exempt_note) if registered and _has_untaxed_care(lines) else None,
    }


def profile_context(frozen: dict[str, Any], language: str) -> dict[str, Any]:
    """What the bill's templates print of it; a bill from before it was kept prints as it did."""
    kept = frozen.get("profile")
    if not kept:
        return {"registrations": _old_registrations(frozen), "practitioner": _old_practitioner(frozen)}
    printed: dict[str, Any] = {
        "title": kept["title"][language],
        "registrations": [_said(number, language) for number in kept["registrations"]],
        "practitioner": [_said(number, language) for number in kept["practitioner"]],
        "code_label": kept["code"][language] if kept["code"] and _has_codes(frozen) else "",
        "taxable": Decimal(kept["taxable"]),
        "taxes": [_tax_said(tax) for tax in kept["taxes"]],
        "exempt": kept["exempt"][language] if kept["exempt"] else "",
    }
    return printed if kept["in_words"] else {**printed, "words": ""}


def reading(frozen: dict[str, Any], language: str) -> str:
    """The language to print in: a reader of English sees amounts as they are written in the bill's country."""
    kept = frozen.get("profile")
    return kept["locale"] if kept and language == LANGUAGES["en"] else language


def _paper(kind: str, lines: Sequence[BillLine], profile: Profile, registered: bool) -> Paper:
    """A bill with tax is a tax invoice, in some countries only that of a registered clinic."""
    taxed = any(line.tax for line in lines)
    paper = Paper.INVOICE if kind == BillKind.BILL and taxed else Paper(kind)
    unregistered = profile.invoice_needs_registration and not registered
    return Paper.BILL if paper == Paper.INVOICE and unregistered else paper


def _taxes(
    bill: Bill, lines: Sequence[BillLine], *, settings: ClinicSettings, clinic: Clinic
) -> list[dict[str, str]]:
    """Each tax at each rate, the parts of all lines added up: together they are the bill's tax."""
    taxed = [line for line in lines if line.tax]
    if not taxed:
        return []
    taxes = taxes_at(clinic.profile, settings, bill.branch)
    numbers = {field.name: value for field, value in registrations(clinic.profile, settings, bill.branch)}
    sums: dict[tuple[str, Decimal], TaxPart] = {}
    for line in taxed:
        for part in tax_parts(line.tax, line.tax_percent, taxes, clinic.currency):
            before = sums.get((part.line.name, part.percent))
            amount = part.amount + (before.amount if before else ZERO)
            sums[part.line.name, part.percent] = TaxPart(part.line, part.percent, amount)
    return [
        {
            "label": part.line.label,
            "percent": str(part.percent),
            "amount": str(quantise(part.amount, clinic.currency)),
            "number": numbers.get(part.line.registration, ""),
        }
        for part in sums.values()
    ]


def _old_registrations(frozen: dict[str, Any]) -> list[dict[str, str]]:
    clinic, tax_label = frozen["clinic"], OLD_TAX_LABELS.get(frozen["country"]) or _("Tax number")
    numbers = ((_("Registration"), clinic["registration"]), (tax_label, clinic["tax_number"]))
    return [{"label": label, "value": number} for label, number in numbers if number]


def _old_practitioner(frozen: dict[str, Any]) -> list[dict[str, str]]:
    number = (frozen["therapist"] or {}).get("registration")
    return [{"label": _("Reg. no."), "value": number}] if number else []


def _taxable(lines: Sequence[BillLine]) -> Decimal:
    return sum((line.amount - line.tax for line in lines if line.tax), ZERO)


def _has_untaxed_care(lines: Sequence[BillLine]) -> bool:
    return any(line.amount > 0 and not line.tax_percent and line.kind != LineKind.GOODS for line in lines)


def _has_codes(frozen: dict[str, Any]) -> bool:
    return any(line["code"] for line in frozen["lines"])


def _number(field: Field, value: str) -> dict[str, Any]:
    return {"name": field.name, "label": _in_both(field.on_paper or field.label), "value": value}


def _said(number: dict[str, Any], language: str) -> dict[str, str]:
    return {"label": number["label"][language], "value": number["value"]}


def _tax_said(tax: dict[str, str]) -> dict[str, Any]:
    return {
        **tax,
        "label": tax["label"] or _("Tax"),
        "percent": Decimal(tax["percent"]),
        "amount": Decimal(tax["amount"]),
    }


def _in_both(text: Text) -> Words:
    said = {}
    for language, locale in LANGUAGES.items():
        with translation.override(locale):
            said[language] = str(text)
    return said
