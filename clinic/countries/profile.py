"""What a country profile says. The profiles themselves are data, a module a country."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from functools import cache
from importlib import import_module

from .fields import Field, Text
from .numbers import refuse

HOME = "IN"
MONDAY, SUNDAY = 0, 6


class Paper(StrEnum):
    """The papers a country has names for; those that are bills bear the name of their `BillKind`."""

    BILL = "bill"  # charges without tax
    INVOICE = "invoice"  # charges with tax
    RECEIPT = "receipt"  # of a visit, nothing to pay
    MONEY_RECEIPT = "received"
    CREDIT_NOTE = "credit_note"
    CORRECTION = "correction"
    REFUND_NOTE = "refund_note"
    STATEMENT = "statement"  # for an insurer or an employer


@dataclass(frozen=True)
class TaxLine:
    """One tax as it stands on a bill. Without a rate of its own it is an equal part of whatever the line is taxed."""

    name: str
    label: str
    percent: Decimal | None = None
    registration: str = ""  # the registration whose number stands beside it


@dataclass(frozen=True)
class Region:
    """A state or province; `taxes` where they differ from the country's, `number` as tax offices write it."""

    code: str
    name: str
    taxes: tuple[TaxLine, ...] = ()
    number: str = ""


@dataclass(frozen=True)
class NumberRule:
    """How the number of a bill may look."""

    longest: int
    allowed: str
    sentence: Text

    def check(self, number: str) -> None:
        """Raise ValidationError with the rule for a number that may not be printed."""
        if len(number) > self.longest or not re.fullmatch(self.allowed, number):
            raise refuse(self.sentence)


@dataclass(frozen=True)
class Profile:
    """One country. Every `Text` is a sentence or a label in the reader's language."""

    country: str
    currency: str
    time_zone: str
    locale: str  # how amounts are written for readers of English
    year_starts: int  # first month of the financial year; its label follows (`clinic.calendar.FinancialYear`)
    titles: Mapping[str, Text]
    registrations: tuple[Field, ...] = ()
    branch: tuple[Field, ...] = ()
    staff: tuple[Field, ...] = ()
    code: Field | None = None  # Service.code; its label heads the column of codes
    service: tuple[Field, ...] = ()
    claim: tuple[Field, ...] = ()  # all that a paper for an insurer asks for and prints
    region_label: Text = ""
    regions: tuple[Region, ...] = ()
    taxes: tuple[TaxLine, ...] = ()
    taxes_across: tuple[TaxLine, ...] = ()  # where it is supplied in another region than the clinic's
    tax_help: Text = ""
    taxed_by: str = ""  # the registration without which no tax may be charged
    invoice_needs_registration: bool = False
    region_from: str = ""  # the registration whose first figures name the region
    exempt_note: Text = ""  # printed by a registered clinic on what is not taxed
    prices_include_tax: bool = True
    numbers: NumberRule | None = None
    in_words: bool = False
    has_upi: bool = False
    week_starts: int = MONDAY  # the first day of a week in its calendars
    paper: str = "a4"
    books_years: int = 7  # how long bills are to be kept
    by_code: Mapping[str, Region] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_code", {region.code: region for region in self.regions})

    def asked(self, *held: str) -> tuple[Field, ...]:
        """The claim's facts that are kept in one of these places."""
        return tuple(one for one in self.claim if one.held in held)


@cache
def profile_of(country: str) -> Profile:
    """The profile of a country; of one that has none, a neutral one with its currency, zone and year."""
    from .others import NEUTRAL, OTHERS, PROFILES, SUNDAY_FIRST

    if country in PROFILES:
        module = import_module(f".{PROFILES[country]}", __package__)
        profile: Profile = module.PROFILE
        return profile
    zone, currency, month = OTHERS.get(country, (NEUTRAL.time_zone, NEUTRAL.currency, NEUTRAL.year_starts))
    return replace(
        NEUTRAL,
        country=country,
        time_zone=zone,
        currency=currency,
        year_starts=month,
        week_starts=SUNDAY if country in SUNDAY_FIRST else MONDAY,
        locale=f"en-{country.lower()}",
    )
