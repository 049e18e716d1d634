"""docs/explaining.md is made of the sentences themselves: when one changes, so must the other."""

from __future__ import annotations

import os
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from django.utils import translation

from desk.explanation.causes import MAY_BE_WRONG, Cause
from desk.explanation.sentences import SENTENCES
from desk.explanation.words import Days, Minutes, Money, Sessions, Visits, in_words

PAGE = Path(__file__).parents[2] / "docs" / "explaining.md"
MAY, FIFTH = date(2027, 5, 3), date(2027, 5, 5)
# One example of every fact that a sentence speaks of.
FACTS = {
    "on": MAY,
    "at": datetime(2027, 5, 3, 10, 30),  # noqa: DTZ001 - the clinic's own clock
    "ended": datetime(2027, 5, 2, 18, 0),  # noqa: DTZ001
    "reason": "wrong package",
    "bill": "B/27-28/000012",
    "sold_on": FIFTH,
    "valid_until": date(2027, 5, 31),
    "back_on": FIFTH,
    "recorded": FIFTH,
    "late": Days(2),
    "service": "Massage",
    "covered": ["Physiotherapy 60 min"],
    "ways": [Sessions(Decimal(2))],
    "to_pay": Money(Decimal(6000), "INR"),
    "open": Sessions(Decimal(4)),
    "who": "Ravi Rao",
    "owner": "Usha Rao",
    "by": "Asha Verma",
    "therapist": "Dr Bose",
    "therapists": ["Dr Anand"],
    "branch": "Bandra",
    "left": Sessions(Decimal("0.5")),
    "other": 12,
    "took": Sessions(Decimal(1)),
    "fee": Money(Decimal(300), "INR"),
    "times": 3,
    "days": Days(12),
    "minutes": Minutes(2),
    "sold": Decimal(10),
    "used": Decimal(7),
    "listed": Visits(6),
    "change": "+ 1 session",
    "sessions": Sessions(Decimal(2)),
    "amount": Money(Decimal(1000), "INR"),
    "last_day": FIFTH,
    "first": MAY,
    "last": date(2027, 5, 15),
    "usual": Days(3),
    "number": 41,
    "visits": Visits(3),
}
SPECIAL = {
    Cause.TWO_ON_ONE_DAY: {"times": ["10:30", "16:00"]},
    Cause.WITHIN_MINUTES: {"days": [MAY, FIFTH]},
    Cause.OPENING_NOT_AGREED: {"left": Decimal(3)},
    Cause.AFTER_EXPIRY: {"valid_until": date(2027, 4, 30)},
    Cause.LAPSED: {"valid_until": date(2027, 5, 2)},
    Cause.COUNTED_AS_SEVERAL: {"service": "Physiotherapy 90 min", "took": Sessions(Decimal(2))},
    Cause.COUNTS_OTHERWISE: {"service": "Physiotherapy 90 min"},
    Cause.COUNTED_IN_PART: {"reason": "only ten minutes", "took": Sessions(Decimal("0.5"))},
    Cause.FREE_OF_CHARGE: {"reason": "trial"},
    Cause.IN_DISPUTE: {"reason": "I was not there"},
    Cause.LET_OFF: {"reason": "was in hospital"},
    Cause.ADJUSTED: {"reason": "goodwill"},
    Cause.REINSTATED: {"reason": "was ill"},
    Cause.TRANSFERRED: {"reason": "asked for it"},
    Cause.CAME_BY_TRANSFER: {"reason": "asked for it"},
    Cause.REFUNDED: {"reason": "moves away"},
    Cause.SUSPENDED_NOW: {"reason": "the cheque bounced"},
}
HEAD = """# Why is it 4? Every cause, and what is said of it

`desk.explanation` looks for these. **?** marks what may be a mistake: it is shown with the button that mends it. The
rest is as it should be, and explains. This table is made by `tests/desk/test_explaining_table.py`
(`WRITE_DOCS=1` writes it anew), so it always says what the program says.

| Cause | | What is read out |
|---|---|---|
"""


def table() -> str:
    with translation.override("en-in"):
        rows = [
            f"| `{cause}` | {'?' if cause in MAY_BE_WRONG else ''} "
            f"| {in_words(SENTENCES[cause], FACTS | SPECIAL.get(cause, {}))} |"
            for cause in Cause
        ]
    return HEAD + "\n".join(rows) + "\n"


def test_the_page_lists_every_cause_with_its_sentence() -> None:
    if os.environ.get("WRITE_DOCS"):
        PAGE.write_text(table(), encoding="utf-8")

    assert PAGE.read_text(encoding="utf-8") == table(), "say WRITE_DOCS=1 and read what changed"


def test_every_cause_is_built_by_a_test() -> None:
    tests = "".join(
        path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_explanation_*.py")
    )

    missing = [cause for cause in Cause if f"Cause.{cause.name}" not in tests]

    assert missing == []
