"""Therapists' statements and pay rules over HTTP: what pages, paper and file say, who sees them, what they cost."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from clinic.keys import new_key
from clinic.models import AuditEvent, Clinic, Role, Staff
from desk import absences
from desk.pay_sheet import page_html
from packages.models import Takes
from tests import acts
from tests.factories import (
    PatientFactory,
    ServiceFactory,
    complete,
    member,
    owner_of,
    package,
    plan,
    reopen,
    visit,
)
from tests.visits.paying import pays, seen, therapist
from tests.written import everything
from visits.models import PayRule
from visits.pay_statement import Statement

from .test_day_close_views import words as words_of

LIST = "/asha/reports/therapists/"
MINE = "/asha/reports/mine/"


def words(response: Any) -> str:
    return words_of(response).replace("−", "-")


def signed_in(staff: Staff) -> Client:
    client = Client()
    client.force_login(staff.user)
    return client


@pytest.fixture
def anand(asha: Clinic) -> Staff:
    return therapist(asha)


@pytest.fixture
def owner(asha: Clinic) -> Client:
    return signed_in(owner_of(asha))


@pytest.fixture
def busy(asha: Clinic, anand: Staff) -> Clinic:
    """Three sessions from a pack at 40 %, one of them taken back; a single visit, a free one, and one not come to."""
    pays(asha, anand, percent=40)
    pack = package(asha, PatientFactory(name="Rohan Desai"), of=plan(no_show_takes=Takes.ONE, free_passes=0))
    for _n in range(2):
        seen(asha, pack, anand)
    reopen(asha, seen(asha, pack, anand))
    absences.mark_no_show(visit(asha, pack.patient, therapist=anand), **acts.now(asha))
    laser = ServiceFactory(name="Laser", price=Decimal(750))
    complete(
        asha, visit(asha, PatientFactory(name="Usha Menon"), therapist=anand, service=laser), how="charge"
    )
    complete(asha, visit(asha, PatientFactory(name="Meera"), therapist=anand), how="free", reason="A favour")
    return asha


def statement_of(staff: Staff, kind: str = "/") -> str:
    return f"/asha/reports/therapists/{staff.pk}{kind}"


def test_the_list_says_what_everybody_delivered_and_earned(busy: Clinic, owner: Client, anand: Staff) -> None:
    """S55"""
    priya = therapist(busy, "Dr Priya Nair")
    therapist(busy, "Dr Kiran Rao")
    seen(busy, package(busy), priya)

    said = words(owner.get(LIST))

    assert "Dr Anand Iyer 4 ₹2,750.00 ₹1,100.00 Pay rules" in said
    assert "Dr Priya Nair 1 ₹1,000.00 ₹0.00 Pay rules" in said
    assert "Together 5 ₹3,750.00 ₹1,100.00" in said
    assert "No session in these days Dr Kiran Rao" in said


def test_a_statement_tells_day_service_and_every_line(busy: Clinic, owner: Client, anand: Staff) -> None:
    """S55"""
    said = words(owner.get(statement_of(anand)))

    assert "Laser 1 ₹750.00 ₹300.00" in said
    assert "Physiotherapy 60 min 3 ₹2,000.00 ₹800.00" in said
    assert "Together 4 ₹2,750.00 ₹1,100.00" in said
    assert "RD Physiotherapy 60 min From a package 1 ₹1,000.00 40 % of the value ₹400.00" in said
    assert "Physiotherapy 60 min Taken back -1 -₹1,000.00 40 % of the value -₹400.00" in said
    assert "UM Laser Paid singly 1 ₹750.00 40 % of the value ₹300.00" in said
    assert "M Physiotherapy 60 min Free of charge 1 ₹0.00 40 % of the value ₹0.00" in said
    assert "RD Physiotherapy 60 min Did not come – – 40 % of the value ₹0.00" in said
    assert "Rohan" not in said


def test_a_therapist_sees_their_own_and_nobody_elses(busy: Clinic, anand: Staff) -> None:
    """S55"""
    priya = signed_in(therapist(busy, "Dr Priya Nair"))

    assert "My sessions and pay" in words(signed_in(anand).get(MINE))
    assert "₹1,100.00" in words(signed_in(anand).get(MINE))
    assert "₹1,100.00" not in words(priya.get(f"{MINE}?staff={anand.pk}"))
    assert "RD" not in priya.get("/asha/reports/mine.csv").content.decode()
    assert priya.get(f"/asha/reports/mine/{anand.pk}/").status_code == 404
    for address in (LIST, statement_of(anand), statement_of(anand, ".pdf"), statement_of(anand, "/rules/")):
        assert priya.get(address).status_code == 403


def test_somebody_of_another_clinic_is_nobody(asha: Clinic, owner: Client) -> None:
    """S26"""
    for kind in ("/", ".pdf", ".csv", "/rules/"):
        assert owner.get(f"/asha/reports/therapists/{uuid4()}{kind}").status_code == 404


@pytest.mark.parametrize(
    ("role", "books", "rules"), [(Role.ACCOUNTANT, 200, 403), (Role.FRONT_DESK, 403, 403)]
)
def test_the_accountant_sees_all_and_only_the_owner_sets_rules(
    busy: Clinic, anand: Staff, role: Role, books: int, rules: int
) -> None:
    somebody = signed_in(member(busy, role))

    assert somebody.get(LIST).status_code == somebody.get(statement_of(anand)).status_code == books
    assert somebody.get(statement_of(anand, "/rules/")).status_code == rules
    assert somebody.get(MINE).status_code == 403


def test_the_paper_is_a_pdf(busy: Clinic, owner: Client, anand: Staff) -> None:
    response = owner.get(statement_of(anand, ".pdf"))

    assert response.content.startswith(b"%PDF")
    assert response["Content-Disposition"].endswith('.pdf"')
    assert "no-store" in response["Cache-Control"]


def test_screen_and_paper_say_that_the_value_has_the_tax_in_it(
    busy: Clinic, owner: Client, anand: Staff
) -> None:
    first, today = busy.today().replace(day=1), busy.today()
    said = "The value of a session is what the patient pays for it, tax included."

    assert said in page_html(Statement(anand, first, today, busy))
    assert said in words(owner.get(LIST))
    assert "Tax included" in words(owner.get(statement_of(anand)))


def test_the_file_has_every_line_and_no_formula(busy: Clinic, owner: Client, anand: Staff) -> None:
    risky = ServiceFactory(name="=HYPERLINK(1)", price=Decimal(100))
    complete(busy, visit(busy, PatientFactory(name="Zed"), therapist=anand, service=risky), how="charge")

    table = list(csv.reader(StringIO(owner.get(statement_of(anand, ".csv")).content.decode("utf-8-sig"))))

    assert len(table) == 9
    assert table[0][7] == "Value, tax included"
    assert [row[5] for row in table[1:]].count("From a package") == 3
    assert sum(Decimal(row[7]) for row in table[1:]) == 2850
    assert sum(Decimal(row[9]) for row in table[1:]) == 1140
    assert table[-1][4] == "'=HYPERLINK(1)"


def test_what_is_recorded_after_the_days_is_marked(asha: Clinic, anand: Staff, owner: Client) -> None:
    """S55, S30"""
    pays(asha, anand, 300)
    today = asha.today()
    before = today - timedelta(days=3)
    pack = package(asha)
    booked = visit(asha, pack.patient, therapist=anand, at=asha.local(timezone.now()) - timedelta(days=3))
    complete(asha, booked, how="charge")

    then = words(owner.get(f"{statement_of(anand)}?first={before}&last={before}"))
    now = words(owner.get(f"{statement_of(anand)}?first={today}&last={today}"))

    assert "1 line was recorded after the last of these days: " in then
    assert "recorded on" in then
    assert "1 line was recorded in these days for days before them: " in now
    assert "No session in these days" in now


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("first=2026-02-01&last=2026-01-01", "The first day comes after the last"),
        ("first=2024-01-01&last=2026-01-01", "Choose a year at most"),
        ("first=nonsense", "Enter a valid date"),
    ],
)
def test_days_that_cannot_be_are_named(
    asha: Clinic, owner: Client, anand: Staff, asked: str, said: str
) -> None:
    assert said in words(owner.get(f"{statement_of(anand)}?{asked}"))
    assert said in words(owner.get(f"{LIST}?{asked}"))


def sent(**facts: Any) -> dict[str, Any]:
    return {"key": new_key(), "kind": "percent", "percent": "40", "pays_free": "on"} | facts


def test_the_owner_sets_a_rule_and_reads_what_it_comes_to(asha: Clinic, owner: Client, anand: Staff) -> None:
    address = statement_of(anand, "/rules/")
    first = asha.today().replace(day=1)
    done = owner.post(address, sent(from_day=first), follow=True)

    assert "A session worth ₹1,000.00, tax included, pays ₹400.00, half of it ₹200.00." in words(done)
    assert "A free one pays nothing." in words(done)
    assert AuditEvent.objects.filter(act="add_pay_rule").count() == 1

    owner.post(address, sent(kind="per_session", amount="₹ 450/-", from_day=first))
    said = words(owner.get(address))

    assert (
        "A session worth ₹1,000.00, tax included, pays ₹450.00, half of it ₹225.00. A free one pays ₹450.00."
        in said
    )
    assert said.index("₹450.00 a session") < said.index("40 % of the value")


def test_the_same_form_twice_is_one_rule(asha: Clinic, owner: Client, anand: Staff) -> None:
    facts = sent(from_day=asha.today())
    owner.post(statement_of(anand, "/rules/"), facts)
    owner.post(statement_of(anand, "/rules/"), facts)

    assert PayRule.objects.count() == 1


def test_a_rule_that_is_refused_comes_back_as_it_was_typed(asha: Clinic, owner: Client, anand: Staff) -> None:
    written = everything()
    response = owner.post(statement_of(anand, "/rules/"), sent(percent="120", from_day="2020-01-01"))

    assert response.status_code == 422
    page = response.content.decode()
    assert "Months that have ended stand as they are." in page
    assert 'value="120"' in page
    assert everything() == written


def test_statements_cost_the_same_however_many_lines(
    asha: Clinic, owner: Client, anand: Staff, queries: Callable[[], Any]
) -> None:
    pays(asha, anand, 300)
    pack = package(asha)
    costs = []
    for times in (1, 4):
        for _n in range(times):
            seen(asha, pack, anand)
        for address in (LIST, statement_of(anand), statement_of(anand, ".csv")):
            owner.get(address)
            with queries() as spent:
                owner.get(address)
            costs.append(spent.count)

    assert costs[:3] == costs[3:]
    assert max(costs) <= 14, costs
