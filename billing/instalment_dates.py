"""A schedule as it is proposed: a deposit today and so many equal parts after it. No clock, no database."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.money import places, quantise, split
from clinic.refusals import Refused
from clinic.templatetags.ui import money

ZERO = Decimal(0)
MOST = 24
LONGEST = timedelta(days=3 * 366)


class InstalmentsRefused(Refused):
    """The schedule does not fit; the sentence says why."""


class Every(TextChoices):
    WEEK = "week", gettext_lazy("every week")
    FORTNIGHT = "fortnight", gettext_lazy("every 2 weeks")
    MONTH = "month", gettext_lazy("every month")


@dataclass(frozen=True)
class Due:
    """So much, due on that day."""

    on: date
    amount: Decimal


def proposal(
    total: Decimal, *, deposit: Decimal, count: int, first_on: date, every: str, today: date, currency: str
) -> list[Due]:
    """The deposit today, if any, and the rest in `count` equal parts, which add up to the last coin.

    Refuses a deposit that leaves nothing, no or more than 24 parts, parts below one coin, and days that do not fit.
    """
    if deposit >= total:
        raise InstalmentsRefused(_("The deposit is all that is to be paid. Leave the instalments out."))
    if not 1 <= count <= MOST:
        raise InstalmentsRefused(_("There are between 1 and %(most)d further instalments.") % {"most": MOST})
    if not today < first_on <= today + LONGEST:
        raise InstalmentsRefused(
            _("The first instalment is due after today, and within three years. The deposit is paid today.")
        )
    parts = split(total - deposit, [1] * count, places(currency))
    rows = [Due(on, part) for on, part in zip(days(first_on, every, count), parts, strict=True)]
    rows = [Due(today, deposit), *rows] if deposit else rows
    refuse_rows(rows, owed=total, today=today, currency=currency)
    return rows


def days(first: date, every: str, count: int) -> list[date]:
    """So many days from the first on; by months on the day of the first, or the last where a month has none (S31)."""
    match Every(every):
        case Every.WEEK:
            return [first + timedelta(weeks=n) for n in range(count)]
        case Every.FORTNIGHT:
            return [first + timedelta(weeks=2 * n) for n in range(count)]
        case Every.MONTH:
            return [_months_after(first, n) for n in range(count)]


def refuse_rows(rows: Sequence[Due], *, owed: Decimal, today: date, currency: str) -> None:
    """Refuse what the database would refuse too, in a sentence: see billing/migrations/0009_instalments.py."""
    if not 1 <= len(rows) <= MOST + 1:
        raise InstalmentsRefused(_("There are between 1 and %(most)d further instalments.") % {"most": MOST})
    if any(row.amount <= 0 for row in rows):
        raise InstalmentsRefused(_("Every instalment is more than 0."))
    if any(row.amount != quantise(row.amount, currency) for row in rows):
        raise InstalmentsRefused(_("An amount is finer than the smallest coin."))
    if rows[0].on < today:
        raise InstalmentsRefused(_("No instalment can be due before today."))
    if any(later.on <= row.on for row, later in pairwise(rows)):
        raise InstalmentsRefused(_("Each instalment is due later than the one before it. Look at the days."))
    if rows[-1].on > today + LONGEST:
        raise InstalmentsRefused(_("The last instalment is due within three years."))
    total = sum((row.amount for row in rows), ZERO)
    if total != owed:
        raise InstalmentsRefused(
            _("The instalments come to %(total)s, and %(owed)s is to be paid. Correct an amount.")
            % {"total": money(total, currency), "owed": money(owed, currency)}
        )


def _months_after(day: date, count: int) -> date:
    years, month = divmod(day.month - 1 + count, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
