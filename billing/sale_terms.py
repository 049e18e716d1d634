"""The terms of a sale on its bill: every rule in sentences, and how the patient agreed. Frozen with the bill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from django.utils import translation

from clinic.models import Clinic
from packages.clauses import deal_of, spoken
from packages.models import Package

from .models import BillKind, BillLine, LineKind

LANGUAGES = {"en": "en-in", "hi": "hi"}


def frozen_terms(
    kind: str, lines: Sequence[BillLine], package: Package | None, clinic: Clinic
) -> dict[str, Any] | None:
    """What the bill of a sale keeps of the terms, in both languages of bills; None for every other bill."""
    is_sale = kind in {BillKind.BILL, BillKind.INVOICE} and any(
        line.kind == LineKind.PACKAGE for line in lines
    )
    if package is None or not is_sale:
        return None
    deal, clauses = deal_of(package, clinic=clinic), {}
    for language, locale in LANGUAGES.items():
        with translation.override(clinic.reading(locale)):
            clauses[language] = [asdict(clause) for clause in spoken(deal)]
    return {"clauses": clauses, "agreed": _agreed(package, clinic)}


def sale_terms(frozen: dict[str, Any] | None, language: str) -> dict[str, Any] | None:
    """What the bill prints of its terms in that language, from the frozen copy alone."""
    if not frozen:  # another bill, or one from before terms were printed
        return None
    agreed = frozen["agreed"]
    on = date.fromisoformat(agreed["on"]) if agreed else None
    return {"clauses": frozen["clauses"][language], "agreed": agreed and {**agreed, "on": on}}


def _agreed(package: Package, clinic: Clinic) -> dict[str, str] | None:
    agreement = package.agreements.first()
    if agreement is None:
        return None
    on = clinic.day_of(agreement.recorded_at).isoformat()
    return {"name": agreement.name, "signature": agreement.signature, "on": on}
