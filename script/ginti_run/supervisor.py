"""Starts services in order, keeps them running, stops them in reverse order."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

from ginti_run.child import Child, Service, last_line
from ginti_run.failure import Failure
from ginti_run.say import say

READY_WITHIN = 90.0  # seconds, crash recovery of the database included


class Stopped(Exception):
    """Ctrl-C, or a request to terminate."""


class Supervisor:
    """A context: on leaving it, everything it started has stopped.

    `processes.json` in the data folder names each process, so that one can be stopped or killed alone;
    as long as a file `hold/NAME` lies there, that one is not started again.
    """

    def __init__(self, data: Path) -> None:
        self.data = data
        self.children: list[Child] = []
        self._record = data / "processes.json"
        self._wanted = True
        (data / "log").mkdir(mode=0o700, exist_ok=True)

    def __enter__(self) -> Supervisor:
        self._bell, bell_rope = socket.socketpair()
        self._bell.setblocking(False)
        bell_rope.setblocking(False)
        self._bell_rope = bell_rope
        signal.set_wakeup_fd(bell_rope.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._request_stop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self.children:
            self.children[-1].stop()
            self.children.pop()
            self._write_record()
        self._record.unlink(missing_ok=True)

    def start(self, service: Service) -> None:
        """Run it and wait until it is ready. Refuses with the end of its log when it ends before that."""
        child = Child(service, self.data / "log" / f"{service.name}.log")
        self.children.append(child)
        deadline = time.monotonic() + READY_WITHIN
        child.launch()
        self._write_record()
        while not service.is_ready():
            if child.exit_code() is not None:
                raise Failure(f"{service.name} did not start: {last_line(child.log)}")
            if time.monotonic() > deadline:
                raise Failure(f"{service.name} is not ready after {READY_WITHIN:.0f} s: see {child.log}")
            self._pause(0.1)

    def run_step(self, name: str, command: list[str], environment: dict[str, str]) -> str:
        """Run a command to its end and return what it printed. Refuses with its last line when it fails."""
        log = self.data / "log" / "setup.log"
        with tempfile.TemporaryFile() as output, log.open("ab") as errors:
            process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )
            try:
                while process.poll() is None:
                    self._pause(1)
            finally:
                process.terminate()
                process.wait()
            output.seek(0)
            text = output.read().decode(errors="replace")
        if process.returncode:
            raise Failure(f"{name} failed: {last_line(log)} (more in {log})")
        return text

    def run_in_front(self, command: list[str], environment: dict[str, str], folder: Path) -> int:
        """Run a command that speaks to the terminal itself; its exit code. A wish to stop ends it."""
        process = subprocess.Popen(command, env=environment, cwd=folder)
        try:
            while process.poll() is None:
                self._pause(None)
        finally:
            process.terminate()
            process.wait()
        return process.returncode

    def watch(self) -> None:
        """Keep everything running until somebody wants it stopped."""
        while True:
            for child in self.children:
                self._tend(child)
            waiting = [child.due for child in self.children if not child.process]
            self._pause(max(0.1, min(waiting) - time.monotonic()) if waiting else None)

    def _tend(self, child: Child) -> None:
        code = child.exit_code()
        if code is not None:
            how = f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
            delay = child.back_off()
            say(f"{child.service.name} ended ({how}); starting it again in {delay:g} s.")
            self._write_record()
        elif not child.process and time.monotonic() >= child.due:
            if (self.data / "hold" / child.service.name).exists():
                child.due = time.monotonic() + 1
                return
            child.launch()
            self._write_record()

    def _pause(self, seconds: float | None) -> None:
        """Sleep until a signal comes or the time is up. The only place where a wish to stop takes effect."""
        if self._wanted and select.select([self._bell], [], [], seconds)[0]:
            with contextlib.suppress(BlockingIOError):
                while self._bell.recv(4096):
                    continue
        if not self._wanted:
            raise Stopped

    def _request_stop(self, *_: object) -> None:
        self._wanted = False

    def _write_record(self) -> None:
        processes = {"supervisor": os.getpid()}
        processes |= {child.service.name: child.pid for child in self.children if child.pid}
        partial = self._record.with_suffix(".partial")
        # Whatever runs must go on running on a full disk; then the record is old.
        with contextlib.suppress(OSError):
            partial.write_text(json.dumps(processes))
            partial.replace(self._record)
