"""Links to pay by: asked for and cancelled at the desk or by the patient; what becomes of them the provider says."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from billing.models import BillLine, PaymentLink, PaymentLinkLine
from billing.payments import owed_on
from clinic import audit
from clinic.acts import act
from clinic.keys import hold
from clinic.models import Branch, Clinic, Patient, Staff
from clinic.money import quantise
from clinic.refusals import Refused
from clinic.tenancy.context import current_clinic_id

from . import accounts, doorbell
from .interface import Told

State = PaymentLink.State
ZERO = Decimal(0)
# How soon an open link is asked about, by its age; the webhook is nearly always quicker.
LOOKS = ((timedelta(hours=1), timedelta(minutes=10)), (timedelta(days=1), timedelta(hours=1)))
LATER_LOOKS = timedelta(hours=6)
# A payment begun before the end may come through after it.
LAST_LOOK, AFTER_THE_END = timedelta(days=1), timedelta(minutes=5)


class NothingToPay(Refused):
    def __init__(self) -> None:
        super().__init__(_("Nothing is owed on what was chosen. Choose what the link is for."))


class AmountDoesNotFit(Refused):
    def __init__(self) -> None:
        super().__init__(_("The amount must be more than 0 and not more than what is owed."))


class NotLive(Refused):
    def __init__(self, link: PaymentLink) -> None:
        super().__init__(
            _("This link is %(state)s; there is nothing to cancel.") % {"state": link.get_state_display()}
        )


@act
def ask_for_link(
    patient: Patient,
    *,
    lines: Sequence[BillLine],
    branch: Branch,
    clinic: Clinic,
    at: datetime,
    by: Staff | None,
    key: uuid.UUID,
    amount: Decimal | None = None,
) -> PaymentLink:
    """Write down a link for what is owed on these lines now, or for a part of it; a worker asks the provider for it.

    The same key twice is the same link. Refuses where online payments are off, where nothing is owed, and an amount
    that is more than that.
    """
    hold(key)
    if made := PaymentLink.objects.filter(key=key).first():
        return made
    if not accounts.is_on():
        raise accounts.NotSetUp
    owed = [line for line in owed_on(lines) if line.owed > 0]  # type: ignore[attr-defined]
    most = sum((line.owed for line in owed), ZERO)  # type: ignore[attr-defined]
    wanted = most if amount is None else amount
    if not most:
        raise NothingToPay
    if not 0 < wanted <= most or wanted != quantise(wanted, clinic.currency):
        raise AmountDoesNotFit
    facts = {"currency": clinic.currency, "by": by, "key": key, "due_at": at}
    link = PaymentLink.objects.create(
        patient=patient, branch=branch, amount=wanted, expires_at=at + PaymentLink.VALID, **facts
    )
    PaymentLinkLine.objects.bulk_create(
        PaymentLinkLine(link=link, line=line, position=n, owed=line.owed)  # type: ignore[attr-defined]
        for n, line in enumerate(owed, 1)
    )
    audit.record("ask_for_link", link, by=by, after={"amount": wanted, "patient": patient.pk})
    ring()
    return link


@act
def cancel_link(link: PaymentLink, *, by: Staff | None, at: datetime) -> PaymentLink:
    """Nobody shall pay by it any more. Twice is once. One that the provider knows is cancelled there by a worker;
    money that comes in before that is the patient's all the same. Refuses a link that is over."""
    kept: PaymentLink = PaymentLink.objects.select_for_update(no_key=True).get(pk=link.pk)
    if kept.cancel_wanted_at or kept.state == State.CANCELLED:
        return kept
    if not kept.is_live:
        raise NotLive(kept)
    kept.cancel_wanted_at, kept.due_at = at, at
    if kept.state == State.WANTED and not kept.attempts:  # the provider was never asked
        kept.state, kept.due_at = State.CANCELLED, None
    kept.save(update_fields=["cancel_wanted_at", "due_at", "state"])
    audit.record("cancel_link", kept, by=by, after={"state": kept.state})
    ring()
    return kept


def take_in(link: PaymentLink, told: Told, at: datetime) -> None:
    """What was said of a link becomes its state, as far as that goes on. The link is locked."""
    changed = []
    for name, said in (("provider_id", told.link_id), ("short_url", told.short_url)):
        if said and not getattr(link, name):
            setattr(link, name, said)
            changed.append(name)
    if told.link_state and link.goes_on_to(told.link_state) and link.provider_id:
        link.state, link.last_words = told.link_state, ""
        link.due_at = next_look(link, at)
        changed += ["state", "last_words", "due_at"]
    if changed:
        link.save(update_fields=changed)


def next_look(link: PaymentLink, at: datetime, *, looked: bool = False) -> datetime | None:
    """When the provider is asked about the link again, in case that its webhook was missed; None for no more."""
    match link.state:
        case State.OPEN if link.cancel_wanted_at:
            return at
        case State.OPEN if at < link.expires_at + LAST_LOOK:
            pause = next((pause for age, pause in LOOKS if at < link.created_at + age), LATER_LOOKS)
            end = link.expires_at + AFTER_THE_END
            return min(at + pause, end) if at < end else at + pause
        case State.EXPIRED | State.CANCELLED if not looked:
            return at + LAST_LOOK
    return None


def lines_of(link: PaymentLink) -> list[PaymentLinkLine]:
    """What the link is for, in its order."""
    rows = PaymentLinkLine.objects.filter(link=link).select_related("line__bill").order_by("position")
    return list(rows)


def description_of(link: PaymentLink, clinic: Clinic) -> str:
    """What the patient reads at the provider: the clinic and the bills. Nothing clinical, and no name."""
    bills = dict.fromkeys(row.line.bill.name for row in lines_of(link))
    return f"{clinic.name}: {', '.join(bills)}"[:250]


def ring() -> None:
    """Ring for the worker once this is committed."""
    transaction.on_commit(partial(doorbell.ring, current_clinic_id()), robust=True)
