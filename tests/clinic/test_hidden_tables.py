"""A temporary table never stands in for one of ours: the application makes none, and no function looks at it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import ProgrammingError, connection

from clinic.models import Clinic
from desk.recount import recount
from packages.models import Movement
from tests import acts
from tests.committing import check_now
from tests.factories import PatientFactory, complete, package, plan, reopen, visit
from tests.races.conftest import _owner
from tests.visits.paying import lines, pays, seen, therapist

# Every table of ours with an empty one of its name before it; whoever looks there finds nothing, and may write.
HIDE = """
DO $$
DECLARE
  name text;
BEGIN
  FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
                 AND NOT relispartition AND has_table_privilege(oid, 'SELECT')
  LOOP
    EXECUTE format('CREATE TEMP TABLE %1$I (LIKE public.%1$I); GRANT ALL ON pg_temp.%1$I TO PUBLIC', name);
  END LOOP;
END $$;
-- what the application itself asks for is found where it is; functions have a path of their own
SET LOCAL search_path = public, pg_temp;
"""
HIDING = "SELECT relname FROM pg_class WHERE relnamespace = pg_my_temp_schema() AND relkind = 'r'"


@pytest.fixture
def temporary(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A server on which somebody gave the application the right to make temporary tables."""
    with django_db_blocker.unblock(), _owner() as owner:
        database = owner.info.dbname
        owner.execute(f'GRANT TEMPORARY ON DATABASE "{database}" TO ginti_app')
        yield
        owner.execute(f'REVOKE TEMPORARY ON DATABASE "{database}" FROM ginti_app')


def test_the_application_may_make_no_temporary_table(db: None) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied to create temporary"),
        connection.cursor() as cursor,
    ):
        cursor.execute("CREATE TEMP TABLE packages_movement (amount int)")


def test_tables_that_hide_ours_change_nothing(temporary: None, asha: Clinic) -> None:
    anand = therapist(asha)
    pays(asha, anand, 300)
    pack = package(asha)
    with connection.cursor() as cursor:
        cursor.execute(HIDE)

    done = seen(asha, pack, anand)
    reopen(asha, done)
    complete(asha, done)
    complete(asha, visit(asha, PatientFactory(), therapist=anand), how="charge")
    pays(asha, anand, 400)
    acts.refund(asha, pack)
    acts.void(asha, package(asha, of=plan(), paid=4_000))
    check_now()

    assert written_into_hiding() == set()
    assert lines(done)[-1] == (1, 1000, 400)
    assert Movement.objects.filter(package=pack).exists()
    assert recount() == []


def written_into_hiding() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(HIDING)
        tables = [name for (name,) in cursor.fetchall()]
        assert "packages_movement" in tables
        found = set()
        for name in tables:
            cursor.execute(f'SELECT FROM pg_temp."{name}" LIMIT 1')
            found |= {name} if cursor.rowcount else set()
    return found
