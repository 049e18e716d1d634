"""script/server as an operator starts it: in a process of its own, on a data folder and a port of its own."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import threading
import urllib.request
from pathlib import Path

import psycopg

from ginti_run import broker, postgres
from ginti_run.paths import SCRIPTS

READY = "Ctrl-C stops everything"


class Server:
    """script/server on a data folder and a port of its own."""

    def __init__(self, data: Path, *, demo: bool = False) -> None:
        self.data = data
        self.demo = "1" if demo else "0"
        self.port = broker.free_port()
        self.said: list[str] = []

    def start(self) -> None:
        """Return when it says that all is running."""
        self.process = self.launch()
        lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=_read, args=(self.process, lines), daemon=True).start()
        self.said = []
        while not self.said or READY not in self.said[-1]:
            line = lines.get(timeout=300)
            assert line, f"the server ended: {self.said}"
            self.said.append(line.rstrip())

    def launch(self) -> subprocess.Popen[str]:
        """As an operator would, with nothing of the test's own environment."""
        own = {"GINTI_DATA": str(self.data), "PORT": str(self.port), "GINTI_DEMO": self.demo}
        own["GINTI_RAZORPAY_URL"] = "http://127.0.0.1:9"  # nobody is there
        kept = {
            name: value for name, value in os.environ.items() if name.startswith(("PIP_", "HOME", "LANG"))
        }
        return subprocess.Popen(
            [SCRIPTS / "server"],
            env=kept | own,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def pids(self) -> dict[str, int]:
        pids: dict[str, int] = json.loads((self.data / "processes.json").read_text())
        return pids

    def is_well(self) -> bool:
        """Whether database, broker and web server answer together."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=10) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def stop(self) -> int:
        """Ctrl-C, and its exit code; when it has ended already, that one."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        url = postgres.Cluster.embedded(self.data).url(postgres.ADMIN)
        with psycopg.connect(url, autocommit=True) as connection:
            done = connection.execute(sql)
            return done.fetchall() if done.description else []


def _read(process: subprocess.Popen[str], lines: queue.Queue[str]) -> None:
    assert process.stdout
    with process.stdout:
        for line in process.stdout:
            lines.put(line)
    lines.put("")
