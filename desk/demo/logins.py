"""How to get into the demonstration."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse

from clinic.models import Clinic, Patient, Staff, User
from clinic.patients.links import make_link
from clinic.tenancy.context import clinic_context
from packages.models import Package

from . import people
from .setting import email_of

SHOWN = (("owner", "Owner"), ("desk", "Front desk"), ("anand", "Therapist"), ("accounts", "Accountant"))


def print_logins(out: Any, slug: str = people.CLINICS[0][0]) -> None:
    """The logins of a demonstration clinic, the first one's, and a fresh patient link; nothing where there is none."""
    clinic = Clinic.objects.filter(slug=slug).first()
    if clinic is None or not User.objects.filter(email=email_of("owner", slug)).exists():
        return
    out.write(f"Demo clinic “{clinic.name}”, password of everybody: {people.PASSWORD}")
    for key, role in SHOWN:
        out.write(f"  {role:<11} {email_of(key, slug)}")
    out.write(f"  {'Patient':<11} {settings.SITE_URL}{_patient_link(clinic)}")


def _patient_link(clinic: Clinic) -> str:
    with clinic_context(clinic.pk):
        package = (
            Package.objects.filter(sessions_left__gt=0).select_related("patient").order_by("number").first()
        )
        patient = package.patient if package else Patient.objects.order_by("number").first()
        assert patient is not None
        token = make_link(patient, by=Staff.objects.filter(role="owner").first())
    return reverse("desk:portal", args=[clinic.slug, token])
