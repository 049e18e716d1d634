"""Facts that papers for insurers have in common, whatever the country."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from .fields import Field, Held
from .numbers import icd10_list, units

INSURER = Field("insurer", _("Insurer"), Held.CLAIM, longest=120)
MEMBER_NUMBER = Field("member_number", _("Member or policy number"), Held.CLAIM)
CLAIM_NUMBER = Field(
    "claim_number", _("Claim or reference number"), Held.CLAIM, help=_("Where the insurer gave one.")
)
DIAGNOSIS = Field(
    "diagnosis",
    _("Diagnosis codes (ICD-10)"),
    Held.CLAIM,
    check=icd10_list,
    help=_("The main one first, separated by commas, such as M54.50, M25.561."),
    longest=120,
)
REFERRER = Field("referrer", _("Referred by"), Held.CLAIM, help=_("Name of the doctor."), longest=120)
REFERRED_ON = Field("referred_on", _("Date of the referral"), Held.CLAIM)
BIRTH_DATE = Field("birth_date", _("Date of birth"), Held.PATIENT)
UNITS = Field("units", _("Units"), Held.VISIT, check=units, longest=2)


def required(field: Field, **changes: object) -> Field:
    """The same fact, without which the paper is not accepted."""
    return replace(field, required=True, **changes)  # type: ignore[arg-type]
