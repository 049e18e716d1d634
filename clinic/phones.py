"""Telephone numbers as people and spreadsheets write them, kept as E.164 (+919820012345)."""

import re
import unicodedata
from decimal import Decimal

import phonenumbers
from django.utils.translation import gettext as _
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

# What a spreadsheet makes of a number: 9820012345.0, 9.820012345E+09.
AS_FLOAT = re.compile(r"(\d+)\.0*|(\d)[.,](\d+)[eE]\+?(\d{1,2})")
MOBILE = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}


class PhoneError(ValueError):
    """What was written is no telephone number; the message is a sentence for the person who wrote it."""


def normalise_phone(text: str, country: str) -> str:
    """The number as E.164, read as one of the country (`IN`) unless it carries a code of its own.

    Raises `PhoneError` where it is no valid number, or where a spreadsheet has rounded its last digits away.
    """
    written = _latin(text)
    if not written:
        raise PhoneError(_("The phone number is empty."))
    dialled = _undo_float(written)
    if re.search(r"[^\d+\s().\-/]", dialled):
        raise PhoneError(_("“%(text)s” is not a phone number.") % {"text": text.strip()})
    number = _parse(dialled, country)
    if number is None:
        message = _("“%(text)s” is not a valid phone number; write it like 98200 12345 or +91 98200 12345.")
        raise PhoneError(message % {"text": text.strip()})
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def display_phone(number: str, country: str = "") -> str:
    """A number as people read it: 98200 12345 at home, +91 98200 12345 abroad; what is none as it is."""
    try:
        parsed = phonenumbers.parse(number, country or None)
    except NumberParseException:
        return number
    if phonenumbers.region_code_for_number(parsed) != country:
        return phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL)
    if phonenumbers.number_type(parsed) in MOBILE:
        abroad = phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL)
        return abroad.partition(" ")[2]
    return phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL)


def national_digits(number: str, country: str) -> str:
    """The digits after the country's code; of what is no number, whatever digits it has."""
    digits = "".join(char for char in _latin(number) if char.isdigit())
    parsed = _parse(_latin(number), country)
    return phonenumbers.national_significant_number(parsed) if parsed else digits


def _parse(written: str, country: str) -> phonenumbers.PhoneNumber | None:
    """The valid number that was written, also where the country's code has lost its plus (91 98200 …)."""
    for attempt in (written, f"+{written}"):
        try:
            number = phonenumbers.parse(attempt, country or None)
        except NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return number
    return None


def _undo_float(written: str) -> str:
    found = AS_FLOAT.fullmatch(written)
    if found is None:
        return written
    if found[1]:
        return found[1]
    lead, decimals, exponent = found[2], found[3], int(found[4])
    # Only zeros at the end are left out of a float; two or more missing digits were rounded away.
    if len(decimals) < exponent - 1:
        message = _("The spreadsheet has shortened the number to “%(text)s”; write it out in full.")
        raise PhoneError(message % {"text": written})
    return str(int(Decimal(f"{lead}.{decimals}E{exponent}")))


def _latin(text: str) -> str:
    """In Latin digits, without marks that nobody sees."""
    visible = (
        char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) not in {"Cf", "Cc"}
    )
    latin = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in visible)
    return re.sub(r"[‐‑‒–—−]", "-", latin).strip()
