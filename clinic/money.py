"""Money in figures: minor units, rounding, the worth of a session (law 10), printing and reading.

Amounts are `Decimal` in the currency's major unit; sessions are `Decimal` in steps of a half. Nothing here
ever passes through a float.
"""

import re
import unicodedata
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import accumulate, pairwise
from math import floor

from babel import Locale
from babel.numbers import format_currency, get_currency_precision, get_currency_symbol, is_currency
from django.utils.translation import gettext as _

from clinic import money_words
from clinic.ui.words import MINUS

ONE = Decimal(1)
LARGEST = Decimal(1_000_000_000)

# "12,34,567.50", "1,234,567.50", "1234567.50", ".50" and nothing else that a person may have meant otherwise.
FIGURES = re.compile(r"(?:\d+|\d{1,3}(?:,\d{3})+|\d{1,2}(?:,\d{2})*,\d{3})?(?:\.(?P<decimals>\d*))?")
RUPEE_WORDS = r"(?:rs(?![a-z])\.?|inr|rupees?|रु\.|रुपये|रुपए|रु|₹)"
RUPEE_MARKS = re.compile(rf"^{RUPEE_WORDS}|(?:{RUPEE_WORDS}|/[-=])$", re.IGNORECASE)


class AmountError(ValueError):
    """What was typed is no amount of money; the message is a sentence for the person who typed it."""


def places(currency: str) -> int:
    """How many digits the currency's minor unit has: 2 for INR, 0 for JPY, 3 for KWD."""
    if not is_currency(currency):
        raise ValueError(f"unknown currency: {currency!r}")
    return int(get_currency_precision(currency))


def quantise(amount: Decimal, currency: str) -> Decimal:
    """The amount in whole minor units; halves go up, away from zero."""
    return rounded(amount, places(currency))


def rounded(amount: Decimal, digits: int) -> Decimal:
    """The amount with so many digits; halves go up, away from zero, as PostgreSQL rounds."""
    return amount.quantize(ONE.scaleb(-digits), rounding=ROUND_HALF_UP)


def included_tax(amount: Decimal, percent: Decimal, digits: int) -> Decimal:
    """The tax contained in an amount that includes it."""
    return rounded(amount * percent / (100 + percent), digits)


def with_tax(price: Decimal, percent: Decimal, digits: int, *, is_added: bool) -> Decimal:
    """What is to be paid for a price: itself where it includes the tax, else with the tax on top."""
    return rounded(price + price * percent / 100 if is_added else price, digits)


def share(price: Decimal, k: Decimal | int, n: Decimal | int, places: int) -> Decimal:
    """The worth of the first k of n sessions, round(P·k/N). Refuses k outside 0…n and prices below 0."""
    if price < 0 or n <= 0 or not 0 <= k <= n:
        raise ValueError(f"no share: {k} of {n} sessions at {price}")
    # A Fraction is exact, so a half is a half and is rounded once only.
    minor_units = floor(Fraction(price) * 10**places * Fraction(k) / Fraction(n) + Fraction(1, 2))
    return Decimal(minor_units).scaleb(-places)


def session_value(
    price: Decimal, k: Decimal | int, n: Decimal | int, places: int, *, step: Decimal | int = ONE
) -> Decimal:
    """The worth of the k-th of n sessions, share(k) − share(k−1); of its last `step` if a part was used."""
    return share(price, k, n, places) - share(price, k - step, n, places)


def value_left(price: Decimal, left: Decimal | int, sold: Decimal | int, places: int) -> Decimal:
    """What `left` of `sold` sessions are still worth, P − round(P·(N−left)/N): used and left add up to P."""
    return share(price, sold, sold, places) - share(price, sold - left, sold, places)


def split(amount: Decimal, weights: Sequence[Decimal | int], places: int) -> list[Decimal]:
    """Divide an amount in proportion to the weights; the parts add up to it. Refuses a sum of 0."""
    if amount < 0:
        return [-part for part in split(-amount, weights, places)]
    total = sum(weights, Decimal(0))
    reached = [share(amount, upto, total, places) for upto in accumulate(weights, initial=Decimal(0))]
    return [after - before for before, after in pairwise(reached)]


def format_money(amount: Decimal, currency: str, locale: str) -> str:
    """The amount as people of the locale write it: ₹12,34,567.50 for `en_IN` (or `en-in`); −₹250 with a real minus."""
    parsed = Locale.parse(locale.replace("-", "_"))
    return format_currency(quantise(amount, currency), currency, locale=parsed).replace("-", MINUS)


def in_words(amount: Decimal, currency: str, language: str) -> str:
    """The amount in words, in Hindi for `hi` and in English otherwise: "Rupees Eight Thousand Only"."""
    rounded = quantise(amount, currency)
    hindi = language.lower().startswith("hi")
    spell = money_words.hindi_amount if hindi else money_words.english_amount
    words = spell(abs(rounded), currency, places(currency))
    return f"{'ऋण' if hindi else 'Minus'} {words}" if rounded < 0 else words


def parse_amount(text: str, currency: str = "INR") -> Decimal:
    """Read an amount that a person typed ("8,000.50", "₹ 8000/-", "८०००").

    Raises `AmountError` for what is no number, is negative, finer than the minor unit or absurdly large.
    """
    figures = _bare_figures(text, currency)
    if re.match(r"[-−–(]", figures):
        raise AmountError(_("“%(text)s” is negative; an amount is 0 or more.") % {"text": text})
    found = FIGURES.fullmatch(figures)
    if found is None or not re.search(r"\d", figures):
        raise AmountError(_("“%(text)s” is not an amount. Write it like 8000 or 8,000.50.") % {"text": text})
    if len(found["decimals"] or "") > places(currency):
        message = _("“%(text)s” has more decimals than %(currency)s has (%(places)d).")
        raise AmountError(message % {"text": text, "currency": currency, "places": places(currency)})
    amount = Decimal(figures.replace(",", ""))
    if amount >= LARGEST:
        raise AmountError(_("“%(text)s” is too large to be an amount here.") % {"text": text})
    return quantise(amount, currency)


def _bare_figures(text: str, currency: str) -> str:
    """The digits, commas and points of what was typed, in Latin digits and without the currency's marks."""
    visible = (
        char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) not in {"Cf", "Cc"}
    )
    latin = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in visible)
    symbol = get_currency_symbol(currency, locale="en")
    for mark in (currency, symbol, symbol[-1:] if symbol.endswith("$") else symbol):
        latin = latin.replace(mark, " ")
    latin = " ".join(latin.split())
    if currency == "INR":
        for _mark in ("before", "after", "/- after the word"):
            latin = RUPEE_MARKS.sub("", latin).strip()
    return re.sub(r"(?<=\d) (?=\d{3}\b)", "", latin)
