"""Browser tests drive the system's Chromium; without one they are skipped and script/test says so.

Those that ask for `demo` or `open_as` work on the program as it is really run: script/server, started once on a
data folder and a port of its own, with the demonstration clinic in it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from ginti_run import run_folder
from tests.setup.running import Server

from .people import EMAILS, PASSWORD

CHROMIUM = os.environ.get("GINTI_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
# What a machine that does other things at the same time may take for one answer.
PATIENCE = 10_000


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


@pytest.fixture(scope="session")
def demo() -> Iterator[Server]:
    """script/server on a machine where nothing was prepared: a fresh folder, a free port, the demo clinic."""
    folder = Path(tempfile.mkdtemp(prefix="ginti demo-"))
    folder.chmod(0o711)  # the database's own account passes through where we are root
    server = Server(folder, demo=True)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(run_folder.settle(folder), ignore_errors=True)
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def base_url(demo: Server) -> str:
    return demo.url


@pytest.fixture(scope="session")
def state_of(browser: Browser, demo: Server) -> Callable[[str], Any]:
    """Cookies of a person of the demonstration, who signs in once."""
    states: dict[str, Any] = {}

    def state(who: str) -> Any:
        if who not in states:
            with browser.new_context(base_url=demo.url) as context:
                sign_in(context.new_page(), who)
                states[who] = context.storage_state()
        return states[who]

    return state


@pytest.fixture
def open_as(
    new_context: Callable[..., BrowserContext], state_of: Callable[[str], Any]
) -> Callable[..., Page]:
    """A new window in which somebody has signed in, or nobody: `open_as("desk", viewport=PHONE)`."""

    def opened(who: str = "", **options: Any) -> Page:
        signed_in = {"storage_state": state_of(who)} if who else {}
        context = new_context(reduced_motion="reduce", **signed_in, **options)
        context.set_default_timeout(PATIENCE)
        return context.new_page()

    return opened


def sign_in(page: Page, who: str) -> None:
    """As everybody does it: with e-mail and password."""
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(EMAILS[who])
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/asha/**")
