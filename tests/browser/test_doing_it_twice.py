"""Doing it twice is doing it once: impatient fingers on the screens that take sessions."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Request, expect

from .people import new_name
from .test_without_javascript import add_patient, passbook, sell_ten, walk_in


@pytest.fixture
def desk(open_as: Callable[..., Page]) -> Page:
    return open_as("desk")


@pytest.fixture
def name(desk: Page) -> str:
    """A patient with a pack of ten."""
    name = new_name()
    add_patient(desk, name)
    sell_ten(desk, here_now=False)
    return name


def lines_of(page: Page, name: str) -> list[str]:
    page.goto(f"/asha/search/?q={name}")
    return passbook(page)


def test_a_double_click_on_complete_takes_one_session(desk: Page, name: str) -> None:
    """S02"""
    row = walk_in(desk, name)
    sent: list[Request] = []
    desk.on("request", lambda request: sent.append(request) if request.method == "POST" else None)

    row.get_by_role("button", name="Complete").dblclick(no_wait_after=True)

    expect(desk.get_by_role("heading", name="1 of 10 done")).to_be_visible()
    assert len(sent) == 1
    assert lines_of(desk, name) == ["+10", "−1"]


def test_a_double_click_where_no_script_holds_the_form_takes_one_session(
    open_as: Callable[..., Page], desk: Page, name: str
) -> None:
    """S02"""
    plain = open_as("desk", java_script_enabled=False)
    row = walk_in(plain, name)

    row.get_by_role("button", name="Complete").dblclick(no_wait_after=True)

    expect(plain.get_by_role("heading", name="1 of 10 done")).to_be_visible()
    assert lines_of(desk, name) == ["+10", "−1"]


def test_the_back_button_and_complete_again_is_the_same_answer(
    open_as: Callable[..., Page], desk: Page, name: str
) -> None:
    """S02"""
    row = walk_in(desk, name)
    visit_id = str(row.get_attribute("id")).removeprefix("visit-")
    desk.goto(f"/asha/visits/{visit_id}/completion/")
    with desk.expect_request(lambda request: request.method == "POST") as sent:
        desk.get_by_role("button", name="Complete", exact=True).click()
    expect(desk.get_by_role("heading", name="1 of 10 done")).to_be_visible()
    first = desk.get_by_role("main").inner_text()

    # The page of before, key and all, as a browser keeps it; ours asks anew and shows the card.
    desk.go_back()
    expect(desk.get_by_role("heading", name="1 of 10 done")).to_be_visible()
    again = desk.context.request.post(
        sent.value.url,
        data=str(sent.value.post_data),
        headers={"Content-Type": "application/x-www-form-urlencoded", "Referer": sent.value.url},
    )

    assert again.status == 200
    desk.goto(again.url)
    assert desk.get_by_role("main").inner_text() == first
    assert lines_of(desk, name) == ["+10", "−1"]


def test_two_windows_on_the_same_visit_take_one_session_and_the_second_reads_who_was_first(
    open_as: Callable[..., Page], desk: Page, name: str
) -> None:
    """S01"""
    row = walk_in(desk, name)
    visit_id = row.get_attribute("id")
    owner = open_as("owner")
    owner.goto("/asha/today/")

    row.get_by_role("button", name="Complete").click()
    expect(desk.get_by_role("heading", name="1 of 10 done")).to_be_visible()
    owner.locator(f"#{visit_id}").get_by_role("button", name="Complete").click()

    expect(owner.get_by_role("main")).to_contain_text(
        "already completed by Sunita Patil at", ignore_case=True
    )
    expect(owner.get_by_role("heading", name="1 of 10 done")).to_be_visible()
    assert lines_of(desk, name) == ["+10", "−1"]
