"""The demonstration in another country: numbers that its forms would take, prices in its money."""

from __future__ import annotations

from decimal import Decimal

import pytest

from clinic.countries.kept import facts
from clinic.models import Branch, ClinicSettings, Service, Staff
from clinic.tenancy.context import clinic_context
from desk.demo.places import PLACES
from desk.demo.setting import founded, furnish
from packages.models import Plan
from tests.factories import UserFactory


@pytest.mark.parametrize("country", list(PLACES))
def test_a_demonstration_clinic_has_the_numbers_and_prices_of_its_country(db: None, country: str) -> None:
    place = PLACES[country]
    slug, name, address = place.clinics[0]

    clinic = founded(slug, name, UserFactory(), place=place)
    with clinic_context(clinic.pk):
        furnish(clinic, address, place=place)
        profile, branch = clinic.profile, Branch.objects.get()
        kept = facts(ClinicSettings.objects.get(), profile.registrations)
        for colleague in Staff.objects.exclude(registration=""):
            kept += facts(colleague, profile.staff, branch=branch)
        service = Service.objects.get(name="Physiotherapy 60 min")
        kept += facts(service, [*profile.service, *([profile.code] if profile.code else [])])

        assert kept
        assert [field.tidy(value) for field, value in kept if not field.is_yes] == [
            value for field, value in kept if not field.is_yes
        ]
        assert (clinic.country, clinic.currency) == (country, profile.currency)
        assert service.price == Decimal(1000) / place.divisor
        assert Plan.objects.get(name="10 sessions").price == Decimal(9000) / place.divisor
