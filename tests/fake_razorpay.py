"""A Razorpay that lives on 127.0.0.1 and behaves like the real one: links, refunds, signed webhooks, and mishaps."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from billing.gateways import doorbell, razorpay

KEY, SECRET, WEBHOOK_SECRET = "rzp_test_asha", "secret-of-the-key", "secret-of-the-webhook"
PATIENCE_SECONDS = 5


class FakeRazorpay:
    """Keeps what it is asked for. `mishaps` are used up one by one: a status, or "lost": done, but not answered."""

    def __init__(self, server: HTTPServer) -> None:
        self.links: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.mishaps: list[int | str] = []
        self.asked: list[str] = []
        self.before: Any = lambda: None
        self.release = threading.Event()
        self._numbers = count(1)
        self.url = server.url_for("").rstrip("/")
        server.expect_request(re.compile("/v1/.*")).respond_with_handler(self._answer)

    def pay(self, link_id: str, *, amount: int | None = None, currency: str = "INR") -> dict[str, Any]:
        """Somebody pays by the link; the payment as webhooks tell it."""
        link = self.links[link_id]
        paid = link["amount"] if amount is None else amount
        payment = self.payment(link_id, amount=paid, currency=currency)
        facts = {"payment_id": payment["id"], "amount": paid, "created_at": payment["created_at"]}
        link["payments"] = [*link["payments"], {**facts, "status": "captured", "method": "upi"}]
        link.update(status="paid", amount_paid=paid)
        return payment

    def payment(self, link_id: str, **facts: Any) -> dict[str, Any]:
        name = f"pay_{next(self._numbers):014}"
        plain = {"id": name, "status": "captured", "captured": True, "notes": [], "created_at": now()}
        return plain | {"currency": "INR", "description": f"#{link_id.removeprefix('plink_')}"} | facts

    def refund_of(self, payment: dict[str, Any], amount: int, **facts: Any) -> dict[str, Any]:
        name = f"rfnd_{next(self._numbers):014}"
        plain = {"id": name, "payment_id": payment["id"], "amount": amount, "currency": payment["currency"]}
        return plain | {"status": "processed", "notes": [], "created_at": now()} | facts

    def _answer(self, request: Request) -> Response:
        self.asked.append(f"{request.method} {request.path}")
        self.before()
        mishap = self.mishaps.pop(0) if self.mishaps else None
        if isinstance(mishap, int):
            return _says(mishap, {"error": {"description": f"mishap {mishap}"}})
        if request.authorization is None or (
            request.authorization.username,
            request.authorization.password,
        ) != (
            KEY,
            SECRET,
        ):
            return _says(401, {"error": {"description": "Authentication failed"}})
        answer = self._do(request)
        if mishap == "lost":
            self.release.wait(PATIENCE_SECONDS)
        return answer

    def _do(self, request: Request) -> Response:
        sent = json.loads(request.data or "{}")
        match [request.method, *request.path.removeprefix("/v1/").split("/")]:
            case ["POST", "payment_links"]:
                return self._make(sent)
            case ["GET", "payment_links"]:
                wanted = request.args.get("reference_id")
                found = [each for each in self.links.values() if wanted in (None, each["reference_id"])]
                return _says(200, {"payment_links": found})
            case ["GET", "payment_links", link_id] if link_id in self.links:
                return _says(200, self.links[link_id])
            case ["POST", "payment_links", link_id, "cancel"] if link_id in self.links:
                if self.links[link_id]["status"] != "created":
                    return _says(400, {"error": {"description": "cannot be cancelled"}})
                self.links[link_id]["status"] = "cancelled"
                return _says(200, self.links[link_id])
            case ["POST", "payments", payment_id, "refund"]:
                return self._refund(payment_id, sent, request.headers.get("X-Refund-Idempotency", ""))
            case ["GET", "payments", _, "refunds", refund_id] if refund_id in self.refunds:
                return _says(200, self.refunds[refund_id])
        return _says(400, {"error": {"description": "The id provided does not exist"}})

    def _make(self, sent: dict[str, Any]) -> Response:
        if any(each["reference_id"] == sent["reference_id"] for each in self.links.values()):
            return _says(
                400, {"error": {"description": "payment link with given reference_id already exists"}}
            )
        name = f"plink_{next(self._numbers):014}"
        made = {"id": name, "status": "created", "amount_paid": 0, "payments": [], "created_at": now()}
        self.links[name] = sent | made | {"short_url": f"{self.url}/i/{name}"}
        return _says(200, self.links[name])

    def _refund(self, payment_id: str, sent: dict[str, Any], key: str) -> Response:
        for refund in self.refunds.values():
            if refund["key"] == key:
                return _says(200, refund)
        refund = self.refund_of({"id": payment_id, "currency": "INR"}, sent["amount"], notes=sent["notes"])
        self.refunds[refund["id"]] = refund | {"key": key}
        return _says(200, refund)


def event(kind: str, **entities: dict[str, Any]) -> bytes:
    """A webhook's body."""
    payload = {name: {"entity": dict(entity)} for name, entity in entities.items()}
    body = {
        "entity": "event",
        "event": kind,
        "contains": [*entities],
        "payload": payload,
        "created_at": now(),
    }
    return json.dumps(body).encode()


def signature(body: bytes, secret: str = WEBHOOK_SECRET) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def send(body: bytes, event_id: str, *, clinic: str = "asha", **headers: str) -> Any:
    """The webhook as the provider posts it."""
    signed = {"X-Razorpay-Signature": signature(body), "X-Razorpay-Event-Id": event_id} | headers
    url = reverse("desk:gateway_webhook", args=[clinic])
    return Client().post(url, body, content_type="application/json", headers=signed)


def now() -> int:
    return int(datetime.now(UTC).timestamp())


def _says(status: int, answer: dict[str, Any]) -> Response:
    return Response(json.dumps(answer), status=status, content_type="application/json")


@pytest.fixture
def fake(httpserver: HTTPServer, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRazorpay]:
    """The provider on 127.0.0.1; nobody rings, and nobody is waited for long."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setattr(doorbell, "ring", lambda clinic_id: None)
    made = FakeRazorpay(httpserver)
    settings.RAZORPAY_URL = made.url
    yield made
    made.release.set()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(razorpay, "TIMEOUT_SECONDS", 0.3)
