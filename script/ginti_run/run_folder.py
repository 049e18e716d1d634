"""The folder of the sockets: a short path (at most 107 bytes with a name) and a plain one (for URLs)."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path

from ginti_run.failure import Failure

LONGEST = 107 - len("/postgres/.s.PGSQL.5432.lock")
PLAIN = re.compile(r"[A-Za-z0-9_./-]+")


def settle(data: Path) -> Path:
    """`run` in the data folder, or a private folder in the temporary one that belongs to it alone."""
    name = f"ginti-{os.geteuid()}-{hashlib.sha256(str(data).encode()).hexdigest()[:12]}"
    temporary = [Path(tempfile.gettempdir()) / name, Path("/tmp") / name]  # noqa: S108 - its owner is checked
    usable = (folder for folder in [data / "run", *temporary] if _fits(folder) and is_open(folder.parent))
    folder = next(usable, temporary[-1])
    folder.mkdir(mode=0o711, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise Failure(f"{folder} belongs to somebody else. Remove it and start again.")
    folder.chmod(0o711)  # for the account of root's PostgreSQL; what lies inside is private
    return folder


def is_open(folder: Path) -> bool:
    """Whether root's PostgreSQL, which runs as another account, can pass through to a folder; else always."""
    folder = folder.resolve()
    return os.geteuid() != 0 or all(part.stat().st_mode & 0o001 for part in [folder, *folder.parents])


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder)) <= LONGEST and PLAIN.fullmatch(str(folder)) is not None
