"""The virtual environment, made from the hashed lock by the pip in vendor/. Standard library only."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ginti_run import machine
from ginti_run.failure import Failure
from ginti_run.paths import REQUIREMENTS, ROOT, VENDOR, VENV, VENV_PYTHON
from ginti_run.say import say

# Written last, removed first: an environment without it is half made and is made anew.
MARKER = VENV / ".ginti-lock.json"
MEGABYTES_NEEDED = {"base": 600, "dev": 1000}


def ensure(*, development: bool) -> None:
    """Make .venv hold what the lock names. Does nothing when it does already."""
    with _alone():
        installed = _installed()
        lock = "dev" if development or "dev" in installed else "base"
        wanted = _wanted(lock)
        if installed == wanted:
            return
        machine.require_free_space(ROOT, megabytes=MEGABYTES_NEEDED[lock])
        if installed:
            MARKER.unlink()
        else:
            _make_empty()
        _install(lock)
        MARKER.write_text(json.dumps(wanted))


@contextmanager
def _alone() -> Iterator[None]:
    """Two starts side by side share one environment: the second waits for the first to finish it."""
    with (ROOT / ".venv.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _wanted(lock: str) -> dict[str, str]:
    names = ["base", "dev"] if lock == "dev" else ["base"]
    return {name: hashlib.sha256((REQUIREMENTS / f"{name}.txt").read_bytes()).hexdigest() for name in names}


def _installed() -> dict[str, str]:
    """Which locks it was made from; empty where it is missing, half made or its Python is gone."""
    if not VENV_PYTHON.exists() or not MARKER.exists():
        return {}
    installed: dict[str, str] = json.loads(MARKER.read_text())
    return installed


def _make_empty() -> None:
    # --without-pip because a bare Debian has no ensurepip: pip comes out of its own wheel instead.
    say("Making the environment in .venv (about a minute, once) ...")
    shutil.rmtree(VENV, ignore_errors=True)
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", str(VENV)],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise Failure(f"Python could not make a virtual environment: {_reason(made.stdout + made.stderr)}")


def _install(lock: str) -> None:
    say(f"Installing the locked packages (requirements/{lock}.txt) ...")
    command = [str(VENV_PYTHON), str(_verified_pip() / "pip"), "install", "--quiet", "--no-input"]
    options = ["--disable-pip-version-check", "--require-hashes", "--only-binary", ":all:"]
    done = subprocess.run(
        [*command, *options, "--requirement", str(REQUIREMENTS / f"{lock}.txt")],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Failure(f"The locked packages could not be installed: {_reason(done.stderr)}")


def _verified_pip() -> Path:
    """The wheel of pip. Refuses one whose content is not what vendor/pip.sha256 says."""
    expected, name = (VENDOR / "pip.sha256").read_text().split()
    wheel = VENDOR / name
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != expected:
        raise Failure(f"vendor/{name} is not the file its checksum names. Fetch the project again.")
    return wheel


def _reason(output: str) -> str:
    """What is wrong, by a tool's output: a full disk wherever it is named, else the last line."""
    lines = [line.strip() for line in output.splitlines() if line.strip() and not line.startswith("[notice]")]
    full = [line for line in lines if "No space left on device" in line]
    return (full or lines or ["no message"])[-1]
