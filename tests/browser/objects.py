"""The objects of the demonstration clinic that pages are opened with."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen
from uuid import UUID

from django.urls import resolve, reverse
from django.utils import timezone
from playwright.sync_api import Page as Window
from playwright.sync_api import expect

from ginti_run.paths import ROOT
from tests.fake_razorpay import WEBHOOK_SECRET, event, now, signature
from tests.setup.running import Server

from .pages import CLINIC, OBJECTS, SERVICE, TABLE, WANTS, Page

MINE = f"clinic_id = (SELECT id FROM clinic_clinic WHERE slug = '{CLINIC}')"


class Objects:
    """Ids by the name of the argument: the demonstration's, and those that were `made` for the tests."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.made = {"key": "no-such-key"}

    def find(self, argument: str) -> str:
        """One that fits, or a failure that says where to add one."""
        if argument in self.made:
            return self.made[argument]
        assert argument in OBJECTS, (
            f"{argument} is new: say in OBJECTS of tests/browser/pages.py where one is"
        )
        return self.first(OBJECTS[argument])

    def first(self, sql: str) -> str:
        """The first id of a query of this clinic."""
        found = self.server.ask(sql.format(mine=MINE) + " LIMIT 1")
        assert found, f"the demonstration has none: {sql}"
        return str(found[0][0])

    def address(self, page: Page) -> str:
        """Where the page is."""
        wants = WANTS.get(page.name, [{}])[page.variant]
        given = {
            argument: CLINIC if argument == "clinic" else self.find(wants.get(argument, argument))
            for argument in TABLE[page.name]
        }
        asked = {
            name[1:]: self.find(value) if value in OBJECTS else value
            for name, value in wants.items()
            if name.startswith("?")
        }
        return reverse(page.name, kwargs=given) + (f"?{urlencode(asked)}" if asked else "")


# The visits that were booked together just now, one that can still be moved.
COMING = """
SELECT id FROM visits_visit WHERE {mine} AND state = 'booked' AND series_id IS NOT NULL
AND starts_at > now() + interval '1 hour' ORDER BY created_at DESC"""


def make_what_is_missing(objects: Objects, *, desk: Window, owner: Window) -> None:
    """A visit that is open today after it was completed and undone, one that nobody came to, two links."""
    patient_id = objects.find("patient_id")
    undone, missed = _walk_in(desk, objects, patient_id), _walk_in(desk, objects, patient_id)
    desk.goto(f"/{CLINIC}/visits/{undone}/completion/")
    desk.get_by_role("button", name="Complete", exact=True).click()
    desk.get_by_role("button", name="Undo").click()
    desk.goto(f"/{CLINIC}/today/")
    row = desk.locator(f"#visit-{missed}")
    row.locator("summary").click()
    row.get_by_role("link", name="Did not come").click()
    desk.get_by_role("button", name="Did not come").click()
    expect(row).to_have_class(re.compile("ended"))
    objects.made |= {
        "visit_id": undone,
        "ended_visit_id": missed,
        **_link_of_invitation(owner),
        **_link_of_patient(desk, patient_id),
        "merged_patient_id": _merged(desk, objects),
        **_disputed(desk, objects, patient_id),
    }
    _stated(desk, patient_id)
    _booked_together(desk, objects.find("other_patient_id"))
    objects.made |= {
        "coming_token": _link_of_patient(desk, objects.find("other_patient_id"))["portal_token"],
        "coming_visit_id": objects.first(COMING),
    }
    _referred(desk, objects.find("other_patient_id"))
    _member(desk, objects.find("other_patient_id"))
    _closed(owner)
    objects.made |= _online(owner, desk, objects)
    _printed(desk)
    for register in ("register.csv", "register-with-mistakes.csv"):
        _look_at(desk, register)
    objects.made["invitation_id"] = objects.first("SELECT id FROM clinic_invitation WHERE {mine}")
    objects.made["link_id"] = objects.first("SELECT id FROM clinic_patientlink WHERE {mine}")


def _walk_in(desk: Window, objects: Objects, patient_id: str) -> str:
    desk.goto(f"/{CLINIC}/visits/walk-in/?patient={patient_id}")
    desk.get_by_label("Service").select_option(label=SERVICE)
    desk.get_by_role("button", name="Patient is here").click()
    desk.wait_for_url(f"**/{CLINIC}/today/**")
    return objects.first("SELECT id FROM visits_visit WHERE {mine} ORDER BY created_at DESC")


def _merged(desk: Window, objects: Objects) -> str:
    """A patient who was entered twice, and is one record again."""
    newest = "SELECT id FROM clinic_patient WHERE {mine} ORDER BY number DESC"
    entered = []
    for name in ("Kamala Das", "Kamla Dass"):
        desk.goto(f"/{CLINIC}/patients/new/")
        desk.get_by_label("Name").fill(name)
        desk.get_by_role("button", name="Add patient").click()
        if desk.get_by_role("button", name="No, save as somebody else").count():
            desk.get_by_role("button", name="No, save as somebody else").click()
        expect(desk.get_by_role("heading", name=name)).to_be_visible()
        entered.append(objects.first(newest))
    kept, gone = entered
    desk.goto(f"/{CLINIC}/patients/{kept}/merging/?other={gone}")
    desk.get_by_label("How do you know").fill("Entered twice by mistake")
    desk.get_by_role("button", name="Merge", exact=True).click()
    expect(desk.get_by_text("Includes the record of Kamla Dass")).to_be_visible()
    return kept


def _disputed(desk: Window, objects: Objects, patient_id: str) -> dict[str, str]:
    """A visit that was completed, and of which the patient told the desk that it was not right."""
    visit_id = _walk_in(desk, objects, patient_id)
    desk.goto(f"/{CLINIC}/visits/{visit_id}/completion/")
    desk.get_by_role("button", name="Complete", exact=True).click()
    desk.goto(f"/{CLINIC}/visits/{visit_id}/disputes/")
    desk.get_by_label("What does the patient say?").fill("I was in Pune that day.")
    desk.get_by_role("button", name="Open the case").click()
    expect(desk.get_by_role("heading", name="What the patient says")).to_be_visible()
    case = objects.first("SELECT id FROM visits_dispute WHERE {mine} ORDER BY number DESC")
    return {"disputed_visit_id": visit_id, "dispute_id": case}


def _stated(desk: Window, patient_id: str) -> None:
    """A statement for the patient's insurer."""
    desk.goto(f"/{CLINIC}/patients/{patient_id}/attendance/")
    desk.get_by_role("button", name="Issue it").click()
    expect(desk.get_by_role("heading", name="Since it was issued")).to_be_visible()


def _booked_together(desk: Window, patient_id: str) -> None:
    desk.goto(f"/{CLINIC}/visits/new/?patient={patient_id}")
    desk.get_by_text("Repeat it").click()
    desk.get_by_label("Monday").check()
    desk.get_by_label("How many visits").fill("4")
    desk.get_by_role("button", name="Book", exact=True).click()
    desk.get_by_role("button", name="Book 4 visits").click()
    expect(desk.get_by_role("heading", name="Visits booked together")).to_be_visible()


def _referred(desk: Window, patient_id: str) -> None:
    desk.goto(f"/{CLINIC}/patients/{patient_id}/referrals/new/")
    desk.get_by_label("Authorised by").fill("Star Health")
    desk.get_by_label("Visits authorised").fill("6")
    desk.get_by_label("Last day").fill((timezone.now().date() + timedelta(days=30)).isoformat())
    desk.get_by_role("button", name="Enter the referral").click()
    expect(desk.get_by_text("visits used, authorised by Star Health")).to_be_visible()


def _member(desk: Window, patient_id: str) -> None:
    """A patient of the monthly plan."""
    desk.goto(f"/{CLINIC}/patients/{patient_id}/sale/")
    desk.get_by_text("Monthly 8").first.click()
    desk.get_by_role("button", name="Sell", exact=True).click()
    desk.wait_for_url("**/bills/**")


def _closed(owner: Window) -> None:
    """A day on which nobody is booked, so that the other pages stay as they are."""
    day = (timezone.now().date() + timedelta(days=200)).isoformat()
    owner.goto(f"/{CLINIC}/closures/new/")
    owner.get_by_label("First day").fill(day)
    owner.get_by_label("Last day").fill(day)
    owner.get_by_label("Reason").fill("Holi")
    owner.get_by_role("button", name="See what it comes to").click()
    owner.get_by_role("button", name="Close these days").click()
    expect(owner.get_by_role("heading", name="Holi")).to_be_visible()


def _online(owner: Window, desk: Window, objects: Objects) -> dict[str, str]:
    """An account, a link that waits for its payment, one that was paid, and a question of the bank."""
    owner.goto(f"/{CLINIC}/settings/online-payments/")
    for label, text in (("Key id", "rzp_test_1"), ("Key secret", "a"), ("Webhook secret", WEBHOOK_SECRET)):
        owner.get_by_label(label).fill(text)
    owner.get_by_role("button", name="Save").click()
    expect(owner.get_by_text("Test the connection now")).to_be_visible()
    made = []
    for _ in range(2):
        desk.goto(f"/{CLINIC}/patients/{objects.find('owing_patient_id')}/payment-links/")
        desk.get_by_role("button", name="Make the link").click()
        desk.wait_for_url(f"**/{CLINIC}/payment-links/*/")
        made.append(urlsplit(desk.url).path.split("/")[-2])
    waiting, paid = (_at_provider(link_id) for link_id in made)
    payment = {
        "id": "pay_1",
        "amount": paid["amount"],
        "currency": "INR",
        "captured": True,
        "created_at": now(),
    }
    dispute = {"id": "disp_1", "payment_id": "pay_1", "amount": 100, "currency": "INR", "created_at": now()}
    _say(objects, event("payment_link.created", payment_link=waiting))
    _say(objects, event("payment_link.paid", payment_link=paid | {"status": "paid"}, payment=payment))
    _say(
        objects, event("payment.dispute.created", dispute=dispute | {"phase": "retrieval", "status": "open"})
    )
    return {"payment_link_id": made[0], "paid_link_id": made[1]}


def _at_provider(link_id: str) -> dict[str, Any]:
    name = UUID(link_id).hex
    facts = {"id": f"plink_{name[-14:]}", "reference_id": name, "status": "created", "amount": 50_000}
    return facts | {"currency": "INR", "short_url": "https://rzp.test/i/abc"}


def _say(objects: Objects, body: bytes) -> None:
    """The webhook, as the provider would post it."""
    signed = {"X-Razorpay-Signature": signature(body), "Content-Type": "application/json"}
    url = f"{objects.server.url}/gateways/razorpay/{CLINIC}/"
    with urlopen(Request(url, body, signed), timeout=30) as answer:
        assert answer.status == 200


def _printed(desk: Window) -> None:
    """The correction notes, as one file."""
    desk.goto(f"/{CLINIC}/bills/?kind=correction")
    desk.get_by_role("link", name="Print these bills").click()
    desk.get_by_role("button", name="Print th").click()
    expect(desk.get_by_role("link", name="Open the PDF")).to_be_visible(timeout=60_000)


def _look_at(desk: Window, register: str) -> None:
    """Read a register, and enter nothing of it."""
    desk.goto(f"/{CLINIC}/register/")
    desk.locator("input[type=file]").set_input_files(ROOT / "docs" / "examples" / register)
    desk.get_by_role("button", name="Read the file").click()
    expect(desk.get_by_text("What the columns mean")).to_be_visible(timeout=60_000)


def _link_of_invitation(owner: Window) -> dict[str, str]:
    owner.goto(f"/{CLINIC}/staff/invitations/")
    owner.get_by_label("Name").fill("Meera Joshi")
    owner.get_by_label("E-mail").fill("meera@asha.example")
    owner.get_by_role("button", name="Make the link").click()
    return {"invitation_token": _token(owner.get_by_label("Link").input_value())}


def _link_of_patient(desk: Window, patient_id: str) -> dict[str, str]:
    desk.goto(f"/{CLINIC}/patients/{patient_id}/link/")
    desk.get_by_role("button", name="Make a").click()
    return {"portal_token": _token(desk.get_by_label("Address", exact=True).input_value())}


def _token(link: str) -> str:
    return str(resolve(urlsplit(link).path).kwargs["token"])
