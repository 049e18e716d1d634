"""A receptionist's walk through what does not go as planned, from the first sentence to the last, on the screens only.

`script/screenshots walk` takes a picture at each station, on the desk's screen and on a phone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from playwright.sync_api import Page, expect

from tests.setup.running import Server

from .look import Complaints
from .test_keyboard import tab_to
from .test_main_job import manage
from .walking import (
    NOW,
    REVATI,
    RUKMINI,
    TEN,
    THREE,
    act,
    book,
    cancel_what_is_booked,
    figures,
    line_of,
    look,
    open_row,
    put_on_sale,
    register,
    said_day,
    sell,
    sell_to_rukmini,
    to_the_package,
    to_the_patient,
    toasts,
    valid_until,
)


def test_the_receptionists_walk(open_as: Callable[..., Page], demo: Server) -> None:
    """S35, S39, S41, S50, S53"""
    desk, owner = open_as("desk", locale="en-IN"), open_as("owner", locale="en-IN")
    complaints = Complaints(desk)

    put_on_sale(owner, TEN, sessions=10, price=10_000)
    put_on_sale(owner, THREE, sessions=3, price=10_000)
    register(desk, REVATI, "98220 41078")
    register(desk, RUKMINI, "98220 41077")
    sell(desk, TEN, discount=2_000, paid=8_000)

    the_first_late_cancellation_is_free(desk)
    the_second_late_cancellation_counts(desk)
    nobody_came_told_by_keyboard(desk)
    the_passbook_names_its_clauses(desk)
    until = valid_until(desk)
    frozen_for_ten_days(desk, until)
    unfrozen_for_a_visit(desk, until)
    three_of_seven_to_the_sister(desk)
    the_sister_gives_them_back(desk)
    refunded_to_account_credit(owner, desk)

    sell_to_rukmini(desk, THREE, paid=10_000)
    the_patient_says_not_right(desk)
    the_owner_decides(owner)
    it_can_be_told_why(desk)
    the_quote_after_one_of_three(desk)
    assert [said for said in complaints.since_last() if "422" not in said] == []
    assert manage(demo, "verify_ledger") == 0


# Visits that do not take place


def the_first_late_cancellation_is_free(desk: Page) -> None:
    """S50: used by itself, and said before and after."""
    cancel_what_is_booked(desk)
    said = desk.locator(".outcome-choice").first
    expect(said).to_contain_text("Late: less than 24 h before.")
    expect(said).to_contain_text("The free pass is used and nothing is taken; the next one takes a session.")
    expect(desk.locator(".outcome-choice").last).to_contain_text("it never counts")
    look(desk, "1-late-cancel-free-pass")

    desk.get_by_role("button", name="Cancel the visit").click()

    expect(toasts(desk)).to_contain_text("The free pass was used, so nothing was taken: 10 left.")
    look(desk, "2-late-cancel-said")


def the_second_late_cancellation_counts(desk: Page) -> None:
    """S50"""
    cancel_what_is_booked(desk)
    expect(desk.locator(".outcome-choice").first).to_contain_text("It takes 1 session: 10 → 9 left.")
    look(desk, "3-late-cancel-counts")

    desk.get_by_role("button", name="Cancel the visit").click()

    expect(toasts(desk)).to_contain_text("1 session was taken: 9 left.")


def nobody_came_told_by_keyboard(desk: Page) -> None:
    """Her line of the day, its menu, the page that says what it takes, and yes: without a mouse."""
    book(desk, NOW)
    row = open_row(desk)
    for _line in range(desk.locator("[data-row]").count()):
        if row.evaluate("(row) => row.contains(document.activeElement)"):
            break
        desk.keyboard.press("j")
    tab_to(desk, row.locator("summary"))
    desk.keyboard.press("Enter")
    tab_to(desk, row.get_by_role("link", name="Did not come…"))
    desk.keyboard.press("Enter")
    expect(desk.locator(".notice-title")).to_have_text("It takes 1 session: 9 → 8 left.")
    expect(desk.get_by_role("main")).to_contain_text(f"By the terms of “{TEN}”.")
    look(desk, "4-no-show")
    expect(desk.get_by_role("button", name="Did not come")).to_be_focused()

    desk.keyboard.press("Enter")

    expect(toasts(desk)).to_contain_text(f"{RUKMINI} did not come. 1 session was taken: 8 left.")


def the_passbook_names_its_clauses(desk: Page) -> None:
    to_the_package(desk)
    for kind, sessions, clause in (
        ("Cancelled late", ("0", "−1"), ("Free passes", "Cancelling late")),
        ("Did not come", ("−1",), ("Not coming",)),
    ):
        lines = line_of(desk, kind)
        expect(lines).to_have_count(len(clause))
        for line, change, name in zip(lines.all(), sessions, clause, strict=True):
            expect(line.locator(".passbook-change")).to_have_text(change)
            expect(line).to_contain_text(f"terms: {name}")
    look(desk, "5-passbook-clauses", at=line_of(desk, "Did not come"))


# Freezing


def frozen_for_ten_days(desk: Page, until: date) -> None:
    """S35"""
    act(desk, "Freeze")
    first = date.fromisoformat(desk.get_by_label("First day").input_value())
    desk.get_by_label("Last day").fill((first + timedelta(days=9)).isoformat())
    desk.get_by_label("Last day").press("Tab")
    moved = said_day(until + timedelta(days=10))
    expect(desk.locator("#outlook")).to_contain_text(moved)
    desk.get_by_label("Reason").fill("In Pune for the wedding")
    look(desk, "6-freeze")

    desk.get_by_role("button", name="Freeze").click()

    expect(desk.locator(".passbook-balance")).to_contain_text(f"valid to {moved}")
    assert valid_until(desk) == until + timedelta(days=10)
    look(desk, "7-frozen")


def unfrozen_for_a_visit(desk: Page, until: date) -> None:
    """S35: she is here after all. One press unfreezes from today and completes."""
    book(desk, NOW)
    open_row(desk).get_by_role("link", name=re.compile("Complete…")).click()
    unfreeze = desk.get_by_role("button", name=re.compile("Unfreeze from .* and complete"))
    look(desk, "8-frozen-visit", at=unfreeze)
    unfreeze.click()
    expect(desk.locator(".patient-card-left")).to_have_text("7left")

    to_the_package(desk)
    expect(line_of(desk, "Unfrozen")).to_have_count(1)
    assert valid_until(desk) == until


# To the sister and back


def three_of_seven_to_the_sister(desk: Page) -> None:
    """S53: sessions and value move, and both passbooks refer to each other."""
    act(desk, "Transfer")
    desk.get_by_label("To whom? Name, phone or patient number").fill(REVATI)
    desk.get_by_role("main").get_by_role("link", name=REVATI).click()
    desk.get_by_label("Sessions", exact=True).fill("3")
    desk.get_by_label("Sessions", exact=True).press("Tab")
    expect(desk.locator("#outlook")).to_contain_text("7 left → 4 left")
    expect(desk.locator("#outlook")).to_contain_text("₹2,400")
    desk.get_by_label("Reason").fill("Her sister has the same knee")
    look(desk, "9-transfer")

    desk.get_by_role("button", name="Transfer", exact=True).click()

    expect(desk.locator(".balance-left")).to_have_text("3")
    look(desk, "10-transferred-to")
    expect(desk.get_by_text(f"of {RUKMINI}").first).to_be_visible()
    line_of(desk, "Transferred in").get_by_role("link").first.click()
    expect(desk.locator(".balance-left")).to_have_text("4")
    sent = line_of(desk, "Transferred out")
    expect(sent).to_contain_text(REVATI)
    look(desk, "11-transferred-from", at=sent)
    sent.get_by_role("link").first.click()
    expect(desk.get_by_role("link", name=REVATI).first).to_be_visible()


def the_sister_gives_them_back(desk: Page) -> None:
    """S53: undone while none was used."""
    act(desk, "Undo the transfer")
    desk.get_by_label("Reason").fill("She goes to another clinic")
    desk.get_by_role("button", name="Give them back").click()

    expect(desk.get_by_text("Undone: 3 sessions are on this package again.")).to_be_visible()
    expect(desk.get_by_role("link", name=RUKMINI).first).to_be_visible()
    expect(desk.locator(".balance-left")).to_have_text("7")
    expect(desk.locator(".passbook > li").last).to_contain_text(REVATI)
    look(desk, "12-transfer-undone", at=desk.locator(".passbook > li").last)


# Money back


def refunded_to_account_credit(owner: Page, desk: Page) -> None:
    """S39: 8,000 paid and 3 of 10 used. The desk reads the arithmetic out; the owner makes the refund."""
    arithmetic = ["₹8,000", "−₹2,400", "₹5,600"]
    act(desk, "Refund")
    assert figures(desk) == arithmetic
    expect(desk.get_by_text("Only the owner of the clinic makes refunds.")).to_be_visible()
    look(desk, "13-refund-quote")

    owner.goto(desk.url)
    assert figures(owner) == arithmetic
    owner.get_by_label("stays here as the patient’s account credit").check()
    expect(owner.get_by_label("Paid out by")).to_be_hidden()
    owner.get_by_label("Reason").fill("Moves to Nagpur")
    look(owner, "14-refund", at=owner.get_by_label("Reason"))
    owner.get_by_role("button", name="Refund ₹5,600.00").click()

    expect(owner.locator(".passbook-balance")).not_to_contain_text("paid")
    expect(toasts(owner)).to_contain_text("₹5,600.00 stay as the patient’s account credit")
    expect(owner.locator(".balance-left")).to_have_text("0")
    look(owner, "15-refunded", at=owner.locator(".passbook > li").last)
    to_the_patient(owner, RUKMINI)
    expect(owner.get_by_role("main")).to_contain_text(re.compile("credit", re.IGNORECASE))
    expect(owner.get_by_role("main")).to_contain_text("₹5,600")
    look(owner, "16-account-credit")


def the_quote_after_one_of_three(desk: Page) -> None:
    """S41: 10,000 by three; what stays is not one paisa more or less."""
    to_the_package(desk, THREE)
    act(desk, "Refund")
    assert figures(desk) == ["₹10,000", "−₹3,333.33", "₹6,666.67"]


# "That is not right"


def the_patient_says_not_right(desk: Page) -> None:
    """The screen is turned. Until it is decided the session is neither used nor left."""
    book(desk, NOW)
    open_row(desk).get_by_role("button", name=re.compile("^Complete")).first.click()
    expect(desk.locator(".patient-card-left")).to_have_text("2left")
    assert desk.evaluate("scrollY") == 0, "the card is out of sight"
    look(desk, "17-is-this-right")
    desk.locator(".answer-card summary").click()
    desk.get_by_label("What").fill("He was called away after five minutes.")
    desk.get_by_label("Your initials").first.fill("RS")
    look(desk, "18-not-right", at=desk.get_by_role("button", name="Not right"))
    desk.get_by_role("button", name="Not right").click()
    expect(desk.get_by_text("The owner of the clinic decides by")).to_be_visible()
    look(desk, "19-set-aside", at=desk.locator(".answer-card"))

    to_the_package(desk, THREE)
    expect(desk.locator(".passbook-balance")).to_contain_text("0 of 3 used")
    expect(desk.locator(".passbook-balance")).to_contain_text("set aside")
    expect(desk.locator(".balance-left")).to_have_text("2")
    look(desk, "20-passbook-set-aside")


def the_owner_decides(owner: Page) -> None:
    owner.goto("/asha/today/")
    owner.get_by_role("link", name="Decide").click()
    owner.get_by_role("link", name=re.compile(f"Case .*{RUKMINI}")).click()
    expect(owner.get_by_text("0 used, 2 left, 1 set aside")).to_be_visible()
    owner.get_by_label("It stands: the session was used").check()
    owner.get_by_label("Reason").fill("He came back and stayed the hour")
    look(owner, "21-dispute")
    owner.get_by_role("button", name="Decide").click()
    expect(owner.get_by_text("The case is decided, and the passbook says so.")).to_be_visible()
    look(owner, "22-decided")

    to_the_package(owner, THREE)
    expect(owner.locator(".passbook-balance")).to_contain_text("1 of 3 used")
    expect(owner.locator(".passbook-balance")).not_to_contain_text("set aside")
    expect(owner.locator(".passbook > li").last).to_contain_text("He came back and stayed the hour")
    look(owner, "23-passbook-decided", at=owner.locator(".passbook > li").last)


def it_can_be_told_why(desk: Page) -> None:
    """The count of both packs, in a sentence to read out."""
    for plan, left, name in ((THREE, 2, "24-why-2"), (TEN, 0, "25-why-0")):
        to_the_package(desk, plan)
        desk.get_by_role("link", name=f"Why {left}?").click()
        expect(desk.get_by_role("heading", level=1)).to_have_text(f"Why is it {left}?")
        expect(desk.locator(".said .balance-left")).to_have_text(str(left))
        expect(desk.get_by_role("main")).not_to_contain_text("was completed 2 times")
        look(desk, name)
        if plan == TEN:
            expect(desk.locator(".said-sentence")).to_contain_text("refunded")
