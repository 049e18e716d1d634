"""The packages and monthly plans of a patient whose record is merged into another (S17)."""

from __future__ import annotations

from clinic.models import Patient
from clinic.patients.merging import follow

from .models import Membership, Package


def hold(gone: Patient) -> None:
    """Lock what will move: after the payers and the visits. Whoever opens a month locks its plan first too."""
    plans = Membership.objects.filter(patient=gone).order_by("pk")
    list(plans.select_for_update(no_key=True).values_list("pk"))
    held = Package.objects.filter(patient=gone).order_by("number")
    list(held.select_for_update(no_key=True).values_list("pk"))


def merge(gone: Patient, kept: Patient) -> dict[str, list[str]]:
    """Every package is the kept patient's. Its passbook is not touched: who used a session stands as written."""
    return {
        "packages": follow(Package.objects.filter(patient=gone), kept),
        "memberships": follow(Membership.objects.filter(patient=gone), kept),
    }
