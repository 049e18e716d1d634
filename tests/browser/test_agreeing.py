"""The patient agrees to the terms of a sale: by the keyboard, with a finger, and later on the page of the package."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from .people import new_name

Opened = Callable[..., Page]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


def new_patient(page: Page) -> str:
    """Someone who has bought nothing yet; the page stands at the choice of a plan."""
    name = new_name()
    page.goto("/asha/patients/new/")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Add patient").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.goto(page.url.split("?")[0] + "sale/")
    page.get_by_role("link", name="10 sessions", exact=True).click()
    return name


def sign(page: Page, pad: Locator) -> None:
    """Draw three strokes into the box."""
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box
    for x, y in ((0.1, 0.3), (0.3, 0.6), (0.5, 0.4)):
        page.mouse.move(box["x"] + box["width"] * x, box["y"] + box["height"] * y)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * (x + 0.15), box["y"] + box["height"] * 0.8, steps=8)
        page.mouse.up()


def to_the_package(page: Page) -> None:
    page.get_by_role("link", name="10 sessions", exact=True).click()
    page.wait_for_url(re.compile(r"/packages/[0-9a-f-]{36}/$"))


def test_the_terms_are_read_and_agreed_to_by_the_keyboard(open_as: Opened) -> None:
    page = open_as("desk")
    name = new_patient(page)
    terms = page.get_by_role("region", name="The terms, to read out")
    expect(terms).to_contain_text(
        re.compile(r"Valid for 3 months: from .* to \d+ \w+ 20\d\d, the last day included")
    )

    page.get_by_label("Discount").press_sequentially("1000")
    page.get_by_label("Why").fill("Family")
    expect(terms).to_contain_text("less a discount of ₹1,000.00")
    terms.focus()
    page.keyboard.press("End")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Name of who agrees to the terms")).to_be_focused()
    page.keyboard.type(name)
    page.keyboard.press("Enter")

    page.wait_for_url("**/bills/**")
    expect(page.locator(".bill-agreed")).to_contain_text(name)


@pytest.mark.parametrize("window", [{}, PHONE], ids=["desk", "phone"])
def test_a_signature_is_drawn_cleared_and_drawn_again(open_as: Opened, window: dict[str, object]) -> None:
    page = open_as("desk", **window)
    new_patient(page)
    drawn, pad = page.locator("input[name=signature]"), page.locator("[data-signature] > svg")

    sign(page, pad)
    expect(drawn).to_have_value(re.compile(r"^(M[\d.]+ [\d.]+(L[\d.]+ [\d.]+)+){3}$"))
    page.get_by_role("button", name="Clear the signature").click()
    expect(drawn).to_have_value("")
    sign(page, pad)
    path = drawn.input_value()
    page.get_by_role("button", name="Sell", exact=True).click()

    page.wait_for_url("**/bills/**")
    expect(page.locator(".bill-signature path")).to_have_attribute("d", path)
    to_the_package(page)
    expect(page.locator(".signed path")).to_have_attribute("d", path)


def test_a_sale_without_agreement_says_so_until_somebody_agrees(open_as: Opened) -> None:
    page = open_as("desk")
    name = new_patient(page)
    page.get_by_role("button", name="Sell", exact=True).click()
    page.wait_for_url("**/bills/**")
    expect(page.locator(".bill-agreed")).to_contain_text("Read and agreed to")
    to_the_package(page)
    expect(page.get_by_text("not agreed yet")).to_be_visible()

    page.get_by_role("link", name="Agree to the terms").click()
    page.get_by_label("Name of who agrees").fill(name)
    page.get_by_role("button", name="Record the agreement").click()

    expect(page.get_by_text(f"{name} agreed to the terms on")).to_be_visible()
    expect(page.get_by_text("not agreed yet")).to_have_count(0)


def test_the_sentences_of_a_plan_follow_the_typing(open_as: Opened) -> None:
    page = open_as("owner")
    page.goto("/asha/plans/new/")
    preview = page.locator("#preview")

    page.get_by_label("Name", exact=True).fill("Ten for the back")
    page.get_by_label("Price", exact=True).fill("9,000")
    page.locator("#id_line-0-service").select_option(label="Physiotherapy 60 min")
    page.locator("#id_line-0-sessions").fill("10")
    expect(preview).to_contain_text("“Ten for the back” holds 10 sessions of Physiotherapy 60 min.")
    expect(page.get_by_label("Fee for a late cancellation")).to_be_hidden()

    page.get_by_label("A late cancellation takes").select_option("fee")
    page.get_by_label("Fee for a late cancellation").fill("300")

    expect(preview).to_contain_text("it takes a fee of ₹300.00, and no session")
