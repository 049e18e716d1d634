"""How instalments stand, in a sentence of the active language."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from clinic.templatetags.ui import money
from clinic.ui.words import day

from .instalment_states import Schedule, State

ZERO = Decimal(0)
TONES = {State.PAID: "good", State.DUE: "warn", State.OVERDUE: "bad"}


def summary(schedule: Schedule, currency: str) -> str:
    """2,000 due on 5 June; 3 of 5 paid."""
    counts = {"paid": schedule.paid_count, "count": schedule.asked_count}
    if schedule.next is None:
        return _("%(paid)s of %(count)s instalments paid") % counts
    return _("%(next)s; %(paid)s of %(count)s paid") % {"next": next_words(schedule, currency), **counts}


def next_words(schedule: Schedule, currency: str) -> str:
    """What is to be paid next: all that is overdue, else the first that is not paid."""
    part = schedule.next
    assert part is not None
    overdue = sum((each.left for each in schedule.overdue), ZERO)
    facts = {"amount": money(overdue or part.left, currency), "day": day(part.due_on)}
    if overdue:
        return _("%(amount)s overdue since %(day)s") % facts
    if part.state == State.DUE:
        return _("%(amount)s due today") % facts
    return _("%(amount)s due on %(day)s") % facts


def tone(state: State) -> str:
    """The tone of a pill."""
    return TONES.get(state, "")
