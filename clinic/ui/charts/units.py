"""What the figures of a chart count: short beside what is drawn, exact where somebody asks for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

from babel.numbers import format_compact_currency, format_currency
from django.utils.translation import gettext as _

from clinic.money import format_money
from clinic.ui.words import MINUS, reader_locale, session_count

LAKH, CRORE = Decimal(10**5), Decimal(10**7)
BY_LAKH = (3, 2)  # how digits are grouped where one counts in lakh: 12,40,400
LONG = Decimal(10_000)  # from here on an amount is told in thousands and millions
SMALL = Decimal(1_000)  # below, nothing is rounded


class Unit(Protocol):
    """How a chart's figures are written; `whole` says that there are no parts of one."""

    @property
    def whole(self) -> bool: ...

    def short(self, value: Decimal) -> str: ...

    def exact(self, value: Decimal) -> str: ...


@dataclass(frozen=True, slots=True)
class Amount:
    """Money: ₹12.4 lakh or $1.2M as the reader's country counts; ₹12,40,400.50 in full."""

    currency: str
    whole: bool = False

    def short(self, value: Decimal) -> str:
        size = abs(value)
        if size < SMALL and value % 1:
            return self.exact(value)
        if reader_locale().decimal_formats[None].grouping == BY_LAKH:
            return self._indian(value, size)
        return self._compact(value) if size >= LONG else self._with(value, "#,##0")

    def exact(self, value: Decimal) -> str:
        return format_money(value, self.currency, str(reader_locale()))

    def _indian(self, value: Decimal, size: Decimal) -> str:
        if size >= CRORE:
            return _("%(amount)s crore") % {"amount": self._with(value / CRORE, "#,##,##0.#")}
        if size >= LAKH:
            return _("%(amount)s lakh") % {"amount": self._with(value / LAKH, "#,##,##0.#")}
        return self._with(value, "#,##,##0")

    def _compact(self, value: Decimal) -> str:
        words = format_compact_currency(value, self.currency, locale=reader_locale(), fraction_digits=1)
        return str(words).replace("-", MINUS)

    def _with(self, value: Decimal, digits: str) -> str:
        """The amount with the sign of its currency where the locale puts it, rounded to these digits."""
        locale = reader_locale()
        usual = locale.currency_formats["standard"].pattern.split(";")[0]
        pattern = re.sub(r"[#0,.]+", digits, usual)
        parts = Decimal("0.1") if digits.endswith(".#") else Decimal(1)
        rounded = value.quantize(parts, rounding=ROUND_HALF_UP)
        words = format_currency(rounded, self.currency, pattern, locale=locale, currency_digits=False)
        return str(words).replace("-", MINUS)


@dataclass(frozen=True, slots=True)
class Count:
    """Things that are counted: visits, packages; sessions too, which come in halves."""

    whole: bool = True

    def short(self, value: Decimal) -> str:
        return session_count(value)

    def exact(self, value: Decimal) -> str:
        return session_count(value)


@dataclass(frozen=True, slots=True)
class Percent:
    """Shares of a hundred."""

    whole: bool = True

    def short(self, value: Decimal) -> str:
        return f"{session_count(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))} %"

    def exact(self, value: Decimal) -> str:
        return f"{session_count(value.quantize(Decimal('0.1'), rounding=ROUND_HALF_UP))} %"


def signed(words: str, value: Decimal) -> str:
    """A change: +₹5,000, −₹600, ₹0."""
    return f"+{words}" if value > 0 else words
