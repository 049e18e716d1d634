"""What stops a start: one line that says what is wrong and what mends it."""

from __future__ import annotations

import errno


class Failure(Exception):
    """The start cannot go on; the message is the one line the operator reads."""


def explain_full_disk(error: Exception) -> str:
    """The line for an error that reached the top. A full disk may surface anywhere, so it is named here."""
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    if full or "No space left on device" in str(error):
        return "The disk is full. Free some space and start again."
    if isinstance(error, OSError):
        return f"{error.strerror or error}: {error.filename}" if error.filename else str(error)
    return str(error)
