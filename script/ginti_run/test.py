"""script/test: every check and every test, on services that are thrown away."""

from __future__ import annotations

import os
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path

from ginti_run import checks, machine
from ginti_run.paths import ROOT, VENV_PYTHON
from ginti_run.say import say
from ginti_run.supervisor import Stopped, Supervisor
from ginti_run.throw_away import services

NO_TESTS_COLLECTED = 5
# Tests that start browsers and servers of their own want the machine to themselves.
APART = "browser or torture"


@dataclass
class Run:
    """A run of steps: all are taken, and all that failed are named at the end."""

    supervisor: Supervisor
    environment: dict[str, str]
    took: list[tuple[str, float, bool]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("tests", "failed", "skipped"), 0))

    def step(self, name: str, command: list[str], *, fine: tuple[int, ...] = (0,)) -> None:
        """Run a command and keep how it went."""
        say(f"--- {name}")
        began = time.monotonic()
        code = self.supervisor.run_in_front(command, self.environment, ROOT)
        self.took.append((name, time.monotonic() - began, code in fine))

    def tests(self, name: str, options: list[str]) -> None:
        """Run a part of the tests and add up what its report counts."""
        report = Path(self.environment["GINTI_DATA"]) / f"{len(self.took)}.xml"
        command = [str(VENV_PYTHON), "-m", "pytest", *options, f"--junitxml={report}"]
        self.step(name, command, fine=(0, NO_TESTS_COLLECTED))
        if report.exists():
            suite = next(ElementTree.parse(report).iter("testsuite")).attrib  # noqa: S314 - our own file
            self.counts["tests"] += int(suite["tests"])
            self.counts["failed"] += int(suite["failures"]) + int(suite["errors"])
            self.counts["skipped"] += int(suite["skipped"])

    def summarize(self) -> int:
        """Print how long everything took and what failed; the exit code."""
        say()
        for name, seconds, fine in self.took:
            say(f"{'ok    ' if fine else 'FAILED'} {seconds:7.1f} s  {name}")
        failed, skipped = self.counts["failed"], self.counts["skipped"]
        passed = self.counts["tests"] - failed - skipped
        say(f"\ntests: {passed} passed, {failed} failed, {skipped} skipped")
        return 0 if passed and all(fine for *_, fine in self.took) else 1


def run(arguments: list[str]) -> int:
    """With arguments only pytest with them; without, all checks and all tests. 1 when anything failed."""
    machine.ensure_pango()
    chromium = machine.find_chromium()
    try:
        with services() as (supervisor, environment):
            environment = {**os.environ, **environment}
            if chromium:
                environment["GINTI_CHROMIUM"] = chromium
            if arguments:
                command = [str(VENV_PYTHON), "-m", "pytest", *arguments]
                return supervisor.run_in_front(command, environment, ROOT)
            return _run_all(Run(supervisor, environment))
    except Stopped:
        return 130


def _run_all(run: Run) -> int:
    for name, command in checks.commands():
        run.step(name, command)
    run.tests("tests", ["-n", "auto", "-m", f"not ({APART})"])
    run.tests("tests that want the machine to themselves", ["-n", "0", "-m", APART])
    return run.summarize()
