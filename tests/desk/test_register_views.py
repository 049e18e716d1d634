"""Bringing in a register on the screen: choose the file, look at it, say what columns mean, enter it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import make_register
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from clinic.models import AuditEvent, Clinic, Patient, RegisterImport, Role
from desk.recount import recount
from desk.register import Column, read_table, steps
from desk.register.stored import packed, unpacked
from desk.tasks import go_on_with_register
from packages.models import Package
from tests.committing import check_now
from tests.factories import member, owner_of
from tests.written import everything

SAMPLES = make_register.EXAMPLES
GOOD = "Name,Phone,Sessions,Used,Amount\nAsha Sharma,9820012345,10,7,10000\nRavi Rao,9820012346,5,1,2500\n"
BAD = GOOD + "Uma Iyer,12,10,3,10000\n"
DONE = RegisterImport.State.DONE


@pytest.fixture
def desk(asha: Clinic, client: Client) -> Client:
    client.force_login(member(asha, Role.FRONT_DESK).user)
    return client


def upload(desk: Client, content: bytes | str, name: str = "register.csv") -> Any:
    content = content if isinstance(content, bytes) else content.encode()
    return desk.post("/asha/register/", {"file": SimpleUploadedFile(name, content)})


def uploaded(desk: Client, content: bytes | str, name: str = "register.csv") -> RegisterImport:
    assert upload(desk, content, name).status_code == 302
    return RegisterImport.objects.latest("uploaded_at")


def enter(desk: Client, record: RegisterImport, **fields: str) -> Any:
    return desk.post(f"/asha/register/{record.pk}/entering/", {"key": str(uuid4())} | fields)


def page(desk: Client, record: RegisterImport) -> str:
    answer = desk.get(f"/asha/register/{record.pk}/")
    assert answer.status_code == 200
    text = str(answer.content.decode())
    forms = re.findall(r'<form[^>]*method="post".*?</form>', text, re.DOTALL)
    assert all("csrfmiddlewaretoken" in form for form in forms)
    return text


@pytest.mark.parametrize("name", ["register.csv", "register.xlsx"])
def test_the_front_desk_brings_in_the_sample_register(desk: Client, name: str) -> None:
    record = uploaded(desk, (SAMPLES / name).read_bytes(), name)
    assert "Import 300 packages" in page(desk, record)
    assert not Package.objects.exists()

    answer = enter(desk, record)
    check_now()

    assert answer.status_code == 302
    assert Package.objects.count() == 300
    assert recount() == []
    record.refresh_from_db()
    assert (record.state, record.table, record.by.role) == (DONE, None, Role.FRONT_DESK)
    assert AuditEvent.objects.get(act="import_register").after["sha256"] == record.sha256
    assert "/asha/packages/" in page(desk, record)


def test_the_same_file_again_has_nothing_to_import(desk: Client) -> None:
    enter(desk, uploaded(desk, GOOD))
    packs = everything()["packages_package"]

    again = uploaded(desk, GOOD)
    assert "There is nothing to import" in page(desk, again)
    enter(desk, again)

    assert everything()["packages_package"] == packs
    assert Patient.objects.count() == 2


def test_the_same_form_sent_twice_is_one_import(desk: Client) -> None:
    record, key = uploaded(desk, GOOD), str(uuid4())

    enter(desk, record, key=key)
    enter(desk, record, key=key)

    assert Package.objects.count() == 2


def test_bad_rows_are_listed_with_their_reason_and_text(desk: Client) -> None:
    text = page(desk, uploaded(desk, BAD))

    assert "1 thing to put right" in text
    assert "“12” is not a valid phone number" in text
    assert "Uma Iyer · 12 · 10 · 3 · 10000" in text


def test_bad_rows_stop_the_import_until_they_are_left_out(desk: Client) -> None:
    record = uploaded(desk, BAD)

    refused = enter(desk, record)

    assert refused.status_code == 422
    assert "1 row cannot be entered. Nothing was imported." in refused.content.decode()
    assert not Package.objects.exists()

    enter(desk, record, skip_bad_rows="on")

    assert Package.objects.count() == 2
    done = page(desk, record)
    assert "1 row was left out." in done
    assert "Uma Iyer" in done


def test_the_desk_says_what_a_column_means(desk: Client) -> None:
    record = uploaded(desk, "Who,Ring,Sessions,Used\nAsha Sharma,9820012345,10,7\n")
    assert "There is no column with the patients&#x27; names." in page(desk, record)

    meanings = {
        "column-0": Column.NAME,
        "column-1": Column.PHONE,
        "column-2": Column.SOLD,
        "column-3": Column.USED,
    }
    answer = desk.post(f"/asha/register/{record.pk}/columns/", meanings)

    assert answer.status_code == 302
    assert "Import 1 package" in page(desk, record)
    enter(desk, record)
    assert Patient.objects.get().phones == ["+919820012345"]


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7 ...", b"PK\x03\x04 broken", b"Name,Sessions\n", b"\x00" * 50]
)
def test_what_is_no_register_is_refused_with_a_sentence(desk: Client, content: bytes) -> None:
    answer = upload(desk, content, "register.xlsx")

    assert answer.status_code == 422
    assert not RegisterImport.objects.exists()


def test_a_file_that_is_too_large_is_refused_before_it_is_read(
    desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.register.forms.LARGEST_FILE", 10)

    assert upload(desk, GOOD).status_code == 422
    assert not RegisterImport.objects.exists()


def test_a_table_is_kept_as_it_was_read() -> None:
    for name in ("register.csv", "register.xlsx"):
        table = read_table(SAMPLES / name)
        assert unpacked(packed(table)) == table


def test_what_a_file_said_is_forgotten_after_a_day(desk: Client) -> None:
    record = uploaded(desk, GOOD)

    steps.forget_old(timezone.now() + timedelta(hours=25))

    record.refresh_from_db()
    assert (record.state, record.table, record.preview) == (RegisterImport.State.EXPIRED, None, None)
    assert "no longer kept" in page(desk, record)
    assert enter(desk, record).status_code == 422
    assert not Package.objects.exists()


def test_a_large_register_waits_for_the_worker(
    asha: Clinic, desk: Client, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    monkeypatch.setattr(steps, "DONE_AT_ONCE", 1)
    rung: list[str] = []
    monkeypatch.setattr(go_on_with_register, "delay", lambda import_id, *_, **__: rung.append(import_id))

    with django_capture_on_commit_callbacks(execute=True):
        record = uploaded(desk, GOOD)
    assert "The file is being read" in page(desk, record)
    go_on_with_register(str(record.pk), "en-in", clinic_id=asha.pk)
    with django_capture_on_commit_callbacks(execute=True):
        enter(desk, record)
    assert "Packages are being entered" in page(desk, record)
    assert not Package.objects.exists()
    for _delivered_twice in range(2):
        go_on_with_register(str(record.pk), "en-in", clinic_id=asha.pk)

    assert rung == [str(record.pk)] * 2
    record.refresh_from_db()
    assert (record.state, record.outcome["packages"], Package.objects.count()) == (DONE, 2, 2)


def test_what_the_worker_refuses_stands_on_the_page(
    asha: Clinic, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "DONE_AT_ONCE", 1)
    record = uploaded(desk, BAD)
    go_on_with_register(str(record.pk), "en-in", clinic_id=asha.pk)
    enter(desk, record)

    go_on_with_register(str(record.pk), "en-in", clinic_id=asha.pk)

    assert "1 row cannot be entered. Nothing was imported." in page(desk, record)
    assert not Package.objects.exists()


@pytest.mark.parametrize("role", [Role.THERAPIST, Role.ACCOUNTANT])
def test_others_may_not(asha: Clinic, client: Client, role: Role) -> None:
    client.force_login(member(asha, role).user)

    assert client.get("/asha/register/").status_code == 403
    assert upload(client, GOOD).status_code == 403


def test_the_owner_may(asha: Clinic, client: Client) -> None:
    client.force_login(owner_of(asha).user)

    assert client.get("/asha/register/").status_code == 200
