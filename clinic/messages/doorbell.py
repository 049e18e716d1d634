"""Ringing for a worker. Nobody waits for the bell, and nothing is lost where it does not ring: the sweep looks every
minute anyway.

Publishing to a broker that accepts and never answers was measured to take 5 s with our time limits and more than a
minute with the defaults, so it is done beside the request and not in it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

import structlog

log = structlog.get_logger(__name__)

EXPIRES_SECONDS = 55

_waiting: set[tuple[int, str]] = set()
_lock = threading.Lock()
_ringing = False


def ring(clinic_id: int, channels: Iterable[str] = ("email",)) -> None:
    """Have the clinic's messages on these channels sent soon. Returns at once and never fails."""
    global _ringing
    with _lock:
        _waiting.update((clinic_id, channel) for channel in channels)
        if _ringing:
            return
        _ringing = True
    threading.Thread(target=_ring_all, name="doorbell", daemon=True).start()


def _ring_all() -> None:
    global _ringing
    while True:
        with _lock:
            if not _waiting:
                _ringing = False
                return
            turns = sorted(_waiting)
            _waiting.clear()
        _ring(turns)


def _ring(turns: list[tuple[int, str]]) -> None:
    from .tasks import send_waiting

    try:
        for clinic_id, channel in turns:
            facts = {"clinic_id": clinic_id, "channel": channel}
            send_waiting.apply_async(kwargs=facts, expires=EXPIRES_SECONDS, retry=False)
    except Exception as error:  # whatever is wrong with the broker, the sweep will do it
        log.warning("doorbell_silent", error=type(error).__name__)
