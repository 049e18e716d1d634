"""The real script/server, killed in every way it can be killed."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from ginti_run import postgres
from ginti_run.paths import ROOT

from .conftest import wait_until
from .running import Server

pytestmark = pytest.mark.torture

CHILDREN = ("postgres", "redis", "web", "worker", "messenger", "beat")
# Crash recovery of the database and the restart of what fell over it.
BACK_WITHIN = 30


def _lives(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def _has_a_successor(server: Server, name: str, fallen: int) -> bool:
    return server.pids.get(name, fallen) != fallen


@pytest.fixture
def server(data: Path) -> Iterator[Server]:
    server = Server(data)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def test_a_server_survives_the_death_of_every_process_and_keeps_all_data(server: Server) -> None:
    assert server.is_well()
    server.ask("CREATE TABLE public.kept AS SELECT 1 AS id")

    for name in CHILDREN:
        fallen = server.pids[name]
        os.kill(fallen, signal.SIGKILL)
        wait_until(
            lambda name=name, fallen=fallen: server.pids.get(name, fallen) != fallen, seconds=BACK_WITHIN
        )
        wait_until(server.is_well, seconds=BACK_WITHIN)

    before = server.pids
    server.process.kill()
    server.process.wait()
    server.start()

    assert server.is_well()
    assert server.ask("SELECT id FROM public.kept") == [(1,)]
    assert [name for name, pid in before.items() if _lives(pid)] == []

    running = server.pids
    assert server.stop() == 0
    assert [name for name, pid in running.items() if _lives(pid)] == []
    assert not (server.data / "processes.json").exists()

    began = time.monotonic()
    server.start()
    assert time.monotonic() - began < 30
    assert server.ask("SELECT id FROM public.kept") == [(1,)]


def test_a_first_start_shows_how_to_get_in_and_so_does_the_next(data: Path) -> None:
    server = Server(data, demo=True)
    try:
        server.start()
        first = server.said
        server.stop()
        server.start()

        for said in (first, server.said):
            text = "\n".join(said)
            assert f"http://localhost:{server.port}/\n" in text
            for persona in ("Owner", "Front desk", "Therapist"):
                assert re.search(rf"^ +{persona} +\S+@\S+$", text, re.MULTILINE), text
            link = re.search(r"^ +Patient +(http://\S+/p/\S+)$", text, re.MULTILINE)
            assert link, text
        with urllib.request.urlopen(link[1], timeout=30) as page:
            assert page.status == 200
    finally:
        server.stop()


def test_the_processes_never_see_the_owner_of_the_database(server: Server) -> None:
    for name in ("web", "worker", "messenger", "beat"):
        environment = Path(f"/proc/{server.pids[name]}/environ").read_text()

        assert "postgres://ginti_app@" in environment
        assert "ginti_owner" not in environment
        assert postgres.ADMIN not in environment


def test_a_second_server_on_the_same_folder_or_port_gets_one_line(server: Server, tmp_path: Path) -> None:
    same_folder = Server(server.data)
    same_port = Server(tmp_path)
    same_port.port = server.port

    refused = [second.launch() for second in (same_folder, same_port)]

    said = [process.communicate(timeout=60)[0].strip().splitlines()[-1] for process in refused]
    assert [process.returncode for process in refused] == [1, 1]
    assert said[0].startswith("ginti: Another server is using")
    assert said[1].startswith(f"ginti: Port {server.port} on 127.0.0.1 is not free")
    assert server.is_well()


def test_the_environment_is_made_on_a_bare_machine_and_a_half_made_one_is_made_anew(tmp_path: Path) -> None:
    project = tmp_path / "a clinic"
    for folder in ("script", "requirements", "vendor"):
        shutil.copytree(ROOT / folder, project / folder)
    half_made = project / ".venv" / "bin"
    half_made.mkdir(parents=True)
    (half_made / "python").symlink_to(sys.executable)
    python = project / ".venv" / "bin" / "python"

    first, again = (
        subprocess.run([project / "script" / "setup"], capture_output=True, text=True, check=False)
        for _ in range(2)
    )

    assert (first.returncode, first.stderr) == (0, "")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    subprocess.run([python, "-c", "import django, psycopg, celery"], check=True)
