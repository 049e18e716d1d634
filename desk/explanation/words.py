"""Facts in the words of a sentence: days, times, sessions and lists, in the active language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from clinic.money import format_money
from clinic.ui.words import day, session_count


@dataclass(frozen=True)
class Sessions:
    """So many sessions, as words: “1 session”, “2.5 sessions”."""

    count: Decimal

    def __str__(self) -> str:
        count = abs(self.count)
        if count == Decimal("0.5"):
            return _("half a session")
        words = ngettext("%(count)s session", "%(count)s sessions", 1 if count == 1 else 2)
        return words % {"count": session_count(count)}


@dataclass(frozen=True)
class Days:
    """So many days, as words."""

    count: int

    def __str__(self) -> str:
        return ngettext("%(n)d day", "%(n)d days", self.count) % {"n": self.count}


@dataclass(frozen=True)
class Minutes:
    count: int

    def __str__(self) -> str:
        return ngettext("%(n)d minute", "%(n)d minutes", self.count) % {"n": self.count}


@dataclass(frozen=True)
class Visits:
    count: int

    def __str__(self) -> str:
        return ngettext("%(n)d visit", "%(n)d visits", self.count) % {"n": self.count}


@dataclass(frozen=True)
class Money:
    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return format_money(self.amount, self.currency, get_language() or "en-in")


def in_words(sentence: str | Promise, facts: Mapping[str, Any]) -> str:
    """The sentence with its facts filled in."""
    return str(sentence) % {name: word(fact) for name, fact in facts.items()}


def word(fact: Any) -> str:
    """A fact as it is said. A moment is said as the clock of the clinic had it: pass it local."""
    if isinstance(fact, datetime):
        return _("%(day)s at %(time)s") % {"day": day(fact.date()), "time": f"{fact:%H:%M}"}
    if isinstance(fact, date):
        return day(fact)
    if isinstance(fact, Decimal):
        return session_count(fact)
    if isinstance(fact, (list, tuple)):
        return listed([word(each) for each in fact])
    return str(fact)


def listed(words: list[str]) -> str:
    """“a, b and c”."""
    if len(words) < 2:
        return "".join(words)
    return _("%(first)s and %(last)s") % {"first": ", ".join(words[:-1]), "last": words[-1]}
