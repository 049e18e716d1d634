"""A WhatsApp that lives on 127.0.0.1 and behaves like the real one: messages, media, signed webhooks, mishaps."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from clinic.messages import accounts, doorbell
from clinic.models import ChannelAccount, Clinic
from tests.factories import owner_of

NUMBER_ID, TOKEN, APP_SECRET, VERIFY = "106540352242922", "token-of-asha", "app-secret", "our-own-word"
PATIENCE_SECONDS = 5


class FakeWhatsApp:
    """Keeps what it has taken. `mishaps` are used up one by one: an HTTP status; a code such as ("code", 131026);
    "slow": taken, and answered too late; "dropped": taken, and the line goes dead; "away": dead at once."""

    def __init__(self, server: HTTPServer) -> None:
        self.taken: list[dict[str, Any]] = []
        self.media: list[bytes] = []
        self.mishaps: list[Any] = []
        self.asked = 0
        self.before: Any = lambda: None
        self.release = threading.Event()
        self._numbers = count(1)
        self._lock = threading.Lock()
        self.url = server.url_for("").rstrip("/")
        server.expect_request(re.compile(r"/v\d+\.\d/\d+/.*")).respond_with_handler(self._answer)

    @property
    def times(self) -> Counter[str]:
        """How often each of our messages reached its patient."""
        return Counter(each["biz_opaque_callback_data"] for each in self.taken)

    def named(self, wamid: str) -> dict[str, Any]:
        return next(each for each in self.taken if each["id"] == wamid)

    def _answer(self, request: Request) -> Response:
        self.before()
        with self._lock:
            self.asked += 1
            mishap = self.mishaps.pop(0) if self.mishaps else None
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return says(401, {"error": {"code": 190, "message": "Invalid OAuth access token"}})
        match mishap:
            case int():
                return says(
                    mishap, {"error": {"message": f"mishap {mishap}", "code": 0 if mishap == 401 else None}}
                )
            case ("code", int(code)):
                return says(400, {"error": {"code": code, "message": f"(#{code}) Refused"}})
            case "away":
                return _dead(request)
        answer = self._take(request)
        if mishap == "slow":
            self.release.wait(PATIENCE_SECONDS)
        return _dead(request) if mishap == "dropped" else answer

    def _take(self, request: Request) -> Response:
        if request.path.endswith("/media"):
            self.media.append(request.files["file"].read())
            return says(200, {"id": f"media-{len(self.media)}"})
        with self._lock:
            name = f"wamid.{next(self._numbers):06}"
            self.taken.append({**json.loads(request.data), "id": name})
        return says(200, {"messaging_product": "whatsapp", "messages": [{"id": name}]})


def status(message: dict[str, Any], what: str = "delivered", **facts: Any) -> dict[str, Any]:
    """A status of a message that was taken, as webhooks tell it."""
    known = {"id": message["id"], "recipient_id": message["to"], "status": what, "timestamp": now()}
    return known | {"biz_opaque_callback_data": message["biz_opaque_callback_data"]} | facts


def text(
    words: str, *, sender: str = "919820011111", name: str = "wamid.in.1", **facts: Any
) -> dict[str, Any]:
    """A message that somebody wrote to the clinic."""
    return {"from": sender, "id": name, "timestamp": now(), "type": "text", "text": {"body": words}} | facts


def told(*, number_id: str = NUMBER_ID, **lists: list[Any]) -> bytes:
    """A webhook's body, of `statuses` and `messages`."""
    value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": number_id}, **lists}
    changes = [{"field": "messages", "value": value}]
    return json.dumps(
        {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]}
    ).encode()


def send(body: bytes, *, clinic: str = "asha", secret: str = APP_SECRET, **headers: str) -> Any:
    """The webhook as WhatsApp posts it."""
    signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": signature} | headers
    url = reverse("hook_whatsapp", args=[clinic])
    return Client().post(url, body, content_type="application/json", headers=headers)


def now() -> str:
    return str(int(timezone.now().timestamp()))


def says(code: int, answer: Any) -> Response:
    return Response(json.dumps(answer), status=code, content_type="application/json")


def account(clinic: Clinic, **secrets: str) -> ChannelAccount:
    """The clinic's account at the fake. Must be called inside the clinic."""
    return accounts.set_up(
        "whatsapp",
        facts={"phone_number_id": NUMBER_ID},
        secrets={"access_token": TOKEN, "app_secret": APP_SECRET, "verify_token": VERIFY} | secrets,
        by=owner_of(clinic),
        at=timezone.now(),
    )


def _dead(request: Request) -> Response:
    request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    return Response(status=200)


@pytest.fixture
def whatsapp(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeWhatsApp]:
    """The API on 127.0.0.1; nobody rings."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setattr(doorbell, "ring", lambda *turn: None)
    with HTTPServer(host="127.0.0.1", threaded=True) as server:
        made = FakeWhatsApp(server)
        settings.WHATSAPP_URL = made.url
        yield made
        made.release.set()
