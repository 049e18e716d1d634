"""Numbers of the United Kingdom."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from .numbers import bare, needs_digits, refuse

VAT_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 1)


def vat_number(typed: str) -> str:
    """Nine figures, the last two of which check the others: GB 123 4567 82.

    The weighted sum is a multiple of 97, or is one with 55 added for numbers given out since 2009.
    """
    number = bare(typed).removeprefix("GB")
    needs_digits(number, 9, _("A VAT number"))
    total = sum(weight * int(digit) for weight, digit in zip(VAT_WEIGHTS, number, strict=True))
    if total % 97 and (total + 55) % 97:
        raise refuse(_("The check digits of this VAT number do not fit: one of its figures is wrong."))
    return f"GB {number[:3]} {number[3:7]} {number[7:]}"


def hcpc(typed: str) -> str:
    """Registration with the Health and Care Professions Council: PH and up to six figures for physiotherapists."""
    number = bare(typed)
    if not re.fullmatch(r"[A-Z]{2}\d{3,6}", number):
        raise refuse(_("An HCPC number is two letters and up to six figures, such as PH123456."))
    return number
