"""The clinic before the first patient comes: people, services, plans."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from billing.models import Good
from clinic.models import Branch, Clinic, ClinicSettings, Role, Service, Staff, User
from clinic.onboarding import found_clinic
from packages.models import Plan

from . import people, plans
from .hours import write_hours
from .places import INDIA, Place


@dataclass(frozen=True)
class Setting:
    """What the story plays with."""

    clinic: Clinic
    branch: Branch
    owner: Staff
    desk: Staff
    therapists: tuple[Staff, ...]
    services: tuple[Service, ...]
    plans: tuple[Plan, ...]


def email_of(key: str, slug: str) -> str:
    return f"{key}@{slug}.example"


def founded(slug: str, name: str, user: User, *, place: Place = INDIA) -> Clinic:
    """The clinic and its owner, as sign-up makes them."""
    return found_clinic(slug=slug, name=name, owner=user, **place.directory()).clinic


def furnish(clinic: Clinic, address: str, *, place: Place = INDIA) -> Setting:
    """Staff with logins, letterhead, services and plans of a clinic that was founded. Its context must be active."""
    owner = Staff.objects.get(role=Role.OWNER)
    Staff.objects.filter(pk=owner.pk).update(**_numbers(people.STAFF[0][3], place))
    ClinicSettings.objects.update(
        address=address,
        phone=place.phone,
        email=f"hello@{clinic.slug}.example",
        upi_id=f"{clinic.slug}@okbank",
        bill_footer="Please bring this bill on your next visit. Thank you, and keep moving.",
        **place.letterhead,
    )
    staff = {
        key: _member(clinic, key, name, role, _numbers(number, place))
        for key, name, role, number in people.STAFF[1:]
    }
    services = tuple(
        Service.objects.create(
            name=name,
            minutes=minutes,
            price=Decimal(price) / place.divisor,
            code=place.code,
            codes=place.codes,
        )
        for name, minutes, price in people.SERVICES
    )
    Good.objects.bulk_create(
        Good(name=name, price=Decimal(price) / place.divisor) for name, price in people.GOODS
    )
    for therapist in (staff["anand"], staff["priya"]):
        write_hours(therapist, clinic=clinic, by=owner)
    for offer in plans.ON_THE_SHELF:
        plans.put_on_sale(place.priced(offer), services, by=owner)
    return Setting(
        clinic=clinic,
        branch=Branch.objects.get(),
        owner=owner,
        desk=staff["desk"],
        therapists=(staff["anand"], staff["priya"], owner),
        services=services[: plans.LONG],  # nobody asks for 90 minutes without a pack for it
        plans=tuple(
            plans.put_on_sale(place.priced(offer), services, by=owner) for offer in plans.IN_THE_STORY
        ),
    )


def demo_user(key: str, slug: str, name: str) -> User:
    """A login of the demonstration; its address is confirmed."""
    from allauth.account.models import EmailAddress

    user = User.objects.create_user(email_of(key, slug), people.PASSWORD, name=name)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def _member(clinic: Clinic, key: str, name: str, role: Role, numbers: dict[str, Any]) -> Staff:
    user = demo_user(key, clinic.slug, name)
    return Staff.objects.create(user=user, name=name, role=role, **numbers)


def _numbers(registration: str, place: Place) -> dict[str, Any]:
    """Those of somebody who treats; the others have none."""
    return {"registration": registration, **place.therapist} if registration else {}
