"""A pay rule and a line of pay in words."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from clinic.money import format_money

from .models import PayLine, PayRule

# What the example of a rule is worth.
EXAMPLE = Decimal(1000)
Kind = PayRule.Kind


def rate(rule: PayRule | None, currency: str) -> str:
    """₹400.00 a session; 40 %; nothing where no rule held."""
    if rule is None:
        return _("no rule")
    if rule.kind == Kind.AS_USUAL:
        return str(rule.get_kind_display())
    if rule.kind == Kind.PERCENT:
        return _("%(percent)s %% of the value") % {"percent": f"{rule.percent.normalize():f}"}
    return _("%(amount)s a session") % {"amount": _money(rule.amount, currency)}


def example(rule: PayRule, currency: str) -> str:
    """What the rule comes to: a session worth ₹1,000.00, tax included, pays ₹400.00, half a one ₹200.00."""
    if rule.kind == Kind.AS_USUAL:
        return _("This service is paid by the rule for every service.")
    whole, half = (rule.pays(EXAMPLE * part, part) for part in (Decimal(1), Decimal("0.5")))
    facts = {name: _money(amount, currency) for name, amount in _amounts(whole, half).items()}
    return _("A session worth %(worth)s, tax included, pays %(whole)s, half of it %(half)s.") % facts


def besides(rule: PayRule, currency: str) -> str:
    """What the rule does with sessions that nobody pays for, and with those to which nobody came."""
    if rule.kind == Kind.AS_USUAL:
        return ""
    free = rule.pays(Decimal(0), Decimal(1))
    if free:
        said = _("A free one pays %(amount)s.") % {"amount": _money(free, currency)}
    else:
        said = _("A free one pays nothing.")
    if rule.pays_absences:
        return (
            said + " " + _("A session taken because the patient did not come is paid like one that was held.")
        )
    return said + " " + _("A session taken because the patient did not come is not paid.")


def what(line: PayLine) -> str:
    """What kind of line it is."""
    if line.reverses_id:
        return _("Taken back")
    if line.entry is not None:
        return str(line.entry.get_kind_display()) if line.is_absence else _("From a package")
    return _("Paid singly") if line.value else _("Free of charge")


def _amounts(whole: Decimal, half: Decimal) -> dict[str, Decimal]:
    return {"worth": EXAMPLE, "whole": whole, "half": half}


def _money(amount: Decimal, currency: str) -> str:
    return format_money(amount, currency, get_language() or "en-in")
