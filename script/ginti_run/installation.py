"""The data folder of one installation: who uses it now, its secret, where it is served."""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ginti_run import machine
from ginti_run.failure import Failure
from ginti_run.paths import data_folder

MEGABYTES_NEEDED = 200
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True)
class Address:
    """Where the web server listens."""

    host: str
    port: int

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        return self.host in LOOPBACK

    @property
    def bind(self) -> str:
        """As gunicorn wants it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """As a person types it."""
        return f"http://localhost:{self.port}" if self.is_local else f"http://{self.bind}"


def read_address() -> Address:
    """HOST and PORT. Refuses nonsense."""
    port = os.environ.get("PORT") or "8000"
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise Failure(f"PORT must be a number from 1 to 65535, not {port!r}.")
    return Address(os.environ.get("HOST") or "127.0.0.1", int(port))


def require_free_port(address: Address) -> None:
    """Refuse a port that something else listens on."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address.host, address.port))
        except OSError as error:
            raise Failure(
                f"Port {address.port} on {address.host} is not free ({error.strerror}). "
                "Choose another one, for example: PORT=8001 script/server"
            ) from None


@contextmanager
def open_data_folder() -> Iterator[Path]:
    """The folder, ours alone for as long as we run. Refuses a second server and a disk without space."""
    folder = data_folder()
    folder.mkdir(parents=True, exist_ok=True)
    # Root's PostgreSQL runs as another account, which must pass; all that is secret has mode 600.
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    machine.require_free_space(folder, megabytes=MEGABYTES_NEEDED)
    with (folder / "lock").open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failure(
                f"Another server is using {folder}. Stop it, or give this one its own: "
                "GINTI_DATA=other-folder PORT=8001 script/server"
            ) from None
        yield folder


def secret_key(data: Path) -> str:
    """What signs sessions: SECRET_KEY, or one made the first time and kept."""
    if given := os.environ.get("SECRET_KEY"):
        return given
    file = data / "secret_key"
    if not file.exists():
        write_private(file, secrets.token_urlsafe(64))
    return file.read_text().strip()


def write_private(file: Path, text: str) -> None:
    """Write a file that only we may read, whole or not at all."""
    partial = file.with_name(f"{file.name}.partial")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)
    partial.write_text(text)
    partial.rename(file)
