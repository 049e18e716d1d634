"""A clinic's register becomes patients, packs and past visits; twice is once, and a bad row stops all of it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import make_register
import pytest
import sample_packs
from django.core.management import CommandError, call_command
from django.utils import timezone

from clinic.models import AuditEvent, Clinic, Patient, RegisterImport, SearchTerm, Service, Staff
from clinic.patients.search import find_patients
from desk.recount import recount
from desk.register import read_table
from desk.register.importing import BadRows, import_rows
from desk.register.outcome import Outcome
from desk.register.source import columns_of, reading_of, record_of
from packages.ledger import lapse
from packages.models import Entry, Kind, Package, Plan
from packages.passbook import lines_of
from packages.services import Opening, open_package
from tests.committing import check_now
from tests.factories import complete, owner_of, visit
from tests.written import everything
from visits.models import Visit

PACKS = sample_packs.make_packs()
SAMPLES = make_register.EXAMPLES
AS_OF = date(2026, 11, 14)
HEADINGS = "Name,Phone,Service,Sessions,Used,Amount,Paid,Date,Valid till,Agreed on,Visits,Remark,Patient no\n"


def brought_in(clinic: Clinic, content: bytes | str, **facts: Any) -> Outcome:
    """Import a file's content (or rows below the usual headings) as the owner."""
    content = content if isinstance(content, bytes) else (HEADINGS + content).encode()
    table = read_table(content, "register.csv")
    as_of = facts.pop("as_of", clinic.today())
    reading = reading_of(table, columns_of(table), clinic=clinic, as_of=as_of)
    record = record_of("register.csv", content)
    facts = {"by": owner_of(clinic), "at": timezone.now()} | facts
    outcome = import_rows(reading, clinic=clinic, record=record, as_of=as_of, **facts)
    check_now()
    return outcome


@pytest.fixture(params=["register.csv", "register.xlsx"])
def sample(request: pytest.FixtureRequest) -> bytes:
    return Path(SAMPLES / request.param).read_bytes()


def test_the_sample_register_becomes_300_packs_with_its_totals(asha: Clinic, sample: bytes) -> None:
    outcome = brought_in(asha, sample, as_of=AS_OF)

    packs = Package.objects.all()
    assert (outcome.packages, packs.count()) == (300, 300)
    assert sum(pack.sessions_sold for pack in packs) == sum(pack.sold for pack in PACKS)
    assert sum(pack.price for pack in packs) == sum(pack.price for pack in PACKS)
    openings = Entry.objects.filter(kind=Kind.OPENING)
    assert sum(entry.sessions for entry in openings) == sum(pack.left for pack in PACKS)
    assert Visit.objects.count() == outcome.visits == sum(len(pack.visits) for pack in PACKS)
    people = {(pack.name, pack.phone) for pack in PACKS}
    assert Patient.objects.count() == outcome.patients == len(people)
    assert recount() == []


def test_what_has_lapsed_by_today_has_nothing_left(asha: Clinic, sample: bytes) -> None:
    brought_in(asha, sample, as_of=AS_OF)

    today = asha.today()
    kept = [pack for pack in PACKS if pack.valid_until is None or pack.valid_until >= today]
    assert sum(pack.sessions_left for pack in Package.objects.all()) == sum(pack.left for pack in kept)
    assert not Package.objects.to_lapse_on(today).exists()
    for entry in Entry.objects.filter(kind=Kind.EXPIRED).select_related("package"):
        assert (entry.happened_on - entry.package.valid_until).days == 1


def test_a_second_import_changes_no_row_of_any_table(asha: Clinic, sample: bytes) -> None:
    brought_in(asha, sample, as_of=AS_OF)
    written, terms = everything(), SearchTerm.objects.count()

    again = brought_in(asha, sample, as_of=AS_OF)

    assert (again.packages, again.known, again.patients) == (0, 300, 0)
    assert everything() == written
    assert SearchTerm.objects.count() == terms


def test_the_spreadsheet_of_the_same_register_changes_nothing_either(asha: Clinic) -> None:
    brought_in(asha, (SAMPLES / "register.csv").read_bytes(), as_of=AS_OF)
    written = everything()

    brought_in(asha, (SAMPLES / "register.xlsx").read_bytes(), as_of=AS_OF)

    assert everything() == written


def test_a_pack_that_was_used_since_is_not_reset(asha: Clinic) -> None:
    row = "Asha Sharma,9820012345,Physio,10,7,10000,10000,1/2/2026,,2/2/2026,,,\n"
    brought_in(asha, row)
    complete(asha, visit(asha, Patient.objects.get(), service=Service.objects.get()))

    brought_in(asha, row)

    assert Package.objects.get().sessions_left == 2
    assert recount() == []


@pytest.mark.parametrize(
    ("used", "sentence"),
    [
        ("7", "Opening balance: 10 sold, 7 used before go-live, 3 left."),
        ("2.5", "Opening balance: 10 sold, 2.5 used before go-live, 7.5 left."),
        ("0", "Opening balance: 10 sold, 0 used before go-live, 10 left."),
    ],
)
def test_the_passbook_begins_with_what_was_agreed(asha: Clinic, used: str, sentence: str) -> None:
    """S58"""
    brought_in(asha, f"Asha Sharma,9820012345,Physio,10,{used},10000,10000,1/2/2026,,16/11/2026,,,\n")

    (line,) = lines_of(Package.objects.get(), asha)
    assert line.sentence == f"{sentence} Agreed by the patient on 16 Nov 2026."


def test_past_visits_take_no_session_and_have_no_bill(asha: Clinic) -> None:
    brought_in(asha, "Asha Sharma,9820012345,Physio 45 min,10,7,10000,10000,1/2/2026,,,3/2/26; 5/2/26,,\n")

    pack = Package.objects.get()
    assert pack.sessions_left == 3
    for past, day in zip(
        Visit.objects.order_by("starts_at"), (date(2026, 2, 3), date(2026, 2, 5)), strict=True
    ):
        assert asha.day_of(past.starts_at) == day
        assert (past.state, past.settlement, past.entry, past.package) == ("completed", "before", None, pack)
        assert past.minutes == 45


def test_a_pack_brought_in_is_the_one_that_open_package_makes(asha: Clinic) -> None:
    """Many at once are the same rows as one by one."""
    brought_in(asha, "Asha Sharma,9820012345,Physio,10,7,10000,10000,1/2/2026,30/4/2026,2/4/2026,,,\n")
    many = Package.objects.get()
    one = open_package(
        many.patient,
        plan=many.plan,
        branch=many.branch,
        clinic=asha,
        on=many.sold_on,
        by=many.sold_by,
        key=uuid4(),
        opening=Opening(Decimal(3), many.agreed_on, many.valid_until),
    )
    lapse(one, on=asha.today())
    one.refresh_from_db()

    own = {"id", "number", "key", "created_at", "name"}
    compared = [field.attname for field in Package._meta.concrete_fields if field.attname not in own]
    assert [getattr(many, name) for name in compared] == [getattr(one, name) for name in compared]
    told = ("number", "kind", "sessions", "value", "balance_after", "value_after", "clause")
    assert list(many.entries.values(*told)) == list(one.entries.values(*told))


def test_money_that_was_still_to_pay_is_said_and_not_billed(asha: Clinic) -> None:
    outcome = brought_in(asha, "Asha Sharma,9820012345,Physio,10,7,10000,4000,1/2/2026,,,,knee,\n")

    assert Package.objects.get().note == "₹6,000.00 of ₹10,000.00 was still to pay at go-live. knee"
    assert (outcome.to_pay, outcome.to_pay_sum) == (1, 6000)


def test_the_import_is_audited_with_the_file_and_who(asha: Clinic) -> None:
    brought_in(asha, "Asha Sharma,9820012345,Physio,10,7,10000,4000,1/2/2026,,,,,\n")

    record = RegisterImport.objects.get()
    event = AuditEvent.objects.get(act="import_register")
    assert (event.subject_id, event.by) == (record.pk, owner_of(asha))
    assert event.after["file"] == "register.csv"
    assert event.after["sha256"] == record.sha256
    assert event.after["packages"] == record.outcome["packages"] == 1
    assert record.table is None


def test_services_and_therapists_are_made_once(asha: Clinic) -> None:
    brought_in(asha, (SAMPLES / "register.csv").read_bytes(), as_of=AS_OF)

    minutes = dict(Service.objects.values_list("name", "minutes"))
    assert minutes == {
        "Physiotherapy 60 min": 60,
        "Physiotherapy 30 min": 30,
        "Rehab 90 min": 90,
        "Dry needling 45 min": 45,
    }
    without_login = Staff.objects.filter(user=None)
    assert sorted(staff.name for staff in without_login) == [
        "Dr. Meera Nair",
        "Dr. Rohan Kale",
        "Dr. Sana Shaikh",
    ]
    assert not Plan.objects.filter(is_active=True).exists()
    assert Plan.objects.count() == len(sample_packs.PLANS)


def test_a_patient_is_found_by_the_end_of_the_phone(asha: Clinic) -> None:
    brought_in(asha, (SAMPLES / "register.csv").read_bytes(), as_of=AS_OF)

    found = find_patients("8793")

    assert "Milind Agarwal" in [patient.name for patient in found]


def test_three_bad_rows_stop_the_whole_register(asha: Clinic) -> None:
    before = everything()

    with pytest.raises(BadRows) as refusal:
        brought_in(asha, (SAMPLES / "register-with-mistakes.csv").read_bytes(), as_of=AS_OF)

    assert [(problem.line, problem.column) for problem in refusal.value.problems] == [
        (10, "Bal"),
        (18, "Start date"),
        (26, "Mobile No."),
    ]
    assert everything() == before


def test_told_to_leave_them_out_the_good_rows_come_in(asha: Clinic) -> None:
    bad = (SAMPLES / "register-with-mistakes.csv").read_bytes()

    outcome = brought_in(asha, bad, as_of=AS_OF, skip_bad_rows=True)

    assert (outcome.packages, outcome.left_out, Package.objects.count()) == (27, 3, 27)
    assert recount() == []


def run(*arguments: str) -> tuple[int, str, str]:
    """manage.py import_register: its exit code and what it says."""
    out, err = StringIO(), StringIO()
    try:
        call_command("import_register", *arguments, stdout=out, stderr=err)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_a_dry_run_lists_bad_rows_and_writes_nothing(asha: Clinic) -> None:
    before = everything()

    code, out, err = run(
        str(SAMPLES / "register-with-mistakes.csv"), "--clinic", "asha", "--dry-run", "--as-of", "2026-11-14"
    )

    assert code == 1
    assert "27 packages would be entered" in out
    assert len(err.splitlines()) == 3
    assert "row 26, column Mobile No.: " in err
    assert everything() == before


def test_the_command_imports_and_says_what_it_did(asha: Clinic) -> None:
    file = str(SAMPLES / "register.csv")

    code, out, err = run(file, "--clinic", "asha", "--as-of", "2026-11-14")
    _, again, _ = run(file, "--clinic", "asha", "--as-of", "2026-11-14")

    assert (code, err) == (0, "")
    assert "300 packages entered" in out
    assert "0 packages entered, 300 were here already" in again


def test_the_command_stops_at_bad_rows(asha: Clinic) -> None:
    before = everything()

    code, _, err = run(
        str(SAMPLES / "register-with-mistakes.csv"), "--clinic", "asha", "--as-of", "2026-11-14"
    )

    assert code == 1
    assert "3 rows cannot be entered. Nothing was imported." in err
    assert everything() == before


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04broken", b"%PDF-1.7", b"Name,Phone\n", b"\x00\x01\x02"])
def test_a_file_that_is_no_register_leaves_nothing(asha: Clinic, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "register.xlsx"
    file.write_bytes(content)
    before = everything()

    with pytest.raises(CommandError):
        run(str(file), "--clinic", "asha")

    assert everything() == before
