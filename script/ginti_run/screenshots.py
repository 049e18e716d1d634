"""Pictures of the main pages of a running demonstration, for the README and for looking at."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "docs" / "screenshots"
CHROMIUM = os.environ.get("GINTI_CHROMIUM", "/usr/bin/chromium")
PASSWORD = "demo sessions count"
SIZES = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}


@dataclass(frozen=True)
class Picture:
    """A page by name: where it is, or the link that leads there from the page before."""

    name: str
    path: str = ""
    click: str = ""


PICTURES = (
    Picture("today", "/asha/today/"),
    Picture("patients", "/asha/patients/"),
    Picture("patient", click="table tbody a[data-open]"),
    Picture("sale", click="a[href*='/sale/']"),
    Picture("packages", "/asha/packages/"),
    Picture("passbook", click="table tbody a[data-open]"),
    Picture("plans", "/asha/plans/"),
    Picture("bills", "/asha/bills/"),
    Picture("bill", click="table tbody a"),
    Picture("liability", "/asha/reports/liability/"),
    Picture("booking", "/asha/visits/new/"),
    Picture("staff", "/asha/staff/"),
    Picture("settings", "/asha/settings/"),
)


def main() -> int:
    """Take every picture at both sizes, light and dark; arguments name pages to take only those."""
    base = os.environ.get("GINTI_URL", "http://127.0.0.1:8000").rstrip("/")
    wanted = set(sys.argv[1:])
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for size, scheme in ((size, scheme) for size in SIZES for scheme in ("light", "dark")):
            context = browser.new_context(viewport=SIZES[size], color_scheme=scheme, locale="en-IN")  # type: ignore[arg-type]
            page = context.new_page()
            _sign_in(page, base)
            for name in _visited(page, base, wanted):
                page.screenshot(path=FOLDER / f"{name}-{size}{'-dark' if scheme == 'dark' else ''}.png")
            context.close()
        browser.close()
    return 0


def _sign_in(page: Page, base: str) -> None:
    page.goto(f"{base}/accounts/login/")
    page.fill("input[name=login]", "owner@asha.example")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/today/**")


def _visited(page: Page, base: str, wanted: set[str]) -> Iterator[str]:
    for picture in PICTURES:
        answer: Any
        if picture.path:
            answer = page.goto(f"{base}{picture.path}")
        else:
            href = page.locator(picture.click).first.get_attribute("href")
            answer = page.goto(f"{base}{href}")
        page.wait_for_load_state("networkidle")
        if answer and answer.status >= 400:
            print(f"{picture.name}: {answer.status} at {page.url}", file=sys.stderr)
        if not wanted or picture.name in wanted:
            yield picture.name


if __name__ == "__main__":
    sys.exit(main())
