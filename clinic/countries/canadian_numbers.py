"""Numbers of Canada."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from .numbers import bare, luhn_sum, refuse


def gst_number(typed: str) -> str:
    """A GST/HST account: the business number of nine figures (Luhn), RT and four figures: 123456782 RT0001.

    Source: Canada Revenue Agency, "The business number (BN)"; the last figure of the nine is a check digit.
    """
    number = bare(typed)
    if not re.fullmatch(r"\d{9}RT\d{4}", number):
        raise refuse(_("A GST/HST number is nine figures, RT and four figures, such as 123456782 RT0001."))
    if luhn_sum(map(int, number[:9])) % 10:
        raise refuse(_("The check digit of the business number does not fit: one of its figures is wrong."))
    return f"{number[:9]} {number[9:]}"


def qst_number(typed: str) -> str:
    """Ten figures, TQ and four figures (Revenu Québec)."""
    number = bare(typed)
    if not re.fullmatch(r"\d{10}TQ\d{4}", number):
        raise refuse(_("A QST number is ten figures, TQ and four figures, such as 1234567890 TQ0001."))
    return f"{number[:10]} {number[10:]}"
