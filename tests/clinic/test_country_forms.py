"""The forms ask for what the clinic's own country asks for, and say what is wrong with a number."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from clinic.countries import profile_of
from clinic.countries.fields import named
from clinic.countries.kept import fact, facts, is_registered
from clinic.models import AuditEvent, Branch, Clinic, ClinicSettings, Role, Service, Staff
from clinic.tenancy.context import clinic_context
from clinic.ui.words import day
from tests.factories import UserFactory, found, member, owner_of
from tests.written import everything

SETTINGS = {
    "clinic_name": "Here",
    "legal_name": "Here Physio",
    "financial_year_starts": "7",
    "bill_prefix": "B",
    "receipt_prefix": "R",
    "credit_note_prefix": "CN",
    "correction_prefix": "C",
    "language": "en-in",
    "desk_adjusts_up_to": "0",
    "desk_extends_up_to": "0",
}
SERVICE = {"name": "Visit", "minutes": "30", "price": "100", "tax_percent": "0", "code": ""}
PROVIDER = "2426621B"


class Owner:
    """The owner of a clinic in some country, at the browser."""

    def __init__(self, country: str) -> None:
        profile = profile_of(country)
        self.clinic = found("here", country=country, currency=profile.currency, time_zone=profile.time_zone)
        self.client = Client()
        with clinic_context(self.clinic.pk):
            self.client.force_login(owner_of(self.clinic).user)

    def labels(self, page: str) -> list[str]:
        html = self.client.get(f"/here/{page}").content.decode()
        found = re.findall(r"<label[^>]*>(.*?)</label>", html, re.DOTALL)
        return [
            re.sub(r"\s*\(optional\)", "", re.sub(r"<[^>]+>", "", unescape(one))).strip() for one in found
        ]

    def send(self, page: str, form: dict[str, Any]) -> tuple[int, str]:
        answer = self.client.post(f"/here/{page}", form)
        return answer.status_code, unescape(answer.content.decode())

    def settings(self) -> ClinicSettings:
        with clinic_context(self.clinic.pk):
            return ClinicSettings.objects.get()


ASKED = {
    "IN": ({"Clinical establishment no.", "GSTIN", "PAN", "State", "UPI id"}, {"ABN", "NPI", "EIN"}),
    "AU": ({"ABN", "Registered for GST"}, {"GSTIN", "State", "UPI id", "Clinical establishment no."}),
    "CA": ({"GST/HST no.", "PST or RST no.", "QST no.", "Province or territory"}, {"ABN", "GSTIN"}),
    "GB": ({"VAT no.", "Company no.", "Regulator's registration"}, {"ABN", "GSTIN", "State"}),
    "US": ({"EIN", "NPI"}, {"GSTIN", "UPI id", "ABN"}),
    "DE": ({"Registration", "Tax number"}, {"GSTIN", "ABN", "NPI", "State"}),
}


@pytest.mark.parametrize("country", list(ASKED))
def test_the_settings_ask_for_the_numbers_of_the_country_and_no_other(db: None, country: str) -> None:
    labels = set(Owner(country).labels("settings/"))
    asked, never = ASKED[country]

    assert asked <= labels
    assert not never & labels


@pytest.mark.parametrize(
    ("country", "wrong", "sentence"),
    [
        ("IN", {"tax_number": "27AAPFU0993F1ZV"}, "The check character of this GSTIN does not fit"),
        ("IN", {"tax_number": "27AAPFU0939F1"}, "A GSTIN has 15 letters and figures; this one has 13."),
        ("IN", {"pan": "x"}, "A PAN is five letters"),
        ("IN", {"tax_number": "27AAPFU0939F1ZV", "region": "KA"}, "of Maharashtra, and the place is in Karnataka."),
        ("AU", {"tax_number": "51824753557"}, "The check digits of this ABN do not fit"),
        ("AU", {"gst": "on", "tax_number": ""}, "This is needed too."),
        ("CA", {"tax_number": "123456789 RT0001"}, "check digit of the business number does not fit"),
        ("CA", {"region": "XX"}, "Select a valid choice"),
        ("GB", {"tax_number": "980780685"}, "check digits of this VAT number do not fit"),
        ("US", {"npi": "1234567890"}, "The check digit of this NPI does not fit"),
        ("US", {"tax_number": "12-34567"}, "An EIN has 9 figures; this one has 7."),
    ],
)  # fmt: skip
def test_a_wrong_number_is_refused_with_what_is_wrong_and_comes_back_as_typed(
    db: None, country: str, wrong: dict[str, str], sentence: str
) -> None:
    owner = Owner(country)
    with clinic_context(owner.clinic.pk):
        before = everything()

    status, page = owner.send("settings/", SETTINGS | wrong)

    assert status == 422
    assert sentence in page
    for typed in wrong.values():
        assert f'value="{typed}"' in page or typed == "XX" or typed in {"on", ""}
    with clinic_context(owner.clinic.pk):
        assert everything() == before


def test_right_numbers_are_kept_as_they_are_written_and_stand_in_the_audit(db: None) -> None:
    owner = Owner("US")

    status, _page = owner.send("settings/", SETTINGS | {"tax_number": "123456789", "npi": "123-456-7893"})

    kept = owner.settings()
    assert status == 302
    assert (kept.tax_number, kept.registrations) == ("12-3456789", {"npi": "1234567893"})
    with clinic_context(owner.clinic.pk):
        line = AuditEvent.objects.get(act="change_clinicsettings")
        assert line.after["registrations"] == {"npi": "1234567893"}
    assert 'value="1234567893"' in owner.client.get("/here/settings/").content.decode()


def test_a_number_that_was_taken_out_is_gone(db: None) -> None:
    owner = Owner("US")
    owner.send("settings/", SETTINGS | {"npi": "1234567893"})

    owner.send("settings/", SETTINGS)

    assert owner.settings().registrations == {}


def test_the_state_follows_from_the_gstin_where_it_was_not_said(db: None) -> None:
    owner = Owner("IN")

    owner.send("settings/", SETTINGS | {"tax_number": "27AAPFU0939F1ZV", "upi_id": ""})

    assert owner.settings().region == "MH"


def test_an_unticked_box_is_no_registration(db: None) -> None:
    owner = Owner("AU")
    profile = profile_of("AU")
    for form, registered in (({"gst": "on", "tax_number": "51824753556"}, True), ({}, False)):
        owner.send("settings/", SETTINGS | form)

        with clinic_context(owner.clinic.pk):
            assert is_registered(profile, owner.settings(), Branch.objects.get()) is registered


def test_the_database_keeps_nothing_but_facts_by_name(asha: Clinic) -> None:
    for model, column in (
        (ClinicSettings, "registrations"),
        (Branch, "identifiers"),
        (Staff, "identifiers"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            model.objects.update(**{column: ["a list"]})


def test_a_therapist_in_australia_has_a_provider_number_for_each_place(db: None) -> None:
    owner = Owner("AU")
    with clinic_context(owner.clinic.pk):
        kavya = member(owner.clinic, Role.THERAPIST, name="Kavya")
        first, second = Branch.objects.get(), Branch.objects.create(name="Bondi")
    form = {"name": "Kavya", "role": "therapist", "registration": "phy0001234567"}
    page = f"staff/{kavya.pk}/"

    assert {"Ahpra no.", f"Provider no. · {first.name}", "Provider no. · Bondi"} <= set(owner.labels(page))
    assert owner.send(page, form | {f"provider_number:{second.pk}": "2426621A"})[0] == 422
    assert owner.send(page, form | {f"provider_number:{second.pk}": PROVIDER})[0] == 302

    with clinic_context(owner.clinic.pk):
        kavya.refresh_from_db()
        provider = named(profile_of("AU").staff, "provider_number")
        assert kavya.registration == "PHY0001234567"
        assert fact(kavya, provider, branch=second) == PROVIDER
        assert fact(kavya, provider, branch=first) == fact(kavya, provider) == ""


@pytest.mark.parametrize(
    ("country", "label", "wrong", "sentence"),
    [
        ("AU", "Ahpra no.", {"registration": "1234"}, "three letters and ten figures"),
        ("GB", "HCPC no.", {"registration": "1234"}, "two letters and up to six figures"),
        ("US", "NPI", {"npi": "1234567890"}, "The check digit of this NPI does not fit"),
    ],
)
def test_a_new_colleague_is_asked_for_the_numbers_of_the_country(
    db: None, country: str, label: str, wrong: dict[str, str], sentence: str
) -> None:
    owner = Owner(country)
    form = {"name": "Kavya", "role": "therapist", "registration": ""}

    assert label in owner.labels("staff/new/")
    status, page = owner.send("staff/new/", form | wrong)

    assert status == 422
    assert sentence in page
    with clinic_context(owner.clinic.pk):
        assert Staff.objects.count() == 1


def test_a_new_colleague_is_kept_with_all_numbers(db: None) -> None:
    owner = Owner("US")

    owner.send(
        "staff/new/", {"name": "Kavya", "role": "therapist", "registration": "CA PT 1", "npi": "1234567893"}
    )

    with clinic_context(owner.clinic.pk):
        kavya = Staff.objects.get(name="Kavya")
        found = [(str(field.label), value) for field, value in facts(kavya, profile_of("US").staff)]
    assert found == [("State license", "CA PT 1"), ("NPI", "1234567893")]


def test_whoever_is_invited_has_the_number_of_the_country_checked(db: None) -> None:
    owner = Owner("GB")
    form = {"name": "Kavya", "email": "k@example.test", "role": "therapist", "registration": "x"}

    assert "HCPC no." in owner.labels("staff/invitations/")
    assert owner.send("staff/invitations/", form)[0] == 422
    assert owner.send("staff/invitations/", form | {"registration": "ph 123456"})[0] == 201


@pytest.mark.parametrize(
    ("country", "code", "kept", "wrong"),
    [
        ("IN", "9993 14", "999314", "physio"),
        ("AU", "505", "505", "standard"),
        ("US", "97110", "97110", "9711"),
    ],
)
def test_a_service_has_the_code_of_the_country(
    db: None, country: str, code: str, kept: str, wrong: str
) -> None:
    owner = Owner(country)

    assert owner.send("settings/services/new/", SERVICE | {"code": wrong})[0] == 422
    assert owner.send("settings/services/new/", SERVICE | {"code": code})[0] == 302

    with clinic_context(owner.clinic.pk):
        assert Service.objects.get().code == kept


def test_a_service_in_the_united_states_has_modifiers_and_units(db: None) -> None:
    owner = Owner("US")

    owner.send("settings/services/new/", SERVICE | {"code": "97110", "modifiers": "gp", "timed": "on"})

    with clinic_context(owner.clinic.pk):
        service = Service.objects.get()
    assert service.codes == {"modifiers": "GP", "timed": "yes"}
    page = owner.client.get(f"/here/settings/services/{service.pk}/").content.decode()
    assert re.search(r'name="timed"[^>]*checked', page)
    assert 'value="GP"' in page


def test_only_a_registered_clinic_charges_tax(db: None) -> None:
    owner = Owner("AU")
    taxed = SERVICE | {"tax_percent": "10"}

    status, page = owner.send("settings/services/new/", taxed)
    assert status == 422
    assert "Only a registered clinic charges tax. Fill in “Registered for GST” in the settings first." in page

    owner.send("settings/", SETTINGS | {"gst": "on", "tax_number": "51824753556"})
    assert owner.send("settings/services/new/", taxed)[0] == 302


def test_a_service_that_was_taxed_already_can_still_be_renamed(db: None) -> None:
    owner = Owner("AU")
    with clinic_context(owner.clinic.pk):
        service = Service.objects.create(name="Old", minutes=30, price=Decimal(100), tax_percent=Decimal(10))

    status, _page = owner.send(
        f"settings/services/{service.pk}/", SERVICE | {"name": "New", "tax_percent": "10"}
    )

    assert status == 302


def test_a_rate_may_have_three_decimals_as_in_quebec(db: None) -> None:
    owner = Owner("CA")
    owner.send("settings/", SETTINGS | {"tax_number": "123456782RT0001", "region": "QC"})

    assert owner.send("settings/services/new/", SERVICE | {"tax_percent": "14.975"})[0] == 302

    with clinic_context(owner.clinic.pk):
        assert Service.objects.get().tax_percent == Decimal("14.975")


def test_a_branch_in_another_state_has_numbers_of_its_own(db: None) -> None:
    owner = Owner("IN")
    form = {"name": "Pune", "address": "", "is_active": "on", "region": "MH"}

    wrong = owner.send("settings/branches/new/", form | {"tax_number": "29AAPFU0939F1ZR"})
    assert wrong[0] == 422
    assert "This number is of Karnataka, and the place is in Maharashtra." in wrong[1]

    owner.send("settings/branches/new/", form | {"tax_number": "27AAPFU0939F1ZV", "registration": "MH/1"})
    with clinic_context(owner.clinic.pk):
        pune = Branch.objects.get(name="Pune")
    assert pune.region == "MH"
    assert pune.identifiers == {"registration": "MH/1", "tax_number": "27AAPFU0939F1ZV"}


@pytest.mark.parametrize(
    ("country", "zone", "currency", "month"),
    [
        ("IN", "Asia/Kolkata", "INR", 4),
        ("AU", "Australia/Sydney", "AUD", 7),
        ("CA", "America/Toronto", "CAD", 1),
        ("GB", "Europe/London", "GBP", 4),
        ("US", "America/New_York", "USD", 1),
        ("NZ", "Pacific/Auckland", "NZD", 4),
    ],
)
def test_a_new_clinic_chooses_its_country_and_the_rest_follows(
    db: None, country: str, zone: str, currency: str, month: int
) -> None:
    client = Client()
    client.force_login(UserFactory())

    client.post(reverse("clinic_new"), {"name": "New Physio", "slug": "", "country": country})

    clinic = Clinic.objects.get(slug="new-physio")
    assert (clinic.time_zone, clinic.currency, clinic.country) == (zone, currency, country)
    with clinic_context(clinic.pk):
        assert ClinicSettings.objects.get().financial_year_starts == month


@pytest.mark.parametrize(
    ("country", "amount"), [("IN", "₹1,50,000.00"), ("US", "$150,000.00"), ("GB", "£150,000.00")]
)
def test_a_page_writes_amounts_as_the_clinics_country_does(db: None, country: str, amount: str) -> None:
    owner = Owner(country)
    with clinic_context(owner.clinic.pk):
        Service.objects.create(name="Course", minutes=30, price=Decimal(150_000))

    page = owner.client.get("/here/settings/services/").content.decode()

    assert f">{amount}<" in page
    assert re.search(r'lang="en-in" aria-pressed="true"', page), "the switch shows English"


def test_a_reader_of_hindi_reads_hindi_in_every_clinic(db: None) -> None:
    owner = Owner("US")
    owner.client.cookies["language"] = "hi"

    page = owner.client.get("/here/settings/").content.decode()

    assert 'lang="hi"' in page
    assert "सेटिंग" in page


@pytest.mark.parametrize(
    ("locale", "written"), [("en-in", "4 Jul 2026"), ("en-gb", "4 Jul 2026"), ("en-us", "Jul 4, 2026")]
)
def test_a_day_is_written_as_in_the_country(locale: str, written: str) -> None:
    with translation.override(locale):
        assert day(date(2026, 7, 4)) == written
