import os
import time
import uuid


def uuid7() -> uuid.UUID:
    """A time-ordered id (RFC 9562), made before the insert. Python 3.14 brings uuid.uuid7()."""
    milliseconds = time.time_ns() // 1_000_000
    noise = int.from_bytes(os.urandom(10), "big")
    high, low = noise >> 68, noise & ((1 << 62) - 1)
    return uuid.UUID(int=(milliseconds << 80) | (0x7 << 76) | (high << 64) | (0b10 << 62) | low)
