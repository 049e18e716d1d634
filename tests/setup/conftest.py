"""A PostgreSQL of its own, started as script/server starts it: here the administrator can be had."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ginti_run import postgres, run_folder
from ginti_run.child import Child, Service


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder that the database's account can pass through to, also where we are root."""
    folder = Path(tempfile.mkdtemp(prefix="ginti setup-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(run_folder.settle(folder), ignore_errors=True)
    shutil.rmtree(folder)


@contextmanager
def running(service: Service, folder: Path) -> Iterator[Child]:
    """A service in a process of its own, ready, and stopped afterwards."""
    child = Child(service, folder / f"{service.name}.log")
    child.launch()
    try:
        wait_until(service.is_ready)
        yield child
    finally:
        child.stop()


def wait_until(reached: Callable[[], bool], *, seconds: float = 30) -> None:
    """Return as soon as it is so; fail when it is not so in time."""
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, f"not reached within {seconds} s"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def cluster() -> Iterator[postgres.Cluster]:
    """A running cluster without roles or databases of ours."""
    folder = Path(tempfile.mkdtemp(prefix="ginti-setup-"))
    folder.chmod(0o711)
    cluster = postgres.Cluster.embedded(folder, postgres.THROW_AWAY)
    cluster.prepare()
    with running(cluster.service(), folder):
        yield cluster
    shutil.rmtree(folder)
