"""No container runs in a test: what can go wrong on paper is checked on paper."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import Any

import pytest
import yaml

from ginti_run.paths import ROOT, SCRIPTS

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
OURS = ("prepare", "web", "worker", "messenger", "beat")


def test_no_secret_has_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text()

    defaults = re.findall(r"\$\{(\w*(?:PASSWORD|SECRET)\w*):-([^}]*)\}", text)

    assert defaults == [("GINTI_SMTP_PASSWORD", "")]


@pytest.mark.parametrize("name", OURS)
def test_our_containers_may_do_nothing_they_need_not(name: str) -> None:
    service = COMPOSE["services"][name]

    assert service["cap_drop"] == ["ALL"]
    assert service["read_only"] is True
    assert "USER ginti" in (ROOT / "Dockerfile").read_text()


@pytest.mark.parametrize("name", ["web", "worker", "messenger", "beat"])
def test_only_the_preparation_knows_the_administrator_and_the_owner(name: str) -> None:
    environment = COMPOSE["services"][name]["environment"]

    assert "ginti_app" in environment["DATABASE_URL"]
    assert not {"DATABASE_ADMIN_URL", "DATABASE_OWNER_URL"} & environment.keys()
    assert {"DATABASE_ADMIN_URL", "DATABASE_OWNER_URL"} <= COMPOSE["services"]["prepare"][
        "environment"
    ].keys()


@pytest.mark.parametrize("name", [name for name in COMPOSE["services"] if name != "prepare"])
def test_every_lasting_container_is_health_checked(name: str) -> None:
    assert COMPOSE["services"][name]["healthcheck"]["test"]


@pytest.mark.parametrize("name", OURS)
def test_every_command_is_one_that_a_container_knows(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ginti_run.container", "fly"],
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert COMPOSE["services"][name]["command"] == [name]
    assert name in done.stderr
