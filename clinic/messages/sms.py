"""SMS by any provider that takes a message as one HTTP request. The clinic says what the provider calls things.

Our own id goes with each message, as a field and as `Idempotency-Key`: a provider that heeds either sends it once.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from clinic.models import Message

from .accounts import Account
from .channels import Busy, NotLetIn, NotSent, Refusal, Unreachable
from .enclosures import Enclosure
from .providers import Answer, asked, public_client

AS = {"POST": "data", "JSON": "json", "GET": "params"}


class Sms:
    """One account, open for a turn."""

    def __init__(self, account: Account) -> None:
        self._account = account
        lines = (line.partition("=") for line in account.of("templates").splitlines())
        self._templates = {kind.strip(): number.strip() for kind, _equals, number in lines}

    def send(self, message: Message, text: str, enclosure: Enclosure | None, *, link: str) -> str:
        """An SMS carries no paper: it says its text, and the patient's own link leads to the rest."""
        account, name = self._account, str(message.pk)
        header, _colon, login = account.of("login").partition(":")
        method = account.of("method")
        sent: dict[str, Any] = {AS[method]: self._said(message, text)}
        headers = {header.strip(): login.strip(), "Idempotency-Key": name}
        with public_client() as client:
            verb = "GET" if method == "GET" else "POST"
            answer = asked(client, verb, account.of("url"), headers=headers, **sent)
        if not 200 <= answer.status < 300:
            raise _said_no(answer)
        # An id for each attempt: what is reported of one says nothing about the next.
        return self._name(answer) if account.of("answer_field") else str(message.attempt or name)

    def close(self) -> None:
        """Nothing is kept open: each message may go to another address of the provider."""

    def _said(self, message: Message, text: str) -> dict[str, str]:
        of = self._account.of
        said = {
            of("number_field"): message.address if of("plus") else message.address.removeprefix("+"),
            of("text_field"): text,
            of("id_field"): str(message.pk),
        }
        if of("sender"):
            said[of("sender_field")] = of("sender")
        if template := self._templates.get(message.kind):
            said[of("template_field")] = template
        return said

    def _name(self, answer: Answer) -> str:
        """The provider's id. An answer without one says that something is wrong, with the message or with the name of
        the field; asking again would send it again where it is the field."""
        found, field = answer.body, self._account.of("answer_field")
        for part in field.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        if not isinstance(found, (str, int)) or found == "":
            said = {"field": field, "answer": f"{answer.status} {answer.words}"}
            raise Refusal(_("The provider’s answer has no “%(field)s”: %(answer)s") % said)
        return str(found)[:120]


def _said_no(answer: Answer) -> NotSent:
    words = f"{answer.status} {answer.words}"
    if answer.status in {401, 403}:
        return NotLetIn(words)
    if answer.status == 429:
        return Busy(words)
    if answer.status in {404, 405, 408, 425} or not 400 <= answer.status < 500:
        return Unreachable(words)
    return Refusal(words)
