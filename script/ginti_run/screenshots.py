"""Pictures of the main pages, for the README and for looking at: desktop and phone, light and dark, two languages.

Takes them from the server at GINTI_URL, or from one that it starts on a folder that is thrown away. Arguments name
the pictures to take; without any, all are taken.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from ginti_run import broker, machine, run_folder
from ginti_run.failure import Failure
from ginti_run.paths import ROOT, SCRIPTS
from ginti_run.say import say

FOLDER = ROOT / "docs" / "screenshots"
WALK = "walk"
PASSWORD = "demo sessions count"
READY = "Ctrl-C stops everything"
SIZES = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}


@dataclass(frozen=True)
class Picture:
    """One page: who looks at it, and the way there."""

    name: str
    way: Callable[[Page], object]
    who: str = "desk"
    sizes: tuple[str, ...] = tuple(SIZES)
    schemes: tuple[str, ...] = ("light",)
    locale: str = "en-IN"

    def files(self) -> Iterator[tuple[str, str, str]]:
        """Size, scheme and file name of each picture of the page."""
        for scheme in self.schemes:
            for size in self.sizes:
                yield size, scheme, f"{self.name}-{size}{'-dark' if scheme == 'dark' else ''}.png"


def to(path: str) -> Callable[[Page], object]:
    """The way is an address."""
    return lambda page: page.goto(path)


def _patient_file(page: Page) -> None:
    page.goto("/asha/packages/")
    page.locator("main table a[href*='/patients/']").first.click()


def _passbook(page: Page) -> None:
    page.goto("/asha/packages/")
    page.locator("main table a[href*='/packages/']").first.click()


def _sale(page: Page) -> None:
    _patient_file(page)
    page.locator("a[href*='/sale/']").first.click()
    page.get_by_role("link", name="10 sessions", exact=True).click()


def _card(page: Page) -> None:
    """The first visit of today that was completed from a package, turned to the patient."""
    page.goto("/asha/today/")
    page.locator(".visit.done summary").first.click()
    page.get_by_role("link", name="Show the patient").first.click()


def _bill(page: Page) -> None:
    page.goto("/asha/today/")
    page.locator(".visit.done").first.get_by_role("link", name="Bill").click()


def _register(page: Page) -> None:
    page.goto("/asha/register/")
    page.locator("input[type=file]").set_input_files(
        ROOT / "docs" / "examples" / "register-with-mistakes.csv"
    )
    page.get_by_role("button", name="Read the file").click()
    page.get_by_text("What the columns mean").wait_for(timeout=60_000)


def _portal(page: Page) -> None:
    """A personal link is shown once, to who makes it."""
    _patient_file(page)
    page.goto(f"{page.url}link/")
    page.get_by_role("button", name="Make").first.click()
    page.goto(page.locator("#link-address").input_value())


PICTURES = (
    Picture("today", to("/asha/today/"), schemes=("light", "dark")),
    Picture("today-hindi", to("/asha/today/"), locale="hi-IN", sizes=("desktop",)),
    Picture("therapist", to("/asha/today/"), who="anand", sizes=("phone",)),
    Picture("completion", _card),
    Picture("patient", _patient_file, schemes=("light", "dark")),
    Picture("sale", _sale),
    Picture("passbook", _passbook),
    Picture("bill", _bill),
    Picture("liability", to("/asha/reports/liability/"), who="owner"),
    Picture("portal", _portal, sizes=("phone",)),
    Picture("register", _register, sizes=("desktop",)),
)


def run(arguments: list[str]) -> int:
    """Take the pictures that are named, or all."""
    wanted = set(arguments)
    FOLDER.mkdir(parents=True, exist_ok=True)
    chromium = machine.find_chromium()
    if not chromium:
        raise Failure("Without Chromium there are no pictures.")
    if wanted != {WALK}:
        _take_all(chromium, wanted)
    if not wanted or WALK in wanted:
        _walk()
    return 0


def _take_all(chromium: str, wanted: set[str]) -> None:
    with _server() as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for picture in PICTURES:
            if not wanted or picture.name in wanted:
                _take(browser, base, picture)
        if not wanted or "bill-pdf" in wanted:
            _take_pdf(browser, base)
        browser.close()


def _walk() -> None:
    """The receptionist's walk, which is a test: it takes its pictures where it is asked to."""
    folder = FOLDER / WALK
    folder.mkdir(exist_ok=True)
    command = [str(SCRIPTS / "test"), "-q", "-n", "0", "tests/browser/test_receptionists_walk.py"]
    asked = os.environ | {"GINTI_WALK_PICTURES": str(folder)}
    if subprocess.run(command, cwd=ROOT, env=asked, check=False).returncode:
        raise Failure("The walk did not come to its end.")
    say(f"{WALK}/")


def _take(browser: Browser, base: str, picture: Picture) -> None:
    with _signed_in(browser, base, picture.who, picture.locale) as context:
        page = context.new_page()
        picture.way(page)
        for size, scheme, file in picture.files():
            page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.evaluate("document.fonts.ready")
            page.evaluate("scrollTo(0, 0)")
            _save(page, file)


def _save(page: Page, file: str) -> None:
    page.screenshot(path=FOLDER / file)
    say(file)


def _take_pdf(browser: Browser, base: str) -> None:
    """The first page of a bill's PDF, drawn by Poppler where that is installed."""
    draw = shutil.which("pdftoppm")
    if not draw:
        say("bill-pdf: skipped, pdftoppm (poppler-utils) is missing")
        return
    with _signed_in(browser, base, "desk", "en-IN") as context, tempfile.TemporaryDirectory() as folder:
        page = context.new_page()
        _bill(page)
        page.wait_for_load_state()
        pdf = Path(folder) / "bill.pdf"
        pdf.write_bytes(context.request.get(f"{page.url.rstrip('/')}.pdf").body())
        subprocess.run([draw, "-png", "-singlefile", "-r", "110", pdf, FOLDER / "bill-pdf"], check=True)
    say("bill-pdf.png")


@contextmanager
def _signed_in(browser: Browser, base: str, who: str, locale: str) -> Iterator[BrowserContext]:
    options: dict[str, Any] = {"base_url": base, "locale": locale, "reduced_motion": "reduce"}
    with browser.new_context(viewport=SIZES["desktop"], **options) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto("/accounts/login/")
        page.fill("input[name=login]", f"{who}@asha.example")
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url("**/asha/**")
        page.close()
        yield context


@contextmanager
def _server() -> Iterator[str]:
    """The address of the demonstration to look at."""
    if given := os.environ.get("GINTI_URL"):
        yield given.rstrip("/")
        return
    folder = Path(tempfile.mkdtemp(prefix="ginti-pictures-"))
    folder.chmod(0o711)  # the database's own account passes through where we are root
    port = str(broker.free_port())
    own = {"GINTI_DATA": str(folder), "PORT": port, "GINTI_DEMO": "1"}
    server = subprocess.Popen([SCRIPTS / "server"], env=os.environ | own, stdout=subprocess.PIPE, text=True)
    try:
        _wait_until_ready(server)
        yield f"http://localhost:{port}"
    finally:
        server.terminate()
        server.wait(60)
        shutil.rmtree(run_folder.settle(folder), ignore_errors=True)
        shutil.rmtree(folder)


def _wait_until_ready(server: subprocess.Popen[str]) -> None:
    assert server.stdout
    for line in server.stdout:
        if READY in line:
            return
    raise Failure("The server for the pictures did not start.")
