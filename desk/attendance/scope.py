"""What a statement is about: one package from its sale on, or the visits of a stretch of days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from clinic.models import Patient
from packages.models import Package


@dataclass(frozen=True)
class Scope:
    """A patient, and a package of theirs or the first and the last day."""

    patient: Patient
    package: Package | None = None
    first_day: date | None = None
    last_day: date | None = None

    @property
    def columns(self) -> dict[str, Any]:
        """As a statement keeps it."""
        return {
            "patient": self.patient,
            "package": self.package,
            "first_day": self.first_day,
            "last_day": self.last_day,
        }
