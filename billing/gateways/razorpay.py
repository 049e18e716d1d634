"""Razorpay by its HTTP API: Payment Links, refunds, webhooks (razorpay.com/docs/api)."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
from django.conf import settings

from .interface import Declined, LinkAsked, NotGenuine, NotLetIn, Silent, Told
from .reading import OUR_NOTE, minor, told_by_answer, told_by_refund, told_by_webhook

TIMEOUT_SECONDS = 10
# Worth asking again: it is busy with the same request, or has too many.
NOT_NOW = {408, 409, 425, 429}
LINKS = "/v1/payment_links"


@dataclass(frozen=True, repr=False)
class Razorpay:
    """One account. Amounts travel in the currency's smallest unit."""

    key_id: str
    key_secret: str
    webhook_secret: str

    def create_link(self, asked: LinkAsked, *, perhaps_made: bool) -> Told:
        """Raises Declined also where the reference has a link of another amount; that cannot be ours."""
        if perhaps_made and (made := self._made(asked.reference)):
            return made
        return told_by_answer(self._ask("POST", LINKS, json=_wanted(asked)))

    def cancel_link(self, link_id: str) -> Told:
        return told_by_answer(self._ask("POST", f"{LINKS}/{link_id}/cancel"))

    def fetch(self, link_id: str) -> Told:
        return told_by_answer(self._ask("GET", f"{LINKS}/{link_id}"))

    def refund(self, payment_id: str, *, amount: Decimal, currency: str, key: UUID) -> Told:
        wanted = {"amount": minor(amount, currency), "receipt": key.hex, "notes": {OUR_NOTE: key.hex}}
        headers = {"X-Refund-Idempotency": key.hex}
        return told_by_refund(
            self._ask("POST", f"/v1/payments/{payment_id}/refund", json=wanted, headers=headers)
        )

    def fetch_refund(self, payment_id: str, refund_id: str) -> Told:
        return told_by_refund(self._ask("GET", f"/v1/payments/{payment_id}/refunds/{refund_id}"))

    def check(self) -> None:
        self._ask("GET", LINKS, params={"count": 1})

    def read_webhook(self, body: bytes, *, signature: str, event_id: str) -> Told:
        if not is_signed(body, signature, self.webhook_secret):
            raise NotGenuine("signature")
        try:
            words = body.decode()
        except UnicodeDecodeError as error:
            raise NotGenuine("encoding") from error
        return told_by_webhook(words, event_id=event_id or f"body:{hashlib.sha256(body).hexdigest()}")

    def _made(self, reference: str) -> Told | None:
        found = self._ask("GET", LINKS, params={"reference_id": reference}).get("payment_links") or []
        return next((told_by_answer(link) for link in found if link.get("reference_id") == reference), None)

    def _ask(self, method: str, path: str, **sent: Any) -> dict[str, Any]:
        try:
            with httpx.Client(
                base_url=settings.RAZORPAY_URL, auth=(self.key_id, self.key_secret), timeout=TIMEOUT_SECONDS
            ) as client:
                response = client.request(method, path, **sent)
                answer = response.json() if response.content else {}
        except (httpx.HTTPError, ValueError) as error:
            raise Silent(type(error).__name__) from error
        if response.is_success and isinstance(answer, dict):
            return answer
        raise _said_no(response.status_code, answer)


def is_signed(body: bytes, signature: str, secret: str) -> bool:
    """HMAC SHA-256 of the raw body, in hexadecimal; compared in constant time."""
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode(errors="replace"))


def _wanted(asked: LinkAsked) -> dict[str, Any]:
    """Nothing of the patient: who has the link pays, and we write to the patient ourselves."""
    return {
        "amount": minor(asked.amount, asked.currency),
        "currency": asked.currency,
        "accept_partial": False,
        "reference_id": asked.reference,
        "description": asked.description,
        "expire_by": int(asked.expires_at.timestamp()),
        "callback_url": asked.callback_url,
        "callback_method": "get",
        "notify": {"sms": False, "email": False},
        "reminder_enable": False,
        "notes": {OUR_NOTE: asked.reference},
    }


def _said_no(status: int, answer: Any) -> Silent | NotLetIn | Declined:
    words = answer.get("error", {}).get("description") if isinstance(answer, dict) else ""
    said = f"{status} {words or ''}".strip()
    if status in {401, 403}:
        return NotLetIn(said)
    if status in NOT_NOW or status >= 500 or status < 400:
        return Silent(said)
    return Declined(said)
