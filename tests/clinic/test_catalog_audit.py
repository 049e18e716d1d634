"""What PostgreSQL's own catalog says of our tables: a new table, grant or function fits, or is argued."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import NotSupportedError, connection, transaction

from clinic.tenancy.fields import clinic_field
from tests.conftest import connect_as

# Trigger functions that write what the application's role may not; see docs/decisions.
DEFINERS = {
    "allocation_fits",
    "bill_is_whole",
    "bill_takes_number",
    "bounce_fits",
    "change_applies",
    "charge_earns",
    "credit_fits",
    "entry_moves_balance",
    "entry_moves_liability",
    "instalment_plan_fits",
    "month_closes",
    "month_is_added_up",
    "package_line_counts",
    "pay_rule_applies",
    "post_on_open_day",
    "receipt_moves_liability",
    "refund_fits",
    "refund_moves_liability",
    "visit_earns",
    "visit_is_settled",
}
APPEND_ONLY = {
    "billing_allocation",
    "billing_bill",
    "billing_billline",
    "billing_bounce",
    "billing_gatewayevent",
    "billing_instalment",
    "billing_instalmentplan",
    "billing_payment",
    "billing_paymentlinkline",
    "billing_refund",
    "billing_statement",
    "clinic_auditevent",
    "clinic_consent",
    "clinic_messagereport",
    "desk_acceptance",
    "desk_dayclose",
    "packages_agreement",
    "packages_change",
    "packages_entry",
    "packages_monthclose",
    "packages_monthend",
    "packages_monthsum",
    "packages_packagealternative",
    "visits_answer",
    "visits_availability",
    "visits_closure",
    "visits_disputenote",
    "visits_payline",
    "visits_payrule",
    "visits_series",
    "visits_workinghours",
}
# Of these the patient alone may change, when that record was merged into another.
FOLLOW = {"billing_bill", "billing_payment", "billing_statement"}
MAY_DELETE = {"clinic_searchterm"}

FAULTS = Path(__file__).with_name("catalog_faults.sql").read_text()
CLINIC_TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'clinic_id'
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace
"""


def faults() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        facts = {"may_delete": MAY_DELETE, "append_only": APPEND_ONLY, "follow": FOLLOW}
        cursor.execute(FAULTS, {name: sorted(tables) for name, tables in facts.items()})
        return sorted(cursor.fetchall())


def names(sql: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return {row[0] for row in cursor.fetchall()}


def test_the_catalog_has_no_fault(db: None) -> None:
    assert faults() == []


def test_the_audit_sees_every_clinic_table(db: None) -> None:
    models = {model._meta.db_table for model in apps.get_models() if clinic_field(model)}

    assert names(CLINIC_TABLES) == models
    assert models >= APPEND_ONLY | MAY_DELETE


def test_definers_are_the_ones_that_were_argued(db: None) -> None:
    assert (
        names("SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace")
        == DEFINERS
    )


@pytest.mark.parametrize("name", sorted(DEFINERS))
def test_a_definer_called_by_itself_does_nothing(db: None, name: str) -> None:
    with (
        connection.cursor() as cursor,
        pytest.raises(NotSupportedError, match="can only be called as triggers"),
    ):
        cursor.execute(f"SELECT {name}()")


def test_only_the_owner_has_tables(db: None) -> None:
    owners = (
        "SELECT DISTINCT relowner::regrole::text FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    )

    assert names(owners) == {"ginti_owner"}


SABOTAGE = {
    "no forced row-level security": "ALTER TABLE clinic_patient NO FORCE ROW LEVEL SECURITY",
    "no clinic_isolation policy": "ALTER POLICY clinic_isolation ON clinic_patient USING (true)",
    "open policy": "CREATE POLICY convenient ON clinic_patient FOR SELECT USING (true)",
    "key does not start with the clinic": "CREATE UNIQUE INDEX handy ON clinic_patient (number, clinic_id)",
    "index without the clinic": "CREATE INDEX handy ON clinic_patient (name)",
    "foreign key without the clinic": "ALTER TABLE clinic_patient ADD UNIQUE (id),"
    " ADD CONSTRAINT plain FOREIGN KEY (merged_into_id) REFERENCES clinic_patient (id)",
    "foreign key that is not RESTRICT": "ALTER TABLE clinic_relation ADD CONSTRAINT c FOREIGN KEY"
    " (clinic_id, owner_id) REFERENCES clinic_patient (clinic_id, id) ON DELETE CASCADE",
    "may DELETE": "GRANT DELETE ON visits_visit TO ginti_app",
    "may TRUNCATE": "GRANT TRUNCATE ON billing_bill TO ginti_app",
    "open to PUBLIC": "GRANT SELECT ON clinic_patient TO PUBLIC",
    "may UPDATE what only grows": "GRANT UPDATE (reason) ON packages_entry TO ginti_app",
    "may UPDATE what only grows: total": "GRANT UPDATE (total) ON billing_bill TO ginti_app",
    "may UPDATE what only grows: package_id": "GRANT UPDATE (package_id) ON packages_entry TO ginti_app",
    "no enabled trigger only_grows": "ALTER TABLE clinic_auditevent DISABLE TRIGGER only_grows",
    "no enabled trigger never_emptied": "DROP TRIGGER never_emptied ON billing_payment",
    "view that runs as its owner": "CREATE VIEW everybody AS SELECT * FROM clinic_patient",
    "materialized view": "CREATE MATERIALIZED VIEW everybody AS SELECT * FROM clinic_patient",
    "SECURITY DEFINER with an open search_path": "ALTER FUNCTION bill_takes_number() RESET search_path",
    "SECURITY DEFINER that can be called": "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER"
    " SET search_path = pg_catalog, public, pg_temp AS 'SELECT 1'",
    "search_path that does not end in pg_temp": "ALTER FUNCTION bill_takes_number()"
    " SET search_path = pg_catalog, public",
    "may create temporary tables": "DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO ginti_app',"
    " current_database()); END $$",
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("fault", "sql"), SABOTAGE.items(), ids=SABOTAGE)
def test_the_audit_would_see_it(fault: str, sql: str) -> None:
    """The audit fails for each thing it is there to see."""
    found: list[Any] = []
    connect_as("owner")
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(sql)
            found = faults()
            transaction.set_rollback(True)
    finally:
        connect_as("app")

    assert any(fault in sentence for _table, sentence in found), found
    assert faults() == []
