"""Asking the provider for what is due: links, cancellations, how they stand, refunds.

Every step is a transaction of its own, and none is open while the provider is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from billing.gateways import accounts, due, links
from billing.gateways.interface import (
    Declined,
    Gateway,
    GatewayError,
    LinkAsked,
    NotLetIn,
    Silent,
    Told,
)
from billing.models import GatewayAccount, GatewayRefund, PaymentLink
from clinic.models import Clinic
from clinic.tenancy.context import clinic_context

from .hearing import hear

log = structlog.get_logger(__name__)
State = PaymentLink.State
Checked = GatewayAccount.Checked


def ask_next(clinic: Clinic) -> bool:
    """Ask for one thing that is due in this clinic; says whether there was one."""
    return _test(clinic) or _link(clinic) or _refund(clinic)


def _test(clinic: Clinic) -> bool:
    with clinic_context(clinic.pk):
        account = accounts.account()
        if account is None or account.checked != Checked.WANTED:
            return False
        gateway = _gateway(account)
    checked = _tested(gateway)
    with clinic_context(clinic.pk):
        accounts.record_test(account, checked, timezone.now())
    return True


def _tested(gateway: Gateway | None) -> str:
    if gateway is None:
        return Checked.REFUSED
    try:
        gateway.check()
    except Silent:
        return Checked.UNREACHABLE
    except GatewayError:
        return Checked.REFUSED
    return Checked.FINE


def _link(clinic: Clinic) -> bool:
    with clinic_context(clinic.pk):
        link = due.claim(PaymentLink, timezone.now())
        if link is None:
            return False
        ask = _wish_of(link, clinic)
        gateway = _gateway(accounts.account())
    told = _answer(ask, gateway, link, clinic)
    if told:
        with clinic_context(clinic.pk):
            _take_in_link(link, told, clinic, timezone.now())
    return True


def _wish_of(link: PaymentLink, clinic: Clinic) -> Callable[[Gateway], Told]:
    """What the provider is asked for, by how the link stands."""
    if link.state == State.WANTED:
        asked = _asked(link, clinic)
        # An earlier attempt may have gone through without our hearing of it.
        return lambda gateway: gateway.create_link(asked, perhaps_made=link.attempts > 1)
    if link.state == State.OPEN and link.cancel_wanted_at:
        return lambda gateway: _cancelled(gateway, link.provider_id)
    return lambda gateway: gateway.fetch(link.provider_id)


def _cancelled(gateway: Gateway, link_id: str) -> Told:
    try:
        return gateway.cancel_link(link_id)
    except Declined:  # it was paid, or is over: see how it stands
        return gateway.fetch(link_id)


def _asked(link: PaymentLink, clinic: Clinic) -> LinkAsked:
    back = reverse("desk:payment_return", args=[clinic.slug, link.pk])
    return LinkAsked(
        link.reference,
        link.amount,
        link.currency,
        links.description_of(link, clinic),
        link.expires_at,
        settings.SITE_URL + back,
    )


def _take_in_link(link: PaymentLink, told: Told, clinic: Clinic, at: datetime) -> None:
    hear(told, clinic=clinic, at=at)
    now = PaymentLink.objects.get(pk=link.pk)
    # Where its state has gone on, hearing of it said when to look again.
    next_at = links.next_look(now, at, looked=True) if now.state == link.state else now.due_at
    due.done(link, next_at)


def _refund(clinic: Clinic) -> bool:
    with clinic_context(clinic.pk):
        wanted = due.claim(GatewayRefund, timezone.now())
        if wanted is None:
            return False
        payment, gateway = wanted.payment, _gateway(accounts.account())

    def ask(gateway: Gateway) -> Told:
        if wanted.provider_id:
            return gateway.fetch_refund(payment.reference, wanted.provider_id)
        facts: dict[str, Any] = {"amount": wanted.amount, "currency": wanted.currency}
        return gateway.refund(payment.reference, key=wanted.key, **facts)

    told = _answer(ask, gateway, wanted, clinic)
    if told:
        with clinic_context(clinic.pk):
            now = timezone.now()
            hear(told, clinic=clinic, at=now)
            if not (told.refund.is_done or told.refund.has_failed):
                due.done(wanted, now + due.LONGEST_PAUSE)
    return True


def _answer(ask: Callable[[Gateway], Any], gateway: Gateway | None, row: Any, clinic: Clinic) -> Any:
    """The provider's answer, outside of any transaction; without one it is written down why, and what comes next."""
    try:
        if gateway is None:
            raise NotLetIn(str(accounts.NotSetUp()))
        return ask(gateway)
    except GatewayError as error:
        _write_down(row, error, clinic)
    except Exception as bug:
        # What breaks its worker must not keep the others waiting.
        log.exception("gateway_row_broke_its_worker", row=str(row.pk), clinic=clinic.pk)
        _write_down(row, Silent(type(bug).__name__), clinic)
    return None


def _write_down(row: Any, error: GatewayError, clinic: Clinic) -> None:
    log.warning("gateway_did_not", what=type(row).__name__, error=str(error), clinic=clinic.pk)
    is_new = row.state == "wanted"
    # Later ones may follow an attempt that went through unheard.
    is_first = is_new and row.attempts == 1
    is_too_late = is_new and isinstance(row, PaymentLink) and row.attempts >= due.MOST_ATTEMPTS
    with clinic_context(clinic.pk):
        now = timezone.now()
        if isinstance(error, Declined) or (is_first and isinstance(error, NotLetIn)) or is_too_late:
            due.give_up(row, now, words=str(error))
        else:
            due.again_later(row, now, words=str(error))


def _gateway(account: GatewayAccount | None) -> Gateway | None:
    try:
        return accounts.gateway_of(account)
    except accounts.NotSetUp:
        return None
