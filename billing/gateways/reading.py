"""What Razorpay's words mean: webhooks and answers alike carry its entities (razorpay.com/docs/webhooks).

Pure functions of the text, so that what was stored can be read again in another order.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from billing.models import PaymentLink
from clinic.money import places

from .interface import DisputeTold, NotGenuine, PaymentTold, RefundTold, Told

State = PaymentLink.State
LINK_STATES = {
    "created": State.OPEN,
    "partially_paid": State.OPEN,
    "paid": State.PAID,
    "expired": State.EXPIRED,
    "cancelled": State.CANCELLED,
}
# A retrieval or a fraud notice asks; from the chargeback on the money is held back or taken.
ASKS_ONLY = {"retrieval", "fraud"}
OUR_NOTE = "ginti"


def minor(amount: Decimal, currency: str) -> int:
    """The amount in the currency's smallest unit, as Razorpay writes it."""
    return int(amount.scaleb(places(currency)))


def told_by_webhook(body: str, *, event_id: str) -> Told:
    """Raises NotGenuine for what is no event."""
    try:
        event = json.loads(body)
        payload = {name: part["entity"] for name, part in event.get("payload", {}).items()}
        return _told(event["event"], payload, body, event_id)
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, OSError) as error:
        raise NotGenuine(f"no event: {type(error).__name__}") from error


def told_by_answer(link: dict[str, Any]) -> Told:
    """A link as an API call answered, as if it were an event: the same link in the same state is the same event."""
    paid = f"{link.get('amount_paid') or 0}:{len(link.get('payments') or [])}"
    return _answer("payment_link", link, f"{link['status']}:{paid}")


def told_by_refund(refund: dict[str, Any]) -> Told:
    """A refund as an API call answered, in the same way."""
    return _answer("refund", refund, refund["status"])


def refund_of(entity: dict[str, Any]) -> RefundTold:
    status = entity.get("status", "")
    return RefundTold(
        entity["id"],
        entity["payment_id"],
        *_money(entity),
        is_done=status == "processed",
        has_failed=status == "failed",
        at=_moment(entity),
        key=_note(entity),
    )


def _answer(name: str, entity: dict[str, Any], standing: str) -> Told:
    body = json.dumps({"event": "answer", "payload": {name: {"entity": entity}}})
    return told_by_webhook(body, event_id=f"answer:{entity['id']}:{standing}")


def _told(kind: str, payload: dict[str, Any], body: str, event_id: str) -> Told:
    link, payment = payload.get("payment_link") or {}, payload.get("payment") or {}
    return Told(
        event_id,
        kind,
        body,
        reference=link.get("reference_id") or _note(link) or _note(payment),
        link_id=link.get("id") or _link_of(payment),
        short_url=link.get("short_url") or "",
        link_state=LINK_STATES.get(link.get("status") or "", ""),
        payments=_payments(link, payment),
        refund=refund_of(payload["refund"]) if payload.get("refund") else None,
        dispute=_dispute(kind, payload["dispute"]) if payload.get("dispute") else None,
    )


def _payments(link: dict[str, Any], payment: dict[str, Any]) -> list[PaymentTold]:
    if payment:
        captured = bool(payment.get("captured")) or payment.get("status") in {"captured", "refunded"}
        return [PaymentTold(payment["id"], *_money(payment), captured, _moment(payment))]
    return [
        PaymentTold(
            each["payment_id"],
            *_money({"currency": link["currency"]} | each),
            each.get("status") == "captured",
            _moment(each),
        )
        for each in link.get("payments") or []
    ]


def _dispute(kind: str, entity: dict[str, Any]) -> DisputeTold:
    status = entity.get("status") or kind.rpartition(".")[2]
    is_won = status in {"won", "closed"}
    takes = not is_won and (status == "lost" or entity.get("phase") not in ASKS_ONLY)
    return DisputeTold(
        entity["id"],
        entity["payment_id"],
        *_money(entity),
        takes_money=takes,
        is_won=is_won,
        at=_moment(entity),
    )


def _money(entity: dict[str, Any]) -> tuple[Decimal, str]:
    currency = str(entity["currency"])
    return Decimal(int(entity["amount"])).scaleb(-places(currency)), currency


def _moment(entity: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(int(entity["created_at"]), UTC)


def _note(entity: dict[str, Any]) -> str:
    notes = entity.get("notes")
    return str(notes.get(OUR_NOTE, "")) if isinstance(notes, dict) else ""  # an empty one is a list


def _link_of(payment: dict[str, Any]) -> str:
    """The payment of a link is described by the link's name: #FOGqq3O6E5bkml for plink_FOGqq3O6E5bkml."""
    description = str(payment.get("description") or "")
    return f"plink_{description[1:]}" if description.startswith("#") and len(description) <= 35 else ""
