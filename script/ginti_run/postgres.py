"""The embedded PostgreSQL: one cluster in one folder, reached through a Unix socket only."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from ginti_run import postgres_install, run_folder
from ginti_run.child import Service
from ginti_run.failure import Failure
from ginti_run.postgres_install import SHARED_FOLDER, Install
from ginti_run.say import say

ADMIN = "ginti_admin"
DATABASE = "ginti"
STOP_SIGNAL = signal.SIGINT  # SIGTERM would wait for every client to leave.

# A cluster that is thrown away need not survive a power cut.
THROW_AWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
}


@dataclass(frozen=True)
class Cluster:
    """A PostgreSQL of our own. `folder` holds its files, `socket` the folder of its socket."""

    install: Install
    folder: Path
    socket: Path
    settings: dict[str, str] = field(default_factory=dict)

    @classmethod
    def embedded(cls, data: Path, settings: dict[str, str] | None = None) -> Cluster:
        """The cluster of a data folder."""
        install = postgres_install.find()
        sockets = run_folder.settle(data) / "postgres"
        return cls(install, data / "postgres", sockets, settings or {})

    def service(self) -> Service:
        """What the supervisor keeps running."""
        return Service(
            "postgres",
            self.command(),
            dict(os.environ),
            is_ready=self.is_ready,
            identity=self.install.identity,
            stop_signal=STOP_SIGNAL,
        )

    def prepare(self) -> None:
        """Make the cluster the first time, and end what an earlier run left of it."""
        self._settle_folder()
        self.install.give(self.socket)
        if not (self.folder / "PG_VERSION").exists():
            self._initialize()
        self.end_orphan()

    def command(self) -> list[str]:
        """The server's command line."""
        quoted_socket = '"{}"'.format(str(self.socket).replace('"', '""'))
        options = {
            "listen_addresses": "",
            "unix_socket_directories": quoted_socket,
            "unix_socket_permissions": "0700",
            **self.settings,
        }
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return [str(self.install.binaries / "postgres"), "-D", str(self.folder.resolve()), *settings]

    def is_ready(self) -> bool:
        """Whether it answers; not while it starts, recovers from a crash or stops."""
        asked = [
            str(self.install.binaries / "pg_isready"),
            "-q",
            "-h",
            str(self.socket),
            "-U",
            ADMIN,
            "-d",
            "postgres",
        ]
        return subprocess.run(asked, check=False, capture_output=True).returncode == 0

    def url(self, role: str, database: str = DATABASE) -> str:
        """The URL a role connects with. The socket's folder is private, so there is no password."""
        return f"postgres://{role}@/{database}?host={self.socket}"

    def end_orphan(self) -> None:
        """Stop a server whose supervisor was killed; forget the record of one that is gone."""
        record = self.folder / "postmaster.pid"
        if not record.exists():
            return
        pid = int(record.read_text().split("\n", 1)[0])
        # The number may belong to something else by now, and PostgreSQL would then refuse to start for ever.
        if not self._is_ours(pid):
            record.unlink(missing_ok=True)
            return
        os.kill(pid, STOP_SIGNAL)
        deadline = time.monotonic() + 30
        while self._is_ours(pid):
            if time.monotonic() > deadline:
                raise Failure(
                    f"A PostgreSQL of an earlier run (process {pid}) does not stop. Stop it by hand."
                )
            time.sleep(0.1)

    def _is_ours(self, pid: int) -> bool:
        command = _command_line(pid)
        return "postgres" in command and str(self.folder.resolve()) in command

    def _settle_folder(self) -> None:
        """Root's folders may be closed to PostgreSQL's account; the files then lie behind a link."""
        if self.folder.exists() or run_folder.is_open(self.folder.parent):
            return
        SHARED_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
        elsewhere = Path(tempfile.mkdtemp(prefix="cluster-", dir=SHARED_FOLDER))
        elsewhere.chmod(0o711)
        self.folder.symlink_to(elsewhere / "postgres")
        say(f"PostgreSQL keeps its files in {elsewhere}: its account may not enter {self.folder.parent}.")

    def _initialize(self) -> None:
        """Made under another name and then renamed: a half-made cluster is never taken for one."""
        target = self.folder.resolve()
        partial = target.with_name(f"{target.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        self.install.give(partial)
        options = [
            "-D",
            str(partial),
            "-U",
            ADMIN,
            "--auth-local=trust",
            "--auth-host=reject",
            "--encoding=UTF8",
        ]
        options += [
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--no-instructions",
        ]
        if self.settings.get("fsync") == "off":
            options.append("--no-sync")
        command = [str(self.install.binaries / "initdb"), *options]
        done = subprocess.run(
            command, cwd="/", capture_output=True, text=True, check=False, **self.install.identity
        )
        if done.returncode:
            lines = done.stderr.strip().splitlines() or ["no message"]
            reason = next((line for line in lines if "No space left" in line), lines[-1])
            raise Failure(f"PostgreSQL could not be set up: {reason}")
        partial.rename(target)


def _command_line(pid: int) -> str:
    """What a process was started with, if it is there. A bare Linux has no ps, a Mac no /proc."""
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    shown = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return shown.stdout
