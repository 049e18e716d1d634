"""Which countries have a profile of their own, and what is known of the others: zone, currency, first month."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from . import claims
from .fields import Field, Held
from .profile import HOME, Paper, Profile

PROFILES = {
    "IN": "india",
    "AU": "australia",
    "CA": "canada",
    "GB": "united_kingdom",
    "US": "united_states",
}

# Of these the calendars that begin a week with Sunday. Source: Unicode CLDR, weekData.
SUNDAY_FIRST = frozenset({"BD", "JP", "KE", "NP", "SA", "SG", "ZA"})

# Where a country has several zones, the one most people live in.
OTHERS = {
    "AE": ("Asia/Dubai", "AED", 1),
    "BD": ("Asia/Dhaka", "BDT", 7),
    "DE": ("Europe/Berlin", "EUR", 1),
    "ES": ("Europe/Madrid", "EUR", 1),
    "FR": ("Europe/Paris", "EUR", 1),
    "IE": ("Europe/Dublin", "EUR", 1),
    "IT": ("Europe/Rome", "EUR", 1),
    "JP": ("Asia/Tokyo", "JPY", 4),
    "KE": ("Africa/Nairobi", "KES", 1),
    "KW": ("Asia/Kuwait", "KWD", 1),
    "LK": ("Asia/Colombo", "LKR", 4),
    "MY": ("Asia/Kuala_Lumpur", "MYR", 1),
    "NL": ("Europe/Amsterdam", "EUR", 1),
    "NP": ("Asia/Kathmandu", "NPR", 7),
    "NZ": ("Pacific/Auckland", "NZD", 4),
    "SA": ("Asia/Riyadh", "SAR", 1),
    "SG": ("Asia/Singapore", "SGD", 1),
    "ZA": ("Africa/Johannesburg", "ZAR", 3),
}

# The ways of these are known, at least their money and their clock; India first.
COUNTRIES = (HOME, *sorted(({*PROFILES} | {*OTHERS}) - {HOME}))

NEUTRAL = Profile(
    country="",
    currency="USD",
    time_zone="UTC",
    locale="en",
    year_starts=1,
    titles={
        Paper.BILL: _("Invoice"),
        Paper.INVOICE: _("Tax invoice"),
        Paper.RECEIPT: _("Visit receipt"),
        Paper.MONEY_RECEIPT: _("Receipt"),
        Paper.CREDIT_NOTE: _("Credit note"),
        Paper.CORRECTION: _("Correction note"),
        Paper.REFUND_NOTE: _("Refund note"),
        Paper.STATEMENT: _("Attendance statement"),
    },
    registrations=(
        Field("registration", _("Registration"), Held.CLINIC, longest=60),
        Field("tax_number", _("Tax number"), Held.CLINIC),
    ),
    staff=(Field("registration", _("Registration number"), Held.STAFF, longest=60, on_paper=_("Reg. no.")),),
    code=Field("code", _("Code"), Held.SERVICE, longest=20),
    claim=(
        claims.INSURER,
        claims.MEMBER_NUMBER,
        claims.CLAIM_NUMBER,
        claims.DIAGNOSIS,
        claims.REFERRER,
        claims.REFERRED_ON,
    ),
)
