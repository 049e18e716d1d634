"""The taxes of a line by the country's rules; together they are the line's tax, whatever the rounding."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.countries import profile_of
from clinic.countries.taxes import tax_parts

CURRENCIES = {"IN": "INR", "AU": "AUD", "CA": "CAD", "GB": "GBP", "US": "USD", "KW": "KWD"}


def said(country: str, region: str, tax: str, percent: str) -> list[tuple[str, str, str]]:
    profile = profile_of(country)
    place = profile.by_code.get(region)
    taxes = place.taxes if place and place.taxes else profile.taxes
    parts = tax_parts(Decimal(tax), Decimal(percent), taxes, profile.currency)
    return [(part.line.label, f"{part.percent.normalize():f}", str(part.amount)) for part in parts]


@pytest.mark.parametrize(
    ("country", "region", "tax", "percent", "parts"),
    [
        ("IN", "KA", "180", "18", [("CGST", "9", "90.00"), ("SGST", "9", "90.00")]),
        ("IN", "KA", "0.05", "5", [("CGST", "2.5", "0.03"), ("SGST", "2.5", "0.02")]),
        ("IN", "LA", "180", "18", [("CGST", "9", "90.00"), ("UTGST", "9", "90.00")]),
        ("AU", "", "10", "10", [("GST", "10", "10.00")]),
        ("GB", "", "5", "5", [("VAT", "5", "5.00")]),
        ("CA", "ON", "13", "13", [("HST", "13", "13.00")]),
        ("CA", "NS", "14", "14", [("HST", "14", "14.00")]),
        ("CA", "AB", "5", "5", [("GST", "5", "5.00")]),
        ("CA", "BC", "12", "12", [("GST", "5", "5.00"), ("PST", "7", "7.00")]),
        ("CA", "BC", "7", "7", [("PST", "7", "7.00")]),
        ("CA", "MB", "12", "12", [("GST", "5", "5.00"), ("RST", "7", "7.00")]),
        ("CA", "SK", "11", "11", [("GST", "5", "5.00"), ("PST", "6", "6.00")]),
        ("CA", "QC", "14.98", "14.975", [("GST", "5", "5.00"), ("QST", "9.975", "9.98")]),
        (
            "CA",
            "QC",
            "14.98",
            "14.98",
            [("GST", "5", "5.00"), ("QST", "9.975", "9.98")],
        ),  # stored with 2 decimals
        ("CA", "BC", "9", "9", [("", "9", "9.00")]),  # no sum of the province's taxes
        ("US", "", "8", "8", [("", "8", "8.00")]),
    ],
)
def test_a_rate_is_made_up_of_the_taxes_of_the_place(
    country: str, region: str, tax: str, percent: str, parts: list[tuple[str, str, str]]
) -> None:
    assert said(country, region, tax, percent) == parts


@given(
    country=st.sampled_from(sorted(CURRENCIES)),
    minor=st.integers(-10_000_000, 10_000_000),
    percent=st.sampled_from(
        ["0", "0.25", "5", "7", "9.975", "12", "13", "14.975", "18", "20", "28", "33.333"]
    ),
    data=st.data(),
)
def test_the_parts_add_up_to_the_tax_to_the_minor_unit(
    country: str, minor: int, percent: str, data: st.DataObject
) -> None:
    profile, currency = profile_of(country), CURRENCIES[country]
    digits = 3 if currency == "KWD" else 2
    region = data.draw(st.sampled_from([None, *profile.regions]))
    taxes = region.taxes if region and region.taxes else profile.taxes

    parts = tax_parts(Decimal(minor).scaleb(-digits), Decimal(percent), taxes, currency)

    assert sum((part.amount for part in parts), Decimal(0)) == Decimal(minor).scaleb(-digits)
    assert all(part.amount == part.amount.quantize(Decimal(1).scaleb(-digits)) for part in parts)
