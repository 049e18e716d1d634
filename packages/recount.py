"""Recount the ledger from the entries, trusting nothing that is stored. Each check lists what differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from clinic.tenancy.context import current_clinic_id


@dataclass(frozen=True)
class Difference:
    """Something that is not what the raw rows add up to."""

    check: str
    subject: str
    stored: str
    counted: str

    def __str__(self) -> str:
        return f"{self.check}: {self.subject}: stored {self.stored}, counted {self.counted}"


# Each check reads everything once, however long that takes; row by row, as young statistics suggest, it takes for ever.
THOROUGHLY = "SET LOCAL statement_timeout = 0; SET LOCAL enable_nestloop = off"
AS_BEFORE = "SET LOCAL statement_timeout = DEFAULT; SET LOCAL enable_nestloop = DEFAULT"


def differences(checks: Mapping[str, str]) -> list[Difference]:
    """Run checks: each a query that selects (subject, stored, counted) of the rows that differ."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(THOROUGHLY)
        for name, sql in checks.items():
            cursor.execute(sql, {"clinic": current_clinic_id()})
            found += [Difference(name, *map(_text, row)) for row in cursor.fetchall()]
        cursor.execute(AS_BEFORE)
    return found


def _text(value: Any) -> str:
    return "nothing" if value is None else str(value)


COUNTED = """
  SELECT package_id, sum(sessions) AS sessions, sum(value) AS value, count(*) AS entries, max(number) AS last
    FROM packages_entry WHERE clinic_id = %(clinic)s GROUP BY package_id
"""

# What takes a set-aside session back gives no use back: it was none.
USED = """coalesce(sum(CASE
    WHEN e.kind = 'reversed' AND r.kind = 'set_aside' THEN 0
    WHEN e.kind IN ('used', 'used_partly', 'no_show', 'late_cancel', 'reversed') THEN -e.sessions
    WHEN e.kind = 'opening' THEN l.sessions - e.sessions ELSE 0 END), 0)"""

CHECKS = {
    "sessions left": f"""
        SELECT 'package ' || p.number, p.sessions_left, coalesce(c.sessions, 0)
          FROM packages_package p LEFT JOIN ({COUNTED}) c ON c.package_id = p.id
         WHERE p.clinic_id = %(clinic)s AND p.sessions_left <> coalesce(c.sessions, 0)""",
    "sessions used": f"""
        SELECT 'package ' || p.number, p.sessions_used, {USED}
          FROM packages_package p
          LEFT JOIN packages_entry e ON e.clinic_id = p.clinic_id AND e.package_id = p.id
          LEFT JOIN packages_entry r ON r.clinic_id = e.clinic_id AND r.id = e.reverses_id
          LEFT JOIN packages_packageline l ON l.clinic_id = e.clinic_id AND l.id = e.line_id
         WHERE p.clinic_id = %(clinic)s
         GROUP BY p.number, p.sessions_used
        HAVING p.sessions_used <> {USED}""",
    "value left": f"""
        SELECT 'package ' || p.number, p.value_left, coalesce(c.value, 0)
          FROM packages_package p LEFT JOIN ({COUNTED}) c ON c.package_id = p.id
         WHERE p.clinic_id = %(clinic)s AND p.value_left <> coalesce(c.value, 0)""",
    "value of what is left (law 10)": """
        SELECT 'package ' || number, value_left, package_value(price, paid_sessions, paid_left, places)
          FROM packages_package
         WHERE clinic_id = %(clinic)s AND entries_count > 0
           AND value_left <> package_value(price, paid_sessions, paid_left, places)""",
    "entries numbered without a gap": f"""
        SELECT 'package ' || p.number, p.entries_count, c.entries || ' up to ' || c.last
          FROM packages_package p LEFT JOIN ({COUNTED}) c ON c.package_id = p.id
         WHERE p.clinic_id = %(clinic)s
           AND (p.entries_count <> coalesce(c.entries, 0) OR p.entries_count <> coalesce(c.last, 0))""",
    "balance after each entry": """
        SELECT 'package ' || p.number || ' line ' || e.number, e.balance_after, e.running
          FROM (SELECT package_id, number, balance_after,
                       sum(sessions) OVER (PARTITION BY package_id ORDER BY number) AS running
                  FROM packages_entry WHERE clinic_id = %(clinic)s) e
          JOIN packages_package p ON p.clinic_id = %(clinic)s AND p.id = e.package_id
         WHERE e.balance_after <> e.running""",
    "value after each entry": """
        SELECT 'package ' || p.number || ' line ' || e.number, e.value_after, e.running
          FROM (SELECT package_id, number, value_after,
                       sum(value) OVER (PARTITION BY package_id ORDER BY number) AS running
                  FROM packages_entry WHERE clinic_id = %(clinic)s) e
          JOIN packages_package p ON p.clinic_id = %(clinic)s AND p.id = e.package_id
         WHERE e.value_after <> e.running""",
    "sessions left on each line of the terms": """
        SELECT 'package ' || p.number || ' terms line ' || l.position, l.sessions_left, coalesce(sum(e.sessions), 0)
          FROM packages_packageline l
          JOIN packages_package p ON p.clinic_id = l.clinic_id AND p.id = l.package_id
          LEFT JOIN packages_entry e ON e.clinic_id = l.clinic_id AND e.line_id = l.id
         WHERE l.clinic_id = %(clinic)s
         GROUP BY p.number, l.position, l.sessions_left HAVING l.sessions_left <> coalesce(sum(e.sessions), 0)""",
    "sessions sold": """
        SELECT 'package ' || p.number, p.sessions_sold || ' / ' || p.paid_sessions,
               sum(l.sessions) || ' / ' || coalesce(sum(l.sessions) FILTER (WHERE NOT l.is_bonus), 0)
          FROM packages_package p JOIN packages_packageline l ON l.clinic_id = p.clinic_id AND l.package_id = p.id
         WHERE p.clinic_id = %(clinic)s
         GROUP BY p.number, p.sessions_sold, p.paid_sessions
        HAVING p.sessions_sold <> sum(l.sessions)
            OR p.paid_sessions <> coalesce(sum(l.sessions) FILTER (WHERE NOT l.is_bonus), 0)""",
    "one live deduction for a visit": """
        SELECT 'visit ' || visit_id, 'at most 1', count(*) FILTER (WHERE kind <> 'reversed')
                 - count(*) FILTER (WHERE kind = 'reversed')
          FROM packages_entry WHERE clinic_id = %(clinic)s AND visit_id IS NOT NULL
         GROUP BY visit_id
        HAVING count(*) FILTER (WHERE kind <> 'reversed') - count(*) FILTER (WHERE kind = 'reversed')
               NOT IN (0, 1)""",
    "money received": """
        SELECT 'package ' || p.number, p.paid, coalesce(sum(r.amount), 0)
          FROM packages_package p
          LEFT JOIN packages_receipt r ON r.clinic_id = p.clinic_id AND r.package_id = p.id
         WHERE p.clinic_id = %(clinic)s
         GROUP BY p.number, p.paid HAVING p.paid <> coalesce(sum(r.amount), 0)""",
}
