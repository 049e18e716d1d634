"""Who got exceptions, from whom and why."""

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

from clinic.models import Clinic, Role
from desk.exceptions import WHATS
from packages import ledger, standing, transfers, validity
from packages.models import Package
from tests.factories import PatientFactory, complete, member, owner_of, package, plan, reopen, use, visit
from visits.absences import let_off, mark_no_show
from visits.models import Visit

ONE_DAY = timedelta(days=1)


@pytest.fixture
def owner(asha: Clinic, client: Client) -> Client:
    client.force_login(owner_of(asha).user)
    return client


def facts(clinic: Clinic, reason: str) -> dict[str, Any]:
    return {"on": clinic.today(), "by": owner_of(clinic), "key": uuid4(), "reason": reason}


@pytest.fixture
def pack(asha: Clinic) -> Package:
    return package(asha, PatientFactory(name="Gita Rao"), of=plan(validity_count=3, where="where_sold"))


def adjusted(clinic: Clinic, pack: Package) -> str:
    ledger.adjust(pack.lines.get(), sessions=Decimal("0.5"), **facts(clinic, "Only ten minutes"))
    return "Only ten minutes"


def reversed_(clinic: Clinic, pack: Package) -> str:
    (done,) = use(clinic, pack, 1)
    reopen(clinic, done.visit, reason="Another patient")
    return "Another patient"


def was_let_off(clinic: Clinic, pack: Package) -> str:
    act = {"clinic": clinic, "at": timezone.now(), "by": owner_of(clinic)}
    missed = mark_no_show(visit(clinic, pack.patient), key=uuid4(), **act)
    let_off(missed, key=uuid4(), reason="She was ill", **act)
    return "She was ill"


def free(clinic: Clinic, pack: Package) -> str:
    complete(clinic, visit(clinic, pack.patient), how="free", reason="Trial")
    return "Trial"


def extended(clinic: Clinic, pack: Package) -> str:
    assert pack.valid_until
    validity.extend(pack, until=pack.valid_until + 3 * ONE_DAY, **facts(clinic, "Rain"))
    return "Rain"


def frozen(clinic: Clinic, pack: Package) -> str:
    today = clinic.today()
    validity.freeze(pack, first_day=today, last_day=today + ONE_DAY, **facts(clinic, "Abroad"))
    return "Abroad"


def lifted(clinic: Clinic, pack: Package) -> str:
    standing.lift(pack, clause="branches", **facts(clinic, "Moved house"))
    return "Moved house"


def voided(clinic: Clinic, pack: Package) -> str:
    unpaid = package(clinic, pack.patient, paid=0)
    standing.void(unpaid, **facts(clinic, "Wrong patient"))
    return "Wrong patient"


MADE: dict[str, Callable[[Clinic, Package], str]] = {
    "adjusted": adjusted,
    "reversed": reversed_,
    "let_off": was_let_off,
    "free": free,
    "extended": extended,
    "frozen": frozen,
    "lifted": lifted,
    "voided": voided,
}


def listed(client: Client, **asked: Any) -> list[dict[str, Any]]:
    return list(client.get("/asha/reports/exceptions/", asked).context["page"])


def test_every_kind_is_made_here() -> None:
    assert set(MADE) == set(WHATS)


@pytest.mark.parametrize("what", MADE)
def test_an_exception_stands_in_the_report_once_with_who_whom_and_why(
    owner: Client, asha: Clinic, pack: Package, what: str
) -> None:
    reason = MADE[what](asha, pack)

    (row,) = listed(owner)
    assert (row["what"], row["why"]) == (what, reason)
    assert (row["by_name"], row["patient_name"]) == (owner_of(asha).name, "Gita Rao")
    assert [each["what"] for each in listed(owner, what=what)] == [what]
    others = [other for other in WHATS if other != what]
    assert [other for other in others if listed(owner, what=other)] == []
    page = owner.get("/asha/reports/exceptions/").content.decode()
    assert reason in page
    assert str(WHATS[what]) in page


def test_what_is_ordinary_is_no_exception(owner: Client, asha: Clinic, pack: Package) -> None:
    use(asha, pack, 1)
    transfers.transfer(pack, sessions=Decimal(2), to=PatientFactory(), **facts(asha, "Sisters"))

    assert listed(owner) == []


def test_what_a_dispute_takes_back_for_a_while_is_no_exception_before_it_is_decided(
    owner: Client, asha: Clinic, pack: Package
) -> None:
    (done,) = use(asha, pack, 1)
    aside = ledger.set_aside(done.entry, **facts(asha, "I was away"))
    Visit.objects.filter(pk=done.visit.pk).update(entry=aside)
    assert listed(owner) == []

    again = ledger.uphold(aside, kind=done.entry.kind, **facts(asha, "She signed"))
    Visit.objects.filter(pk=done.visit.pk).update(entry=again)

    assert listed(owner) == []


def test_the_report_is_counted_by_person_and_by_patient_and_narrowed_to_each(
    owner: Client, asha: Clinic, pack: Package
) -> None:
    adjusted(asha, pack)
    other = package(asha, PatientFactory(name="Sita Rao"), of=plan(validity_count=3))
    adjusted(asha, other)
    desk = member(asha, Role.FRONT_DESK, name="Sunita")
    today = asha.today()
    validity.freeze(other, first_day=today, last_day=today, **facts(asha, "Abroad") | {"by": desk})

    context = owner.get("/asha/reports/exceptions/").context
    assert {tally.name: tally.count for tally in context["by_person"]} == {
        owner_of(asha).name: 2,
        "Sunita": 1,
    }
    assert {tally.name: tally.count for tally in context["by_patient"]} == {"Gita Rao": 1, "Sita Rao": 2}
    assert [row["what"] for row in listed(owner, by=desk.pk)] == ["frozen"]
    assert [row["patient_name"] for row in listed(owner, patient=pack.patient_id)] == ["Gita Rao"]


def test_other_days_are_other_exceptions(owner: Client, asha: Clinic, pack: Package) -> None:
    adjusted(asha, pack)
    today = asha.today()

    assert len(listed(owner, first=today, last=today)) == 1
    assert listed(owner, last=today - ONE_DAY) == []
    assert listed(owner, first=today + ONE_DAY, last=today + 2 * ONE_DAY) == []


def test_the_file_says_the_same_and_no_cell_is_a_formula(owner: Client, asha: Clinic, pack: Package) -> None:
    ledger.adjust(pack.lines.get(), sessions=Decimal(-1), **facts(asha, "=HYPERLINK(1)"))

    answer = owner.get("/asha/reports/exceptions.csv")

    assert answer["Content-Type"].startswith("text/csv")
    _head, row = list(csv.reader(StringIO(answer.content.decode())))
    assert row[1:] == [
        "Sessions given or taken",
        owner_of(asha).name,
        "Gita Rao",
        str(pack.number),
        "-1",
        "",
        "'=HYPERLINK(1)",
    ]


def test_the_list_is_in_pages(owner: Client, asha: Clinic, pack: Package) -> None:
    for _each in range(51):
        adjusted(asha, pack)

    assert len(listed(owner)) == 50
    assert len(listed(owner, page=2)) == 1


def test_the_report_asks_the_same_however_long_it_is(
    owner: Client, asha: Clinic, pack: Package, queries: Callable[[], Any]
) -> None:
    for make in MADE.values():
        make(asha, pack)
    owner.get("/asha/reports/exceptions/")

    with queries() as seen:
        owner.get("/asha/reports/exceptions/")

    assert seen.count <= 18, "\n".join(seen.statements)
