"""A provider of SMS that lives on 127.0.0.1: takes a form, JSON or an address, and each of our ids once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from clinic.messages import accounts, doorbell
from clinic.models import ChannelAccount, Clinic
from tests.factories import owner_of

KEY = "key-of-asha"


class FakeSms:
    """Keeps what it has taken, by our id. `answers` are used up one by one: a status; a body; or a status and
    words, for a message that was taken all the same ("{text}" stands for what it says)."""

    def __init__(self, server: HTTPServer) -> None:
        self.taken: dict[str, dict[str, str]] = {}
        self.asked: list[Request] = []
        self.answers: list[int | tuple[int, str] | dict[str, Any]] = []
        self.url = server.url_for("/send")
        server.expect_request("/send").respond_with_handler(self._answer)

    def _answer(self, request: Request) -> Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if self.answers else {"data": {"id": f"sms-{len(self.asked)}"}}
        if request.headers.get("authkey") != KEY:
            return Response("Invalid key", 403)
        if isinstance(answer, int):
            return Response(f"mishap {answer}", answer, headers={"Location": self.url})
        said = json.loads(request.data) if request.is_json else (request.form or request.args).to_dict()
        self.taken.setdefault(request.headers["Idempotency-Key"], said)
        if isinstance(answer, tuple):
            return Response(answer[1].format(text=said["message"]), answer[0])
        return Response(json.dumps(answer), 200, content_type="application/json")


def account(clinic: Clinic, fake: FakeSms, *, login: str = f"authkey: {KEY}", **facts: str) -> ChannelAccount:
    """The clinic's account at the fake. Must be called inside the clinic."""
    known = {"url": fake.url, "sender": "ASHAPT", "answer_field": "data.id"}
    return accounts.set_up(
        "sms", facts=known | facts, secrets={"login": login}, by=owner_of(clinic), at=timezone.now()
    )


@pytest.fixture
def sms(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSms]:
    """The provider on 127.0.0.1, which is allowed here; nobody rings."""
    monkeypatch.setattr(doorbell, "ring", lambda *turn: None)
    settings.ALLOW_PRIVATE_PROVIDERS = True
    with HTTPServer(host="127.0.0.1", threaded=True) as server:
        yield FakeSms(server)
