"""Numbers of India."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from .numbers import DIGITS_AND_LETTERS, bare, luhn_sum, refuse

# The figures a GSTIN begins with: the states and union territories as the GST council numbers them.
STATE_NUMBERS = {f"{number:02}" for number in range(1, 39)} - {"28"} | {"97"}


def gstin(typed: str) -> str:
    """Goods and Services Tax Identification Number: state, PAN, number of the registration, Z, check character.

    Source: CGST Rules 2017, rule 10(1); the check character is Luhn's in base 36.
    """
    number = bare(typed)
    if len(number) != 15:
        raise refuse(_("A GSTIN has 15 letters and figures; this one has %(given)d."), given=len(number))
    if number[:2] not in STATE_NUMBERS:
        raise refuse(_("A GSTIN begins with the number of a state; %(state)s is none."), state=number[:2])
    if not re.fullmatch(r"[A-Z]{5}\d{4}[A-Z]", number[2:12]):
        raise refuse(_("Signs 3 to 12 of a GSTIN are the PAN; %(pan)s is none."), pan=number[2:12])
    if not re.fullmatch(r"[1-9A-Z]Z[0-9A-Z]", number[12:]):
        raise refuse(_("A GSTIN ends with a figure or letter, Z and the check character."))
    if luhn_sum((DIGITS_AND_LETTERS.index(sign) for sign in number), 36) % 36:
        raise refuse(
            _("The check character of this GSTIN does not fit: one of its signs is wrong or two are swapped.")
        )
    return number


def pan(typed: str) -> str:
    """Permanent Account Number: five letters, four figures, a letter (Income-tax Rules 1962, rule 114)."""
    number = bare(typed)
    if not re.fullmatch(r"[A-Z]{5}\d{4}[A-Z]", number):
        raise refuse(_("A PAN is five letters, four figures and a letter, such as ABCPE1234F."))
    return number


def sac_or_hsn(typed: str) -> str:
    """A services code (SAC) of 4 or 6 figures beginning with 99, or a goods code (HSN) of 4, 6 or 8 figures.

    Source: CGST Rules 2017, rule 46(g), and Notification 78/2020-Central Tax.
    """
    code = bare(typed)
    if not re.fullmatch(r"\d{4}|\d{6}|\d{8}", code):
        raise refuse(_("A SAC or HSN code has 4, 6 or 8 figures; 999314 is physiotherapy."))
    return code
