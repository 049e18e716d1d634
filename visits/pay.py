"""What therapists are paid by: a rule from a day on, applied to every session used by the database (0008_pay)."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal

from django.db import OperationalError, connection
from django.utils.translation import gettext as _
from psycopg.errors import LockNotAvailable

from clinic import access, audit
from clinic.acts import act
from clinic.keys import hold
from clinic.models import Clinic, Service, Staff
from clinic.money import places, quantise
from clinic.refusals import Refused
from clinic.ui.words import day

from .models import PayRule

ZERO = Decimal(0)
Kind = PayRule.Kind
# Whoever completes a session behind a rule that waits would wait as well.
PATIENCE = "SET LOCAL lock_timeout = '2s'"


class MonthHasEnded(Refused):
    """What was earned in a month that has ended stands: a statement that was paid never changes by a rule."""

    def __init__(self, first: date) -> None:
        self.first = first
        super().__init__(
            _("Months that have ended stand as they are. Choose a day from %(day)s on.") % {"day": day(first)}
        )


class AmountMissing(Refused):
    """A rule says how much; 0 is an amount too."""

    def __init__(self) -> None:
        super().__init__(_("Write the amount for a session in whole coins, such as 400. It may be 0."))


class PercentMissing(Refused):
    def __init__(self) -> None:
        super().__init__(_("Write the percent, from 0.01 to 100, such as 40 or 33.33."))


class ServiceMissing(Refused):
    def __init__(self) -> None:
        super().__init__(_("Choose the service that is paid as every other one from now on."))


class SessionsAreMarked(Refused):
    """Somebody marks sessions of this person for longer than a glance: no rule comes between."""

    def __init__(self) -> None:
        super().__init__(_("Sessions are being marked at this moment. Try again in a minute."))


@act
def add_pay_rule(
    staff: Staff,
    *,
    kind: PayRule.Kind,
    from_day: date,
    on: date,
    clinic: Clinic,
    by: Staff | None,
    key: uuid.UUID,
    amount: Decimal | None = None,
    percent: Decimal | None = None,
    service: Service | None = None,
    pays_free: bool = True,
    pays_absences: bool = False,
) -> PayRule:
    """Pay somebody by another rule from a day of this month, or of a later one, on; for one service or for every one.

    What they earned from that day on by the rule before is taken back and earned anew, on the same days. The same key
    twice is the same rule. Refuses days of months that have ended, a rule that does not say how much, and to
    wait for longer than two seconds while sessions of theirs are being marked.
    """
    access.require(by, "set_pay")
    hold(key)
    if rule := PayRule.objects.filter(key=key).first():
        return rule
    if from_day < on.replace(day=1):
        raise MonthHasEnded(on.replace(day=1))
    rule = PayRule(
        staff=staff,
        service=service,
        from_day=from_day,
        kind=kind,
        amount=_amount(amount, clinic) if kind == Kind.PER_SESSION else ZERO,
        percent=_percent(percent) if kind == Kind.PERCENT else ZERO,
        places=places(clinic.currency),
        pays_free=pays_free,
        pays_absences=pays_absences,
        by=by,
        key=key,
    )
    if kind == Kind.AS_USUAL and service is None:
        raise ServiceMissing
    _write(rule)
    told = {"staff": staff.pk, "kind": kind, "amount": rule.amount, "percent": rule.percent, "from": from_day}
    told |= {"service": service and service.pk, "free": pays_free, "absences": pays_absences}
    audit.record("add_pay_rule", rule, by=by, after=told)
    return rule


def _write(rule: PayRule) -> None:
    """The database has the pay of that person for itself before it writes (pay_rule_begins)."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(PATIENCE)
        rule.save(force_insert=True)
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise SessionsAreMarked from error
        raise


def _amount(amount: Decimal | None, clinic: Clinic) -> Decimal:
    if amount is None or amount < 0 or amount != quantise(amount, clinic.currency):
        raise AmountMissing
    return amount


def _percent(percent: Decimal | None) -> Decimal:
    if percent is None or not 0 < percent <= 100 or percent != percent.quantize(Decimal("0.01")):
        raise PercentMissing
    return percent
