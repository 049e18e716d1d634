"""Somebody at a browser, without the browser: signs in, fills in forms, and sends an act until it is acknowledged."""

from __future__ import annotations

import time
from contextlib import suppress
from html.parser import HTMLParser
from http.client import HTTPConnection, HTTPException
from http.cookies import SimpleCookie
from typing import NamedTuple
from urllib.parse import urlencode

from desk.demo.people import PASSWORD

PATIENCE = 60.0  # seconds until the server must be back
ALWAYS = ("key", "csrfmiddlewaretoken")
Fields = dict[str, str]


class Answer(NamedTuple):
    status: int
    location: str
    text: str


class Client:
    """A session of its own. Every fifth act it hangs up on the answer and sends it again, as on a bad line.

    `interrupted` counts the requests that got no answer or a server error, `reminded` the acknowledgements that
    were those of an earlier request with the same key.
    """

    def __init__(self, port: int, email: str) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}
        self.acts = self.interrupted = self.reminded = 0
        form = self.form("/accounts/login/", having="password")
        signed_in = self.ask("POST", "/accounts/login/", form | {"login": email, "password": PASSWORD})
        assert signed_in.status == 302, signed_in
        assert "/accounts/" not in signed_in.location, signed_in

    def act(self, page: str, *, only: tuple[str, ...] = (), **typed: str) -> str:
        """Open the form and send it, the same key each time, until it is acknowledged; where that leads to."""
        form = self.form(page)
        fields = {name: form[name] for name in only or form} | typed
        self.acts += 1
        if self.acts % 5 == 0:
            with suppress(OSError):
                self._sent("POST", page, fields).close()
        answer = self.ask("POST", page, fields)
        assert answer.status in {302, 303}, (page, fields, answer)
        assert "/accounts/" not in answer.location, (page, answer)
        self.reminded += answer.status == 303
        return answer.location

    def form(self, page: str, *, having: str = "key") -> Fields:
        """What the first form with such a field would send if nothing were typed."""
        answer = self.ask("GET", page)
        assert answer.status == 200, (page, answer)
        read = Forms()
        read.feed(answer.text)
        return next(form for form in read.forms if having in form)

    def ask(self, method: str, path: str, fields: Fields | None = None) -> Answer:
        """As often as it takes."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                answer = self._once(method, path, fields or {})
            except (OSError, HTTPException) as error:
                answer = Answer(0, "", repr(error))
            if 0 < answer.status < 500:
                return answer
            self.interrupted += 1
            assert time.monotonic() < deadline, (path, answer)
            time.sleep(0.5)

    def _once(self, method: str, path: str, fields: Fields) -> Answer:
        connection = self._sent(method, path, fields)
        try:
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return Answer(answer.status, answer.headers.get("Location", ""), text)

    def _sent(self, method: str, path: str, fields: Fields) -> HTTPConnection:
        """The request is on its way; the answer can be read from the connection."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookies}
        try:
            connection.request(method, path, urlencode(fields), headers)
        except OSError:
            connection.close()
            raise
        return connection


class Forms(HTMLParser):
    """The forms of a page, each with the fields that would be sent."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Fields] = [{}]
        self._choosing = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        form, name, value = self.forms[-1], has.get("name", ""), has.get("value", "")
        if tag == "form":
            self.forms.append({})
        elif tag == "select":
            self._choosing = name
        elif tag == "option" and (self._choosing not in form or "selected" in has):
            form[self._choosing] = value
        elif tag == "textarea":
            form[name] = ""
        elif tag == "input" and name and (has.get("type") not in {"checkbox", "radio"} or "checked" in has):
            form[name] = value

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.forms.append({})  # what follows belongs to none
