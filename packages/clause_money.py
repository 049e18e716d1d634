"""The sentences of the rules that take something or give it back: price, late, not coming, refund."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .deals import Deal, sessions_in_words
from .models.terms import RefundRule, Takes


def price(deal: Deal) -> str:
    amount, before = deal.terms.price, deal.list_price
    if amount is None:  # a plan of which it is not typed yet
        return ""
    if before is not None and before > amount:
        facts = {
            "price": deal.money(amount),
            "before": deal.money(before),
            "discount": deal.money(before - amount),
        }
        return _("The price is %(price)s: %(before)s less a discount of %(discount)s.") % facts
    if not amount:
        return _("It costs nothing.")
    return _("The price is %(price)s.") % {"price": deal.money(amount)}


def late_cancel(deal: Deal) -> str:
    """From when a cancellation is late, and what it takes: a session or a fee, never both (S49, S51)."""
    terms = deal.terms
    if terms.late_cancel_takes == Takes.NOTHING:
        return _("A visit may be cancelled at any time; that takes nothing.")
    facts = {
        "late": _late(terms.late_cancel_hours),
        "takes": _takes(deal, terms.late_cancel_takes, terms.late_cancel_fee),
    }
    return _("%(late)s it takes %(takes)s. Before that it takes nothing.") % facts


def _late(hours: int) -> str:
    if not hours:
        return _("If a visit is cancelled after it should have begun,")
    words = ngettext(
        "If a visit is cancelled less than %(hours)d hour before it begins,",
        "If a visit is cancelled less than %(hours)d hours before it begins,",
        hours,
    )
    return words % {"hours": hours}


def no_show(deal: Deal) -> str:
    terms = deal.terms
    if terms.no_show_takes == Takes.NOTHING:
        return _("A visit to which the patient does not come takes nothing.")
    takes = _takes(deal, terms.no_show_takes, terms.no_show_fee)
    return _("If the patient does not come to a visit, it takes %(takes)s.") % {"takes": takes}


def _takes(deal: Deal, takes: str, fee: Decimal) -> str:
    match Takes(takes):
        case Takes.HALF:
            return _("half a session")
        case Takes.ONE:
            return _("one session")
        case Takes.FEE:
            return _("a fee of %(fee)s, and no session") % {"fee": deal.money(fee)}
        case Takes.NOTHING:
            return _("nothing")


def refund(deal: Deal) -> str:
    """The arithmetic of a refund in words (S39 to S41, S44)."""
    terms = deal.terms
    rule = RefundRule(terms.refund_rule)
    if terms.price is None or not deal.lines:  # a plan of which that is not typed yet
        return ""
    if rule == RefundRule.NONE:
        return _("Nothing is paid back.")
    if not deal.paid_sessions:
        return _("Nothing is paid back: bonus sessions are worth nothing.")
    if rule == RefundRule.LIST_RATE:
        sentence = _(
            "Unused sessions are paid back: what was received, less the list rate for each session used (%(rate)s)."
        )
    else:
        sentence = _(
            "Unused sessions are paid back: what was received, less the rate paid for each session used (%(rate)s)."
        )
    said = [sentence % {"rate": _rate(deal, rule)}]
    if rule == RefundRule.FEE:
        said.append(_("Of that a fee of %(fee)s is kept.") % {"fee": deal.money(terms.refund_fee)})
    if rule != RefundRule.RATE_PAID:
        said.append(_("It is never less than nothing."))
    if deal.has_bonus:
        said.append(_("Bonus sessions go with it."))
    return " ".join(said)


def _rate(deal: Deal, rule: RefundRule) -> str:
    terms = deal.terms
    if rule == RefundRule.LIST_RATE and terms.list_rate is not None:
        return _("%(amount)s a session") % {"amount": deal.money(terms.list_rate)}
    whole = deal.list_price if rule == RefundRule.LIST_RATE else terms.price
    facts = {
        "amount": deal.money(whole or Decimal(0)),
        "sessions": sessions_in_words(deal.paid_sessions),
    }
    return _("%(amount)s for %(sessions)s") % facts
