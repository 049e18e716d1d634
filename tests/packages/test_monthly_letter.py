"""Once a month the owner reads what the clinic owes in care, and what changed."""

from __future__ import annotations

from datetime import date, datetime
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from clinic.messages.enclosures import made
from clinic.models import Clinic, ClinicSettings, MessageSettings, Role, StaffLetter
from clinic.tenancy.context import clinic_context
from packages.ledger import lapse
from packages.monthly_letter import is_the_time, write_all
from tests.factories import complete, found, member, owner_of, package, plan, visit
from tests.messages.real import at_once
from tests.written import everything

APRIL = date(2026, 4, 2)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Kolkata"))


def a_march(clinic: Clinic) -> None:
    """One pack of February; in March a use, one that lapses with 9,000, and one that is sold and not paid."""
    pack = package(clinic, at=at("2026-02-10T10:00"))
    short = plan(validity_count=1, validity_unit="months")
    ends = package(clinic, of=short, at=at("2026-02-10T11:00"))
    for each, hour in ((pack, 10), (ends, 11)):
        held = at(f"2026-03-02T{hour}:00")
        complete(clinic, visit(clinic, each.patient, at=held), at=held)
    owing = package(clinic, of=plan(activation="at_once"), paid=0, at=at("2026-03-20T10:00"))
    held = at("2026-03-21T10:00")
    complete(clinic, visit(clinic, owing.patient, at=held), at=held)
    lapse(ends, on=date(2026, 3, 12))


def test_the_letter_says_what_is_owed_and_what_changed_since_the_month_before(asha: Clinic) -> None:
    """2 × 10,000 at the end of February; 2 used, 9,000 lapsed; another pack was used before it was paid."""
    a_march(asha)

    assert write_all(asha, on=APRIL) == 1

    letter = StaffLetter.objects.get()
    assert letter.staff == owner_of(asha)
    assert letter.subject == "Asha Physiotherapy: owed in care at the end of March 2026, ₹9,000.00"
    for words in (
        "owed ₹9,000.00 in care: 18 sessions on 2 packages of 2 patients.",
        "At the end of February 2026: ₹20,000.00\nUsed: −₹2,000.00\nLapsed: −₹9,000.00\n"
        "At the end of March 2026: ₹9,000.00",
        "Patients owe ₹1,000.00 for care already given.",
        "1 package lapsed.",
        "/asha/reports/liability/?on=2026-03-31",
    ):
        assert words in letter.body
    assert letter.enclosure == "liability:2026-03-31"
    paper = made(letter.enclosure, letter.created_at)
    assert paper is not None
    assert paper.name == "liability-2026-03-31.pdf"
    assert paper.content.startswith(b"%PDF")


def test_it_is_written_once_for_each_month_and_owner_however_often_it_is_asked(asha: Clinic) -> None:
    """S56"""
    a_march(asha)
    write_all(asha, on=APRIL)
    before = everything()

    assert write_all(asha, on=APRIL) == write_all(asha, on=date(2026, 4, 9)) == 0
    assert everything() == before

    member(asha, Role.OWNER)
    member(asha, Role.ACCOUNTANT)
    assert write_all(asha, on=APRIL) == 1
    assert write_all(asha, on=date(2026, 5, 2)) == 2


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_write_one_letter() -> None:
    """S56"""
    clinic = found("asha")
    with clinic_context(clinic.pk):
        package(clinic, at=at("2026-03-10T10:00"))

    def work() -> None:
        with clinic_context(clinic.pk):
            write_all(clinic, on=APRIL)

    at_once(work, times=3)

    with clinic_context(clinic.pk):
        assert StaffLetter.objects.count() == 1


def test_a_clinic_that_owes_nothing_and_never_did_hears_nothing(asha: Clinic) -> None:
    assert write_all(asha, on=APRIL) == 0


def test_the_owner_switches_it_off_in_the_settings_of_the_clinic(asha: Clinic, client: Client) -> None:
    a_march(asha)
    client.force_login(owner_of(asha).user)
    assert "mails_monthly" in client.get("/asha/settings/").content.decode()
    ClinicSettings.objects.update(mails_monthly=False)

    assert write_all(asha, on=APRIL) == 0
    assert not StaffLetter.objects.exists()


def test_it_is_in_the_language_of_the_clinic(asha: Clinic) -> None:
    """Amounts and months are; the words follow with the locale."""
    a_march(asha)
    ClinicSettings.objects.update(language="hi")

    write_all(asha, on=APRIL)

    assert "मार्च 2026" in StaffLetter.objects.get().body


@pytest.mark.parametrize(
    ("local", "is_time"),
    [
        ("2026-04-01T10:00", False),
        ("2026-04-02T09:59", False),
        ("2026-04-02T10:00", True),
        ("2026-04-09T23:00", True),
        ("2026-04-10T10:00", False),
    ],
)
def test_it_is_written_early_in_the_month_at_the_clinics_hour(
    asha: Clinic, local: str, is_time: bool
) -> None:
    MessageSettings.objects.update(nudge_hour=10)

    assert is_the_time(at(local)) is is_time


def test_by_hand_it_is_shown_and_written(asha: Clinic) -> None:
    a_march(asha)
    shown, written = StringIO(), StringIO()

    call_command("mail_owners", clinic="asha", on="2026-04-02", dry_run=True, stdout=shown)
    assert not StaffLetter.objects.exists()
    call_command("mail_owners", clinic="asha", on="2026-04-02", stdout=written)

    assert "owed ₹9,000.00 in care" in shown.getvalue()
    assert written.getvalue() == "asha: 1 letters\n"
    with pytest.raises(CommandError, match="must be a day"):
        call_command("mail_owners", on="yesterday")
