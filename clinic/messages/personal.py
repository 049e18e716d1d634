"""The personal link inside a message. Only its hash is kept, so what a message says holds a mark in its place, and the
link is made anew, the same one, each time the message is sent or shown to who sends it by hand."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from clinic.models import Clinic, Message
from clinic.patients.links import token_for_messages, tokens_for_messages

MARK = re.compile(r"\[\[link(?::([^\]\s]*))?\]\]")


def mark(path: str = "") -> str:
    """What stands in a body for the link, or for a page behind it, such as "visits/…/"."""
    return f"[[link:{path}]]" if path else "[[link]]"


def with_link(text: str, message: Message, *, clinic: Clinic, at: datetime) -> str:
    """The text with the patient's own link in it. Must be called inside the clinic."""
    if not MARK.search(text):
        return text
    return put_link(text, address_for(message, clinic=clinic, at=at))


def with_links(messages: Iterable[Message], *, clinic: Clinic, at: datetime) -> dict[UUID, str]:
    """What each of the messages says with its patient's own link in it. Must be called inside the clinic."""
    messages = list(messages)
    marked = [message for message in messages if MARK.search(message.body)]
    tokens = tokens_for_messages({each.patient_id: each.patient for each in marked}.values(), at=at)
    texts = {each.pk: put_link(each.body, _address(tokens[each.patient_id], clinic)) for each in marked}
    return {each.pk: texts.get(each.pk, each.body) for each in messages}


def address_for(message: Message, *, clinic: Clinic, at: datetime) -> str:
    """The patient's own link. Must be called inside the clinic."""
    return _address(token_for_messages(message.patient, at=at), clinic)


def put_link(text: str, address: str) -> str:
    """The text with this address in the place of its marks."""
    return MARK.sub(lambda match: address + (match[1] or ""), text)


def without_link(text: str, words: str) -> str:
    """The text as it may be shown to anybody who works here: `words` stand for the link."""
    return MARK.sub(words, text)


def _address(token: str, clinic: Clinic) -> str:
    return settings.SITE_URL + reverse("desk:portal", args=[clinic.slug, token])
