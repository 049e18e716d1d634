"""One process that is kept running."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ginti_run.postgres_install import Identity

FIRST_DELAY, LONGEST_DELAY = 0.5, 20.0  # seconds
STEADY_AFTER = 60.0  # seconds of life after which a crash is a surprise again
LOG_LIMIT = 10 * 2**20  # bytes


@dataclass(frozen=True)
class Service:
    """What to run and how to ask it to stop."""

    name: str
    command: list[str]
    environment: dict[str, str]
    is_ready: Callable[[], bool] = lambda: True
    identity: Identity = field(default_factory=Identity)
    stop_signal: signal.Signals = signal.SIGTERM
    patience: float = 20.0  # seconds to stop in before it is killed


class Child:
    """A service and the process that runs it now, if any."""

    def __init__(self, service: Service, log: Path) -> None:
        self.service = service
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None
        self.due = 0.0
        self._started = 0.0
        self._delay = FIRST_DELAY
        if log.exists() and log.stat().st_size > LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))

    @property
    def pid(self) -> int | None:
        """Its process number while it is running."""
        return self.process.pid if self.process else None

    def launch(self) -> None:
        """Start it in a session of its own: Ctrl-C reaches only the supervisor, who knows the order."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.service.command,
                env=self.service.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self.service.identity,
            )
        self._started = time.monotonic()

    def exit_code(self) -> int | None:
        """How it ended, once; None while it runs. What it left behind of its group is ended too."""
        code = self.process.poll() if self.process else None
        if code is not None:
            self._kill_group()
            self.process = None
        return code

    def back_off(self) -> float:
        """When to start it again: soon at first, later and later while it keeps falling over."""
        steady = time.monotonic() - self._started > STEADY_AFTER
        delay = FIRST_DELAY if steady else self._delay
        self._delay = min(delay * 2, LONGEST_DELAY)
        self.due = time.monotonic() + delay
        return delay

    def stop(self) -> None:
        """Ask, wait, and kill what does not listen."""
        if not self.process:
            return
        self.process.send_signal(self.service.stop_signal)
        try:
            self.process.wait(self.service.patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._kill_group()
        self.process = None

    def _kill_group(self) -> None:
        # A worker whose parent was killed would go on taking tasks beside its successor.
        if self.process:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                return


def last_line(log: Path) -> str:
    """The end of a log, for the one line that says why something does not start."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 4096))
        lines = file.read().decode(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
