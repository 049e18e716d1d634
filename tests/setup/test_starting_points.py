from __future__ import annotations

import hashlib
import os
import re
import subprocess
from pathlib import Path

import pytest

from ginti_run.paths import REQUIREMENTS, ROOT, SCRIPTS, VENDOR


@pytest.mark.parametrize("lock", ["base.txt", "dev.txt"])
def test_a_lock_pins_every_package_by_hash_and_names_no_host(lock: str) -> None:
    text = (REQUIREMENTS / lock).read_text()
    packages = re.split(r"\n(?=\S)", text.strip())

    assert len(packages) > 50
    for package in packages:
        assert re.match(r"[a-z0-9.\[\],_-]+==\S+", package, re.IGNORECASE), package
        assert "--hash=sha256:" in package, package
    assert "://" not in text
    assert "--index" not in text


def test_developing_uses_the_very_versions_that_run() -> None:
    base, dev = (
        set(re.findall(r"^\S+==\S+", (REQUIREMENTS / f"{name}.txt").read_text(), re.MULTILINE))
        for name in ("base", "dev")
    )

    assert base - dev == set()


def test_the_pip_of_the_repository_is_the_one_its_checksum_names() -> None:
    expected, name = (VENDOR / "pip.sha256").read_text().split()

    assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == expected


@pytest.mark.parametrize("found", ["none", "too old"])
def test_a_machine_without_a_python_that_is_new_enough_gets_one_line(tmp_path: Path, found: str) -> None:
    for tool in ("sh", "dirname"):
        (tmp_path / tool).symlink_to(_which(tool))
    if found == "too old":
        (tmp_path / "python3").write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / "python3").chmod(0o755)

    done = subprocess.run(
        [SCRIPTS / "server"], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert done.stderr.startswith("Ginti needs Python 3.11 or newer")
    assert done.stderr.count("\n") == 1


def test_an_unknown_command_is_one_line() -> None:
    done = subprocess.run(
        [SCRIPTS / "python", SCRIPTS / "run.py", "fly"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "ginti: Unknown command 'fly': use setup, server, test, services, screenshots.\n"


def _which(tool: str) -> Path:
    return next(path for folder in os.get_exec_path() if (path := Path(folder) / tool).exists())
