"""The whole day of the front desk without a mouse."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from .people import new_name

# A field in a box of its own lets the box show it; the calendar button within a date is drawn by the browser.
SHOWS_FOCUS = """() => {
  const on = document.activeElement;
  const box = on.getBoundingClientRect();
  const outlined = (element) => {
    const style = getComputedStyle(element);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  };
  const inSight = box.width > 0 && box.bottom > 0 && box.top < innerHeight;
  return on !== document.body && inSight && 
    (outlined(on) || outlined(on.parentElement) || on.matches("[type=date]:not(:focus-visible)"));
}"""
FAR = 80


@pytest.fixture
def desk(open_as: Callable[..., Page]) -> Page:
    page = open_as("desk")
    page.goto("/asha/today/")
    return page


def tab_to(page: Page, wanted: Locator) -> None:
    """Go on with Tab until it has the focus; wherever the focus is on the way, it can be seen."""
    expect(wanted).to_have_count(1)
    for _ in range(FAR):
        page.keyboard.press("Tab")
        assert page.evaluate(SHOWS_FOCUS), page.evaluate("document.activeElement.outerHTML")
        if wanted.evaluate("(element) => element === document.activeElement"):
            return
    pytest.fail(f"Tab does not reach {wanted}")


def row_of(page: Page, name: str) -> Locator:
    return page.locator("[data-row]", has=page.get_by_role("heading", name=name))


def test_a_new_patient_buys_a_pack_and_comes_again_without_a_mouse(desk: Page) -> None:
    name, keys = new_name(), desk.keyboard

    keys.press("/")
    keys.type(name)
    desk.locator("#find-add").wait_for()
    keys.press("ArrowDown")
    keys.press("Enter")
    desk.wait_for_url("**/patients/new/**")
    expect(desk.get_by_label("Name", exact=True)).to_have_value(name)
    tab_to(desk, desk.get_by_role("button", name="Add patient"))
    keys.press("Enter")
    expect(desk.get_by_role("heading", level=1)).to_have_text(name)

    keys.press("s")
    tab_to(desk, desk.get_by_role("link", name="10 sessions", exact=True))
    keys.press("Enter")
    tab_to(desk, desk.get_by_label("Amount").first)
    keys.type("9000")
    tab_to(desk, desk.get_by_label("The patient is here for a session today"))
    keys.press("Space")
    tab_to(desk, desk.get_by_role("button", name="Sell"))
    keys.press("Enter")
    expect(desk.get_by_role("heading", name="1 of 10 done")).to_be_visible()
    expect(desk.locator(".patient-card-left")).to_have_text("9left")

    expect(desk.get_by_role("link", name="Back to the day").first).to_be_focused()
    keys.press("Enter")
    desk.wait_for_url("**/asha/today/**")
    keys.press("w")
    expect(desk.get_by_label("Name, phone or patient number")).to_be_focused()
    keys.type(name)
    tab_to(desk, desk.get_by_role("link", name=name))
    keys.press("Enter")
    tab_to(desk, desk.get_by_role("button", name="Patient is here"))
    keys.press("Enter")
    desk.wait_for_url("**/asha/today/**")

    expect(row_of(desk, name).filter(has=desk.locator("[data-key=c]"))).to_be_focused()
    keys.press("c")
    expect(desk.get_by_role("heading", name="2 of 10 done")).to_be_visible()

    keys.press("u")
    expect(desk.get_by_role("heading", level=1)).to_have_text("Reopened")
    expect(desk.get_by_role("main")).to_contain_text(re.compile(r"9\s*left\s*1 of 10 used"))


def test_the_first_tab_skips_to_the_page_and_nothing_jumps_the_queue(desk: Page) -> None:
    desk.keyboard.press("Tab")

    expect(desk.get_by_role("link", name="Skip to the page")).to_be_focused()
    assert desk.evaluate(SHOWS_FOCUS)
    desk.keyboard.press("Enter")
    expect(desk.locator("#main")).to_be_focused()
    assert desk.locator("[tabindex]:not([tabindex='0'], [tabindex='-1'])").count() == 0


def test_the_lines_of_the_day_are_gone_through_up_and_down(desk: Page) -> None:
    desk.keyboard.press("j")
    expect(desk.locator("[data-row]").first).to_be_focused()
    assert desk.evaluate(SHOWS_FOCUS)

    desk.keyboard.press("j")
    expect(desk.locator("[data-row]").nth(1)).to_be_focused()
    desk.keyboard.press("k")
    expect(desk.locator("[data-row]").first).to_be_focused()

    name = desk.locator("[data-row] h2").first.inner_text()
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", level=1)).to_have_text(name)


def test_a_question_mark_lists_the_keys_and_escape_gives_the_focus_back(desk: Page) -> None:
    desk.keyboard.press("j")
    desk.keyboard.press("?")

    keys = desk.get_by_role("dialog", name="Keyboard")
    expect(keys).to_be_visible()
    for listed in ("Find a patient", "Book a visit", "Complete the visit of the line"):
        expect(keys).to_contain_text(listed)
    desk.keyboard.press("Escape")

    expect(keys).to_be_hidden()
    expect(desk.locator("[data-row]").first).to_be_focused()
