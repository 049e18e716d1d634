from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from ginti_run import postgres, roles, run_folder
from ginti_run.child import Child
from ginti_run.paths import ROOT, SCRIPTS
from tests.setup.conftest import wait_until

BACK_WITHIN = 30  # seconds after a crash


class Stack:
    """A PostgreSQL of our own, as script/server starts it, with the tables of the program; and its clients."""

    def __init__(self, data: Path, settings: dict[str, str]) -> None:
        self.data = data
        self.cluster = postgres.Cluster.embedded(data, settings)
        self.cluster.prepare()
        self.child = Child(self.cluster.service(), data / "postgres.log")
        self.start()
        roles.provision(self.cluster.url(postgres.ADMIN))
        self.run("-m", "ginti_run.prepare")
        self.clinic = int(self.run("-m", "tests.torture.opening_day"))

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(SCRIPTS)]),
            "DATABASE_URL": self.cluster.url(roles.APPLICATION),
            "DATABASE_OWNER_URL": self.cluster.url(roles.OWNER),
            "GINTI_DATA": str(self.data),
            "SECRET_KEY": "only-for-tests",
        }

    def start(self) -> None:
        """Until it answers. The backends of a killed server need a moment to notice and let go of its memory."""
        deadline = time.monotonic() + BACK_WITHIN
        self.child.launch()
        while not self.cluster.is_ready():
            assert time.monotonic() < deadline, f"not back within {BACK_WITHIN} s"
            if self.child.exit_code() is not None:
                self.cluster.prepare()
                self.child.launch()
            time.sleep(0.1)

    def kill_and_start_again(self) -> float:
        """kill -9 of the postmaster; how long it took until it answered again."""
        began = time.monotonic()
        assert self.child.pid
        os.kill(self.child.pid, signal.SIGKILL)
        wait_until(lambda: self.child.exit_code() is not None)
        self.cluster.prepare()
        self.start()
        return time.monotonic() - began

    def run(self, *arguments: str) -> str:
        """Run a program of ours to its end; its output."""
        done = self.try_to_run(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def try_to_run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False, timeout=120
        )

    def verify_ledger(self) -> tuple[int, str]:
        """The exit code of the nightly recount, and the differences that it lists."""
        done = self.try_to_run("manage.py", "verify_ledger", "--clinic", "torture")
        return done.returncode, done.stderr

    def worker(self, acts: int, log: Path) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.torture.worker", str(self.clinic), str(acts), str(log)]
        with log.with_suffix(".err").open("ab") as errors:
            return subprocess.Popen(command, cwd=ROOT, env=self.environment, stderr=errors)

    def ask(self, sql: str, *facts: Any, role: str = roles.APPLICATION) -> list[tuple[Any, ...]]:
        """What the database says to the clinic."""
        with psycopg.connect(self.cluster.url(role)) as connection:
            connection.execute(f"SET app.clinic_id = '{self.clinic}'")
            done = connection.execute(sql, facts)
            return done.fetchall() if done.description else []


@contextmanager
def stack(**settings: str) -> Iterator[Stack]:
    """A stack that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="ginti-torture-"))
    folder.chmod(0o711)
    made = None
    try:
        made = Stack(folder, settings)
        yield made
    finally:
        if made:
            made.child.stop()
        for each in (run_folder.settle(folder), folder):
            shutil.rmtree(each, ignore_errors=True)


def acknowledged(logs: list[Path]) -> list[dict[str, str]]:
    """What the workers were told, by their own files. A last line may be torn by the worker's own death."""
    lines = [line for log in logs if log.exists() for line in log.read_text().split("\n")[:-1]]
    return [json.loads(line) for line in lines]
