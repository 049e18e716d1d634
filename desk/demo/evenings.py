"""How the days of the demonstration ended: they were closed but for one, and one was short of a note."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal

from clinic.keys import part
from desk.day_close import close_day, listed
from desk.day_close_facts import BranchDay
from desk.day_close_settling import leave_item

from .setting import Setting

FORGOTTEN, SHORT = 17, 9  # so many days ago
A_NOTE = Decimal(200)


def close_evening(day: date, at: datetime, *, setting: Setting, today: date, key: uuid.UUID) -> None:
    """What may stay as it is is looked at and left, the rest stays listed with a reason, and the cash is counted."""
    ago, desk = (today - day).days, setting.desk
    that_day = BranchDay(setting.clinic, setting.branch, day, at)
    happened = that_day.visits or that_day.payments
    if ago == FORGOTTEN or not happened:
        return
    for item in listed(that_day)[0]:
        if item.may_be_left:
            leave_item(item, day=day, branch=setting.branch, at=at, by=desk, key=part(key, item.name))
    expected = that_day.expected_cash
    is_short = ago == SHORT and expected >= A_NOTE
    close_day(
        day=day,
        branch=setting.branch,
        clinic=setting.clinic,
        counted=expected - A_NOTE if is_short else expected,
        difference_reason="The water delivery was paid from the drawer" if is_short else "",
        unsettled_reason="Asking tomorrow morning",
        at=at,
        by=desk,
        key=key,
    )
