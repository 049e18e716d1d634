from __future__ import annotations

from typing import Any

import factory
from factory import Factory

from clinic.models import Patient
from clinic.patients.services import add_patient


class PatientFactory(Factory):
    """A patient of the active clinic, through the service that the desk uses."""

    class Meta:
        model = Patient

    name = factory.Sequence(lambda n: f"Patient {n}")
    country = "IN"
    by = None

    @classmethod
    def _create(cls, model_class: type[Patient], *args: Any, **kwargs: Any) -> Patient:
        return add_patient(**kwargs)
