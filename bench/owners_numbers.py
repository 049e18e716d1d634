"""How fast the owner's numbers are for a very large clinic, as ratios to bare SQL over the same rows.

    . <(script/services) && .venv/bin/python bench/owners_numbers.py --load [--packages 200000] [--rounds 5]

With --load it writes a clinic of so many packages and ten times as many entries as the owner of the database, without
the triggers, which take an hour for it, and lets verify_ledger's checks say that it wrote what they would have written.
Packages of three years, nine sessions used of each of the older ones and one lapsed. Everything is measured in one
run, interleaved, medians.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    import django

    django.setup()

from django.db import connection
from django.utils import timezone

from clinic.models import Branch, Clinic, Patient, Service, Staff, User
from clinic.onboarding import found_clinic
from clinic.tenancy.context import clinic_context
from packages import months
from packages.liability import liability
from packages.liability_shares import By, ageing, shares
from packages.models import Package
from packages.movement_recount import CHECKS as MOVEMENTS
from packages.plans import Line, add_plan
from packages.postings import behind
from packages.recount import CHECKS as PACKAGES
from packages.recount import differences
from packages.roll_forward import Row, roll_forward
from packages.services import open_package
from visits.models import Visit
from visits.services import book_visit

SLUG = "very-large"
AT_ONCE = 5_000
DAYS = 1_095
Work = Callable[[], object]

# The n-th package of so many, its lines 0 (sold) to 9 (used every ninth day) and 10 (lapsed after half a year).
LINES = """
CREATE TEMP TABLE line ON COMMIT DROP AS
SELECT n, ('0a000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid AS package,
       ('0b000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid AS line,
       CASE WHEN nth BETWEEN 1 AND 9
         THEN ('0c' || lpad(to_hex(nth), 6, '0') || '-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid END AS visit,
       nth, sold, sold + CASE nth WHEN 10 THEN 180 ELSE nth * 9 END AS day,
       CASE nth WHEN 0 THEN 'sold' WHEN 10 THEN 'expired' ELSE 'used' END AS kind,
       CASE nth WHEN 0 THEN 10 ELSE -1 END AS sessions, 10 - nth AS left_after
  FROM generate_series(%(first)s::int, %(last)s::int) n,
       LATERAL (SELECT %(today)s::date - %(days)s + (n::bigint * %(days)s / %(all)s)::int AS sold) s,
       generate_series(0, 10) nth
 WHERE sold + CASE nth WHEN 10 THEN 180 ELSE nth * 9 END <= %(today)s
"""
PACKS = """
CREATE TEMP TABLE pack ON COMMIT DROP AS
SELECT n, package, line, sold, min(left_after) AS left_after, count(*) AS lines,
       count(*) FILTER (WHERE kind = 'used') AS used
  FROM line GROUP BY n, package, line, sold
"""
ENTRIES = """
INSERT INTO packages_entry (clinic_id, id, package_id, line_id, number, kind, sessions, value, balance_after,
  value_after, used_after, line_after, happened_on, recorded_at, recorded_on, posted_on, key, visit_id, turn,
  reason, clause)
SELECT %(clinic)s, gen_random_uuid(), package, line, nth + 1, kind, sessions, sessions * 1000, left_after,
       left_after * 1000, least(nth, 9), left_after, day, day + interval '6 hours', day, day, gen_random_uuid(), visit,
       CASE WHEN visit IS NOT NULL THEN 1 END, '', CASE kind WHEN 'expired' THEN 'validity' ELSE '' END
  FROM line ORDER BY n, nth
"""
MOVED = """
INSERT INTO packages_movement (clinic_id, id, package_id, posted_on, step, lasts_until, sessions, free, value,
  cover, owed, owed_by_patient, paid_back, sessions_after, free_after, value_after, cover_after)
SELECT %(clinic)s, gen_random_uuid(), package, day, CASE kind WHEN 'sold' THEN 30 WHEN 'used' THEN 60 ELSE 100 END,
       lead(day, 1, '9999-12-31'::date) OVER (PARTITION BY n ORDER BY nth), sessions, 0, sessions * 1000,
       CASE kind WHEN 'expired' THEN 0 ELSE sessions * 1000 END, sessions * 1000, 0, 0, left_after, 0,
       left_after * 1000, 10000 - least(nth, 9) * 1000
  FROM line
"""
RECEIPTS = """
INSERT INTO packages_receipt (clinic_id, id, package_id, amount, received_on, recorded_at, recorded_on, posted_on)
SELECT %(clinic)s, gen_random_uuid(), package, 10000, sold, sold + interval '6 hours', sold, sold FROM pack
"""
LIKE = "INSERT INTO {table} ({columns}) SELECT {values} FROM {table} t, {source} v WHERE t.id = %(template)s"
OTHERWISE = {
    "packages_package": {
        "id": "v.package",
        "number": "v.n + %(offset)s",
        "key": "gen_random_uuid()",
        "patient_id": "(%(people)s::uuid[])[1 + v.n %% cardinality(%(people)s::uuid[])]",
        "sold_on": "v.sold",
        "valid_from": "v.sold",
        "valid_until": "v.sold + 179",
        "sessions_left": "v.left_after",
        "paid_left": "v.left_after",
        "value_left": "v.left_after * 1000",
        "sessions_used": "v.used",
        "entries_count": "v.lines",
        "paid": "10000",
    },
    "packages_packageline": {"id": "v.line", "package_id": "v.package", "sessions_left": "v.left_after"},
    "visits_visit": {
        "id": "v.visit",
        "key": "gen_random_uuid()",
        "starts_at": "v.day + interval '6 hours'",
        "patient_id": "(%(people)s::uuid[])[1 + v.n %% cardinality(%(people)s::uuid[])]",
    },
}
GUARDED = ["packages_package", "packages_packageline", "packages_entry", "packages_receipt", "visits_visit"]


def load(packages: int) -> None:
    """The clinic, written through every guard of the database."""
    owner = User.objects.create_user(f"owner@{SLUG}.example", name="Owner")
    clinic = found_clinic(slug=SLUG, name="Very large", owner=owner).clinic
    today = clinic.today()
    with clinic_context(clinic.pk):
        staff, branch = Staff.objects.get(), Branch.objects.get()
        service = Service.objects.create(name="Physiotherapy 60 min", minutes=60, price=Decimal(1200))
        plan = add_plan(
            lines=[Line(service, Decimal(10))],
            by=staff,
            name="10 sessions",
            price=Decimal(10_000),
            validity_count=6,
            activation="at_once",
        )
        patients = [
            Patient(number=number, name=f"Patient {number}") for number in range(1, packages // 4 + 1)
        ]
        Patient.objects.bulk_create(patients, batch_size=AT_ONCE)
        facts = {"branch": branch, "clinic": clinic, "by": staff, "key": uuid4()}
        template = open_package(patients[0], plan=plan, on=today, **facts)
        booked = book_visit(
            patients[0],
            service=service,
            branch=branch,
            starts_at=timezone.now() + timedelta(days=1),
            by=staff,
            key=uuid4(),
        )
        line = template.lines.get()
    known = {"clinic": clinic.pk, "today": today, "days": DAYS, "all": packages, "offset": template.number}
    known |= {"people": [patient.pk for patient in patients]}
    _guards("DISABLE")
    began = time.monotonic()
    for start in range(1, packages + 1, AT_ONCE):
        part = known | {"first": start, "last": min(start + AT_ONCE - 1, packages)}
        with clinic_context(clinic.pk), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute(LINES, part)
            cursor.execute(PACKS)
            _like(cursor, Package, template.pk, "pack", part)
            _like(cursor, type(line), line.pk, "pack", part)
            _like(cursor, Visit, booked.pk, "(SELECT * FROM line WHERE visit IS NOT NULL)", part)
            for sql in (ENTRIES, RECEIPTS, MOVED):
                cursor.execute(sql, part)
        minutes = (time.monotonic() - began) / 60 * packages / part["last"]
        print(f"\r{part['last']:>8} packages, {minutes:.1f} minutes in all", end="", flush=True)
    _guards("ENABLE")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    print(f", {(time.monotonic() - began) / 60:.1f} with vacuum")


def _like(cursor: Any, model: Any, template: Any, source: str, facts: dict[str, Any]) -> None:
    """Rows like that one, but for what differs."""
    table = model._meta.db_table
    columns = [field.column for field in model._meta.local_concrete_fields]
    values = [OTHERWISE[table].get(column, f't."{column}"') for column in columns]
    names = ", ".join(f'"{column}"' for column in columns)
    cursor.execute(
        LIKE.format(table=table, columns=names, values=", ".join(values), source=source),
        facts | {"template": template},
    )


def _guards(how: str) -> None:
    with connection.cursor() as cursor:
        for table in GUARDED:
            cursor.execute(f"ALTER TABLE {table} {how} TRIGGER USER")


def check() -> None:
    """What was loaded is what the guards would have written, to the last coin: the recount of verify_ledger says so."""
    clinic = Clinic.objects.get(slug=SLUG)
    with clinic_context(clinic.pk):
        found = differences(PACKAGES | MOVEMENTS)
    print(f"{len(PACKAGES | MOVEMENTS)} checks, {len(found)} differences {found[:3]}")


BARE = """
SELECT count(*), sum(sessions), sum(value) FROM packages_entry WHERE clinic_id = %(clinic)s AND happened_on <= %(day)s
"""
COUNT = "SELECT count(*) FROM packages_entry WHERE clinic_id = %(clinic)s AND happened_on <= %(day)s"


def measure(rounds: int) -> None:
    clinic = Clinic.objects.get(slug=SLUG)
    counted = months.count_months(clinic, today=clinic.today())
    print(f"{len(counted)} month ends added up")
    today = clinic.today()
    day, month = today - timedelta(days=400), today - timedelta(days=430)

    def sql(text: str, on: date) -> Work:
        def run() -> object:
            with connection.cursor() as cursor:
                cursor.execute(text, {"clinic": clinic.pk, "day": on})
                return cursor.fetchone()

        return run

    works: dict[str, Work] = {
        "bare aggregate, as of 400 days ago": sql(BARE, day),
        "counting the same entries": sql(COUNT, day),
        "liability, as of 400 days ago": lambda: liability(day),
        "liability, as of today": lambda: liability(today),
        "its rows, first page": lambda: liability(day).page(0, 50),
        "roll-forward of a month, 400 days ago": lambda: roll_forward(month, day),
        "roll-forward of a year": lambda: roll_forward(today - timedelta(days=365), today),
        "24 month ends": lambda: months.over_time(today),
        "ageing": lambda: ageing(day),
        "a page of what is behind a month's uses": lambda: behind(month, day, Row.USED)[:50],
        "as it was known that evening": lambda: liability(day, known_on=day),
    } | {f"by {by.value}": (lambda by=by: shares(day, by)) for by in By}
    times: dict[str, list[float]] = {name: [] for name in works}
    for _round in range(rounds):
        for name, work in works.items():
            with clinic_context(clinic.pk):
                began = time.perf_counter()
                work()
                times[name].append(time.perf_counter() - began)
    bare = statistics.median(times["bare aggregate, as of 400 days ago"])
    print(f"{'':<44}{'ms':>9}{'ratio':>8}")
    for name, taken in times.items():
        median = statistics.median(taken)
        print(f"{name:<44}{median * 1000:>9.1f}{median / bare:>8.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--load", action="store_true")
    parser.add_argument("--packages", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    if asked.load:
        load(asked.packages)
        check()
    measure(asked.rounds)


if __name__ == "__main__":
    main()
