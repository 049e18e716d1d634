"""What the operator reads while a command runs."""

from __future__ import annotations

import contextlib


def say(line: str = "") -> None:
    """Print a line at once. A closed pipe or a full disk behind it must not take the servers down."""
    with contextlib.suppress(OSError):
        print(line, flush=True)
