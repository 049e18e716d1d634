"""What the clinic owes in care, as of any day."""

from __future__ import annotations

import csv
import json
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command

from billing.models import Method
from billing.payments import Tender, owed_lines
from clinic.models import Branch, Clinic
from clinic.tenancy.context import clinic_context
from desk import checkout
from packages.ledger import lapse
from packages.liability import liability
from packages.services import Opening, open_package
from tests.factories import PatientFactory, complete, found, owner_of, package, plan, reopen, visit


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Kolkata"))


def owed(day: str) -> tuple[Decimal, Decimal, Decimal]:
    """Liability, sessions, receivable at the end of a day; the check line is 0 on every day."""
    report = liability(date.fromisoformat(day))
    assert report.difference == 0
    return report.value, report.sessions, report.receivable


def test_what_is_owed_follows_every_use_and_reversal_by_day(asha: Clinic) -> None:
    """10 sessions at 10,000: sold on the 1st, used on the 3rd and the 5th, the second given back on the 6th."""
    pack = package(asha, at=at("2026-03-01T10:00"))
    complete(asha, visit(asha, pack.patient, at=at("2026-03-03T10:00")), at=at("2026-03-03T11:00"))
    second = complete(asha, visit(asha, pack.patient, at=at("2026-03-05T10:00")), at=at("2026-03-05T11:00"))
    reopen(asha, second.visit, at=at("2026-03-06T10:00"))

    assert owed("2026-02-28") == (0, 0, 0)
    assert owed("2026-03-01") == (10_000, 10, 0)
    assert owed("2026-03-03") == (9_000, 9, 0)
    assert owed("2026-03-05") == (8_000, 8, 0)
    assert owed("2026-03-06") == (9_000, 9, 0)


def test_a_pack_paid_in_part_owes_what_was_received_less_what_was_used_and_never_nets(asha: Clinic) -> None:
    """4,000 of 10,000 paid and 2 used: 2,000 owed. Another with nothing paid and 1 used: the patient owes 1,000."""
    of = plan(activation="at_once")
    some, none = (package(asha, of=of, paid=paid, at=at("2026-03-01T10:00")) for paid in (4_000, 0))
    for pack, day in ((some, 2), (some, 3), (none, 4)):
        held = at(f"2026-03-0{day}T10:00")
        complete(asha, visit(asha, pack.patient, at=held), at=held)

    assert owed("2026-03-09") == (2_000, 17, 1_000)


@pytest.mark.django_db(transaction=True)
def test_money_that_is_used_later_changes_no_past_day() -> None:
    """Paid ahead in March, applied to the pack now: March still says that nothing had been received for it."""
    clinic = found("asha")
    with clinic_context(clinic.pk):
        patient = PatientFactory()
        facts: dict[str, Any] = {"branch": Branch.objects.get(), "clinic": clinic, "by": owner_of(clinic)}
        ahead = [Tender(Method.CASH, Decimal(10_000))]
        checkout.take_payment(
            patient, tenders=ahead, lines=[], at=at("2026-03-01T10:00"), key=uuid4(), **facts
        )
        package(clinic, patient, of=plan(activation="at_once"), paid=0, at=at("2026-03-10T10:00"))

    with clinic_context(clinic.pk):
        checkout.apply_unapplied(patient, lines=owed_lines(patient), on=clinic.today(), by=None, key=uuid4())

    with clinic_context(clinic.pk):
        assert owed("2026-03-31") == (0, 10, 0)
        assert owed(clinic.today().isoformat()) == (10_000, 10, 0)


@pytest.mark.parametrize(
    ("paid", "left", "value", "receivable"),
    [
        (None, 3, 3_000, 0),
        (10_000, 3, 3_000, 0),
        (4_000, 6, 0, 0),
        (4_000, 3, 0, 3_000),
        (9_000, 3, 2_000, 0),
    ],
)
def test_an_opening_balance_owes_what_was_received_before_go_live_less_what_was_used_by_then(
    asha: Clinic, paid: int | None, left: int, value: int, receivable: int
) -> None:
    """S58: a card of 10 at 10,000."""
    opening = Opening(Decimal(left), paid=None if paid is None else Decimal(paid))
    open_package(
        PatientFactory(),
        plan=plan(),
        branch=Branch.objects.get(),
        clinic=asha,
        on=date(2026, 3, 1),
        by=None,
        key=uuid4(),
        opening=opening,
    )

    assert owed("2026-03-31") == (value, left, receivable)


def test_what_lapsed_is_owed_no_longer_from_the_day_after(asha: Clinic) -> None:
    pack = package(asha, of=plan(validity_count=1, validity_unit="months"), at=at("2026-03-01T10:00"))
    lapse(pack, on=date(2026, 4, 5))

    assert owed("2026-03-31") == (10_000, 10, 0)
    assert owed("2026-04-01") == (0, 0, 0)


def run(**options: Any) -> str:
    out = StringIO()
    call_command("liability", clinic="asha", stdout=out, **options)
    return out.getvalue()


def test_the_command_gives_the_same_figures_as_table_json_and_csv(asha: Clinic) -> None:
    pack = package(asha, of=plan(price=10_000, sessions=3), at=at("2026-03-01T10:00"))
    complete(asha, visit(asha, pack.patient, at=at("2026-03-03T10:00")), at=at("2026-03-03T11:00"))

    told = json.loads(run(as_of="2026-03-31", format="json"))
    (row,) = csv.DictReader(StringIO(run(as_of="2026-03-31", format="csv")))

    assert (told["value"], told["sessions"], told["packages"], told["patients"]) == ("6666.67", "2", 1, 1)
    assert told["rows"][0]["liability"] == row["liability"] == "6666.67"
    assert row["patient"] == pack.patient.name
    assert "6666.67" in run(as_of="2026-03-31")


def test_the_command_refuses_what_is_no_day_and_no_clinic(asha: Clinic) -> None:
    with pytest.raises(CommandError, match="must be a day such as"):
        run(as_of="31/03/2026")
    with pytest.raises(CommandError, match="No clinic has the address"):
        call_command("liability", clinic="nowhere", stdout=StringIO())
