"""Every rule of the terms with its sentence: which fields it speaks of, and how it is read out.

A field of Terms that no rule speaks of fails the tests, and so does a clause that is cited and has no sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from . import clause_money as money
from . import clause_sentences as say
from .deals import Deal

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True)
class Rule:
    """A clause: its code, its title, the fields of Terms it speaks of, and its sentence for a deal.

    No sentence means that there is nothing to say of this deal.
    """

    code: str
    title: _StrPromise
    fields: tuple[str, ...]
    sentence: Callable[[Deal], str]


RULES = (
    Rule("sold", _("What is sold"), ("name",), say.sold),
    Rule("services", _("Other services"), (), say.services),
    Rule("price", _("Price"), ("price",), money.price),
    Rule(
        "validity",
        _("Validity"),
        ("validity_count", "validity_unit", "validity_start", "longest_count", "longest_unit"),
        say.validity,
    ),
    Rule("activation", _("From when it can be used"), ("activation",), say.activation),
    Rule("sharing", _("Who may use it"), ("sharing", "named_limit"), say.sharing),
    Rule("branches", _("Branches"), ("where", "branch_ids"), say.branches),
    Rule("therapists", _("Therapists"), ("therapist_ids",), say.therapists),
    Rule(
        "late_cancel",
        _("Cancelling late"),
        ("late_cancel_hours", "late_cancel_takes", "late_cancel_fee"),
        money.late_cancel,
    ),
    Rule("no_show", _("Not coming"), ("no_show_takes", "no_show_fee"), money.no_show),
    Rule("free_pass", _("Free passes"), ("free_passes",), say.free_pass),
    Rule("freeze", _("Freezing"), ("freeze_limit",), say.freeze),
    Rule("extension", _("Extension"), (), say.extension),
    Rule("closure", _("When the clinic is closed"), (), say.closure),
    Rule("transfer", _("Transfer"), ("transfer_rule",), say.transfer),
    Rule("refund", _("Refund"), ("refund_rule", "refund_fee", "list_rate"), money.refund),
    Rule("renewal", _("Renewal"), ("renews_monthly", "carries_over"), say.renewal),
    Rule("suspension", _("If a payment does not go through"), (), say.suspension),
    Rule("void", _("If it was sold by mistake"), (), say.void),
)
