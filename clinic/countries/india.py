"""India: bills of supply and tax invoices, GSTIN, CGST and SGST, SAC codes.

Sources: CGST Rules 2017, rules 46 (tax invoice; a number of at most 16 signs), 49 (bill of supply), 50 (receipt
voucher), 51 (refund voucher), 53 (credit note); CGST Act 2017, s. 36 (books are kept for 72 months after the annual
return: 7 years of bills); IGST Act 2017, s. 12(4) (health services are supplied where they are performed), s. 8 (within
a state CGST and SGST) and s. 5 (otherwise IGST); UTGST Act 2017 for union territories without a legislature;
Notification 12/2017-Central Tax (Rate), entry 74 (health care by a clinical establishment or a paramedic is exempt).
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from . import claims
from .claims import required
from .fields import Field, Held
from .indian_numbers import gstin, pan, sac_or_hsn
from .profile import NumberRule, Paper, Profile, Region, TaxLine

CGST, SGST = TaxLine("cgst", "CGST"), TaxLine("sgst", "SGST")
OF_A_TERRITORY = (CGST, TaxLine("utgst", "UTGST"))
IGST = TaxLine("igst", "IGST")
COUNCIL = Field(
    "registration",
    _("State council or IAP number"),
    Held.STAFF,
    help=_("For therapists; stands on bills."),
    longest=60,
    on_paper=_("Reg. no."),
)
ESTABLISHMENT = _("Clinical establishment no.")
OF_THE_STATE = _("As the state registered the place, such as KPME/2011/00418.")

PROFILE = Profile(
    country="IN",
    currency="INR",
    time_zone="Asia/Kolkata",
    locale="en-in",
    year_starts=4,
    titles={
        Paper.BILL: _("Bill of supply"),
        Paper.INVOICE: _("Tax invoice"),
        Paper.RECEIPT: _("Visit receipt"),
        Paper.MONEY_RECEIPT: _("Money receipt"),
        Paper.CREDIT_NOTE: _("Credit note"),
        Paper.CORRECTION: _("Correction note"),
        Paper.REFUND_NOTE: _("Refund note"),
        Paper.STATEMENT: _("Attendance statement"),
    },
    registrations=(
        Field(
            "registration",
            ESTABLISHMENT,
            Held.CLINIC,
            help=OF_THE_STATE,
            longest=60,
            on_paper=_("Registration"),
        ),
        Field("tax_number", _("GSTIN"), Held.CLINIC, check=gstin, help=_("15 letters and figures.")),
        Field("pan", _("PAN"), Held.CLINIC, check=pan),
    ),
    branch=(
        Field("registration", ESTABLISHMENT, Held.BRANCH, help=OF_THE_STATE, longest=60),
        Field(
            "tax_number",
            _("GSTIN"),
            Held.BRANCH,
            check=gstin,
            help=_("Where the branch is in another state and registered there."),
        ),
    ),
    staff=(COUNCIL,),
    code=Field(
        "code",
        _("SAC"),
        Held.SERVICE,
        check=sac_or_hsn,
        help=_("999314 is nursing and physiotherapy, 999312 medical services."),
        longest=20,
    ),
    claim=(
        claims.INSURER,
        claims.MEMBER_NUMBER,
        claims.CLAIM_NUMBER,
        claims.REFERRER,
        claims.REFERRED_ON,
        claims.DIAGNOSIS,
        required(COUNCIL),
    ),
    region_label=_("State"),
    regions=(
        Region("JK", "Jammu and Kashmir", number="01"),
        Region("HP", "Himachal Pradesh", number="02"),
        Region("PB", "Punjab", number="03"),
        Region("CH", "Chandigarh", OF_A_TERRITORY, number="04"),
        Region("UK", "Uttarakhand", number="05"),
        Region("HR", "Haryana", number="06"),
        Region("DL", "Delhi", number="07"),
        Region("RJ", "Rajasthan", number="08"),
        Region("UP", "Uttar Pradesh", number="09"),
        Region("BR", "Bihar", number="10"),
        Region("SK", "Sikkim", number="11"),
        Region("AR", "Arunachal Pradesh", number="12"),
        Region("NL", "Nagaland", number="13"),
        Region("MN", "Manipur", number="14"),
        Region("MZ", "Mizoram", number="15"),
        Region("TR", "Tripura", number="16"),
        Region("ML", "Meghalaya", number="17"),
        Region("AS", "Assam", number="18"),
        Region("WB", "West Bengal", number="19"),
        Region("JH", "Jharkhand", number="20"),
        Region("OD", "Odisha", number="21"),
        Region("CG", "Chhattisgarh", number="22"),
        Region("MP", "Madhya Pradesh", number="23"),
        Region("GJ", "Gujarat", number="24"),
        Region("DH", "Dadra and Nagar Haveli and Daman and Diu", OF_A_TERRITORY, number="26"),
        Region("MH", "Maharashtra", number="27"),
        Region("KA", "Karnataka", number="29"),
        Region("GA", "Goa", number="30"),
        Region("LD", "Lakshadweep", OF_A_TERRITORY, number="31"),
        Region("KL", "Kerala", number="32"),
        Region("TN", "Tamil Nadu", number="33"),
        Region("PY", "Puducherry", number="34"),
        Region("AN", "Andaman and Nicobar Islands", OF_A_TERRITORY, number="35"),
        Region("TS", "Telangana", number="36"),
        Region("AP", "Andhra Pradesh", number="37"),
        Region("LA", "Ladakh", OF_A_TERRITORY, number="38"),
    ),
    region_from="tax_number",
    taxes=(CGST, SGST),
    taxes_across=(IGST,),
    taxed_by="tax_number",
    tax_help=_("0 for health care, which is exempt from GST."),
    exempt_note=_("Health care services are exempt from GST (Notification 12/2017-CT (Rate), entry 74)."),
    numbers=NumberRule(
        16,
        r"[A-Za-z0-9/-]+",
        _("The number of a bill has at most 16 signs: letters, figures, - and / (CGST Rules, rule 46(b))."),
    ),
    in_words=True,
    has_upi=True,
    paper="a5",
    books_years=7,
)
