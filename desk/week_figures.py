"""The figures of an owner's week: what each counts, in one sentence, and whether more of it is better."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from visits.models import Visit

from .week_sources import (
    BILLS,
    BOUNCES,
    DECIDED,
    ENDED,
    LATE_CANCEL,
    LINKS,
    OPENED,
    PACKAGES,
    SCHEDULED,
    VISITS,
    Source,
)
from .week_words import WORDS

Better = Literal["more", "fewer", ""]
EXCEPTIONS, CAPACITY = "exceptions", "capacity"


@dataclass(frozen=True)
class Figure:
    """`which` of the source's rows are counted, or their `amount` added up. `of`: the figure that it is a part of."""

    name: str
    source: Source | None = None
    which: Q = field(default_factory=Q)
    of: str = ""
    amount: str = ""
    is_money: bool = False
    better: Better = ""
    waits: bool = False  # it shows only 14 days later: a week that is not decided is not judged

    @property
    def label(self) -> str | Promise:
        return WORDS[self.name][0]

    @property
    def means(self) -> str | Promise:
        return WORDS[self.name][1]


STATE = Visit.State
WON, MISSED, OPEN = (Q(renewal=outcome) for outcome in ("won", "missed", "open"))
UNPAID = Q(owed__gt=0)

FIGURES = (
    Figure("sold", PACKAGES, amount="sold_for", better="more"),
    Figure("sold_value", PACKAGES, amount="sold_for", is_money=True, better="more"),
    Figure("scheduled", VISITS, SCHEDULED, better="more"),
    Figure("delivered", VISITS, Q(state=STATE.COMPLETED), of="scheduled", better="more"),
    Figure("no_shows", VISITS, Q(state=STATE.NO_SHOW), of="scheduled", better="fewer"),
    Figure("late_cancels", VISITS, LATE_CANCEL, of="scheduled", better="fewer"),
    Figure("unpaid", BILLS, UNPAID, amount="owed", better="fewer"),
    Figure("unpaid_value", BILLS, UNPAID, amount="owed", is_money=True, better="fewer"),
    Figure("bounced", BOUNCES, amount="payment__amount", better="fewer"),
    Figure("links", LINKS, amount="amount", better="fewer"),
    Figure("ended", ENDED),
    Figure("won", ENDED, WON, of="ended", better="more", waits=True),
    Figure("missed", ENDED, MISSED, of="ended", better="fewer", waits=True),
    Figure("open", ENDED, OPEN, of="ended"),
    Figure("opened", OPENED, better="fewer"),
    Figure("decided", DECIDED),
    Figure(EXCEPTIONS, better="fewer"),
    Figure(CAPACITY, better="more"),
)
BY_NAME = {figure.name: figure for figure in FIGURES}
GROUPS = (
    (_("Packages"), ("sold", "sold_value", "ended", "won", "missed", "open")),
    (_("Visits"), ("scheduled", "delivered", "no_shows", "late_cancels", CAPACITY)),
    (_("Money"), ("unpaid", "unpaid_value", "bounced", "links")),
    (_("Trust"), ("opened", "decided", EXCEPTIONS)),
)
