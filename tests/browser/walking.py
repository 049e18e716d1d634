"""The ways of the receptionist's walk: what she prepares, how she gets about, and what she looks at."""

from __future__ import annotations

import os
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import Locator, Page, expect

from .look import sticking_out
from .people import DESKTOP, PHONE

PICTURES = os.environ.get("GINTI_WALK_PICTURES")
SIZES = {"desktop": {"width": 1280, "height": 900}, "phone": PHONE}
RUKMINI, REVATI = "Rukmini Sathe", "Revati Sathe"
TEN, THREE = "Knee ten", "Knee three"
SERVICE = "Physiotherapy 60 min"
CLOCK = ZoneInfo("Asia/Kolkata")
SOON, NOW = timedelta(hours=2), timedelta(0)


def put_on_sale(owner: Page, name: str, *, sessions: int, price: int) -> None:
    """All rules stay as the form proposes them: one free pass, 24 hours, one session, the rate paid."""
    owner.goto("/asha/plans/new/")
    owner.get_by_label("Name", exact=True).fill(name)
    owner.get_by_label("Price", exact=True).fill(str(price))
    owner.get_by_label(re.compile("^Service")).first.select_option(label=SERVICE)
    owner.get_by_label(re.compile("^Sessions")).first.fill(str(sessions))
    owner.get_by_label("Valid for").fill("90")
    owner.get_by_label("Unit", exact=True).first.select_option(label="days")
    owner.get_by_role("button", name="Save").click()
    expect(owner.get_by_text("Saved. Packs already sold keep their terms.")).to_be_visible()


def register(desk: Page, name: str, phone: str) -> None:
    desk.goto("/asha/patients/new/")
    desk.get_by_label("Name").fill(name)
    desk.get_by_label("Phone").first.fill(phone)
    desk.get_by_role("button", name="Add patient").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text(name)


def sell(desk: Page, plan: str, *, paid: int, discount: int = 0) -> None:
    """From the patient's page; she agrees by her name."""
    desk.locator("a[href*='/sale/']").first.click()
    desk.get_by_role("link", name=plan, exact=True).click()
    if discount:
        desk.get_by_label("Discount").fill(str(discount))
        desk.get_by_label("Why").fill("Family")
    desk.get_by_label("Amount").first.fill(str(paid))
    desk.get_by_label("Name of who agrees to the terms").fill(RUKMINI)
    desk.get_by_role("button", name="Sell", exact=True).click()
    expect(desk.get_by_text(f"{plan} sold.")).to_be_visible()


def sell_to_rukmini(desk: Page, plan: str, *, paid: int) -> None:
    to_the_patient(desk, RUKMINI)
    sell(desk, plan, paid=paid)


def book(desk: Page, ahead: timedelta) -> None:
    """A visit of Rukmini; then her line of that day is on the screen."""
    at = datetime.now(CLOCK) + ahead
    desk.goto("/asha/visits/new/")
    desk.get_by_label("Name, phone or patient number").fill(RUKMINI)
    desk.get_by_role("main").get_by_role("link", name=RUKMINI).click()
    desk.get_by_label("Day", exact=True).fill(f"{at:%Y-%m-%d}")
    desk.get_by_label("Time").fill(f"{at:%H:%M}")
    desk.get_by_label("Service").select_option(label=SERVICE)
    desk.get_by_role("button", name="Book", exact=True).click()
    desk.wait_for_url("**/asha/today/**")
    expect(open_row(desk)).to_have_count(1)


def cancel_what_is_booked(desk: Page) -> None:
    """A visit in two hours, which the patient cancels by telephone; what it comes to stands on the page."""
    book(desk, SOON)
    open_row(desk).locator("summary").click()
    open_row(desk).get_by_role("link", name="Cancel the visit…").click()
    desk.get_by_label("Reason").fill("Rang: fever")


def open_row(desk: Page) -> Locator:
    """Her visit that is still to be settled; there is one at a time."""
    named = desk.get_by_role("heading", name=RUKMINI)
    return desk.locator("[data-row]:not(.done):not(.ended)", has=named)


def to_the_patient(page: Page, name: str) -> None:
    page.goto(f"/asha/search/?q={name.replace(' ', '+')}")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def to_the_package(page: Page, plan: str = TEN) -> None:
    """Wherever it stands on her page: a closed one is behind the fold."""
    to_the_patient(page, RUKMINI)
    folded = page.locator("details", has=page.get_by_role("link", name=plan, exact=True, include_hidden=True))
    if folded.count():
        folded.locator("summary").first.click()
    page.get_by_role("link", name=plan, exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(plan)


def act(page: Page, name: str) -> None:
    """One of what can be done with the package."""
    page.get_by_text("Acts", exact=True).click()
    page.locator(".acts-menu").get_by_role("link", name=name).click()


def figures(page: Page) -> list[str]:
    """The arithmetic as it stands on the page, line by line."""
    return [text.replace(".00", "") for text in page.locator(".sums dd").all_inner_texts()]


def line_of(page: Page, kind: str) -> Locator:
    label = page.locator(".passbook-what > strong", has_text=re.compile(f"^{kind}$"))
    return page.locator(".passbook > li", has=label)


def toasts(page: Page) -> Locator:
    return page.locator("#toasts")


def valid_until(page: Page) -> date:
    text = page.locator(".passbook-balance .balance-foot").inner_text()
    return read_day(text[text.index("valid to ") + len("valid to ") :])


def read_day(text: str) -> date:
    found = re.match(r"(\d+ \w+ \d{4})", text)
    assert found, text
    return datetime.strptime(found[1], "%d %b %Y").date()  # noqa: DTZ007


def said_day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def look(page: Page, station: str, at: Locator | None = None) -> None:
    """Nothing sticks out on either screen; a picture of each where they are asked for."""
    for size, viewport in SIZES.items():
        page.set_viewport_size(viewport)  # type: ignore[arg-type]
        if at is None:
            page.evaluate("scrollTo(0, 0)")
        else:
            at.evaluate("(element) => element.scrollIntoView({block: 'center'})")
        assert sticking_out(page) == [], (station, size)
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{station}-{size}.png")
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
