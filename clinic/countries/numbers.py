"""Numbers that authorities give out: each check returns the number as it is written, or says what is wrong with it.

What is checked is what can be checked without asking anybody: length, letters, check digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

DIGITS_AND_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def bare(typed: str) -> str:
    """Capital letters and figures without spaces, points and hyphens."""
    return re.sub(r"[\s.\-/]", "", typed).upper()


def refuse(sentence: str | Promise, **facts: object) -> ValidationError:
    return ValidationError(str(sentence), code="invalid", params=facts)


def luhn_sum(digits: Iterable[int], base: int = 10) -> int:
    """The Luhn sum, the last digit counted once (ISO/IEC 7812-1, annex B; in base 36 for letters)."""
    total = 0
    for place, digit in enumerate(reversed(list(digits))):
        doubled = digit * (1 + place % 2)
        total += doubled // base + doubled % base
    return total


def needs_digits(number: str, count: int, what: str | Promise) -> None:
    """Refuse what is not so many figures, and say how many there are."""
    if not number.isascii() or not number.isdigit():
        raise refuse(_("%(what)s has figures only."), what=what)
    if len(number) != count:
        raise refuse(
            _("%(what)s has %(count)d figures; this one has %(given)d."),
            what=what,
            count=count,
            given=len(number),
        )


def icd10(typed: str) -> str:
    """A diagnosis code such as M54.50, by shape: a letter, a figure, one more, and up to four after the point.

    Covers ICD-10 of the WHO (M54.5) and the longer codes of ICD-10-CM, AM and CA (M54.50, S83.511A): ICD-10-CM
    Official Guidelines for Coding and Reporting, section I.A.2 and I.A.4.
    """
    code = bare(typed)
    if not re.fullmatch(r"[A-Z]\d[0-9A-Z][0-9A-Z]{0,4}", code):
        raise refuse(_("“%(typed)s” is no ICD-10 code. One looks like M54.50."), typed=typed)
    return f"{code[:3]}.{code[3:]}" if len(code) > 3 else code


def icd10_list(typed: str) -> str:
    """Several diagnosis codes, the main one first, separated by commas; at most twelve as on a CMS-1500."""
    codes = [icd10(code) for code in re.split(r"[,;\s]+", typed.strip(" ,;")) if code]
    if len(codes) > 12:
        raise refuse(_("A claim has room for 12 diagnosis codes; these are %(count)d."), count=len(codes))
    if len(set(codes)) < len(codes):
        raise refuse(_("One of the diagnosis codes is named twice."))
    return ", ".join(codes)


def units(typed: str) -> str:
    """How often a code is charged for one visit."""
    if not re.fullmatch(r"[1-9]\d?", typed):
        raise refuse(_("Units are a whole number from 1 to 99."))
    return typed
