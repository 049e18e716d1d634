"""The main job, end to end, on a machine where nothing was prepared: script/server, and then only the screens."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from playwright.sync_api import Locator, Page, expect
from pypdf import PdfReader

from ginti_run.paths import ROOT, VENV_PYTHON
from tests.setup.running import Server

from .people import PHONE

REGISTER = ROOT / "docs" / "examples" / "register.xlsx"
# A row of it: "Usha Menon, 97000 30598, Post-op rehab 24, Rehab 90 min, 7/24", valid without end.
NAME, LAST_FOUR, PACK, SOLD, LEFT = "Usha Menon", "0598", "Post-op rehab 24", 24, 17


def test_the_main_job(open_as: Callable[..., Page], demo: Server) -> None:
    desk = open_as("desk")

    import_the_register(desk)
    find_by_the_last_four_digits(desk)
    expect(card_of(desk, PACK)).to_contain_text(f"{SOLD - LEFT} of {SOLD} used")
    expect(card_of(desk, PACK).locator(".balance-left")).to_have_text(str(LEFT))
    walk_in(desk, therapist="Dr Anand Iyer")
    complete(desk)
    bill_name = read_the_bill(desk)
    reopen(desk)
    note_name = read_the_passbook(desk, bill_name)
    read_the_correction_note(desk, note_name, bill_name)

    complete_with_a_thumb(open_as("anand", viewport=PHONE, has_touch=True, is_mobile=True))
    assert manage(demo, "verify_ledger") == 0


def import_the_register(desk: Page) -> None:
    """Choose the file, look at what it would do, enter it, wait for the worker."""
    desk.goto("/asha/register/")
    desk.locator("input[type=file]").set_input_files(REGISTER)
    desk.get_by_role("button", name="Read the file").click()
    desk.get_by_role("button", name="Import 300 packages").click(timeout=60_000)

    done = desk.get_by_text("Every balance begins in its passbook")
    expect(done).to_be_visible(timeout=90_000)
    expect(desk.get_by_role("main")).to_contain_text("264")


def find_by_the_last_four_digits(desk: Page) -> None:
    """Type, see the one who fits, Enter."""
    desk.goto("/asha/today/")
    desk.keyboard.press("/")
    desk.keyboard.type(LAST_FOUR)
    expect(desk.locator("#find-results [role=option]")).to_have_count(1)
    expect(desk.locator("#find-results [role=option]")).to_contain_text(f"{LEFT} left")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", level=1)).to_have_text(NAME)


def walk_in(desk: Page, *, therapist: str) -> None:
    """The patient stands at the desk; before anything is saved the screen says what it will take."""
    desk.goto("/asha/visits/walk-in/")
    desk.keyboard.type(LAST_FOUR)
    desk.get_by_role("main").get_by_role("link", name=NAME).click()
    desk.get_by_label("Service").select_option(label="Rehab 90 min")
    desk.get_by_label("Therapist").select_option(label=therapist)
    expect(desk.locator("#outlook")).to_contain_text(f"{PACK}: {LEFT} left → {LEFT - 1} left")
    desk.get_by_role("button", name="Patient is here").click()
    desk.wait_for_url("**/asha/today/**")


def complete(desk: Page) -> None:
    """The balance on the card is one less than it was."""
    row_of(desk, NAME).get_by_role("button", name="Complete").click()

    expect(desk.get_by_role("heading", name=f"{SOLD - LEFT + 1} of {SOLD} done")).to_be_visible()
    expect(desk.locator(".patient-card-left")).to_have_text(f"{LEFT - 1}left")


def read_the_bill(desk: Page) -> str:
    """The PDF behind Print says the same as the card; its number."""
    text = pdf_text(desk, desk.get_by_role("link", name="Print").get_attribute("href"))

    name = re.search(r"Visit receipt (R/\S+)", text)
    assert name, text
    assert NAME in text
    assert f"{LEFT - 1} left {SOLD - LEFT + 1} of {SOLD} used" in text
    assert f"This visit is session {SOLD - LEFT + 1} of {SOLD}" in text
    assert "Duplicate" not in text
    return name[1]


def reopen(desk: Page) -> None:
    """A mistake: the reason stays beside the line."""
    desk.goto("/asha/today/")
    row = row_of(desk, NAME)
    expect(row.locator(".balance-left")).to_have_text(str(LEFT - 1))
    row.locator("summary").click()
    row.get_by_role("link", name="Reopen").click()
    desk.get_by_role("button", name="Another patient was meant").click()
    desk.wait_for_url("**/asha/today/**")
    expect(row.locator(".balance-left")).to_have_text(str(LEFT))


def read_the_passbook(desk: Page, bill_name: str) -> str:
    """What came with the register, what was used, what was given back and why; the name of the note."""
    desk.goto(f"/asha/search/?q={LAST_FOUR}")
    expect(card_of(desk, PACK).locator(".balance-left")).to_have_text(str(LEFT))
    note = desk.get_by_role("row").filter(has_text="Correction note").get_by_role("link").inner_text()
    expect(desk.get_by_role("row").filter(has_text=bill_name)).to_have_count(1)
    desk.get_by_role("link", name=PACK, exact=True).click()

    lines = desk.locator(".passbook > li")
    expect(lines).to_have_count(3)
    sessions = lines.locator(".passbook-change").all_inner_texts()
    after = [text.split()[0] for text in lines.locator(".passbook-after").all_inner_texts()]
    assert (sessions, after) == (["+17", "−1", "+1"], ["17", "16", "17"])
    opening, used, given_back = (line.inner_text() for line in lines.all())
    assert "Opening balance: 24 sold, 7 used before go-live, 17 left." in opening
    assert "taken back" in used
    assert "Another patient was meant" in given_back
    assert all("recorded by Sunita Patil" in line for line in (opening, used, given_back))
    return note


def read_the_correction_note(desk: Page, note_name: str, bill_name: str) -> None:
    desk.go_back()
    desk.get_by_role("link", name=note_name).click()

    text = pdf_text(desk, desk.get_by_role("link", name="PDF", exact=True).get_attribute("href"))
    assert f"{SOLD - LEFT} used, {LEFT} left" in text
    assert f"replaces the balance on bill {bill_name}" in text


def complete_with_a_thumb(phone: Page) -> None:
    """The therapist's own day on a phone: one tap on the line of the visit that was reopened."""
    phone.goto("/asha/today/")
    expect(phone.get_by_label("Therapist").locator("option:checked")).to_have_text("My visits")
    button = row_of(phone, NAME).get_by_role("button", name="Complete")
    expect(row_of(phone, NAME).locator(".balance-left")).to_have_text(str(LEFT))
    size = button.bounding_box()
    assert size
    assert min(size["height"], size["width"]) >= 44

    button.tap()

    expect(phone.locator(".patient-card-left")).to_have_text(f"{LEFT - 1}left")
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")


def row_of(page: Page, name: str) -> Locator:
    return page.locator("[data-row]", has=page.get_by_role("heading", name=name))


def card_of(page: Page, package: str) -> Locator:
    return page.locator(".package-card", has=page.get_by_role("link", name=package, exact=True))


def pdf_text(page: Page, address: str | None) -> str:
    """What the downloaded file says, on one line."""
    assert address
    answer = page.context.request.get(address)
    assert answer.headers["content-type"] == "application/pdf"
    return " ".join(
        " ".join(sheet.extract_text() for sheet in PdfReader(BytesIO(answer.body())).pages).split()
    )


def manage(server: Server, *command: str) -> int:
    """A command of manage.py on the running server's database, as its operator would run it."""
    environ = Path(f"/proc/{server.pids['web']}/environ").read_text().split("\0")
    of_the_web = dict(pair.split("=", 1) for pair in environ if "=" in pair)
    return subprocess.run([VENV_PYTHON, ROOT / "manage.py", *command], env=of_the_web, check=False).returncode
