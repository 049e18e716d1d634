"""The taxes of a line: which ones, at which rate, and what each comes to. Together they are the line's tax exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from typing import TYPE_CHECKING

from clinic.money import places, split

from .kept import region_of_number, registrations
from .profile import Profile, TaxLine

if TYPE_CHECKING:
    from clinic.models import Branch, ClinicSettings

OTHER = TaxLine("tax", "")  # a rate that is no sum of the country's taxes, or a country without a profile
NEAR = Decimal("0.01")


@dataclass(frozen=True)
class TaxPart:
    """One tax of a line, at its own rate."""

    line: TaxLine
    percent: Decimal
    amount: Decimal


def taxes_at(profile: Profile, settings: ClinicSettings, branch: Branch) -> tuple[TaxLine, ...]:
    """The taxes of what this branch supplies, which is supplied where it is done.

    In India the tax is IGST where that is another state than the clinic's own (IGST Act, s. 7 and 8).
    """
    place = profile.by_code.get(branch.region or settings.region)
    held = {field.name: value for field, value in registrations(profile, settings, branch)}
    home = region_of_number(profile, held.get(profile.region_from, ""))
    if profile.taxes_across and place and home and place != home:
        return profile.taxes_across
    region = place or home
    return region.taxes if region and region.taxes else profile.taxes


def tax_parts(tax: Decimal, percent: Decimal, taxes: Sequence[TaxLine], currency: str) -> list[TaxPart]:
    """The tax of a line by its taxes; the parts add up to it to the minor unit."""
    rates = _rates(percent, taxes)
    amounts = split(tax, [rate or 1 for _line, rate in rates], places(currency))
    return [TaxPart(line, rate, amount) for (line, rate), amount in zip(rates, amounts, strict=True)]


def _rates(percent: Decimal, taxes: Sequence[TaxLine]) -> list[tuple[TaxLine, Decimal]]:
    """The taxes that make up the rate, each with its own."""
    if taxes and all(line.percent is None for line in taxes):
        return [(line, percent / len(taxes)) for line in taxes]
    if len(taxes) == 1:  # one tax at several rates: VAT at 20 and at 5
        return [(taxes[0], percent)]
    for count in range(1, len(taxes) + 1):
        for some in combinations(taxes, count):
            rates = [(line, line.percent or Decimal(0)) for line in some]
            if abs(sum(rate for _line, rate in rates) - percent) < NEAR:
                return rates
    return [(OTHER, percent)]
