"""Browser tests drive the system's Chromium; without one they are skipped and script/test says so."""

import os
import shutil
from typing import Any

import pytest

CHROMIUM = os.environ.get("GINTI_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/tests/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)
            # pytest-base-url, which pytest-playwright brings, speaks the old way to pytest.
            item.add_marker(pytest.mark.filterwarnings("ignore:Session-scoped fixtures defined as instance"))
            if not CHROMIUM:
                item.add_marker(pytest.mark.skip(reason="Chromium is missing: apt-get install chromium"))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": ["--no-sandbox"]}
