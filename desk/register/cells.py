"""Single cells of a register: names, phones, counts, amounts, durations; read, or refused with a sentence."""

import re
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from clinic.calendar import valid_until
from clinic.money import AmountError, parse_amount
from clinic.phones import PhoneError, normalise_phone

from .errors import CellError
from .text import is_blank, latin_digits

HALF = Decimal("0.5")
MOST_SESSIONS = 1000
SESSION_WORDS = r"(?:sessions?|sittings?|visits?|sess|सत्र|सिटिंग)"
COUNT = re.compile(rf"(\d{{1,9}}(?:\.\d{{1,3}})?)\s*{SESSION_WORDS}?\.?", re.IGNORECASE)
OUT_OF = re.compile(r"(\d{1,4}(?:\.5)?)\s*(?:/|of|out of)\s*(\d{1,4})", re.IGNORECASE)
IN_A_PLAN = re.compile(rf"(?:^|\D)(\d{{1,3}})\s*(?:-\s*)?(?:{SESSION_WORDS}|$)", re.IGNORECASE)
DURATION = re.compile(
    r"(\d{1,3})\s*(days?|weeks?|months?|mths?|years?|yrs?|दिन|सप्ताह|हफ्ते|महीने|महीना|माह|साल|वर्ष)\.?",
    re.IGNORECASE,
)
DURATION_UNITS = {
    "d": "days", "w": "weeks", "m": "months", "y": "years",
    "दिन": "days", "सप्ताह": "weeks", "हफ्ते": "weeks", "महीने": "months", "महीना": "months", "माह": "months",
    "साल": "years", "वर्ष": "years",
}  # fmt: skip
FREE = frozenset({"free", "complimentary", "comp", "foc", "मुफ्त", "निःशुल्क"})
ALL_PAID = frozenset(
    {"yes", "y", "full", "fully paid", "paid", "paid in full", "full paid", "हाँ", "हां", "पूरा"}
)
NOT_PAID = frozenset({"no", "n", "not paid", "unpaid", "pending", "नहीं"})
TICKS = frozenset({"✓", "✔", "☑", "√", "x", "p", "y", "yes", "done", "ok", "present", "हाँ", "1"})


def read_text(cell: str | date, *, most: int) -> str:
    """Words on one line. Refuses more than `most` letters, which no heading of ours means."""
    text = " ".join(_text(cell).split("\n"))
    if len(text) > most:
        raise CellError(_("This is too long: at most %(most)d letters fit.") % {"most": most})
    return text


def read_name(cell: str | date) -> str:
    name = read_text(cell, most=120)
    if name.startswith("="):
        raise CellError(_("“%(text)s” is a formula and not a name.") % {"text": name})
    if not any(char.isalpha() for char in name):
        raise CellError(_("“%(text)s” is not a name.") % {"text": name})
    return name


def read_phones(cell: str | date, country: str) -> list[str]:
    """All numbers of a cell, "98200 12345 / 98201 23456", as E.164."""
    written = re.sub(r"\([^)\d]*\)", "", _text(cell))
    try:
        return list(
            dict.fromkeys(
                normalise_phone(part, country)
                for part in re.split(r"[,;\n/&]|\bor\b", written)
                if part.strip()
            )
        )
    except PhoneError as error:
        raise CellError(str(error)) from error


def read_email(cell: str | date) -> str:
    email = read_text(cell, most=254)
    try:
        validate_email(email)
    except ValidationError as error:
        raise CellError(_("“%(text)s” is not an e-mail address.") % {"text": email}) from error
    return email


def read_age(cell: str | date) -> int:
    found = re.match(r"(\d{1,3})(?!\d)", latin_digits(_text(cell)))
    if found is None or int(found[1]) > 120:
        raise CellError(_("“%(text)s” is not an age.") % {"text": cell})
    return int(found[1])


def read_count(cell: str | date) -> Decimal:
    """A number of sessions in steps of a half. Refuses dates, negatives and absurd numbers."""
    if isinstance(cell, date):
        raise CellError(_("This is a date and not a number of sessions; a spreadsheet turns 6/10 into one."))
    written = _count_text(cell)
    found = COUNT.fullmatch(written)
    if found is None:
        raise CellError(_("“%(text)s” is not a number of sessions.") % {"text": cell})
    count = Decimal(found[1])
    if count > MOST_SESSIONS:
        raise CellError(
            _("“%(text)s” sessions are more than %(most)d.") % {"text": cell, "most": MOST_SESSIONS}
        )
    if count % HALF:
        raise CellError(_("“%(text)s” is not a whole or half number of sessions.") % {"text": cell})
    return count


def read_out_of(cell: str | date) -> tuple[Decimal, Decimal] | None:
    """The 6 and the 10 of "6/10" or "6 of 10"."""
    found = None if isinstance(cell, date) else OUT_OF.fullmatch(_count_text(cell))
    return (Decimal(found[1]), Decimal(found[2])) if found else None


def sessions_in_plan(plan: str) -> Decimal | None:
    """The 10 of a plan called "Knee care 10 sessions" or just "10"."""
    found = IN_A_PLAN.search(latin_digits(plan).strip())
    return Decimal(found[1]) if found and int(found[1]) else None


def read_amount(cell: str | date, currency: str) -> Decimal:
    text = _text(cell)
    if text.casefold() in FREE:
        return Decimal(0)
    try:
        return parse_amount(text, currency)
    except AmountError as error:
        raise CellError(str(error)) from error


def read_paid(cell: str | date, price: Decimal | None, currency: str) -> Decimal:
    """An amount, or "yes" and "no" of the price."""
    text = _text(cell).casefold()
    if text in ALL_PAID and price is not None:
        return price
    return Decimal(0) if text in NOT_PAID else read_amount(cell, currency)


def read_duration(cell: str | date, bought_on: date | None) -> date | None:
    """The last day of "3 months" from the day of purchase; None where the cell is no duration."""
    found = None if isinstance(cell, date) else DURATION.fullmatch(latin_digits(cell).strip())
    if not found:
        return None
    if bought_on is None or not int(found[1]):
        raise CellError(_("“%(text)s” cannot be counted without the day of purchase.") % {"text": cell})
    word = found[2].casefold()
    unit = DURATION_UNITS.get(word) or DURATION_UNITS[word[0]]
    count, unit = (12 * int(found[1]), "months") if unit == "years" else (int(found[1]), unit)
    return valid_until(bought_on, count, unit)


def is_tick(cell: str | date) -> bool:
    return isinstance(cell, str) and cell.casefold() in TICKS


def blank(cell: str | date) -> bool:
    return isinstance(cell, str) and is_blank(cell)


def _text(cell: str | date) -> str:
    if isinstance(cell, date):
        raise CellError(
            _("This is a date (%(day)s), which does not belong in this column.") % {"day": cell.isoformat()}
        )
    return cell


def _count_text(cell: str) -> str:
    return latin_digits(re.sub(r"(\d?)\s*½", lambda found: f"{found[1] or 0}.5", cell)).strip()
