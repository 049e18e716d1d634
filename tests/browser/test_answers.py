"""The screen is turned: the patient answers with a finger, or by the keyboard; a shared phone asks who it is."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.setup.running import Server

from .look import findings, sticking_out
from .objects import Objects, _walk_in
from .people import PHONE, new_name
from .test_phone import PRESSED, SMALL

TABLET = {"width": 820, "height": 1180}


@pytest.fixture
def objects(demo: Server) -> Objects:
    return Objects(demo)


def sign(page: Page) -> None:
    """Draw with a finger, as the browser itself hears it."""
    pad = page.locator(".answer-card [data-signature] > svg")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box
    session = page.context.new_cdp_session(page)
    strokes = ((0.1, 0.5), (0.2, 0.2), (0.3, 0.8), (0.4, 0.3), (0.5, 0.7), (0.7, 0.4))
    for n, (x, y) in enumerate(strokes):
        at = {"x": box["x"] + box["width"] * x, "y": box["y"] + box["height"] * y}
        kind = "touchMove" if n else "touchStart"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [at]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def completed(desk: Page, objects: Objects) -> str:
    """A visit that was just completed from a package; its card is on the screen."""
    visit_id = _walk_in(desk, objects, objects.find("patient_id"))
    desk.goto(f"/asha/visits/{visit_id}/completion/")
    desk.get_by_role("button", name="Complete", exact=True).click()
    expect(desk.get_by_role("heading", name="Is this right?")).to_be_visible()
    return visit_id


def test_with_a_finger(open_as: Callable[..., Page], objects: Objects) -> None:
    page = open_as("desk", viewport=TABLET, has_touch=True)
    completed(page, objects)
    assert page.evaluate(SMALL, [".answer-card button, .answer-card input:not([type=hidden])", 40]) == []
    assert findings(page) == []

    sign(page)
    # Not a tap: after a drag that it was told to make, Chromium takes the next one for the end of it.
    page.get_by_role("button", name="Yes, this is right").click()

    expect(page.locator(".pill.answer")).to_have_text(re.compile("You said: right, .*signed"))
    expect(page.get_by_role("button", name="Yes, this is right")).to_have_count(0)


def test_by_the_keyboard(open_as: Callable[..., Page], objects: Objects) -> None:
    page = open_as("desk")
    completed(page, objects)

    page.get_by_label("Your initials").focus()
    page.keyboard.type("PN")
    for _ in range(6):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.answer-card summary')"):
            break
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("It was ten minutes only")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.locator(".pill.answer")).to_contain_text("not right")
    expect(page.get_by_text("The owner of the clinic decides by")).to_be_visible()
    page.goto("/asha/disputes/")
    expect(page.get_by_text("It was ten minutes only").first).to_be_visible()
    assert findings(page) == []


def test_nobody_signed(open_as: Callable[..., Page], objects: Objects) -> None:
    page = open_as("desk", viewport=PHONE, has_touch=True)
    completed(page, objects)

    page.get_by_role("button", name="Yes, this is right").tap()

    expect(page.get_by_text("so that we know it was you")).to_be_visible()
    assert sticking_out(page) == []
    assert findings(page) == []


def test_a_shared_phone_asks_who_it_is(open_as: Callable[..., Page]) -> None:
    """S57"""
    desk = open_as("desk")
    for name in (new_name(), new_name()):
        desk.goto("/asha/patients/new/")
        desk.get_by_label("Name").fill(name)
        desk.get_by_label("Phone").first.fill("98765 00057")
        desk.get_by_label("Date of birth").fill("1988-02-29")
        desk.get_by_role("button", name="Add patient").click()
        if desk.get_by_role("button", name="No, save as somebody else").count():
            desk.get_by_role("button", name="No, save as somebody else").click()
        expect(desk.get_by_role("heading", name=name)).to_be_visible()
    desk.goto(f"{desk.url.rstrip('/')}/link/")
    desk.get_by_role("button", name="Make a").click()
    link = desk.get_by_label("Address", exact=True).input_value()

    phone = open_as("", viewport=PHONE, has_touch=True)
    phone.goto(link[link.index("/p/") :])
    expect(phone.get_by_role("heading", name="Is it you?")).to_be_visible()
    assert (findings(phone), sticking_out(phone), phone.evaluate(SMALL, [PRESSED, 40])) == ([], [], [])

    for day, told in (("28", "That is not what the clinic has written down."), ("29", "Hello Tarini")):
        phone.get_by_label("Day").fill(day)
        phone.get_by_label("Month").fill("2")
        phone.get_by_label("Year").fill("1988")
        phone.get_by_role("button", name="Continue").tap()
        expect(phone.get_by_text(told)).to_be_visible()


def test_the_link_asks_and_one_press_says_yes(open_as: Callable[..., Page], objects: Objects) -> None:
    desk = open_as("desk")
    completed(desk, objects)
    desk.goto(f"/asha/patients/{objects.find('patient_id')}/link/")
    desk.get_by_role("button", name="Make a").click()
    link = desk.get_by_label("Address", exact=True).input_value()
    phone = open_as("", viewport=PHONE, has_touch=True)
    phone.goto(link[link.index("/p/") :])
    rows = phone.locator(".check-list > li")
    assert rows.first.bounding_box()["width"] > PHONE["width"] * 0.7  # type: ignore[index]
    assert (findings(phone), sticking_out(phone)) == ([], [])

    asked = rows.filter(has_text="Not answered yet").first
    asked.get_by_role("button", name="Yes").tap()

    expect(phone.get_by_role("heading", name="Hello")).to_be_visible()
    expect(phone.locator(".pill.answer.good").first).to_be_attached()
