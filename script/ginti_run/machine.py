"""What the machine offers: free disk, and libraries that no wheel brings. Standard library only."""

from __future__ import annotations

import ctypes.util
import os
import shutil
import subprocess
from pathlib import Path

from ginti_run.failure import Failure
from ginti_run.say import say

PANGO = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")


def require_free_space(folder: Path, *, megabytes: int) -> None:
    """Refuse before anything is half written."""
    free = shutil.disk_usage(folder).free // 2**20
    if free < megabytes:
        raise Failure(f"The disk is full: {folder} has {free} MB left and {megabytes} MB are needed.")


def ensure_pango() -> None:
    """WeasyPrint draws with Pango. Without it bills are printed from HTML: a line, no failure."""
    drawing, subsetting = (ctypes.util.find_library(name) for name in ("pangoft2-1.0", "harfbuzz-subset"))
    if (drawing and subsetting) or _install(PANGO):
        return
    lack = "PDFs are slow to make" if drawing else "Pango is missing, so no PDF can be made"
    say(f"{lack}. To mend it: apt-get install {' '.join(PANGO)}")


def find_chromium() -> str | None:
    """A Chromium for the browser tests, installed where that is possible; else a line and None."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if not found and _install(("chromium",)):
        found = shutil.which("chromium")
    if not found:
        print(
            "Chromium is missing: browser tests are skipped. To mend it: apt-get install chromium", flush=True
        )
    return found


def _install(packages: tuple[str, ...]) -> bool:
    """Install packages of a Debian system as root. False where that is not possible or did not work."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    say(f"Installing {' '.join(packages)} ...")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *packages]
    for command in (["apt-get", "update"], install):
        done = subprocess.run(command, env=environment, check=False, **quiet)  # type: ignore[call-overload]
    return bool(done.returncode == 0)
