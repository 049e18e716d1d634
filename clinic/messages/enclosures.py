"""What goes with a message and is made when it is sent: each app above says how its own papers are made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Enclosure:
    """A file."""

    name: str
    content: bytes
    kind: str = "application/pdf"


# Given the id of the paper and when the message was written; nothing where it cannot be made.
Maker = Callable[[str, datetime], Enclosure | None]
_makers: dict[str, Maker] = {}


def enclose(kind: str, maker: Maker) -> None:
    """Say how an enclosure "kind:id" is made. Called once, when the app is ready."""
    _makers[kind] = maker


def made(enclosure: str, at: datetime) -> Enclosure | None:
    """The file that a message names, or nothing. Must be called inside the clinic."""
    kind, _colon, key = enclosure.partition(":")
    return _makers[kind](key, at) if kind in _makers else None
