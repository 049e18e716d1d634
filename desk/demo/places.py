"""Where a demonstration clinic can be: its letterhead, its numbers and its prices. The people stay the same."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from clinic.countries import HOME, profile_of

from . import people
from .plans import Offer

# Rules of a plan that are amounts of money.
AMOUNTS = ("refund_fee", "list_rate", "late_cancel_fee")


@dataclass(frozen=True)
class Place:
    """A country with what its clinics have there; every price of India is divided by `divisor`."""

    country: str
    clinics: tuple[tuple[str, str, str], ...]
    phone: str
    code: str
    letterhead: dict[str, Any]
    therapist: dict[str, Any] = field(default_factory=dict)  # in place of the number in `people`
    codes: dict[str, str] = field(default_factory=dict)
    divisor: int = 10

    def directory(self) -> dict[str, str]:
        """What the directory of clinics says."""
        profile = profile_of(self.country)
        return {"country": self.country, "currency": profile.currency, "time_zone": profile.time_zone}

    def priced(self, offer: Offer) -> Offer:
        """The offer at the prices of the place."""
        rules = {
            name: Decimal(fact) / self.divisor if name in AMOUNTS else fact
            for name, fact in offer.rules.items()
        }
        also = tuple((service, sessions, money // self.divisor) for service, sessions, money in offer.also)
        return replace(offer, price=offer.price // self.divisor, rules=rules, also=also)


INDIA = Place(
    HOME,
    people.CLINICS,
    "080 4123 4567",
    "999314",
    {"registration": "KPME/2011/00418"},
    divisor=1,
)
PLACES = {
    HOME: INDIA,
    "AU": Place(
        "AU",
        (("harbour", "Harbour Physiotherapy", "12 Bay Street, Double Bay NSW 2028"),),
        "02 9555 0123",
        "505",
        {"tax_number": "51 824 753 556", "registrations": {"gst": "yes"}},
        {"registration": "PHY0001234567"},
    ),
    "CA": Place(
        "CA",
        (("maple", "Maple Physiotherapy", "200 Bloor Street West, Toronto ON M5S 1T8"),),
        "416 555 0123",
        "",
        {"tax_number": "123456782 RT0001", "region": "ON"},
        {"registration": "12345"},
    ),
    "GB": Place(
        "GB",
        (("thames", "Thames Physiotherapy", "4 Mill Lane, Richmond TW9 1AA"),),
        "020 7946 0123",
        "",
        {"tax_number": "GB 980 7806 84", "registrations": {"company": "01234567"}},
        {"registration": "PH123456"},
    ),
    "US": Place(
        "US",
        (("hudson", "Hudson Physical Therapy", "350 Main Street, Beacon NY 12508"),),
        "845 555 0123",
        "97110",
        {"tax_number": "12-3456789", "registrations": {"npi": "1234567893"}},
        {"registration": "NY PT 012345", "identifiers": {"npi": "1234567893"}},
        codes={"modifiers": "GP", "timed": "yes"},
    ),
}
