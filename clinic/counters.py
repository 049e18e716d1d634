"""Human numbers: patient 12, package 340. Unique in the clinic; a rolled-back act may leave a gap."""

from __future__ import annotations

from django.db import connection

from .tenancy.context import current_clinic_id
from .tenancy.ids import uuid7

SQL = """
INSERT INTO clinic_counter AS c (clinic_id, id, name, last) VALUES (%s, %s, %s, %s)
ON CONFLICT (clinic_id, name) DO UPDATE SET last = c.last + %s RETURNING last
"""

REACH = """
INSERT INTO clinic_counter AS c (clinic_id, id, name, last) VALUES (%s, %s, %s, %s)
ON CONFLICT (clinic_id, name) DO UPDATE SET last = greatest(c.last, EXCLUDED.last)
"""


def next_number(name: str, *, count: int = 1) -> int:
    """The next number of this kind; with count > 1 the last of so many reserved ones."""
    with connection.cursor() as cursor:
        cursor.execute(SQL, [current_clinic_id(), uuid7(), name, count, count])
        return int(cursor.fetchone()[0])


def count_on_from(name: str, number: int) -> None:
    """Numbers up to this one are in use, though they were not handed out here (a register's own)."""
    with connection.cursor() as cursor:
        cursor.execute(REACH, [current_clinic_id(), uuid7(), name, number])
