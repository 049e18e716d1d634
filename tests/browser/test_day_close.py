"""The end of the day at the counter, without a mouse: settle what is open, count the cash, close; the owner looks."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.setup.running import Server

from .look import Complaints, findings, sticking_out
from .objects import MINE
from .pages import SERVICE, WITH_PACKAGE
from .people import PHONE
from .test_keyboard import tab_to

NOTES = (500, 200, 100, 50, 20, 10, 5, 2, 1)


@pytest.fixture
def patient_id(demo: Server) -> str:
    """Somebody with a pack that covers today."""
    return str(demo.ask(WITH_PACKAGE.format(mine=MINE) + " LIMIT 1")[0][0])


def test_the_day_is_settled_counted_and_closed_from_the_keyboard(
    open_as: Callable[..., Page], patient_id: str
) -> None:
    """S10"""
    desk = open_as("desk")
    complaints = Complaints(desk)
    for _visit in range(2):
        walk_in(desk, patient_id)

    to_the_end_of_the_day(desk)
    arrived = group(desk, "Here, and not completed").locator("li", has_text="Here since")
    before = arrived.count()
    complete_the_first(desk, arrived)
    expect(arrived).to_have_count(before - 1)
    assert (findings(desk), sticking_out(desk)) == ([], [])

    count_the_cash(desk)
    tab_to(desk, desk.get_by_role("button", name="Close the day"))
    desk.keyboard.press("Enter")
    asked = desk.get_by_role("alert").get_by_role(
        "link", name="Why is the day closed without settling the list?"
    )
    asked.press("Enter")
    desk.keyboard.type("They are still here")
    desk.keyboard.press("Enter")

    closed = desk.locator("section", has=desk.get_by_role("heading", name="Closed"))
    expect(closed).to_contain_text("By Sunita Patil on")
    expect(closed).to_contain_text("They are still here")
    expect(closed).not_to_contain_text("Difference")
    assert (findings(desk), sticking_out(desk)) == ([], [])
    assert [said for said in complaints.since_last() if "422" not in said] == []

    the_owner_sees_it_and_opens_it_again(open_as("owner", viewport=PHONE))


def walk_in(desk: Page, patient_id: str) -> None:
    desk.goto(f"/asha/visits/walk-in/?patient={patient_id}")
    desk.get_by_label("Service").select_option(label=SERVICE)
    desk.get_by_role("button", name="Patient is here").click()
    desk.wait_for_url("**/asha/today/**")


def to_the_end_of_the_day(desk: Page) -> None:
    desk.get_by_role("link", name="Close the day").press("Enter")
    desk.wait_for_url("**/closing/")
    expect(desk.get_by_role("heading", name="To settle")).to_be_visible()


def group(desk: Page, name: str) -> Locator:
    return desk.locator("section.card", has=desk.get_by_role("heading", name=name))


def complete_the_first(desk: Page, items: Locator) -> None:
    """One press: it says what it took, and the list is shorter."""
    name = items.first.get_by_role("link").first.inner_text()
    button = items.first.get_by_role("button", name="Complete")
    tab_to(desk, button)

    desk.keyboard.press("Enter")

    expect(desk.locator("#toasts")).to_contain_text(f"{name}: completed,")


def count_the_cash(desk: Page) -> None:
    """Note by note; the sum stands beneath them and in the field."""
    text = desk.get_by_text(re.compile("There should be")).inner_text()
    expected = Decimal(re.sub(r"[^\d.]", "", re.findall(r"₹[\d,.]+", text)[0]))
    desk.locator("summary", has_text="Count by notes and coins").press("Enter")
    left = int(expected)
    for note in NOTES:
        desk.get_by_label(f"₹{note} ×", exact=True).fill(str(left // note))
        left %= note
    expect(desk.get_by_label("Cash counted")).to_have_value(str(int(expected)))


def the_owner_sees_it_and_opens_it_again(owner: Page) -> None:
    """On the phone, at home."""
    owner.goto("/asha/days/")
    today = owner.get_by_role("row").nth(1)
    expect(today).to_contain_text("Closed")
    expect(today).to_contain_text("left unsettled")
    assert (findings(owner), sticking_out(owner)) == ([], [])

    today.get_by_role("link").first.click()  # the second leads to the day book
    owner.locator("summary", has_text="Open the day again").click()
    owner.get_by_label("Why is the day opened again?").fill("Two were forgotten")
    owner.get_by_role("button", name="Open again").click()

    expect(owner.get_by_role("main")).to_contain_text("Opened again by")
    expect(owner.get_by_role("main")).to_contain_text("Two were forgotten")
    assert (findings(owner), sticking_out(owner)) == ([], [])
