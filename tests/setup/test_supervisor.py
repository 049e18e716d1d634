"""The supervisor in a process of its own, with services that only write down when they start and stop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ginti_run.paths import SCRIPTS

from .conftest import wait_until

SERVICE = """
import signal, sys, time
journal, name = sys.argv[1:]
def write(word):
    with open(journal, "a") as file: file.write(f"{word} {name}\\n")
def stop(*_):
    write("stop"); sys.exit()
signal.signal(signal.SIGTERM, stop)
write("start")
while True: time.sleep(60)
"""

SUPERVISOR = """
import sys
from pathlib import Path
from ginti_run.child import Service
from ginti_run.supervisor import Stopped, Supervisor
data, program = Path(sys.argv[1]), sys.argv[2]
journal = data / "journal"
def is_ready(name):
    return journal.exists() and f"start {name}" in journal.read_text()
try:
    with Supervisor(data) as supervisor:
        for name in ("first", "second", "third"):
            command = [sys.executable, "-c", program, str(journal), name]
            supervisor.start(Service(name, command, {}, is_ready=lambda: is_ready(name)))
        supervisor.watch()
except Stopped:
    print("stopped")
"""


class Supervised:
    """A supervisor of three services: first, second, third."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISOR, str(data), SERVICE],
            cwd=SCRIPTS,
            stdout=subprocess.PIPE,
            text=True,
        )
        wait_until(lambda: "start third" in self.journal)

    @property
    def journal(self) -> list[str]:
        file = self.data / "journal"
        return file.read_text().splitlines() if file.exists() else []

    @property
    def pids(self) -> dict[str, int]:
        pids: dict[str, int] = json.loads((self.data / "processes.json").read_text())
        return pids

    def stop(self) -> str:
        self.process.send_signal(signal.SIGTERM)
        return self.process.communicate(timeout=30)[0]


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Supervised]:
    supervised = Supervised(tmp_path)
    yield supervised
    supervised.stop()


def test_everything_starts_in_order_and_stops_in_reverse(supervised: Supervised) -> None:
    started = ["start first", "start second", "start third"]
    assert supervised.journal == started

    said = supervised.stop()

    assert supervised.journal == [*started, "stop third", "stop second", "stop first"]
    assert said == "stopped\n"
    assert supervised.process.returncode == 0
    assert not (supervised.data / "processes.json").exists()


@pytest.mark.parametrize("name", ["first", "second", "third"])
def test_what_is_killed_is_started_again(supervised: Supervised, name: str) -> None:
    before = supervised.pids

    os.kill(before[name], signal.SIGKILL)

    wait_until(lambda: supervised.journal.count(f"start {name}") == 2)
    wait_until(lambda: name in supervised.pids)
    after = supervised.pids
    assert {changed for changed in after if after[changed] != before[changed]} == {name}


def test_what_is_held_stays_down_until_it_is_let_go(supervised: Supervised) -> None:
    held = supervised.data / "hold" / "second"
    held.parent.mkdir()
    held.touch()

    os.kill(supervised.pids["second"], signal.SIGKILL)

    wait_until(lambda: "second" not in supervised.pids)
    # The third falls later and is up again earlier: the second had its chance by then.
    for _ in range(2):
        fallen = supervised.pids["third"]
        os.kill(fallen, signal.SIGKILL)
        wait_until(lambda fallen=fallen: supervised.pids.get("third", fallen) != fallen)
    assert supervised.journal.count("start second") == 1

    held.unlink()
    wait_until(lambda: "second" in supervised.pids)


def test_a_service_that_ends_at_once_stops_the_start_with_its_last_words(tmp_path: Path) -> None:
    broken = "import sys; print('no licence', file=sys.stderr); sys.exit(3)"

    done = subprocess.run(
        [sys.executable, "-c", SUPERVISOR.replace("is_ready(name)))", "False))"), str(tmp_path), broken],
        cwd=SCRIPTS,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "Failure: first did not start: no licence" in done.stderr
    assert "second" not in done.stderr
