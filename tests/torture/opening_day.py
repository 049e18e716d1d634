"""A clinic with ten patients and a plan of three sessions; prints its id: `python -m tests.torture.opening_day`."""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
django.setup()

from clinic.tenancy.context import clinic_context  # noqa: E402
from tests.factories import PatientFactory, found, plan  # noqa: E402

if __name__ == "__main__":
    clinic = found("torture")
    with clinic_context(clinic.pk):
        PatientFactory.create_batch(10)
        plan(sessions=3, price=1000)
    print(clinic.pk)
