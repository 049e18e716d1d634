"""The list of patients in pages that cost the same however long the list is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clinic.models import Patient

HIGHEST = 2_147_483_647


@dataclass(frozen=True)
class Page:
    """A stretch of the list; `older_than` and `newer_than` lead to its neighbours."""

    patients: list[Patient]
    older_than: int | None
    newer_than: int | None


def newest_first(asked: Mapping[str, str], *, per_page: int) -> Page:
    """The page that `older_than` or `newer_than` asks for, else the first; each leads to its neighbours."""
    living = Patient.objects.filter(merged_into=None)
    if newer_than := _number(asked.get("newer_than")):
        found = list(living.filter(number__gt=newer_than).order_by("number")[: per_page + 1])
        patients = found[:per_page][::-1]
        more_newer, more_older = len(found) > per_page, True
    else:
        older_than = _number(asked.get("older_than"))
        found = list(living.filter(number__lt=older_than or HIGHEST).order_by("-number")[: per_page + 1])
        patients = found[:per_page]
        more_newer, more_older = older_than is not None, len(found) > per_page
    return Page(
        patients,
        older_than=patients[-1].number if patients and more_older else None,
        newer_than=patients[0].number if patients and more_newer else None,
    )


def _number(text: str | None) -> int | None:
    if not text or not (text.isascii() and text.isdigit()) or len(text) > len(str(HIGHEST)):
        return None
    return int(text) if int(text) <= HIGHEST else None
