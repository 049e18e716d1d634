"""Nobody writes pay by hand, and what a fault of the database would leave is named by the recount."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django.db import Error, connection

from clinic.models import Clinic, Staff
from desk import absences
from desk.recount import recount
from packages.models import Takes
from tests import acts
from tests.committing import check_now, commit
from tests.conftest import connect_as
from tests.factories import PatientFactory, complete, package, plan, reopen, visit
from tests.written import everything

from .paying import lines, pays, seen, therapist

COLUMNS = """clinic_id, id, staff_id, visit_id, turn, service_id, happened_on, sessions, value, amount,
is_absence, rule_id, reverses_id"""


@pytest.fixture
def owner_connection(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The test's connection is the database owner's: name it before the clinic's fixture."""
    with django_db_blocker.unblock():
        connect_as("owner")
    yield
    with django_db_blocker.unblock():
        connect_as("app")


@pytest.fixture
def anand(asha: Clinic) -> Staff:
    """Somebody who held a session at 300, and one that was given back."""
    anand = therapist(asha)
    pays(asha, anand, 300)
    pack = package(asha)
    seen(asha, pack, anand)
    reopen(asha, seen(asha, pack, anand))
    check_now()
    return anand


def copy(**changes: str) -> str:
    """A copy of the live line with some of its columns changed."""
    line = (
        {name.strip(): f"l.{name.strip()}" for name in COLUMNS.split(",")}
        | {"id": "gen_random_uuid()"}
        | changes
    )
    picked = "SELECT visit_id FROM visits_payline GROUP BY visit_id HAVING count(*) = 1"
    return f"""INSERT INTO visits_payline ({", ".join(line)}) SELECT {", ".join(line.values())}
FROM visits_payline l WHERE l.visit_id IN ({picked})"""


APP = {
    "a line by hand": (copy(turn="3"), "permission denied"),
    "another amount": ("UPDATE visits_payline SET amount = 900", "permission denied"),
    "a line gone": ("DELETE FROM visits_payline", "permission denied"),
    "another rule": ("UPDATE visits_payrule SET amount = 900", "permission denied"),
    "a rule gone": ("DELETE FROM visits_payrule", "permission denied"),
    "a rule for a month that has ended": (
        """INSERT INTO visits_payrule (clinic_id, id, staff_id, from_day, kind, amount, percent, places, pays_free,
           pays_absences, key) SELECT clinic_id, gen_random_uuid(), staff_id, '2020-01-01', kind, amount, percent,
           places, pays_free, pays_absences, gen_random_uuid() FROM visits_payrule""",
        "a month that has ended",
    ),
}
BACK = {
    "turn": "2",
    "reverses_id": "l.id",
    "sessions": "-l.sessions",
    "value": "-l.value",
    "amount": "-l.amount",
}
OWNER = {
    "a second live line": (copy(turn="2"), "pay_line_turn_of_kind"),
    "a turn that follows nothing": (copy(turn="5"), "pay_line_turn_follows"),
    "taken back by other figures": (copy(**BACK | {"amount": "-l.amount - 1"}), "pay_line_undoes"),
    "taken back from somebody else": (
        copy(**BACK | {"staff_id": "(SELECT id FROM clinic_staff WHERE role = 'owner')"}),
        "pay_line_undoes",
    ),
    "taken back without a name": (copy(**BACK | {"reverses_id": "NULL"}), "pay_line_sign"),
    "an amount without a rule": (copy(turn="3", rule_id="NULL"), "pay_line_amount_has_rule"),
    "another amount": ("UPDATE visits_payline SET amount = 900", "only grows"),
    "a rule gone": ("DELETE FROM visits_payrule", "only grows"),
}


@pytest.mark.parametrize("name", APP)
def test_the_application_is_refused(asha: Clinic, anand: Staff, name: str) -> None:
    """S55, S13"""
    refused(*APP[name])


@pytest.mark.parametrize("name", OWNER)
def test_the_owner_of_the_database_is_refused_too(
    owner_connection: None, asha: Clinic, anand: Staff, name: str
) -> None:
    """S55, S13"""
    refused(*OWNER[name])


def refused(sql: str, refusal: str) -> None:
    written = everything()

    with pytest.raises(Error, match=refusal), commit(), connection.cursor() as cursor:
        cursor.execute(sql)

    assert everything() == written


@pytest.mark.parametrize("table", ["visits_visit", "billing_billline"])
def test_the_recount_names_a_session_that_was_not_posted(
    owner_connection: None, asha: Clinic, anand: Staff, table: str
) -> None:
    """S55"""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    pack = package(asha)
    if table == "visits_visit":
        seen(asha, pack, anand)
    else:
        complete(asha, visit(asha, pack.patient, therapist=anand), how="charge")

    (difference,) = (each for each in recount() if each.check == "pay of therapists")
    assert difference.stored == "nothing"
    assert "300" in difference.counted


WRONG = {
    "an amount": ("amount = amount + 1", "pay of therapists"),
    "a day": ("happened_on = happened_on - 1", "pay of therapists"),
    "a value": ("value = value + 1", "pay of therapists"),
    "no rule": ("rule_id = NULL, amount = 0", "pay of therapists"),
}


@pytest.mark.parametrize("name", WRONG)
def test_the_recount_names_a_line_that_is_wrong(
    owner_connection: None, asha: Clinic, anand: Staff, name: str
) -> None:
    """S55"""
    changes, check = WRONG[name]
    assert recount() == []
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE visits_payline DISABLE TRIGGER USER")
        picked = "SELECT visit_id FROM visits_payline GROUP BY visit_id HAVING count(*) = 1"
        cursor.execute(f"UPDATE visits_payline SET {changes} WHERE visit_id IN ({picked})")

    assert [each.check for each in recount()] == [check]


def test_what_was_held_before_there_was_pay_is_counted_too(owner_connection: None, asha: Clinic) -> None:
    anand = therapist(asha)
    pack = package(asha, of=plan(no_show_takes=Takes.HALF, free_passes=0))
    seen(asha, pack, anand)
    reopen(asha, seen(asha, pack, anand))
    absences.mark_no_show(visit(asha, pack.patient, therapist=anand), **acts.now(asha))
    complete(asha, visit(asha, pack.patient, therapist=anand), how="free", reason="A favour")
    charged = visit(asha, PatientFactory(), therapist=anand)
    reopen(asha, complete(asha, charged, how="charge").visit)
    complete(asha, charged, how="charge")
    before = {line for line in lines() if line[0] > 0}
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE visits_payline DISABLE TRIGGER USER; DELETE FROM visits_payline")
        cursor.execute(import_module("billing.migrations.0014_pay_of_charges").BEFORE)

    assert recount() == []
    assert len(lines()) == 4
    assert set(lines()) == before
