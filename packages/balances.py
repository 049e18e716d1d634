"""How many sessions people have left: the number that every list of patients shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum
from django.utils import timezone

from clinic.models import Patient

from .models import Package
from .states import FrozenOn


def sessions_left(patients: Sequence[Patient]) -> Mapping[UUID, Decimal]:
    """Sessions left on each patient's packages that can be used today; patients who never had one are missing."""
    today = patients[0].clinic.today() if patients else timezone.now().date()
    packages = Package.objects.filter(patient__in=[patient.pk for patient in patients])
    usable = packages.filter(state=Package.State.ACTIVE).valid_on(today).exclude(FrozenOn(today))
    left = dict.fromkeys(packages.values_list("patient_id", flat=True).distinct(), Decimal(0))
    left.update(usable.values_list("patient_id").annotate(left=Sum("sessions_left")))
    return left
