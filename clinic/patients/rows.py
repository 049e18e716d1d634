"""Patients as lines of a list: what the type-ahead, the search page and the list of patients show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.models import Clinic, Patient
from clinic.phones import display_phone

SessionsLeft = Callable[[Sequence[Patient]], Mapping[UUID, Decimal]]

_sources: list[SessionsLeft] = []


@dataclass(frozen=True)
class Row:
    """`left` is the number of sessions left, None where the patient has no pack."""

    id: UUID
    url: str
    name: str
    number: int
    phone: str
    left: Decimal | None

    @property
    def detail(self) -> str:
        """The line beneath the name: No. 12 · 98200 12345."""
        number = _("No. %(number)s") % {"number": self.number}
        return f"{number} · {self.phone}" if self.phone else number


def show_sessions_left(source: SessionsLeft) -> None:
    """Let an upper app say how many sessions patients have left; its AppConfig.ready() calls this once."""
    if source not in _sources:
        _sources.append(source)


def rows_of(patients: Iterable[Patient], clinic: Clinic) -> list[Row]:
    """The lines of these patients, in their order. One query for all the balances at most."""
    shown = list(patients)
    left = {pk: count for source in _sources for pk, count in source(shown).items()} if shown else {}
    return [
        Row(
            id=patient.pk,
            url=reverse("desk:patient_file", args=[clinic.slug, patient.pk]),
            name=patient.name,
            number=patient.number,
            phone=display_phone(patient.phone, clinic.country),
            left=left.get(patient.pk),
        )
        for patient in shown
    ]
