"""Numbers, names and days as people read them."""

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal

from babel import Locale
from babel.dates import format_date
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

MINUS = "\u2212"
DAY_PATTERNS = {
    "short": "d MMM",
    "medium": "d MMM y",
    "long": "EEEE, d MMMM",
    "full": "EEEE, d MMMM y",
    "month": "MMM y",
}
# English as it is written in a country that puts the month first.
DAY_PATTERNS_OF = {
    "en_US": {
        "short": "MMM d",
        "medium": "MMM d, y",
        "long": "EEEE, MMMM d",
        "full": "EEEE, MMMM d, y",
        "month": "MMM y",
    }
}


def session_count(sessions: Decimal | float | str | None) -> str:
    """4 for 4.0, 7.5 for 7.50; nothing for None."""
    if sessions is None or sessions == "":
        return ""
    count = Decimal(str(sessions)).normalize()
    return f"{count:f}".replace("-", MINUS)


def signed_count(sessions: Decimal | float | str | None) -> str:
    """+10, −1, 0: a change of the count, with a real minus sign."""
    words = session_count(sessions)
    return f"+{words}" if words and Decimal(str(sessions)) > 0 else words


def with_minutes(service: str, minutes: int) -> str:
    """Physiotherapy · 60 min; a name that says so itself is not told twice."""
    if re.search(rf"(?<!\d){minutes}(?!\d)", service):
        return service
    return f"{service} · {_('%(minutes)s min') % {'minutes': minutes}}"


def initials(name: str) -> str:
    """The first letters of the first and the last name; a Devanagari letter keeps its vowel sign."""
    words = [word for word in name.split() if word[0].isalpha()]
    ends = words if len(words) < 2 else [words[0], words[-1]]
    return "".join(_first_letter(word) for word in ends).upper()


def _first_letter(word: str) -> str:
    end = 1
    while end < len(word) and unicodedata.category(word[end]).startswith("M"):
        end += 1
    return word[:end]


def day(moment: date | datetime | None, style: str = "medium") -> str:
    """A day in the reader's language: 31 May 2027; `short`, `long`, `full` and `month` exist too."""
    if moment is None or moment == "":
        return ""
    if isinstance(moment, datetime) and timezone.is_aware(moment):
        moment = timezone.localtime(moment)
    locale = reader_locale()
    patterns = DAY_PATTERNS_OF.get(str(locale), DAY_PATTERNS)
    return str(format_date(moment, patterns[style], locale=locale))


def reader_locale() -> Locale:
    """The Babel locale of the language that is active now."""
    return Locale.parse((get_language() or "en-in").replace("-", "_"))
