"""The day of the front desk in a browser whose scripts are off: slower to the eye, the same in the books."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from .people import new_name


@pytest.fixture
def desk(open_as: Callable[..., Page]) -> Page:
    page = open_as("desk", java_script_enabled=False)
    page.goto("/asha/today/")
    return page


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()


def add_patient(page: Page, name: str) -> None:
    page.goto("/asha/patients/new/")
    page.get_by_label("Name", exact=True).fill(name)
    press(page, "Add patient")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def sell_ten(page: Page, *, here_now: bool) -> None:
    """From the patient's file to a pack of ten that is paid."""
    page.get_by_role("link", name="Sell a package").first.click()
    page.get_by_role("link", name="10 sessions", exact=True).click()
    page.get_by_label("Amount").first.fill("9000")
    page.get_by_label("The patient is here for a session today").set_checked(here_now)
    press(page, "Sell")


def find(page: Page, text: str) -> None:
    """The only match opens at once."""
    page.locator("#find").fill(text)
    page.locator("#find").press("Enter")


def walk_in(page: Page, name: str) -> Locator:
    """The patient comes unannounced; the line of the day."""
    page.goto("/asha/visits/walk-in/")
    page.get_by_label("Name, phone or patient number").fill(name)
    page.get_by_label("Name, phone or patient number").press("Enter")
    page.get_by_role("main").get_by_role("link", name=name).click()
    press(page, "Patient is here")
    page.wait_for_url("**/asha/today/**")
    return page.locator(f"#{urlsplit(page.url).fragment}")


def passbook(page: Page) -> list[str]:
    """Sessions of each line, oldest first, from the patient's file; what moved none of them has no figure."""
    page.get_by_role("main").get_by_role("link", name="10 sessions", exact=True).click()
    return [text for text in page.locator(".passbook .passbook-change").all_inner_texts() if text]


def test_find_sell_complete_reopen(desk: Page) -> None:
    name = new_name()
    add_patient(desk, name)

    desk.goto("/asha/today/")
    find(desk, name)
    expect(desk.get_by_role("heading", level=1)).to_have_text(name)
    sell_ten(desk, here_now=True)
    expect(desk.get_by_role("heading", name="1 of 10 done")).to_be_visible()

    row = walk_in(desk, name)
    row.get_by_role("button", name="Complete").click()
    expect(desk.get_by_role("heading", name="2 of 10 done")).to_be_visible()
    expect(desk.locator(".patient-card-left")).to_have_text("8left")

    press(desk, "Undo")
    expect(desk.get_by_role("heading", level=1)).to_have_text("Reopened")
    expect(desk.locator(".balance-left")).to_have_text("9")

    find(desk, name)
    expect(desk.get_by_role("heading", level=1)).to_have_text(name)
    assert passbook(desk) == ["+10", "−1", "−1", "+1"]


def test_arrived_did_not_come_and_undo(desk: Page) -> None:
    name = new_name()
    add_patient(desk, name)
    row = walk_in(desk, name)

    row.locator("summary").click()
    row.get_by_role("link", name="Did not come").click()
    expect(desk.locator("#main")).to_contain_text("No package covers it: nothing is taken.")
    desk.get_by_role("button", name="Did not come").click()
    expect(row).to_contain_text("Did not come")
    row.get_by_role("button", name="Undo").click()

    expect(row.get_by_role("link", name="Complete")).to_be_visible()
