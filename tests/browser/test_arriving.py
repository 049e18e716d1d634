"""A clinic arrives: sign up, name it, invite, set up, sign out. Every page on the way is clean for axe and the CSP."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
PASSWORD = "correct horse battery staple"


class Visitor:
    """Somebody who looks at one page after the other."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", self._listen)
        page.goto("/")

    def _listen(self, message: ConsoleMessage) -> None:
        # Axe tries inline styles of its own, which the policy refuses; those of the page are counted below.
        if message.type == "error" and not re.search("status of 422|Applying inline style", message.text):
            self.complaints.append(message.text)

    def look(self) -> None:
        """The browser has not complained, axe finds nothing, and nothing sticks out."""
        page = self.page
        page.wait_for_load_state("networkidle")
        assert self.complaints == [], page.url
        assert page.locator("[style], style").count() == 0, page.url
        page.evaluate(AXE.read_text() + "; undefined")
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found] == [], page.url
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{page.url} sticks out"


@pytest.fixture
def visitor(page: Page) -> Visitor:
    return Visitor(page)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_clinic_arrives(visitor: Visitor, width: int) -> None:
    site, look = visitor.page, visitor.look
    site.set_viewport_size({"width": width, "height": 800})
    look()

    site.get_by_role("link", name="Start with your clinic").click()
    look()
    site.get_by_label("Your name").fill("Asha Verma")
    site.get_by_label("Email").fill(f"arriving-{width}@example.test")
    site.get_by_label("Password").fill(PASSWORD)
    site.get_by_role("button", name="Create the account").click()

    expect(site.get_by_role("heading", name="Name your clinic")).to_be_visible()
    look()
    site.get_by_label("Name of the clinic").fill(f"Arriving {width}")
    site.get_by_role("button", name="Open the clinic").click()
    expect(site).to_have_url(re.compile(f"/arriving-{width}/today/$"))

    start = f"/arriving-{width}/"
    for path in (
        "staff/",
        "staff/new/",
        "settings/",
        "settings/services/",
        "settings/services/new/",
        "settings/branches/",
    ):
        site.goto(start + path)
        look()

    site.goto(start + "staff/invitations/")
    look()
    site.get_by_label("Name").fill("Meera")
    site.get_by_label("E-mail").fill("meera@example.test")
    site.get_by_role("button", name="Make the link").click()
    link = site.get_by_label("Link").input_value()
    look()
    site.goto(link)
    look()

    for path in (
        "/clinics/?all",
        "/accounts/password/change/",
        "/accounts/email/",
        "/accounts/2fa/",
        "/accounts/sessions/",
    ):
        site.goto(path)
        look()


def test_signing_in_says_what_is_wrong_and_works_in_hindi(visitor: Visitor) -> None:
    site, look = visitor.page, visitor.look
    site.get_by_role("link", name="Sign in").click()
    look()
    site.get_by_label("Email").fill("nobody@example.test")
    site.get_by_label("Password").fill("wrong password here")
    site.get_by_role("button", name="Sign in", exact=True).click()

    expect(site.get_by_role("alert")).to_be_visible()
    look()
    site.locator(".public-top summary").click()
    site.locator("button[name=language][value=hi]").click()
    expect(site.locator("html")).to_have_attribute("lang", "hi")
    look()
