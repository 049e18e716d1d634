"""Numbers of the United States."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from .numbers import bare, luhn_sum, needs_digits, refuse

NPI_PREFIX = 80840


def npi(typed: str) -> str:
    """National Provider Identifier: ten figures, the last one checks the others with 80840 before them.

    Source: CMS, "Requirements for National Provider Identifier (NPI) and NPI Check Digit", 45 CFR 162.406.
    """
    number = bare(typed)
    needs_digits(number, 10, _("An NPI"))
    if number[0] not in "12":
        raise refuse(_("An NPI begins with 1 or 2; this one begins with %(first)s."), first=number[0])
    if luhn_sum(map(int, f"{NPI_PREFIX}{number}")) % 10:
        raise refuse(
            _("The check digit of this NPI does not fit: one of its figures is wrong or two are swapped.")
        )
    return number


def ein(typed: str) -> str:
    """Employer Identification Number, written 12-3456789 (26 CFR 301.6109-1)."""
    number = bare(typed)
    needs_digits(number, 9, _("An EIN"))
    return f"{number[:2]}-{number[2:]}"


def cpt(typed: str) -> str:
    """A CPT code (97110) or a HCPCS level II code (G0283), of five signs."""
    code = bare(typed)
    if not re.fullmatch(r"\d{4}[0-9A-Z]|[A-Z]\d{4}", code):
        raise refuse(_("“%(typed)s” is no CPT or HCPCS code. One looks like 97110 or G0283."), typed=typed)
    return code


def modifiers(typed: str) -> str:
    """Up to four modifiers of two signs, such as GP, KX, 59 (CMS-1500, item 24D)."""
    codes = [code for code in re.split(r"[,;\s]+", typed.upper().strip(" ,;")) if code]
    for code in codes:
        if not re.fullmatch(r"[A-Z0-9]{2}", code):
            raise refuse(_("“%(code)s” is no modifier. One has two signs, such as GP or 59."), code=code)
    if len(codes) > 4:
        raise refuse(_("A line has room for 4 modifiers; these are %(count)d."), count=len(codes))
    return ", ".join(codes)


def place_of_service(typed: str) -> str:
    """The two figures of CMS's Place of Service code set: 11 office, 12 home, 02 and 10 telehealth."""
    if not re.fullmatch(r"\d{2}", typed):
        raise refuse(_("A place of service has two figures: 11 is the office, 12 the patient's home."))
    return typed
