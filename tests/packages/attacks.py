"""SQL as somebody would type it into psql, and what refuses it: the statement or, at the latest, the commit."""

from __future__ import annotations

APPEND_ONLY = (
    "packages_entry",
    "packages_receipt",
    "billing_bill",
    "billing_billline",
    "billing_payment",
    "billing_allocation",
    "clinic_auditevent",
)
NEVER_DELETED = (
    *APPEND_ONLY,
    "packages_package",
    "packages_packageline",
    "visits_visit",
    "billing_numberseries",
)
TRIGGER_FUNCTIONS = (
    "entry_moves_balance",
    "package_line_counts",
    "bill_takes_number",
    "allocation_fits",
    "credit_fits",
    "visit_is_settled",
    "bill_is_whole",
)
OF_THE_TRIGGER = (
    "sessions_sold",
    "paid_sessions",
    "sessions_left",
    "sessions_used",
    "paid_left",
    "value_left",
    "entries_count",
    "paid",
    "price",
    "places",
    "number",
    "sold_on",
    "list_price",
    "is_opening",
)


def entry(
    kind: str, sessions: str, *, package: str = "package", visit: str = "", reverses: str = "", **forged: str
) -> str:
    """An INSERT of a passbook line, with columns forged where named."""
    line = "line" if package == "package" else "other_line"
    facts = {
        "clinic_id": "%(clinic)s",
        "id": "gen_random_uuid()",
        "package_id": f"%({package})s",
        "line_id": f"%({line})s",
        "kind": f"'{kind}'",
        "sessions": sessions,
        "happened_on": "%(today)s",
        "key": "gen_random_uuid()",
        "reason": "'x'",
        "clause": "''",
        "visit_id": f"%({visit})s" if visit else "NULL",
        "reverses_id": f"%({reverses})s" if reverses else "NULL",
    } | forged
    return f"INSERT INTO packages_entry ({', '.join(facts)}) VALUES ({', '.join(facts.values())})"


def change(kind: str, **forged: str) -> str:
    """An INSERT of a package's change."""
    facts = {
        "clinic_id": "%(clinic)s",
        "id": "gen_random_uuid()",
        "package_id": "%(package)s",
        "kind": f"'{kind}'",
        "happened_on": "%(today)s",
        "key": "gen_random_uuid()",
        "reason": "'x'",
        "clause": "''",
    } | forged
    return f"INSERT INTO packages_change ({', '.join(facts)}) VALUES ({', '.join(facts.values())})"


def visit(name: str, **changes: str) -> str:
    """An UPDATE of a visit."""
    settings = ", ".join(f"{column} = {value}" for column, value in changes.items())
    return f"UPDATE visits_visit SET {settings} WHERE id = %({name})s"


def bill(kind: str = "bill", total: str = "0", **forged: str) -> str:
    """An INSERT of a bill whose frozen copy has no lines, unless said otherwise."""
    facts = {
        "clinic_id": "%(clinic)s",
        "id": "gen_random_uuid()",
        "kind": f"'{kind}'",
        "prefix": "'B'",
        "issued_at": "now()",
        "patient_id": "%(patient)s",
        "branch_id": "%(branch)s",
        "total": total,
        "reason": "''",
        "document": """'{"lines": []}'""",
        "key": "gen_random_uuid()",
    } | forged
    return f"INSERT INTO billing_bill ({', '.join(facts)}) VALUES ({', '.join(facts.values())})"


def bill_line(of: str, amount: str, credits: str = "NULL") -> str:
    return f"""INSERT INTO billing_billline (clinic_id, id, bill_id, position, kind, text, quantity, unit_price,
        discount, tax_percent, tax, amount, credits_id)
      VALUES (%(clinic)s, gen_random_uuid(), {of}, 9, 'goods', 'Brace', 1, {amount}, 0, 0, 0, {amount}, {credits})"""


def allocation(amount: str, line: str = "charge_line", payment: str = "payment") -> str:
    return f"""INSERT INTO billing_allocation (clinic_id, id, payment_id, line_id, amount)
      VALUES (%(clinic)s, gen_random_uuid(), %({payment})s, %({line})s, {amount})"""


DONE = {"state": "'completed'", "completed_at": "now()", "completions": "completions + 1"}
UNDONE = {"state": "'booked'", "completed_at": "NULL", "settlement": "''"}
DENIED = "permission denied"

ATTACKS: dict[str, tuple[str, str]] = {
    # the passbook
    "a second live deduction from the same pack": (entry("used", "-1", visit="used"), "entry_turn_of_kind"),
    "a second live deduction from another pack": (
        entry("used", "-1", visit="used", package="other"),
        "entry_turn_of_kind",
    ),
    "two deductions in two statements": (
        entry("used", "-1", visit="waiting") + ";" + entry("used", "-1", visit="waiting"),
        "entry_turn_of_kind",
    ),
    "a deduction without completing the visit": (
        entry("used", "-1", visit="waiting"),
        "its entry and the ledger",
    ),
    "a reversal without reopening the visit": (
        entry("reversed", "1", visit="used", reverses="entry"),
        "its entry and the ledger",
    ),
    "a reversal on another pack": (
        entry("reversed", "1", visit="used", reverses="entry", package="other"),
        "entry_undoes",
    ),
    "a reversal of more": (entry("reversed", "2", visit="used", reverses="entry"), "entry_undoes"),
    "a reversal of half": (entry("reversed", "0.5", visit="used", reverses="entry"), "entry_undoes"),
    "a second reversal": (
        entry("reversed", "1", visit="given_back", reverses="reversed_entry"),
        "entry_turn_of_kind",
    ),
    "a reversal of what was never used": (
        entry("reversed", "1", visit="waiting", reverses="entry"),
        "entry_turn_of_kind",
    ),
    "a reversal that names another line": (
        entry("reversed", "1", visit="used", reverses="reversed_entry"),
        "entry_undoes_what_it_names",
    ),
    "a reversal that names none": (entry("reversed", "1", visit="used"), "entry_reversal_points_back"),
    "a reversal without a visit": (entry("reversed", "1", reverses="entry"), "entry_visit_of_kind"),
    "more than is left": (entry("adjusted", "-9.5"), "never_below_0|not_negative"),
    "far more than is left": (entry("expired", "-99999"), "never_below_0|not_negative"),
    "three tenths of a session": (entry("adjusted", "0.3"), "half_steps"),
    "a quarter of a session": (entry("adjusted", "-0.25"), "half_steps"),
    "nothing at all": (entry("adjusted", "0"), "entry_sign_of_kind"),
    "a use that adds": (entry("used", "1", visit="waiting"), "entry_sign_of_kind"),
    "a use without a visit": (entry("used", "-1"), "entry_visit_of_kind"),
    "a lapse that gives": (entry("expired", "1", clause="'validity'"), "entry_sign_of_kind"),
    "a kind of one's own": (entry("gift", "1"), "entry_(kind_known|sign_of_kind)"),
    "an adjustment without a reason": (entry("adjusted", "1", reason="''"), "entry_reason_of_kind"),
    "the same lines sold again": (entry("sold", "10"), "entry_opens_line_once"),
    "an opening balance on top of a sale": (entry("opening", "5"), "entry_opens_line_once"),
    "a bonus nobody agreed to": (entry("bonus", "3"), "entry_opens_line_once|sold_as_written"),
    "a line of another pack": (entry("adjusted", "1", line_id="%(other_line)s"), "no such package and line"),
    "a visit of another clinic": (entry("used", "-1", visit="theirs"), "entry_visit"),
    "a visit that does not exist": (entry("used", "-1", visit_id="gen_random_uuid()"), "entry_(visit|turn)"),
    "a row of another clinic": (
        entry("adjusted", "1", clinic_id="%(other_clinic)s"),
        "no such package|row-level",
    ),
    "a changed line by ON CONFLICT": (
        entry("adjusted", "1", id="%(entry)s") + " ON CONFLICT (clinic_id, id) DO UPDATE SET sessions = -2",
        DENIED,
    ),
    "a changed line by MERGE": (
        "MERGE INTO packages_entry e USING (SELECT 1) s ON e.id = %(entry)s WHEN MATCHED THEN UPDATE SET sessions = 0",
        DENIED,
    ),
    "a line taken away by MERGE": (
        "MERGE INTO packages_entry e USING (SELECT 1) s ON e.id = %(entry)s WHEN MATCHED THEN DELETE",
        DENIED,
    ),
    "sessions transferred in from nowhere": (
        entry("transferred_in", "5", clause="'transfer'"),
        "from nowhere",
    ),
    "reinstated what never lapsed": (
        entry("reinstated", "1", reverses="sold", clause="'extension'"),
        "from nowhere",
    ),
    # the package
    "a last day of one's own": (change("started", valid_until="'2099-12-31'"), "its terms and its money"),
    "a restriction that cannot be lifted": (change("lifted", clause="'refund'"), "its terms and its money"),
    "a freeze beyond the terms": (
        change("frozen", first_day="%(today)s", last_day="%(today)s + 30"),
        "its terms allow 30",
    ),
    "more refunded than was received": (
        entry("refunded", "-8", clause="'refund'") + ";" + change("refunded", amount="10000.01"),
        "its terms and its money",
    ),
    "a used pack void": (change("voided"), "sessions left"),
    "a line of terms after the sale": (
        """INSERT INTO packages_packageline (clinic_id, id, package_id, position, service_id, sessions, is_bonus,
           sessions_left) VALUES (%(clinic)s, gen_random_uuid(), %(package)s, 2, %(service)s, 5, true, 5)""",
        "terms are frozen",
    ),
    "a line's own balance": ("UPDATE packages_packageline SET sessions_left = 10", DENIED),
    "money that nobody paid": (
        """INSERT INTO packages_receipt (clinic_id, id, package_id, amount, received_on)
           VALUES (%(clinic)s, gen_random_uuid(), %(package)s, 1, now())""",
        DENIED,
    ),
    # the visit
    "completed without anything": (visit("waiting", **DONE), "visit_completed_is_settled"),
    "completed by a pack without a line": (
        visit("waiting", **DONE, settlement="'package'"),
        "visit_package_has_entry",
    ),
    "completed by another visit's line": (
        visit("waiting", **DONE, settlement="'package'", entry_id="%(entry)s", package_id="%(package)s"),
        "its entry and the ledger",
    ),
    "completed with a line and no bill": (
        entry("used", "-1", visit="waiting", id="'00000000-0000-7000-8000-000000000001'")
        + ";"
        + visit(
            "waiting",
            **DONE,
            settlement="'package'",
            package_id="%(package)s",
            entry_id="'00000000-0000-7000-8000-000000000001'",
        ),
        "completed with 0 bills",
    ),
    "charged without a bill": (visit("waiting", **DONE, settlement="'charge'"), "completed with 0 bills"),
    "free without a bill": (
        visit("waiting", **DONE, settlement="'free'", reason="'x'"),
        "completed with 0 bills",
    ),
    "free without a reason": (visit("waiting", **DONE, settlement="'free'"), "visit_free_has_reason"),
    "counted before we began": (visit("waiting", **DONE, settlement="'before'"), "cannot follow"),
    "a completed visit opened by hand": (
        visit("used", **UNDONE, entry_id="NULL"),
        "its entry and the ledger",
    ),
    "a completed visit opened, its line kept": (visit("used", **UNDONE), 'settlement "" and the ledger'),
    "a completed visit cancelled": (
        visit(
            "used",
            **UNDONE | {"state": "'cancelled_by_patient'", "consequence": "'sessions'", "ended_at": "now()"},
        ),
        'settlement "" and the ledger',
    ),
    "a covered visit turned into a charge": (visit("used", settlement="'charge'"), "stands as it was"),
    "a completed visit moved to another day": (visit("used", starts_at="%(tomorrow)s"), "stands as it was"),
    "a completed visit on another pack": (
        visit("used", package_id="%(other)s"),
        "stands as it was",
    ),
    "a completion counted twice": (visit("used", completions="2"), "stands as it was"),
    "other minutes on a completed visit": (visit("used", minutes="5"), "stands as it was"),
    "a completed visit given to another patient": (
        visit("used", patient_id="%(somebody)s"),
        "another patient who came",
    ),
    "a charge opened by hand": (
        visit("charged", state="'checked_in'", settlement="''", completed_at="NULL", completed_by_id="NULL"),
        "no note answers its bill",
    ),
    "a pack given to another patient": (
        "UPDATE packages_package SET patient_id = %(somebody)s WHERE id = %(package)s",
        "belongs to another patient",
    ),
    "a reinstatement of nothing": (
        entry("reinstated", "1", reason="'Goodwill'", clause="'extension'"),
        "from nowhere",
    ),
    "a completion taken back": (visit("given_back", completions="0"), "cannot follow"),
    # bills
    "a bill for a visit that was not completed": (
        bill("receipt", visit_id="%(waiting)s", completion="1"),
        "was not completed",
    ),
    "a second bill for a completion": (
        bill("receipt", visit_id="%(used)s", completion="1"),
        "completion_once",
    ),
    "a bill for the next completion": (
        bill("receipt", visit_id="%(used)s", completion="2"),
        "was not completed",
    ),
    "a bill for a visit and no completion": (bill("receipt", visit_id="%(used)s"), "was not completed"),
    "a bill of tomorrow": (bill(issued_at="%(tomorrow)s"), "dated in the future"),
    "a bill of yesterday": (bill(issued_at="now() - interval '1 day'"), "before the last one"),
    "a bill without its lines": (bill(total="100"), "is not its 0 lines"),
    "a negative bill": (bill(total="-1"), "bill_total_of_kind"),
    "a credit note for nothing": (bill("credit_note", total="-1"), "bill_note_names_its_bill"),
    "a line added to an issued bill": (bill_line("%(bill)s", "0"), "is not its 2 lines"),
    "a charge added to an issued bill": (bill_line("%(bill)s", "500"), "is not its 2 lines"),
    "a credit over the line": (
        bill_line("%(bill)s", "-1000.01", "%(charge_line)s"),
        "more than is left|of no line of the bill",
    ),
    "a credit of a line that is paid": (
        bill_line("%(bill)s", "-1", "%(pack_line)s"),
        "more than is left|of no line of the bill",
    ),
    "a credit that charges": (
        bill_line("%(bill)s", "1", "%(charge_line)s"),
        "bill_line_sign|of no line of the bill",
    ),
    "a number pushed on": ("UPDATE billing_numberseries SET last_number = 900", DENIED),
    "a number series of one's own": (
        """INSERT INTO billing_numberseries (clinic_id, id, prefix, financial_year, last_number)
           VALUES (%(clinic)s, gen_random_uuid(), 'B', '2031-04-01', 0)""",
        DENIED,
    ),
    # money
    "more allocated than was paid": (allocation("1"), "a payment of .* cannot be allocated"),
    "less than nothing allocated": (allocation("-1"), "a payment of|a line of"),
    "more taken back than was allocated": (
        allocation("-10000.01", line="pack_line"),
        "a payment of|a line of",
    ),
    "nothing allocated": (allocation("0"), "allocation_not_0"),
    "a line paid twice": (
        """INSERT INTO billing_payment (clinic_id, id, patient_id, branch_id, method, reference, amount, received_on,
           key)
           VALUES (%(clinic)s, '00000000-0000-7000-8000-000000000002', %(patient)s, %(branch)s, 'cash', '', 5000,
                   now(), gen_random_uuid());"""
        + allocation("1000").replace("%(payment)s", "'00000000-0000-7000-8000-000000000002'")
        + ";"
        + allocation("1").replace("%(payment)s", "'00000000-0000-7000-8000-000000000002'"),
        "a line of 1000.* cannot be paid",
    ),
    "a negative payment": (
        """INSERT INTO billing_payment (clinic_id, id, patient_id, branch_id, method, reference, amount, received_on,
           key)
           VALUES (%(clinic)s, gen_random_uuid(), %(patient)s, %(branch)s, 'cash', '', -5, now(), gen_random_uuid())""",
        "payment_positive",
    ),
    # the walls themselves
    "a trigger dropped": ("DROP TRIGGER moves_balance ON packages_entry", "must be owner"),
    "triggers disabled": ("ALTER TABLE packages_entry DISABLE TRIGGER ALL", "must be owner"),
    "a check dropped": (
        "ALTER TABLE packages_package DROP CONSTRAINT package_never_below_0",
        "must be owner",
    ),
    "row-level security off": ("ALTER TABLE packages_entry DISABLE ROW LEVEL SECURITY", "must be owner"),
    "a table dropped": ("DROP TABLE packages_entry CASCADE", "must be owner"),
    "triggers switched off for the session": ("SET session_replication_role = replica", DENIED),
    "the owner's role taken": ("SET ROLE ginti_owner", DENIED),
    "the platform's role taken": ("SET ROLE ginti_platform", DENIED),
    "a function of one's own": ("CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'", DENIED),
    "a function replaced": (
        "CREATE OR REPLACE FUNCTION public.package_value(price numeric, sold numeric, remaining numeric,"
        " places integer) RETURNS numeric LANGUAGE sql AS 'SELECT 0::numeric'",
        "must be owner|permission denied",
    ),
    "a table that hides another": (
        "CREATE TEMP TABLE packages_package (LIKE public.packages_package);" + entry("adjusted", "-99"),
        "never_below_0|not_negative|permission denied to create temporary",
    ),
    "a right given to oneself": (
        "GRANT UPDATE ON packages_entry TO ginti_app; UPDATE packages_entry SET sessions = -2",
        DENIED,
    ),
}
ATTACKS |= {
    f"{verb} on {table}": (sql.format(table), DENIED)
    for table in APPEND_ONLY
    for verb, sql in {
        "UPDATE": "UPDATE {} SET clinic_id = clinic_id",
        "DELETE": "DELETE FROM {}",
        "TRUNCATE": "TRUNCATE {} CASCADE",
    }.items()
}
ATTACKS |= {f"DELETE from {table}": (f"DELETE FROM {table}", DENIED) for table in NEVER_DELETED}
ATTACKS |= {
    f"package.{column} written by hand": (f"UPDATE packages_package SET {column} = {column}", DENIED)
    for column in OF_THE_TRIGGER
}
ATTACKS |= {
    f"{name}() called": (f"SELECT {name}()", "called as triggers|permission denied")
    for name in TRIGGER_FUNCTIONS
}

OWNER_ATTACKS = {
    f"UPDATE on {table}": (f"UPDATE {table} SET clinic_id = clinic_id", "only grows") for table in APPEND_ONLY
}
OWNER_ATTACKS |= {f"DELETE from {table}": (f"DELETE FROM {table}", "only grows") for table in NEVER_DELETED}
OWNER_ATTACKS |= {
    "a changed line by ON CONFLICT": (ATTACKS["a changed line by ON CONFLICT"][0], "only grows"),
    "a changed line by MERGE": (ATTACKS["a changed line by MERGE"][0], "only grows"),
    "a line taken away by MERGE": (ATTACKS["a line taken away by MERGE"][0], "only grows"),
    "a balance by hand": (
        "UPDATE packages_package SET sessions_left = sessions_left + 1 WHERE id = %(package)s",
        "package_balance_is_ledger",
    ),
    "a value by hand": (
        "UPDATE packages_package SET value_left = value_left + 1 WHERE id = %(package)s",
        "package_balance_is_ledger",
    ),
    "a count of lines by hand": (
        "UPDATE packages_package SET entries_count = entries_count - 1 WHERE id = %(package)s",
        "package_balance_is_ledger",
    ),
}
OWNER_ATTACKS |= {
    name: ATTACKS[name]
    for name in (
        "a second live deduction from another pack",
        "a deduction without completing the visit",
        "a reversal of more",
        "more than is left",
        "a quarter of a session",
        "the same lines sold again",
        "a line of terms after the sale",
        "completed with a line and no bill",
        "a completed visit opened by hand",
        "a charge added to an issued bill",
        "more allocated than was paid",
    )
}
