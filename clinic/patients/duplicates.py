"""Who may already be here: asked before a record is made or renamed."""

from __future__ import annotations

from collections.abc import Sequence

from clinic.models import Patient
from clinic.search_terms import query_terms, terms_of

from .search import find_patients

MOST_SHOWN = 5
MOST_LOOKED_AT = 50


def likely_duplicates(
    name: str, phones: Sequence[str], *, country: str, beside: Patient | None = None
) -> list[Patient]:
    """Patients with one of these phones (E.164) or the same name in any order, spelling or script.

    `beside` is the record in hand, which is no duplicate of itself. Same phones come first.
    """
    by_phone = [p for phone in phones for p in find_patients(phone) if phone in p.phones]
    by_name = [p for p in find_patients(name, limit=MOST_LOOKED_AT) if same_name(name, p.name, country)]
    likely = dict.fromkeys([*by_phone, *by_name])
    return [patient for patient in likely if patient != beside][:MOST_SHOWN]


def same_name(name: str, other: str, country: str) -> bool:
    """Whether each finds the other: "Asha" finds "Asha Sharma", but not the reverse."""
    return _answers(name, other, country) and _answers(other, name, country)


def _answers(typed: str, name: str, country: str) -> bool:
    terms = terms_of(name, (), "", country)
    words = query_terms(typed)
    return bool(words) and all(any(t.startswith(start) for t in terms for start in word) for word in words)
