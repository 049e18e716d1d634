"""What opens a package that waits for money: so much for the next session, or the instalment that is due next (S45)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from billing.instalment_states import Part, by_package
from clinic.models import Clinic
from clinic.templatetags.ui import money
from clinic.ui.words import day
from packages.eligibility import Fit, Why

MONEY = frozenset({Why.NOT_PAID, Why.NOT_PAID_ENOUGH})


def asking(fits: Sequence[Fit], clinic: Clinic) -> dict[UUID, str]:
    """For each package that does not cover because of money, a sentence that says what to take."""
    waiting = {fit.package.pk: reason for fit in fits for reason in fit.reasons if reason.why in MONEY}
    packages = [fit.package for fit in fits if fit.package.pk in waiting]
    schedules = by_package(packages, clinic=clinic, on=clinic.today())
    said = {}
    for package_id, reason in waiting.items():
        schedule = schedules.get(package_id)
        part = schedule.next if schedule else None
        if reason.why == Why.NOT_PAID:
            said[package_id] = _in_full(reason.facts["to_pay"], part, clinic.currency)
        else:
            said[package_id] = _for_the_next(reason.facts["needed"], part, clinic.currency)
    return said


def _for_the_next(needed: Decimal, part: Part | None, currency: str) -> str:
    if part is None or part.left < needed:
        return _("Take %(needed)s for it.") % {"needed": money(needed, currency)}
    facts = {"needed": money(needed, currency)} | _instalment(part, currency)
    return _("Take %(needed)s for it, or the instalment of %(day)s (%(amount)s).") % facts


def _in_full(to_pay: Decimal, part: Part | None, currency: str) -> str:
    if part is None:
        return _("%(to_pay)s is still to pay.") % {"to_pay": money(to_pay, currency)}
    facts = {"to_pay": money(to_pay, currency)} | _instalment(part, currency)
    return _("%(to_pay)s is still to pay; the next instalment is that of %(day)s (%(amount)s).") % facts


def _instalment(part: Part, currency: str) -> dict[str, str]:
    return {"day": day(part.due_on), "amount": money(part.left, currency)}
