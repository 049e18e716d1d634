"""How a link stands: what it is for, what came in by it and what went back."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from billing.gateways import links
from billing.models import GatewayEvent, GatewayRefund, Method, Payment, PaymentLink, PaymentLinkLine
from billing.payments import with_left


@dataclass(frozen=True)
class Stands:
    """A link's lines, its payments with what is `left` of each, and their refunds."""

    lines: list[PaymentLinkLine]
    payments: list[Payment]
    refunds: list[GatewayRefund]

    @property
    def left(self) -> Decimal:
        return sum((payment.left for payment in self.payments), Decimal(0))  # type: ignore[attr-defined]


def stands(link: PaymentLink) -> Stands:
    """As of now."""
    payments = payments_of(link)
    refunds = GatewayRefund.objects.filter(payment__in=payments).order_by("created_at")
    return Stands(links.lines_of(link), payments, list(refunds) if payments else [])


def payments_of(link: PaymentLink) -> list[Payment]:
    """What came in by the link: payments that the provider named together with it."""
    events = GatewayEvent.objects.filter(reference=link.reference)
    if link.provider_id:
        events |= GatewayEvent.objects.filter(link_id=link.provider_id)
    names = events.exclude(payment_id="").values("payment_id")
    found = with_left().filter(method=Method.GATEWAY, reference__in=names)
    return list(found.order_by("received_on", "id"))
