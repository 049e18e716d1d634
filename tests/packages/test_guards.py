"""Whoever writes, a wrong count cannot be committed: attacks on the database as the application's role.

Each attack is SQL as somebody would type it into psql; it is refused by the statement or, at the latest, by the
commit, and nothing has changed.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import Error, IntegrityError, connection, transaction
from django.utils import timezone

from billing.models import Bill, Payment
from clinic.models import Clinic
from packages.models import Entry, Kind, Package
from tests.committing import check_now
from tests.written import everything

from .attacks import ATTACKS, DENIED, NEVER_DELETED, OWNER_ATTACKS, bill, entry

Scene = dict[str, Any]


def run(sql: str, facts: Scene) -> None:
    """Type it in, statement by statement, and commit."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in sql.split(";"):
            cursor.execute(statement, facts)
        check_now()


@pytest.mark.parametrize("name", ATTACKS)
def test_the_application_is_refused(scene: Scene, name: str) -> None:
    """S09, S13"""
    sql, refusal = ATTACKS[name]
    written = everything()

    with pytest.raises(Error, match=refusal):
        run(sql, scene)

    assert everything() == written


@pytest.mark.parametrize("name", OWNER_ATTACKS)
def test_the_owner_of_the_database_is_refused_too(owner_connection: None, scene: Scene, name: str) -> None:
    """S13"""
    sql, refusal = OWNER_ATTACKS[name]
    written = everything()
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("ginti_owner",)

    with pytest.raises(Error, match=refusal):
        run(sql, scene)

    assert everything() == written


@pytest.mark.parametrize("table", NEVER_DELETED)
def test_not_even_the_owner_empties_a_table(owner_connection: None, db: None, table: str) -> None:
    """S13"""
    with pytest.raises(Error, match="only grows"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table} CASCADE")


def test_what_an_insert_says_of_number_balance_value_and_time_is_not_believed(scene: Scene) -> None:
    """S09"""
    forged = {
        "number": "77",
        "balance_after": "900",
        "value_after": "900",
        "value": "900",
        "line_after": "900",
    }
    sql = entry("adjusted", "-1", turn="3", recorded_at="'2001-01-01'", **forged)

    run(f"SET LOCAL app.recorded_at = '2001-01-01';{sql}", scene)

    pack = Package.objects.get(pk=scene["package"])
    last = Entry.objects.get(package=pack, kind=Kind.ADJUSTED)
    assert (last.number, last.balance_after, last.line_after, last.turn) == (6, 7, 7, None)
    assert (last.value, last.value_after) == (-1000, 7000)
    assert abs((timezone.now() - last.recorded_at).total_seconds()) < 60
    assert (pack.sessions_left, pack.value_left, pack.entries_count) == (7, 7000, 6)


def test_what_an_insert_says_of_a_bill_s_number_and_year_is_not_believed(scene: Scene) -> None:
    last = Bill.objects.filter(prefix="B").order_by("number").last()
    assert last is not None

    sql = bill(
        number="900",
        name="'B/1'",
        financial_year="'2001-04-01'",
        issued_on="'2001-04-01'",
        key=f"'{uuid4()}'",
    )
    run(sql, scene)

    newest = Bill.objects.filter(prefix="B").order_by("number").last()
    assert newest is not None
    assert (newest.number, newest.financial_year) == (last.number + 1, last.financial_year)
    assert newest.issued_on == scene["today"]


def test_a_refused_bill_leaves_no_gap(scene: Scene) -> None:
    last = Bill.objects.filter(prefix="B").order_by("number").last()
    assert last is not None
    with pytest.raises(IntegrityError):
        run(bill(total="100"), scene)

    run(bill(), scene)

    assert Bill.objects.filter(prefix="B", number=last.number + 1).count() == 1


def test_a_package_starts_empty_whatever_the_insert_says(asha: Clinic, scene: Scene) -> None:
    pack = Package.objects.get(pk=scene["package"])
    pack.pk, pack.number, pack.key = uuid4(), scene["number"], uuid4()
    pack.sessions_left = pack.paid_left = pack.sessions_sold = pack.paid_sessions = 5
    pack.value_left = pack.paid = 5_000
    pack.entries_count = 3

    with transaction.atomic():
        pack.save(force_insert=True)
        check_now()

    pack.refresh_from_db()
    assert {pack.sessions_left, pack.paid_left, pack.sessions_sold, pack.value_left, pack.paid} == {0}
    assert (pack.entries_count, pack.paid_sessions) == (0, 0)


@pytest.mark.parametrize("way", ["save", "update", "bulk_update"])
def test_the_orm_cannot_write_a_balance_either(scene: Scene, way: str) -> None:
    """S09"""
    pack = Package.objects.get(pk=scene["package"])
    pack.sessions_left += 1
    written = everything()
    acts = {
        "save": pack.save,
        "update": lambda: Package.objects.update(sessions_left=10),
        "bulk_update": lambda: Package.objects.bulk_update([pack], ["sessions_left"]),
    }

    with pytest.raises(Error, match=DENIED), transaction.atomic():
        acts[way]()

    assert everything() == written


@pytest.mark.parametrize("model", [Entry, Bill, Payment])
def test_the_orm_cannot_change_what_only_grows(scene: Scene, model: Any) -> None:
    """S13"""
    row = model.objects.first()
    written = everything()

    with pytest.raises(Error, match=DENIED), transaction.atomic():
        row.save()

    assert everything() == written
