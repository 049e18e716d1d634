from __future__ import annotations

from datetime import time

import factory
from django.contrib.auth.hashers import make_password
from factory.django import DjangoModelFactory

from clinic.models import Clinic, MessageSettings, Role, Staff, User
from clinic.onboarding import found_clinic
from clinic.tenancy.context import clinic_context

PASSWORD = "correct horse battery"


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"user{n}@example.test")
    name = factory.Sequence(lambda n: f"User {n}")
    # Saved, not set afterwards: a session is only good for the password that is in the database.
    password = factory.LazyFunction(lambda: make_password(None))


class StaffFactory(DjangoModelFactory):
    """A member of the active clinic."""

    class Meta:
        model = Staff

    user = factory.SubFactory(UserFactory)
    name = factory.SelfAttribute("user.name")
    role = Role.FRONT_DESK


def found(slug: str, *, name: str = "", **directory: str) -> Clinic:
    """A clinic with its owner, through the service that sign-up uses. It sends messages at any hour and as many as
    there are, so that tests say the same at night."""
    owner = UserFactory(name=f"Owner of {slug}")
    clinic = found_clinic(slug=slug, name=name or slug.title(), owner=owner, **directory).clinic
    with clinic_context(clinic.pk):
        MessageSettings.objects.create(quiet_from=time(0), quiet_until=time(0), daily_cap=0)
    return clinic


def owner_of(clinic: Clinic) -> Staff:
    """The owner's Staff row of the active clinic."""
    staff = Staff.objects.select_related("user").get(role=Role.OWNER)
    staff.clinic = clinic
    return staff


def member(clinic: Clinic, role: Role, **fields: object) -> Staff:
    """Somebody with this role in the active clinic."""
    staff: Staff = StaffFactory(role=role, **fields)
    staff.clinic = clinic
    return staff
