"""Canada: invoices with GST or HST and the province's own tax, each with the number it is registered under.

Sources: Excise Tax Act, s. 169(4) and Input Tax Credit Information (GST/HST) Regulations (number and tax on invoices);
Schedule V, Part II, s. 7 (physiotherapy is exempt); CRA, "GST/HST calculator and rates" (Nova Scotia 14 % from
1 April 2025); Act respecting the Québec sales tax, s. 16 (9.975 %); Income Tax Act, s. 230(4)(b) (six years).
"""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from . import claims
from .canadian_numbers import gst_number, qst_number
from .claims import required
from .fields import Field, Held
from .profile import SUNDAY, Paper, Profile, Region, TaxLine

GST = TaxLine("gst", "GST", Decimal(5), "tax_number")
COLLEGE = Field(
    "registration",
    _("College registration no."),
    Held.STAFF,
    help=_("Of the college of the province."),
    longest=60,
)


def _hst(percent: int) -> tuple[TaxLine, ...]:
    return (TaxLine("hst", "HST", Decimal(percent), "tax_number"),)


def _with_gst(name: str, label: str, percent: str) -> tuple[TaxLine, ...]:
    return (GST, TaxLine(name, label, Decimal(percent), name))


PROFILE = Profile(
    country="CA",
    currency="CAD",
    time_zone="America/Toronto",
    locale="en-ca",
    year_starts=1,
    week_starts=SUNDAY,
    titles={
        Paper.BILL: _("Invoice"),
        Paper.INVOICE: _("Invoice"),
        Paper.RECEIPT: _("Visit receipt"),
        Paper.MONEY_RECEIPT: _("Receipt"),
        Paper.CREDIT_NOTE: _("Credit note"),
        Paper.CORRECTION: _("Correction note"),
        Paper.REFUND_NOTE: _("Refund receipt"),
        Paper.STATEMENT: _("Statement of attendance"),
    },
    registrations=(
        Field(
            "tax_number",
            _("GST/HST no."),
            Held.CLINIC,
            check=gst_number,
            help=_("Nine figures, RT and four figures, such as 123456782 RT0001."),
        ),
        Field(
            "pst", _("PST or RST no."), Held.CLINIC, help=_("In British Columbia, Saskatchewan and Manitoba.")
        ),
        Field(
            "qst",
            _("QST no."),
            Held.CLINIC,
            check=qst_number,
            help=_("In Québec: ten figures, TQ and four figures."),
        ),
    ),
    staff=(
        COLLEGE,
        Field("provider_number", _("Provider no."), Held.STAFF, help=_("Where insurers ask for one.")),
    ),
    code=Field(
        "code", _("Code"), Held.SERVICE, help=_("Procedure code, where an insurer asks for one."), longest=20
    ),
    claim=(
        claims.INSURER,
        claims.MEMBER_NUMBER,
        claims.CLAIM_NUMBER,
        claims.REFERRER,
        claims.REFERRED_ON,
        claims.DIAGNOSIS,
        required(COLLEGE),
        Field("provider_number", _("Provider no."), Held.STAFF),
    ),
    region_label=_("Province or territory"),
    regions=(
        Region("AB", "Alberta"),
        Region("BC", "British Columbia", _with_gst("pst", "PST", "7")),
        Region("MB", "Manitoba", _with_gst("pst", "RST", "7")),
        Region("NB", "New Brunswick", _hst(15)),
        Region("NL", "Newfoundland and Labrador", _hst(15)),
        Region("NS", "Nova Scotia", _hst(14)),
        Region("NT", "Northwest Territories"),
        Region("NU", "Nunavut"),
        Region("ON", "Ontario", _hst(13)),
        Region("PE", "Prince Edward Island", _hst(15)),
        Region("QC", "Québec", _with_gst("qst", "QST", "9.975")),
        Region("SK", "Saskatchewan", _with_gst("pst", "PST", "6")),
        Region("YT", "Yukon"),
    ),
    taxes=(GST,),
    taxed_by="tax_number",
    tax_help=_(
        "0 for physiotherapy, which is exempt; for other things the sum of the taxes of the province."
    ),
    exempt_note=_(
        "Physiotherapy services are exempt from GST/HST (Excise Tax Act, Schedule V, Part II, section 7)."
    ),
    prices_include_tax=False,
    books_years=6,
)
