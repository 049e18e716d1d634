"""WhatsApp by its Cloud API (developers.facebook.com/docs/whatsapp/cloud-api).

Outside of 24 hours after the patient's last word WhatsApp takes approved templates only. Where the clinic has named the
template of a wording it is sent, with the wording's names as named parameters; else the text, which WhatsApp refuses
when it may not go, so that the next channel has it. Our own id travels with each message and comes back in its reports.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from django.conf import settings

from clinic.models import Message, Wording

from .accounts import Account
from .channels import Busy, NotLetIn, NotSent, Refusal, Unreachable
from .enclosures import Enclosure
from .personal import put_link
from .providers import TIMEOUT_SECONDS, Answer, asked
from .wording import NAME

LONGEST_TEXT, LONGEST_CAPTION = 4096, 1024
# The name of a template may be followed by its language, as in "few_left:en_US".
LANGUAGES = {"en-in": "en", "hi": "hi"}
# A template cannot leave out a line, and an empty parameter is refused.
NOTHING = "–"

# developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes
KEYS_REFUSED = frozenset({0, 3, 10, 190, 368, 131005, 131031, 131042, 131045, 133010, *range(200, 300)})
TOO_MANY = frozenset({4, 80007, 130429, 131048})
TOO_MANY_TO_ONE = frozenset({131056})
NOT_AT_WORK = frozenset({1, 2, 131000, 131016, 131057, 133004})
NO_SUCH_NUMBER_OF_OURS = (
    100,
    33,
)  # a code and its subcode: the phone number id, or the right to it, is wrong


@dataclass(frozen=True)
class Template:
    """What WhatsApp has approved: its name there, its language, and what it is filled with."""

    name: str
    language: str
    names: tuple[str, ...]


class WhatsApp:
    """One account, open for a turn."""

    def __init__(self, account: Account, templates: Mapping[tuple[str, str], Template]) -> None:
        self._templates = templates
        self._client = httpx.Client(
            base_url=f"{settings.WHATSAPP_URL}/{account.of('version')}/{account.of('phone_number_id')}",
            headers={"Authorization": f"Bearer {account.of('access_token')}"},
            timeout=TIMEOUT_SECONDS,
        )

    def send(self, message: Message, text: str, enclosure: Enclosure | None, *, link: str) -> str:
        paper = self._paper(enclosure) if enclosure else None
        template = self._templates.get((message.kind, message.language))
        if template:
            said = _by_template(template, message, paper, link)
        elif paper:
            said = {"type": "document", "document": {**paper, "caption": text[:LONGEST_CAPTION]}}
        else:
            said = {"type": "text", "text": {"body": text[:LONGEST_TEXT]}}
        to = {"messaging_product": "whatsapp", "to": message.address.removeprefix("+")}
        answer = self._ask("messages", json=to | said | {"biz_opaque_callback_data": str(message.pk)})
        try:
            return str(answer.body["messages"][0]["id"])[:120]
        except (LookupError, TypeError) as error:
            raise NotSent(f"{answer.status} {answer.words}") from error

    def close(self) -> None:
        self._client.close()

    def _paper(self, enclosure: Enclosure) -> dict[str, str]:
        """Hand over the file, and get its number."""
        file = {"file": (enclosure.name, enclosure.content, enclosure.kind)}
        answer = self._ask("media", data={"messaging_product": "whatsapp"}, files=file)
        try:
            return {"id": str(answer.body["id"]), "filename": enclosure.name}
        except (LookupError, TypeError) as error:
            raise NotSent(f"{answer.status} {answer.words}") from error

    def _ask(self, path: str, **sent: Any) -> Answer:
        answer = asked(self._client, "POST", path, **sent)
        if 200 <= answer.status < 300:
            return answer
        raise _said_no(answer)


def templates_of(wordings: Iterable[Wording]) -> dict[tuple[str, str], Template]:
    """The approved templates that a clinic has named, by kind and language."""
    found = {}
    for wording in wordings:
        name, _colon, language = wording.template.partition(":")
        names = tuple(dict.fromkeys(NAME.findall(wording.body)))
        template = Template(name, language or LANGUAGES.get(wording.language, wording.language), names)
        found[wording.kind, wording.language] = template
    return found


def _by_template(
    template: Template, message: Message, paper: dict[str, str] | None, link: str
) -> dict[str, Any]:
    """With a paper the template must have been approved with a document at its head."""
    components: list[dict[str, Any]] = []
    if paper:
        components.append({"type": "header", "parameters": [{"type": "document", "document": paper}]})
    if template.names:
        parameters = [
            {"type": "text", "parameter_name": name, "text": _value(message, name, link)}
            for name in template.names
        ]
        components.append({"type": "body", "parameters": parameters})
    facts = {"name": template.name, "language": {"code": template.language}, "components": components}
    return {"type": "template", "template": facts}


def _value(message: Message, name: str, link: str) -> str:
    """On one line, as WhatsApp asks for it."""
    return " ".join(put_link(str(message.fields.get(name, "")), link).split()) or NOTHING


def _said_no(answer: Answer) -> NotSent:
    error = answer.body.get("error") if isinstance(answer.body, dict) else None
    error = error if isinstance(error, dict) else {}
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    details = error.get("error_data")
    more = details.get("details") if isinstance(details, dict) else ""
    words = f"{code or answer.status} {more or error.get('message') or answer.words}"
    if code in TOO_MANY_TO_ONE:
        return NotSent(words)
    if code in TOO_MANY or answer.status == 429:
        return Busy(words)
    if code in KEYS_REFUSED or answer.status in {401, 403} or (code, subcode) == NO_SUCH_NUMBER_OF_OURS:
        return NotLetIn(words)
    if code in NOT_AT_WORK or not 400 <= answer.status < 500 or answer.status == 408:
        return Unreachable(words)
    return Refusal(words)


def _number(value: object) -> int | None:
    """None where there is none; 0 is a code of its own."""
    return value if isinstance(value, int) else None
