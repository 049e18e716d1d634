"""Printing many bills, through the door that people use."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from billing import pdf, tasks
from billing.models import Bill, PrintRun
from clinic.models import Clinic, Role
from clinic.tenancy.context import clinic_context
from tests.factories import PatientFactory, member, owner_of, sale, use
from tests.factories.people import UserFactory
from tests.factories.print_runs import ask_for, print_parts
from tests.written import everything

PAGE = "/asha/bills/print-runs/"
State = PrintRun.State


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The clinics whose worker was asked; nobody comes."""
    clinics: list[int] = []
    monkeypatch.setattr(tasks.print_waiting, "delay", lambda clinic_id: clinics.append(clinic_id))
    return clinics


@pytest.fixture
def desk(asha: Clinic, rung: list[int]) -> Client:
    return signed_in(asha, Role.FRONT_DESK)


@pytest.fixture
def five(asha: Clinic) -> None:
    """A sale and four receipts."""
    use(asha, sale(asha, PatientFactory(name="Lakshmi Krishnan")).package, 4)


def signed_in(clinic: Clinic, role: Role) -> Client:
    client = Client()
    client.force_login(member(clinic, role, user=UserFactory()).user)
    return client


def ask(client: Client, **fields: Any) -> Any:
    return client.post(PAGE, {"paper": "a5", "language": "", "key": str(uuid4()), **fields})


def test_the_list_of_bills_leads_to_printing_what_it_shows(desk: Client, five: None) -> None:
    narrowed = desk.get("/asha/bills/?kind=receipt&q=laks").content.decode()

    assert f'href="{PAGE}?kind=receipt&amp;q=laks"' in narrowed
    page = desk.get(f"{PAGE}?q=laks&kind=receipt").content.decode()
    assert "Print these 4 bills" in page
    assert '<input type="hidden" name="kind" value="receipt">' in page
    assert "Print these 5 bills" in desk.get(PAGE).content.decode()


def test_what_was_asked_for_is_printed_and_nothing_else(
    asha: Clinic, desk: Client, five: None, rung: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = ask(desk, kind="receipt", paper="roll", language="hi")

    run = PrintRun.objects.get()
    assert answer.headers["Location"] == f"{PAGE}{run.pk}/"
    assert (run.total, run.paper, run.language, run.asked) == (4, "roll", "hi", {"kind": "receipt"})
    assert set(run.parts.get().bills) == {str(bill.pk) for bill in Bill.objects.filter(kind="receipt")}
    assert rung == [asha.pk]


def test_the_page_looks_in_while_the_run_is_under_way_and_then_offers_the_file(
    asha: Clinic, desk: Client, five: None
) -> None:
    run = ask_for(Bill.objects.all())
    page = f"{PAGE}{run.pk}/"

    waiting = desk.get(page).content.decode()
    assert 'hx-trigger="every 1s"' in waiting
    assert "0 of 5" in waiting
    assert desk.get(f"{PAGE}{run.pk}.pdf").status_code == 404
    print_parts()

    ready = desk.get(page).content.decode()
    assert 'hx-trigger="every 1s"' not in ready
    assert f"{PAGE}{run.pk}.pdf" in ready
    file = desk.get(f"{PAGE}{run.pk}.pdf")
    assert file.content.startswith(b"%PDF-")
    assert file.headers["Content-Type"] == "application/pdf"
    assert '-5.pdf"' in file.headers["Content-Disposition"]
    assert {"private", "no-store"} <= set(file.headers["Cache-Control"].split(", "))


def test_a_list_without_bills_prints_nothing(desk: Client, five: None, rung: list[int]) -> None:
    assert "Nothing to print" in desk.get(f"{PAGE}?q=nobody").content.decode()
    before = everything()

    answer = ask(desk, q="nobody")

    assert answer.status_code == 422
    assert "nothing to print" in answer.content.decode()
    assert everything() == before
    assert rung == []


@pytest.mark.parametrize(
    "wrong", [{"first": "not-a-day"}, {"paper": "a3"}, {"language": "xx"}, {"kind": "x"}]
)
def test_what_is_not_understood_prints_nothing(desk: Client, five: None, wrong: dict[str, str]) -> None:
    """A day that cannot be read would narrow nothing, and print every bill of the clinic."""
    before = everything()

    assert ask(desk, **wrong).status_code == 422
    assert everything() == before


def test_the_same_form_twice_is_one_run(desk: Client, five: None) -> None:
    key = str(uuid4())

    first, second = ask(desk, key=key), ask(desk, key=key)

    assert PrintRun.objects.count() == 1
    assert first.headers["Location"] == second.headers["Location"]


def test_a_run_is_cancelled_and_goes_on(desk: Client, five: None) -> None:
    run = ask_for(Bill.objects.all())

    for verb, state in (("cancellation", State.CANCELLED), ("resumption", State.QUEUED)):
        answer = desk.post(f"{PAGE}{run.pk}/{verb}/", {"key": str(uuid4())})
        run.refresh_from_db()
        assert (answer.status_code, run.state) == (302, state)
    assert 'hx-trigger="every 1s"' in desk.get(f"{PAGE}{run.pk}/").content.decode()


def test_every_form_carries_the_token_that_a_browser_must_send(asha: Clinic, five: None) -> None:
    run = ask_for(Bill.objects.all())
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner_of(asha).user)

    def press(page: str, address: str) -> Any:
        token = re.search(
            r'<main.*name="csrfmiddlewaretoken" value="(\w+)"', browser.get(page).content.decode(), re.S
        )
        assert token, page
        fields = {"paper": "a5", "key": str(uuid4()), "csrfmiddlewaretoken": token[1]}
        return browser.post(address, fields)

    page = f"{PAGE}{run.pk}/"
    for shown, address in ((PAGE, PAGE), (page, f"{page}cancellation/"), (page, f"{page}resumption/")):
        assert press(shown, address).status_code == 302


def test_what_is_ready_cannot_be_cancelled(desk: Client, five: None) -> None:
    run = ask_for(Bill.objects.all())
    print_parts()

    answer = desk.post(f"{PAGE}{run.pk}/cancellation/", {"key": str(uuid4())})

    assert answer.status_code == 422
    assert "This print is ready." in answer.content.decode()


def test_without_pango_the_page_says_so(desk: Client, five: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise pdf.NoPdf("cannot load library 'libpango-1.0-0'")

    monkeypatch.setattr(pdf, "_weasyprint", missing)

    assert "cannot make PDF files" in desk.get(PAGE).content.decode()
    answer = ask(desk)
    assert answer.status_code == 422
    assert "cannot make PDF files" in answer.content.decode()
    assert not PrintRun.objects.exists()


def test_another_clinics_run_is_not_there(
    asha: Clinic, desk: Client, five: None, other_clinic: Clinic
) -> None:
    """S26"""
    run = ask_for(Bill.objects.all())
    print_parts()
    with clinic_context(other_clinic.pk):
        stranger = Client()
        stranger.force_login(owner_of(other_clinic).user)

    for clinic in ("other", "asha"):
        page = f"/{clinic}/bills/print-runs/{run.pk}"
        assert stranger.get(f"{page}/").status_code == 404
        assert stranger.get(f"{page}.pdf").status_code == 404
        for verb in ("cancellation", "resumption"):
            assert stranger.post(f"{page}/{verb}/", {"key": str(uuid4())}).status_code == 404
    assert desk.get(f"{PAGE}{run.pk}.pdf").status_code == 200


@pytest.mark.parametrize(
    ("role", "answer"), [(Role.ACCOUNTANT, 200), (Role.OWNER, 200), (Role.THERAPIST, 403)]
)
def test_who_may_print_many_bills(asha: Clinic, five: None, rung: list[int], role: Role, answer: int) -> None:
    run = ask_for(Bill.objects.all())
    client = signed_in(asha, role)

    assert client.get(PAGE).status_code == answer
    assert client.get(f"{PAGE}{run.pk}/").status_code == answer
    assert ask(client).status_code == (302 if answer == 200 else 403)


def test_the_list_of_runs_costs_the_same_however_long_it_is(desk: Client, five: None, queries: Any) -> None:
    ask_for(Bill.objects.all())
    desk.get(PAGE)
    with queries() as one:
        desk.get(PAGE)
    for _ in range(5):
        ask_for(Bill.objects.all())

    with queries() as six:
        desk.get(PAGE)

    assert six.count == one.count
    assert not any('"billing_printrun"."file"' in sql for sql in six.statements)
