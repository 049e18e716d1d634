"""Every page of the URL table, as every role that may open it: no finding of axe, nothing sticks out, no complaint.

What to do when a new URL fails here is said in tests/browser/pages.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.urls import resolve
from playwright.sync_api import Browser, Error
from playwright.sync_api import Page as Window

from clinic.middleware import ALLAUTH
from clinic.models import Role
from tests.setup.running import Server

from .look import COLOURS, Complaints, findings, sticking_out
from .objects import Objects, make_what_is_missing
from .pages import LEADS_TO, Page, all_pages, main_pages
from .people import DESKTOP, OF_ROLE, PHONE

NOT_FOR_GET = 405


@dataclass
class Seat:
    """A window of somebody, and what its console said."""

    window: Window
    complaints: Complaints


@pytest.fixture(scope="module")
def seats(browser: Browser, demo: Server, state_of: Callable[[str], Any]) -> Iterator[Callable[..., Seat]]:
    """One window for each role and language, kept for the whole module: opening 200 windows takes a minute."""
    taken: dict[tuple[Role | None, str], Seat] = {}

    def seat(role: Role | None, locale: str = "en-IN") -> Seat:
        if (role, locale) not in taken:
            state = {"storage_state": state_of(OF_ROLE[role])} if role else {}
            context = browser.new_context(base_url=demo.url, locale=locale, reduced_motion="reduce", **state)
            window = context.new_page()
            taken[role, locale] = Seat(window, Complaints(window))
        return taken[role, locale]

    yield seat
    for one in taken.values():
        one.window.context.close()


@pytest.fixture(scope="module")
def objects(demo: Server, seats: Callable[..., Seat]) -> Objects:
    objects = Objects(demo)
    make_what_is_missing(objects, desk=seats(Role.FRONT_DESK).window, owner=seats(Role.OWNER).window)
    return objects


@pytest.fixture(scope="module")
def seen() -> set[tuple[Role | None, str]]:
    """What was looked at already: many addresses lead somebody who is signed out to the same sign-in."""
    return set()


@pytest.mark.parametrize("page", all_pages(), ids=str)
def test_page(
    page: Page, seats: Callable[..., Seat], objects: Objects, seen: set[tuple[Role | None, str]]
) -> None:
    seat = seats(page.role)
    address = objects.address(page)

    status = _open(seat, address)

    if status == NOT_FOR_GET:
        return  # an act without a page of its own
    assert status == 200, f"{address}: {status}"
    assert seat.complaints.since_last() == []
    landed = resolve(urlsplit(seat.window.url).path).view_name
    if not page.name.startswith(ALLAUTH):
        assert landed == LEADS_TO.get(page.name, page.name), f"{address} led to {seat.window.url}"
    if landed != page.name and ((page.role, landed) in seen or not landed.startswith(ALLAUTH)):
        return  # it is looked at under its own name
    seen.add((page.role, landed))
    assert _wrong_with(seat.window, thoroughly=page.is_first) == []


@pytest.mark.parametrize("page", main_pages(), ids=str)
def test_main_page_in_hindi(page: Page, seats: Callable[..., Seat], objects: Objects) -> None:
    seat = seats(page.role, "hi-IN")

    assert _open(seat, objects.address(page)) == 200

    assert seat.window.locator("html").get_attribute("lang") == "hi"
    assert seat.complaints.since_last() == []
    assert _wrong_with(seat.window, thoroughly=False) == []


def _open(seat: Seat, address: str) -> int:
    """Go there on a desktop in daylight; the status of the answer."""
    seat.window.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    seat.window.emulate_media(color_scheme="light")
    seat.complaints.since_last()
    try:
        answer = seat.window.goto(address)
    except Error as error:  # a browser shows no page for an answer without a body
        if "ERR_HTTP_RESPONSE_CODE_FAILURE" not in str(error):
            raise
        return seat.window.context.request.get(address).status
    assert answer
    return answer.status


def _wrong_with(window: Window, *, thoroughly: bool) -> list[str]:
    """Axe and what sticks out, on a desktop and on a phone; thoroughly: the colours of the dark too."""
    wrong = sticking_out(window) + findings(window)
    if thoroughly:
        window.emulate_media(color_scheme="dark")
        wrong += findings(window, COLOURS)
    window.set_viewport_size(PHONE)  # type: ignore[arg-type]
    wrong += sticking_out(window)
    if thoroughly:
        wrong += findings(window, COLOURS)
        window.emulate_media(color_scheme="light")
        wrong += findings(window)
    return wrong
