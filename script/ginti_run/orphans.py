"""Processes of an earlier run whose supervisor was killed and could not stop them."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

MARK = "GINTI_SUPERVISED"
PATIENCE = 10.0  # seconds


def end(data: Path) -> int:
    """Stop every process that was started for this data folder; how many there were.

    Found by a mark in their environment and not by recorded numbers, which may belong to others by now. The
    supervisor's lock on the data folder says that nobody else is in charge of them. Needs /proc.
    """
    pids = _marked(data)
    for pid in pids:
        _signal(pid, signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE
    while (left := _marked(data)) and time.monotonic() < deadline:
        time.sleep(0.1)
    for pid in left:
        _signal(pid, signal.SIGKILL)
    return len(pids)


def _marked(data: Path) -> list[int]:
    mark = b"\0" + os.fsencode(f"{MARK}={data}") + b"\0"
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            environment = (entry / "environ").read_bytes()
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if mark in b"\0" + environment + b"\0" and state != "Z" and int(entry.name) != os.getpid():
            found.append(int(entry.name))
    return found


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return
