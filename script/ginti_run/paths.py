"""Where things are."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
SCRIPTS = ROOT / "script"
VENDOR = ROOT / "vendor"
REQUIREMENTS = ROOT / "requirements"


def inside_venv() -> bool:
    """Whether this process already runs on the project's own environment."""
    return Path(sys.prefix).resolve() == VENV.resolve()


def site_packages() -> Path:
    """The folder the locked wheels were unpacked into."""
    return next((VENV / "lib").glob("python3*/site-packages"))


def data_folder() -> Path:
    """$GINTI_DATA, or var/ in the project: everything an installation keeps."""
    return Path(os.environ.get("GINTI_DATA") or ROOT / "var").expanduser().resolve()
