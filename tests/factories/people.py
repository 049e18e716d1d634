from __future__ import annotations

import factory
from django.contrib.auth.hashers import make_password
from factory.django import DjangoModelFactory

from clinic.models import Clinic, Role, Staff, User
from clinic.onboarding import found_clinic

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
    """A clinic with its owner, through the service that sign-up uses."""
    owner = UserFactory(name=f"Owner of {slug}")
    return found_clinic(slug=slug, name=name or slug.title(), owner=owner, **directory).clinic


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
