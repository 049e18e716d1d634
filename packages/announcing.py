"""What the apps above do when something happens to a package: in the same transaction, so that both happen or neither.

An app says what it listens to when it is ready, as it says how its enclosures are made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Listener = Callable[[Any], None]
_listeners: dict[str, list[Listener]] = {}


def listen(verb: str, listener: Listener) -> None:
    """Have the listener called with what each act of this name has written. Called once, when the app is ready."""
    _listeners.setdefault(verb, []).append(listener)


def announce(verb: str, written: Any) -> None:
    """Tell who listens. Called by the act, last."""
    for listener in _listeners.get(verb, ()):
        listener(written)
