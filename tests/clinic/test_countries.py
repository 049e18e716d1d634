"""Country profiles: what they hold, the numbers they check, and that nothing else asks which country it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from babel.numbers import is_currency
from django.core.exceptions import ValidationError
from django.utils.functional import Promise

from clinic.countries import profile_of
from clinic.countries.american_numbers import cpt, ein, modifiers, npi, place_of_service
from clinic.countries.australian_numbers import abn, ahpra, item_number, provider_number
from clinic.countries.british_numbers import hcpc, vat_number
from clinic.countries.canadian_numbers import gst_number, qst_number
from clinic.countries.fields import Held, named
from clinic.countries.indian_numbers import gstin, pan, sac_or_hsn
from clinic.countries.numbers import icd10, icd10_list, units
from clinic.countries.others import OTHERS, PROFILES
from clinic.countries.profile import Paper
from clinic.countries.units import units_of
from clinic.models.clinics import validate_time_zone

ROOT = Path(__file__).parents[2]
FIVE = ("IN", "AU", "CA", "GB", "US")
Check = Callable[[str], str]


@pytest.mark.parametrize(
    ("check", "typed", "written"),
    [
        (gstin, "27aapfu0939f1zv", "27AAPFU0939F1ZV"),
        (pan, "AAPFU 0939F", "AAPFU0939F"),
        (sac_or_hsn, "9993 14", "999314"),
        (abn, "51824753556", "51 824 753 556"),
        (ahpra, "phy0001234567", "PHY0001234567"),
        (provider_number, "242 6621b", "2426621B"),
        (item_number, "505", "505"),
        (item_number, "ph20", "PH20"),
        (item_number, "15_055_0128_1_3", "15_055_0128_1_3"),
        (gst_number, "123456782rt0001", "123456782 RT0001"),
        (qst_number, "1234567890TQ0001", "1234567890 TQ0001"),
        (vat_number, "GB980780684", "GB 980 7806 84"),
        (hcpc, "ph 123456", "PH123456"),
        (ein, "123456789", "12-3456789"),
        (npi, "1234567893", "1234567893"),
        (cpt, "97110", "97110"),
        (cpt, "g0283", "G0283"),
        (modifiers, "gp 59", "GP, 59"),
        (place_of_service, "11", "11"),
        (icd10, "m5450", "M54.50"),
        (icd10, "M54", "M54"),
        (icd10, "S83.511A", "S83.511A"),
        (icd10_list, "M54.50; m25561", "M54.50, M25.561"),
        (units, "4", "4"),
    ],
)
def test_a_number_is_kept_as_the_authority_writes_it(check: Check, typed: str, written: str) -> None:
    assert check(typed) == written


@pytest.mark.parametrize(
    ("check", "typed", "sentence"),
    [
        (gstin, "27AAPFU0939F1Z", "A GSTIN has 15 letters and figures; this one has 14."),
        (gstin, "99AAPFU0939F1ZV", "begins with the number of a state; 99 is none"),
        (gstin, "2700PFU0939F1ZV", "Signs 3 to 12 of a GSTIN are the PAN; 00PFU0939F is none."),
        (gstin, "27AAPFU0939F1AV", "ends with a figure or letter, Z and the check character"),
        (gstin, "27AAPFU0993F1ZV", "The check character of this GSTIN does not fit"),
        (pan, "AAPFU0939", "A PAN is five letters, four figures and a letter"),
        (sac_or_hsn, "99931", "has 4, 6 or 8 figures"),
        (abn, "51824753557", "The check digits of this ABN do not fit"),
        (abn, "5182475355", "An ABN has 11 figures; this one has 10."),
        (abn, "5182475355x", "An ABN has figures only."),
        (ahpra, "0001234567", "three letters and ten figures"),
        (provider_number, "2426621A", "The last letter of this provider number does not fit"),
        (provider_number, "24266", "six figures, a sign for the place and a letter"),
        (item_number, "consult", "“consult” is no item number"),
        (gst_number, "123456789RT0001", "check digit of the business number does not fit"),
        (gst_number, "123456782", "nine figures, RT and four figures"),
        (qst_number, "123456789TQ0001", "ten figures, TQ and four figures"),
        (vat_number, "GB980780685", "check digits of this VAT number do not fit"),
        (vat_number, "98078068", "A VAT number has 9 figures; this one has 8."),
        (hcpc, "123456", "two letters and up to six figures"),
        (ein, "12345678", "An EIN has 9 figures; this one has 8."),
        (npi, "1234567890", "The check digit of this NPI does not fit"),
        (npi, "3234567893", "An NPI begins with 1 or 2; this one begins with 3."),
        (npi, "123456789", "An NPI has 10 figures; this one has 9."),
        (cpt, "9711", "“9711” is no CPT or HCPCS code"),
        (modifiers, "GPX", "“GPX” is no modifier"),
        (modifiers, "GP KX 59 76 XS", "room for 4 modifiers; these are 5"),
        (place_of_service, "office", "11 is the office"),
        (icd10, "back pain", "“back pain” is no ICD-10 code. One looks like M54.50."),
        (icd10, "54.5", "is no ICD-10 code"),
        (icd10_list, "M54.50 M5450", "named twice"),
        (icd10_list, " ".join(f"M5{n}.{n}" for n in range(10)) + " A00 A01 A02", "these are 13"),
        (units, "0", "whole number from 1 to 99"),
    ],
)
def test_a_wrong_number_is_told_what_is_wrong_with_it(check: Check, typed: str, sentence: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        check(typed)

    assert sentence in refusal.value.messages[0]


@pytest.mark.parametrize("number", ["27AAPFU0939F1ZV", "51824753556", "1234567893"])
def test_two_neighbours_swapped_are_noticed(number: str) -> None:
    check = {15: gstin, 11: abn, 10: npi}[len(number)]
    swaps = [number[:at] + number[at + 1] + number[at] + number[at + 2 :] for at in range(len(number) - 1)]

    for swapped in swaps:
        if swapped != number:
            with pytest.raises(ValidationError):
                check(swapped)


def test_every_profile_names_all_papers_and_speaks_of_a_real_place() -> None:
    for country in (*PROFILES, *OTHERS, "XX"):
        profile = profile_of(country)

        assert profile.country == country
        assert set(profile.titles) == set(Paper)
        assert is_currency(profile.currency)
        validate_time_zone(profile.time_zone)
        assert 1 <= profile.year_starts <= 12


def test_the_five_countries_have_profiles_of_their_own() -> None:
    assert set(PROFILES) == set(FIVE)
    assert profile_of("IN").titles[Paper.BILL] == "Bill of supply"
    assert profile_of("AU").titles[Paper.INVOICE] == "Tax invoice"
    assert profile_of("CA").titles[Paper.INVOICE] == "Invoice"
    assert profile_of("GB").titles[Paper.INVOICE] == "VAT invoice"
    assert profile_of("US").titles[Paper.STATEMENT] == "Superbill"


def test_a_country_without_a_profile_gets_a_neutral_one_with_its_own_money_and_year() -> None:
    kenya, nowhere = profile_of("KE"), profile_of("XX")

    assert (kenya.currency, kenya.time_zone, kenya.year_starts) == ("KES", "Africa/Nairobi", 1)
    assert kenya.titles[Paper.BILL] == nowhere.titles[Paper.BILL] == "Invoice"
    assert not kenya.taxes


@pytest.mark.parametrize("country", [*FIVE, "XX"])
def test_a_field_is_asked_for_where_it_is_kept_and_says_so_in_words(country: str) -> None:
    profile = profile_of(country)
    kept = {
        Held.CLINIC: profile.registrations,
        Held.BRANCH: profile.branch,
        Held.STAFF: profile.staff,
        Held.SERVICE: (*profile.service, *([profile.code] if profile.code else [])),
    }

    for place, fields in kept.items():
        assert [field.held for field in fields] == [place] * len(fields)
        assert len({field.name for field in fields}) == len(fields)
    for field in profile.claim:
        assert isinstance(field.label, Promise), "to be translated"
        if field.held in kept:
            assert named(kept[field.held], field.name).check == field.check, field.name


def test_a_claim_in_the_united_states_asks_for_what_a_superbill_needs() -> None:
    claim = profile_of("US").claim
    needed = {(field.held.value, field.name) for field in claim if field.required}

    assert needed == {
        ("patient", "birth_date"),
        ("claim", "insurer"),
        ("claim", "member_number"),
        ("claim", "diagnosis"),
        ("visit", "place_of_service"),
        ("visit", "units"),
        ("service", "code"),
        ("clinic", "tax_number"),
        ("clinic", "npi"),
        ("staff", "npi"),
    }
    assert named(claim, "diagnosis").tidy("m5450") == "M54.50"
    assert [field.name for field in profile_of("US").asked(Held.VISIT)] == ["place_of_service", "units"]


@pytest.mark.parametrize("country", ["IN", "AU", "CA", "GB"])
def test_elsewhere_a_diagnosis_is_asked_for_and_may_stay_empty(country: str) -> None:
    diagnosis = named(profile_of(country).claim, "diagnosis")

    assert not diagnosis.required
    assert diagnosis.tidy("  ") == ""


@pytest.mark.parametrize(
    ("minutes", "count"), [(5, 1), (8, 1), (22, 1), (23, 2), (38, 3), (45, 3), (52, 3), (53, 4), (60, 4)]
)
def test_a_visit_is_so_many_units_of_15_minutes(minutes: int, count: int) -> None:
    assert units_of(minutes) == count


def test_the_number_of_an_indian_bill_has_at_most_16_signs() -> None:
    rule = profile_of("IN").numbers
    assert rule

    rule.check("CN/26-27/1234567")
    for number in ("CN/26-27/12345678", "B 26-27 7", "B#7"):
        with pytest.raises(ValidationError, match="rule 46"):
            rule.check(number)


def test_nothing_else_asks_which_country_it_is() -> None:
    asks = re.compile(r"country\w*\s*(==|!=|in\s*[({\[\"])|[\"'](IN|AU|CA|GB|US)[\"']")
    data = {"clinic/countries", "desk/demo/places.py", "billing/profile_words.py"}
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for app in ("clinic", "packages", "visits", "billing", "desk")
        for path in sorted((ROOT / app).rglob("*.py"))
        if "migrations" not in path.parts
        and not any(str(path.relative_to(ROOT)).startswith(name) for name in data)
        for line in path.read_text().splitlines()
        if asks.search(line)
    ]

    assert found == []
