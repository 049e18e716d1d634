"""The therapist's day with one thumb: everything in reach, nothing too small, nothing hidden by the bar below."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from .people import PHONE

# WCAG 2.5.8 asks for 24 pixels; a thumb in a hurry asks for more. Links within a sentence are no targets.
PRESSED = "button, summary, select, .button, .side a, input:not([type=hidden])"
SMALL = """([pressed, least]) => [...document.querySelectorAll(pressed)]
  .filter((e) => e.checkVisibility() && !e.closest(".hidden-words, details:not([open]) > :not(summary)"))
  .map((e) => [e.outerHTML.slice(0, 100), Math.round(e.getBoundingClientRect().height)])
  .filter(([, height]) => height > 0 && height < least)"""
COVERED = """(button) => {
  button.scrollIntoView({block: "end"});
  const box = button.getBoundingClientRect();
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return !button.contains(top);
}"""


@pytest.fixture
def phone(open_as: Callable[..., Page]) -> Page:
    page = open_as("anand", viewport=PHONE, has_touch=True, is_mobile=True)
    page.goto("/asha/today/")
    return page


def test_what_a_thumb_presses_is_large_enough(phone: Page) -> None:
    assert phone.evaluate(SMALL, [PRESSED, 40]) == []


def test_the_bar_below_hides_no_button_of_the_last_line(open_as: Callable[..., Page]) -> None:
    # The desk sees everybody's visits: a therapist may have none on a day.
    page = open_as("desk", viewport=PHONE, has_touch=True, is_mobile=True)
    page.goto("/asha/today/")
    last = page.locator("main :is(summary, button, a)").last

    assert last.evaluate(COVERED) is False


def test_the_menu_below_leads_to_the_patients(phone: Page) -> None:
    phone.get_by_role("navigation", name="Main").get_by_role("link", name="Patients").tap()

    expect(phone.get_by_role("heading", level=1)).to_have_text("Patients")
    expect(phone.get_by_role("link", name="Add")).to_have_count(0)  # that is the desk's


def test_nothing_sticks_out_where_a_page_is_zoomed_to_320_pixels(open_as: Callable[..., Page]) -> None:
    page = open_as("desk", viewport={"width": 320, "height": 480})
    for path in (
        "/asha/today/",
        "/asha/patients/",
        "/asha/packages/",
        "/asha/bills/",
        "/asha/visits/walk-in/",
    ):
        page.goto(path)

        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
