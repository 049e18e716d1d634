"""Choosing, issuing, reading and printing statements for insurers."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from billing.models import Statement
from clinic.models import Clinic, Patient, Role
from clinic.patients.links import make_link
from packages.models import Package
from tests.desk.attending import issue, lately, of_package
from tests.factories import PatientFactory, complete, member, package, plan, reopen, use, visit
from tests.written import everything


@pytest.fixture
def desk(asha: Clinic, client: Client) -> Client:
    client.force_login(member(asha, Role.FRONT_DESK).user)
    return client


@pytest.fixture
def pack(asha: Clinic) -> Package:
    sold = package(asha)
    use(asha, sold, 2)
    return sold


def chosen(pack: Package, **more: Any) -> dict[str, Any]:
    return {"about": pack.pk, "kind": "attendance", "key": uuid4()} | more


def address(patient: Patient) -> str:
    return reverse("desk:attendance", args=["asha", patient.pk])


def text_of_pdf(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages).split())


def test_the_last_package_is_shown_at_once_and_nothing_is_written(desk: Client, pack: Package) -> None:
    before = everything()

    page = desk.get(address(pack.patient)).content.decode()

    assert "Preview" in page
    assert "not issued" in page
    assert "Not used yet" in page
    assert everything() == before


def test_issuing_freezes_it_and_leads_to_it(desk: Client, pack: Package) -> None:
    answer = desk.post(address(pack.patient), chosen(pack))

    statement = Statement.objects.get()
    assert answer.status_code == 302
    assert str(statement.pk) in answer["Location"]
    page = desk.get(answer["Location"]).content.decode()
    assert "No. 1" in page
    assert "Nothing." in page


def test_the_same_form_twice_is_one_statement(desk: Client, pack: Package) -> None:
    sent = chosen(pack)

    first, again = (desk.post(address(pack.patient), sent) for _ in range(2))

    assert Statement.objects.count() == 1
    assert first["Location"] == again["Location"]


def test_a_refusal_shows_the_way_on_and_keeps_what_was_typed(
    asha: Clinic, desk: Client, pack: Package
) -> None:
    statement = issue(asha, of_package(pack))

    answer = desk.post(address(pack.patient), chosen(pack, reason="The first was lost"))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Nothing has changed since statement 1." in page
    assert reverse("desk:attendance_detail", args=["asha", statement.pk]) in page
    assert 'value="The first was lost"' in page


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"first_day": "2026-05-02", "last_day": "2026-05-01"}, "The last day is before the first."),
        ({"first_day": "2020-05-02", "last_day": "2026-05-01"}, "At most two years"),
        ({"first_day": "", "last_day": "2026-05-01"}, "Say which day."),
        ({"first_day": "2026-05-32", "last_day": "2026-05-01"}, "valid date"),
        ({"about": "nonsense"}, "valid choice"),
        ({"kind": "nonsense"}, "valid choice"),
    ],
)
def test_a_wrong_choice_says_what_is_wrong(
    desk: Client, pack: Package, wrong: dict[str, str], sentence: str
) -> None:
    answer = desk.post(address(pack.patient), chosen(pack) | {"about": "days"} | wrong)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Statement.objects.exists()


def test_days_can_be_stated_too(asha: Clinic, desk: Client, pack: Package) -> None:
    days = {"first_day": (asha.today() - timedelta(days=3)).isoformat(), "last_day": asha.today().isoformat()}

    answer = desk.post(address(pack.patient), chosen(pack, about="days", **days))

    assert answer.status_code == 302
    assert Statement.objects.get().package is None


def test_a_package_of_somebody_else_cannot_be_chosen(asha: Clinic, desk: Client, pack: Package) -> None:
    answer = desk.post(address(PatientFactory()), chosen(pack))

    assert answer.status_code == 422
    assert not Statement.objects.exists()


def test_a_package_leads_to_its_statement(desk: Client, pack: Package) -> None:
    answer = desk.get(reverse("desk:package_attendance", args=["asha", pack.pk]))

    assert answer["Location"] == f"{address(pack.patient)}?about={pack.pk}"
    assert address(pack.patient) in desk.get(f"/asha/patients/{pack.patient_id}/").content.decode()
    package_page = desk.get(f"/asha/packages/{pack.pk}/").content.decode()
    assert reverse("desk:package_attendance", args=["asha", pack.pk]) in package_page


def test_a_visit_that_was_reopened_is_said_beside_it_and_a_new_one_is_offered(
    asha: Clinic, desk: Client, pack: Package
) -> None:
    statement = issue(asha, of_package(pack))
    reopen(asha, visit_of(statement))

    page = desk.get(reverse("desk:attendance_detail", args=["asha", statement.pk])).content.decode()

    assert "was reopened or taken back" in page
    assert "Issue it anew" in page


def visit_of(statement: Statement) -> Any:
    from visits.models import Visit

    return Visit.objects.get(pk=statement.document["rows"][0]["visit"])


def test_the_pdf_says_what_the_page_says_on_both_papers(asha: Clinic, desk: Client, pack: Package) -> None:
    statement = issue(asha, of_package(pack))
    printed = reverse("desk:attendance_pdf", args=["asha", statement.pk])

    papers = [desk.get(printed, {"paper": paper}) for paper in ("a4", "a5")]

    for answer in papers:
        assert answer["Content-Type"] == "application/pdf"
        assert "no-store" in answer["Cache-Control"]
        said = text_of_pdf(answer.content)
        assert "Attendance statement" in said
        assert "Price of the package" in said
    widths = [float(PdfReader(BytesIO(answer.content)).pages[0].mediabox.width) for answer in papers]
    assert [round(width) for width in widths] == [595, 420]


def test_sixty_visits_go_over_pages_with_the_head_of_the_table_on_each(asha: Clinic, desk: Client) -> None:
    sold = package(asha, of=plan(sessions=60), at=timezone.now() - timedelta(days=90))
    for days in range(60, 0, -1):
        complete(asha, visit(asha, sold.patient, at=timezone.now() - timedelta(days=days)))
    statement = issue(asha, of_package(sold))

    answer = desk.get(reverse("desk:attendance_pdf", args=["asha", statement.pk]), {"paper": "a5"})

    pages = [page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages]
    assert len(pages) >= 3
    for number, page in enumerate(pages[:3], start=1):
        assert "Visits attended" in page
        assert f"{number} / {len(pages)}" in page
    assert "60 of 60" in " ".join(pages)


def test_the_list_is_paged_and_says_what_replaced_what(asha: Clinic, desk: Client, pack: Package) -> None:
    issue(asha, of_package(pack))
    reopen(asha, use(asha, pack)[0].visit)
    use(asha, pack)
    issue(asha, of_package(pack))

    page = desk.get(reverse("desk:attendance_list", args=["asha", pack.patient_id])).content.decode()

    assert "replaced by 2" in page
    nobody = desk.get(reverse("desk:attendance_list", args=["asha", PatientFactory().pk])).content.decode()
    assert "No statement yet" in nobody


def test_the_patient_reads_their_own_on_the_personal_link_and_nobody_else_s(
    asha: Clinic, client: Client, pack: Package
) -> None:
    statement = issue(asha, lately(asha, pack.patient))
    mine, other = make_link(pack.patient, by=None), make_link(PatientFactory(), by=None)
    own = reverse("desk:portal_attendance", args=["asha", mine, statement.pk])

    page = client.get(reverse("desk:portal", args=["asha", mine])).content.decode()
    answer = client.get(own)

    assert own in page
    assert answer["Content-Type"] == "application/pdf"
    assert "noindex" in answer["X-Robots-Tag"]
    assert (
        client.get(reverse("desk:portal_attendance", args=["asha", other, statement.pk])).status_code == 404
    )
