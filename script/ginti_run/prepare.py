"""Bring the database up to date, in one process: `python -m ginti_run.prepare [--static] [--demo]`.

Runs as the owner of the database. What it prints is for the operator: the demo logins.
"""

from __future__ import annotations

import hashlib
import io
import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.management import CommandError, call_command

from ginti_run.paths import REQUIREMENTS, ROOT


def main() -> None:
    """Everything a start needs before the first request; quick when nothing changed."""
    os.environ.update(DJANGO_SETTINGS_MODULE="clinic.settings", GINTI_DB_ROLE="owner")
    sys.path.insert(0, str(ROOT))
    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    if "--static" in sys.argv:
        _collect_static()
    if "--demo" in sys.argv:
        call_command("seed_demo", if_empty=True, stdout=io.StringIO())
        call_command("demo_logins")


def _collect_static() -> None:
    """Collect only when a file changed: the manifest takes seconds to compute."""
    mark = Path(settings.STATIC_ROOT) / ".collected"
    fingerprint = _fingerprint()
    if mark.exists() and mark.read_text() == fingerprint:
        return
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    mark.write_text(fingerprint)


def _fingerprint() -> str:
    digest = hashlib.sha256((REQUIREMENTS / "base.txt").read_bytes())
    folders = [ROOT / "static", *ROOT.glob("*/static")]
    for path in sorted(path for folder in folders for path in folder.rglob("*") if path.is_file()):
        state = path.stat()
        digest.update(f"{path.relative_to(ROOT)} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


if __name__ == "__main__":
    try:
        main()
    except CommandError as error:
        sys.exit(str(error))
