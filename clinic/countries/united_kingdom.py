"""United Kingdom: invoices, VAT invoices, HCPC numbers.

Sources: VAT Regulations 1995 (SI 1995/2518), reg. 14 (what a VAT invoice carries) and reg. 31 (records, with VATA 1994,
Sch. 11, para. 6(3): six years); VATA 1994, Sch. 9, Group 7 and VAT Notice 701/57 (services of registered health
professionals are exempt); Health Professions Order 2001 (HCPC).
"""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from . import claims
from .british_numbers import hcpc, vat_number
from .claims import required
from .fields import Field, Held
from .profile import Paper, Profile, TaxLine

HCPC = Field("registration", _("HCPC no."), Held.STAFF, check=hcpc, help=_("Such as PH123456."), longest=60)
RECOGNITION = Field(
    "provider_number",
    _("Insurer's provider no."),
    Held.STAFF,
    help=_("The number under which insurers such as Bupa recognise the physiotherapist."),
)

PROFILE = Profile(
    country="GB",
    currency="GBP",
    time_zone="Europe/London",
    locale="en-gb",
    year_starts=4,
    titles={
        Paper.BILL: _("Invoice"),
        Paper.INVOICE: _("VAT invoice"),
        Paper.RECEIPT: _("Visit receipt"),
        Paper.MONEY_RECEIPT: _("Receipt"),
        Paper.CREDIT_NOTE: _("Credit note"),
        Paper.CORRECTION: _("Correction note"),
        Paper.REFUND_NOTE: _("Refund note"),
        Paper.STATEMENT: _("Attendance statement"),
    },
    registrations=(
        Field(
            "tax_number", _("VAT no."), Held.CLINIC, check=vat_number, help=_("Nine figures, GB 123 4567 82.")
        ),
        Field("company", _("Company no."), Held.CLINIC, help=_("Of Companies House.")),
        Field(
            "registration",
            _("Regulator's registration"),
            Held.CLINIC,
            help=_("Where the place is registered, such as with the CQC, HIS, HIW or RQIA."),
            longest=60,
        ),
    ),
    staff=(HCPC, RECOGNITION),
    code=Field(
        "code", _("Code"), Held.SERVICE, help=_("Procedure code, where an insurer asks for one."), longest=20
    ),
    claim=(
        claims.BIRTH_DATE,
        claims.INSURER,
        claims.MEMBER_NUMBER,
        Field(
            "claim_number",
            _("Pre-authorisation number"),
            Held.CLAIM,
            help=_("As the insurer gave it when the claim was opened."),
        ),
        claims.REFERRER,
        claims.REFERRED_ON,
        claims.DIAGNOSIS,
        required(HCPC),
        RECOGNITION,
    ),
    taxes=(TaxLine("vat", "VAT", Decimal(20), "tax_number"),),
    taxed_by="tax_number",
    invoice_needs_registration=True,
    tax_help=_("0 for physiotherapy, which is exempt; 20 for other things."),
    exempt_note=_(
        "Health services of registered professionals are exempt from VAT (VATA 1994, Sch. 9, Group 7)."
    ),
    books_years=6,
)
