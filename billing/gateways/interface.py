"""What the program asks of a payment provider, and how it is answered. Nothing here knows which one it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID


class GatewayError(Exception):
    """The provider did not do what was asked. str() is what it said."""


class Silent(GatewayError):
    """No answer, or "not now". It may have been done all the same: ask before asking again."""


class NotLetIn(GatewayError):
    """The keys are refused."""


class Declined(GatewayError):
    """It said no, and will say so again."""


class NotGenuine(GatewayError):
    """A message that the provider did not sign, or that nobody can read."""


@dataclass(frozen=True)
class LinkAsked:
    """A link to be made. `reference` is ours; the provider keeps it and takes it once."""

    reference: str
    amount: Decimal
    currency: str
    description: str
    expires_at: datetime
    callback_url: str


@dataclass(frozen=True)
class PaymentTold:
    """A payment, by the provider's name of it."""

    id: str
    amount: Decimal
    currency: str
    is_captured: bool
    at: datetime


@dataclass(frozen=True)
class RefundTold:
    """Money that goes back. `key` is that of our own wish; empty where it was made at the provider."""

    id: str
    payment_id: str
    amount: Decimal
    currency: str
    is_done: bool
    has_failed: bool
    at: datetime
    key: str = ""


@dataclass(frozen=True)
class DisputeTold:
    """A bank questions a payment. `takes_money` where it takes the amount back, for now or for good."""

    id: str
    payment_id: str
    amount: Decimal
    currency: str
    takes_money: bool
    is_won: bool
    at: datetime


@dataclass(frozen=True)
class Told:
    """One thing that the provider said, by webhook or as an answer: its words, the names in it, and what it means."""

    event_id: str
    kind: str
    body: str
    reference: str = ""
    link_id: str = ""
    short_url: str = ""
    link_state: str = ""  # of PaymentLink.State; empty where it says nothing of a link
    payments: list[PaymentTold] = field(default_factory=list)
    refund: RefundTold | None = None
    dispute: DisputeTold | None = None

    @property
    def payment_id(self) -> str:
        """The payment that it is about."""
        if about := self.refund or self.dispute:
            return about.payment_id
        captured = sorted(self.payments, key=lambda each: not each.is_captured)
        return captured[0].id if captured else ""


class Gateway(Protocol):
    """A provider's account. Every method but `read_webhook` waits for the network and raises a GatewayError."""

    def create_link(self, asked: LinkAsked, *, perhaps_made: bool) -> Told:
        """Make a link; with `perhaps_made` look first whether the reference has one."""

    def cancel_link(self, link_id: str) -> Told: ...

    def fetch(self, link_id: str) -> Told:
        """The link as it is now, with its payments."""

    def refund(self, payment_id: str, *, amount: Decimal, currency: str, key: UUID) -> Told:
        """Give back part of a payment. The same key twice is the same refund."""

    def fetch_refund(self, payment_id: str, refund_id: str) -> Told: ...

    def check(self) -> None:
        """Ask for something small, to see that the keys are good."""

    def read_webhook(self, body: bytes, *, signature: str, event_id: str) -> Told:
        """What a message says. Raises NotGenuine where its signature is not by our secret."""
