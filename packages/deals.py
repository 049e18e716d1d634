"""What was agreed, as facts: what the sentences of the terms are made from, and nothing of the database's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from babel.lists import format_list
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from clinic.money import format_money
from clinic.ui.words import reader_locale, session_count

from .models.terms import Terms
from .plans import Line

HALF, ONE, ZERO = Decimal("0.5"), Decimal(1), Decimal(0)


@dataclass(frozen=True)
class Deal:
    """Terms with the lines and names that they speak of, and the dates where it is known when it was sold."""

    terms: Terms
    lines: Sequence[Line]
    currency: str
    branches: Sequence[str] = ()
    therapists: Sequence[str] = ()
    sold_at: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    has_own_last_day: bool = False
    list_price: Decimal | None = None

    @property
    def paid_sessions(self) -> Decimal:
        """Sessions that cost something: bonus lines are worth nothing."""
        return sum((line.sessions for line in self.lines if not line.is_bonus), ZERO)

    @property
    def has_bonus(self) -> bool:
        return any(line.is_bonus for line in self.lines)

    def money(self, amount: Decimal) -> str:
        """An amount as it is read out."""
        return format_money(amount, self.currency, get_language() or "en-in")


def sessions_in_words(sessions: Decimal) -> str:
    """Half a session, 1 session, 1.5 sessions."""
    if sessions == HALF:
        return _("half a session")
    words = ngettext("%(count)s session", "%(count)s sessions", 1 if sessions == ONE else 2)
    return words % {"count": session_count(sessions)}


def listed(parts: Sequence[str], style: Literal["standard", "or"] = "standard") -> str:
    """A, B and C; with the style "or": A, B or C."""
    return str(format_list(list(parts), style=style, locale=reader_locale()))
