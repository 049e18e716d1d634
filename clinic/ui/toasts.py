"""What was done, said once on the next page, with a button that takes it back."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest

from clinic.keys import new_key


@dataclass(frozen=True)
class Undo:
    """Where to send what takes it back, and the key to send along."""

    url: str
    key: str


def say_done(request: HttpRequest, sentence: str, *, undo_url: str) -> None:
    """Say what was done and offer to take it back by a POST to this address of ours."""
    messages.success(request, sentence, extra_tags=f"{undo_url} {new_key()}")


def undo_of(message: Message) -> Undo | None:
    """The way back that a message carries, if any."""
    url, _space, key = (message.extra_tags or "").partition(" ")
    try:
        return Undo(url, str(UUID(key))) if url.startswith("/") else None
    except ValueError:
        return None
