"""Numbers of Australia."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from .numbers import bare, needs_digits, refuse

ABN_WEIGHTS = (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)
STEM_WEIGHTS = (3, 5, 8, 4, 2, 1)
LOCATIONS = "0123456789ABCDEFGHJKLMNPQRTUVWXY"
CHECKS = "YXWTLKJHFBA"


def abn(typed: str) -> str:
    """Australian Business Number: eleven figures whose weighted sum, the first less one, is a multiple of 89.

    Source: Australian Business Register, "Format of the ABN".
    """
    number = bare(typed)
    needs_digits(number, 11, _("An ABN"))
    digits = [int(digit) for digit in number]
    digits[0] -= 1
    if sum(weight * digit for weight, digit in zip(ABN_WEIGHTS, digits, strict=True)) % 89:
        raise refuse(
            _("The check digits of this ABN do not fit: one of its figures is wrong or two are swapped.")
        )
    return f"{number[:2]} {number[2:5]} {number[5:8]} {number[8:]}"


def ahpra(typed: str) -> str:
    """Registration with Ahpra: three letters of the profession and ten figures, PHY0001234567."""
    number = bare(typed)
    if not re.fullmatch(r"[A-Z]{3}\d{10}", number):
        raise refuse(_("An Ahpra number is three letters and ten figures, such as PHY0001234567."))
    return number


def provider_number(typed: str) -> str:
    """Medicare provider number: six figures, a sign for the location, a check letter: 2426621B.

    Source: Services Australia; the check letter stands for the weighted sum of stem and location modulo 11.
    """
    number = bare(typed).rjust(8, "0")
    if not re.fullmatch(rf"\d{{6}}[{LOCATIONS}][{CHECKS}]", number):
        raise refuse(
            _("A provider number is six figures, a sign for the place and a letter, such as 2426621B.")
        )
    total = sum(weight * int(digit) for weight, digit in zip(STEM_WEIGHTS, number, strict=False))
    if number[7] != CHECKS[(total + 6 * LOCATIONS.index(number[6])) % 11]:
        raise refuse(_("The last letter of this provider number does not fit: one of its signs is wrong."))
    return number


def item_number(typed: str) -> str:
    """The item of a health fund (500, 505), of Medicare (10960), DVA (PH20) or the NDIS (15_055_0128_1_3)."""
    code = typed.upper().replace(" ", "")
    if not re.fullmatch(r"\d{3,5}|[A-Z]{2}\d{2,3}|\d{2}_\d{2,3}_\d{4}_\d_\d(_T)?", code):
        raise refuse(_("“%(typed)s” is no item number. One looks like 505, 10960 or PH20."), typed=typed)
    return code
