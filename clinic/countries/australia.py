"""Australia: invoices and tax invoices, ABN, GST, item numbers, a provider number for each place.

Sources: A New Tax System (Goods and Services Tax) Act 1999, s. 29-70 (tax invoice, by registered suppliers only),
s. 38-10 (physiotherapy is GST-free) and s. 9-70 (10 %); Taxation Administration Act 1953, Sch. 1, s. 382-5 (five years;
health records seven by state law); Health Insurance Regulations 2018 (provider number of each practice location).
"""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from . import claims
from .australian_numbers import abn, ahpra, item_number, provider_number
from .claims import required
from .fields import Field, Held
from .profile import Paper, Profile, TaxLine

AHPRA = Field(
    "registration", _("Ahpra no."), Held.STAFF, check=ahpra, help=_("Such as PHY0001234567."), longest=60
)
PROVIDER = Field(
    "provider_number",
    _("Provider no."),
    Held.STAFF,
    check=provider_number,
    help=_("Of Medicare and the health funds; one for each place."),
    per_branch=True,
)
ITEM = Field(
    "code",
    _("Item"),
    Held.SERVICE,
    check=item_number,
    help=_("500 is an initial, 505 a standard consultation; 10960 of Medicare, PH20 of DVA."),
    longest=20,
)

PROFILE = Profile(
    country="AU",
    currency="AUD",
    time_zone="Australia/Sydney",
    locale="en-au",
    year_starts=7,
    titles={
        Paper.BILL: _("Invoice"),
        Paper.INVOICE: _("Tax invoice"),
        Paper.RECEIPT: _("Visit receipt"),
        Paper.MONEY_RECEIPT: _("Receipt"),
        Paper.CREDIT_NOTE: _("Adjustment note"),
        Paper.CORRECTION: _("Correction note"),
        Paper.REFUND_NOTE: _("Refund receipt"),
        Paper.STATEMENT: _("Statement of attendance"),
    },
    registrations=(
        Field("tax_number", _("ABN"), Held.CLINIC, check=abn, help=_("Eleven figures.")),
        Field(
            "gst",
            _("Registered for GST"),
            Held.CLINIC,
            is_yes=True,
            is_printed=False,
            needs="tax_number",
        ),
    ),
    staff=(AHPRA, PROVIDER),
    code=ITEM,
    claim=(
        claims.INSURER,
        claims.MEMBER_NUMBER,
        claims.CLAIM_NUMBER,
        claims.REFERRER,
        claims.REFERRED_ON,
        claims.DIAGNOSIS,
        required(ITEM),
        required(AHPRA),
        required(PROVIDER),
    ),
    taxes=(TaxLine("gst", "GST", Decimal(10)),),
    taxed_by="gst",
    invoice_needs_registration=True,
    tax_help=_("0 for physiotherapy, which is GST-free; 10 for other things."),
    exempt_note=_("Physiotherapy is GST-free (GST Act, section 38-10)."),
    books_years=7,
)
