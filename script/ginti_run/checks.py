"""What a change must pass before its tests: each check is one command of one tool."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from ginti_run.paths import ROOT, VENV

APPS = ("clinic", "packages", "visits", "billing", "desk")


def commands() -> Iterator[tuple[str, list[str]]]:
    """Name and command of every check that can run on this machine."""
    tool = VENV / "bin"
    python, manage = str(tool / "python"), str(ROOT / "manage.py")
    code = [*APPS, "script/ginti_run", "script/run.py", "manage.py"]
    templates = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "templates").rglob("*.html"))]
    yield "lint", [str(tool / "ruff"), "check", "--quiet", "."]
    yield "format", [str(tool / "ruff"), "format", "--check", "--quiet", "."]
    yield "templates", [str(tool / "djade"), "--target-version", "5.2", "--check", *templates]
    yield "types", [python, "-m", "mypy", "--no-error-summary"]
    yield "layers", [str(tool / "lint-imports")]
    bandit = [python, "-m", "bandit", "--quiet", "-ll", "--configfile", "pyproject.toml"]
    yield "security", [*bandit, "--recursive", *code]
    yield "system checks", [python, manage, "check", "--fail-level", "WARNING"]
    yield "migrations", [python, manage, "makemigrations", "--check", "--dry-run"]
    if msgfmt := shutil.which("msgfmt"):
        for catalogue in sorted((ROOT / "locale").rglob("*.po")):
            yield f"translation {catalogue.parts[-3]}", [msgfmt, "--check", "-o", "/dev/null", str(catalogue)]
