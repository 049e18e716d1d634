import os
import secrets
import time
import uuid


def uuid7() -> uuid.UUID:
    """A time-ordered id (RFC 9562), made before the insert. Python 3.14 brings uuid.uuid7()."""
    milliseconds = time.time_ns() // 1_000_000
    noise = int.from_bytes(os.urandom(10), "big")
    high, low = noise >> 68, noise & ((1 << 62) - 1)
    return uuid.UUID(int=(milliseconds << 80) | (0x7 << 76) | (high << 64) | (0b10 << 62) | low)


def unguessable() -> str:
    """128 bits that nobody can guess, as 22 signs that may stand in an address."""
    return secrets.token_urlsafe(16)
