"""United States: invoices and superbills, NPI and EIN, CPT codes in units of 15 minutes, no tax on health care.

Sources: CMS-1500 claim form instructions (NUCC, items 1 to 33) for what a superbill must carry; 45 CFR 162.406 (NPI);
Medicare Claims Processing Manual, chapter 5, sections 20.1 (modifiers GP, KX) and 20.2 (units); 45 CFR 164.316(b)(2)
(six years); 26 CFR 1.6001-1 (books).
"""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from . import claims
from .american_numbers import cpt, ein, modifiers, npi, place_of_service
from .claims import required
from .fields import Field, Held
from .profile import SUNDAY, Paper, Profile

NPI = Field("npi", _("NPI"), Held.CLINIC, check=npi, help=_("Ten figures; the clinic's own (type 2)."))
EIN = Field("tax_number", _("EIN"), Held.CLINIC, check=ein, help=_("Nine figures, 12-3456789."))
OWN_NPI = Field("npi", _("NPI"), Held.STAFF, check=npi, help=_("Ten figures; the therapist's own (type 1)."))
LICENSE = Field("registration", _("State license"), Held.STAFF, help=_("Such as CA PT 12345."), longest=60)
CODE = Field("code", _("CPT"), Held.SERVICE, check=cpt, help=_("Such as 97110, 97140 or 97161."), longest=20)
MODIFIERS = Field(
    "modifiers",
    _("Modifiers"),
    Held.SERVICE,
    check=modifiers,
    help=_("GP says that it is under a physical therapy plan of care."),
)
TIMED = Field("timed", _("Charged in units of 15 minutes"), Held.SERVICE, is_yes=True)
PLACE = Field(
    "place_of_service",
    _("Place of service"),
    Held.VISIT,
    check=place_of_service,
    help=_("11 is the office, 12 the patient's home."),
    longest=2,
)

PROFILE = Profile(
    country="US",
    currency="USD",
    time_zone="America/New_York",
    locale="en-us",
    year_starts=1,
    week_starts=SUNDAY,
    titles={
        Paper.BILL: _("Invoice"),
        Paper.INVOICE: _("Invoice"),
        Paper.RECEIPT: _("Visit receipt"),
        Paper.MONEY_RECEIPT: _("Receipt"),
        Paper.CREDIT_NOTE: _("Credit memo"),
        Paper.CORRECTION: _("Correction note"),
        Paper.REFUND_NOTE: _("Refund receipt"),
        Paper.STATEMENT: _("Superbill"),
    },
    registrations=(EIN, NPI),
    staff=(LICENSE, OWN_NPI),
    code=CODE,
    service=(MODIFIERS, TIMED),
    claim=(
        required(claims.BIRTH_DATE),
        required(claims.INSURER),
        required(claims.MEMBER_NUMBER),
        Field("group_number", _("Group number"), Held.CLAIM),
        required(claims.DIAGNOSIS),
        claims.REFERRER,
        replace(
            OWN_NPI, name="referrer_npi", label=_("NPI of the referring provider"), held=Held.CLAIM, help=""
        ),
        required(PLACE),
        required(CODE),
        MODIFIERS,
        required(claims.UNITS),
        required(EIN),
        required(NPI),
        required(OWN_NPI),
        LICENSE,
    ),
    tax_help=_("Health care bears no sales tax."),
    prices_include_tax=False,
    books_years=7,
)
