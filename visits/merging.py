"""The visits of a patient whose record is merged into another (S17)."""

from __future__ import annotations

from clinic.models import Patient
from clinic.patients.merging import follow

from .models import Visit


def hold(gone: Patient) -> None:
    """Lock the visits that will move: after the payers, before any package."""
    list(Visit.objects.filter(patient=gone).order_by("pk").select_for_update(no_key=True).values_list("pk"))


def merge(gone: Patient, kept: Patient) -> dict[str, list[str]]:
    """Every visit, open or ended, is the kept patient's. What became of it stays as it was."""
    return {"visits": follow(Visit.objects.filter(patient=gone), kept)}
