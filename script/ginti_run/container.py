"""The same commands as script/server, one to a container: its host starts, watches and stops them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ginti_run import application, roles
from ginti_run.child import Service
from ginti_run.failure import Failure
from ginti_run.installation import read_address
from ginti_run.paths import VENV_PYTHON


def main() -> None:
    """`prepare` makes roles and tables; `web`, `worker`, `messenger` and `beat` become that process."""
    name = sys.argv[1] if len(sys.argv) == 2 else ""
    environment = dict(os.environ)
    services = {
        "web": lambda: application.web(read_address(), environment),
        "worker": lambda: application.worker(environment),
        "messenger": lambda: application.messenger(environment),
        "beat": lambda: application.beat(Path(os.environ.get("GINTI_DATA") or "/tmp"), environment),  # noqa: S108
        "prepare": _prepare,
    }
    if name not in services:
        raise Failure(f"Say what to run: {', '.join(services)}.")
    command = services[name]().command
    os.execve(command[0], command, environment)  # noqa: S606 - our own Python


def _prepare() -> Service:
    """Make the roles with the passwords of their URLs. DATABASE_ADMIN_URL is seen by this container alone."""
    admin = _required("DATABASE_ADMIN_URL")
    passwords = {
        roles.APPLICATION: _password(_required("DATABASE_URL")),
        roles.OWNER: _password(_required("DATABASE_OWNER_URL")),
    }
    roles.provision(admin, passwords=passwords)
    return Service("prepare", [str(VENV_PYTHON), "-m", "ginti_run.prepare"], dict(os.environ))


def _required(name: str) -> str:
    if value := os.environ.get(name):
        return value
    raise Failure(f"{name} is not set. docker-compose.yml says which URLs a container needs.")


def _password(url: str) -> str:
    return unquote(urlsplit(url).password or "")


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"ginti: {failure}")
