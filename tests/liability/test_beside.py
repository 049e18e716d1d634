"""What stands beside the example of test_example: what is behind a figure, shares, month ends, what was told when."""

from __future__ import annotations

import csv
import json
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from desk.recount import recount
from packages.late_records import recorded_after
from packages.liability import liability, of_package
from packages.liability_shares import By, ageing, shares
from packages.months import over_time
from packages.postings import behind
from packages.roll_forward import Row, roll_forward

from .story import YEAR, Story, Told, told_of
from .tables import ONE_DAY, ROWS, day_of
from .test_example import DAYS, ENDS, FIRST, LAST, SESSIONS, STARTS, VALUE, expected

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("story")]
SPANS = [*zip(STARTS, ENDS, strict=True), (FIRST, LAST)]
# Of the last table of test_example: packages, sessions, value, owing.
AT_28_FEB: dict[By, dict[str, tuple[Any, ...]]] = {
    By.PLAN: {
        "Ten": (3, 20, 12_000, 2_000),
        "Seven": (2, 6, Decimal("8571.42"), 0),
        "Five": (1, 4, 1_500, 0),
        "Two": (1, 1, 400, 0),
    },
    By.SERVICE: {
        "Physiotherapy 60 min": (6, 30, Decimal("22071.42"), 2_000),
        "Pool 30 min": (1, 1, 400, 0),
    },
    By.BRANCH: {
        "Asha": (4, 24, 13_500, 2_000),
        "Second branch": (3, 7, Decimal("8971.42"), 0),
    },
    By.THERAPIST: {
        "Anand": (4, 24, 13_500, 2_000),
        "Meera": (2, 4, Decimal("4685.71"), 0),
        "Nobody yet": (1, 3, Decimal("4285.71"), 0),
    },
    By.MONTH_SOLD: {
        "January 2025": (4, 24, 13_500, 2_000),
        "February 2025": (3, 7, Decimal("8971.42"), 0),
    },
    By.EXPIRY_MONTH: {"Without an end": (7, 31, Decimal("22471.42"), 2_000)},
}
AT_31_MAR: dict[By, dict[str, tuple[Any, ...]]] = {
    By.PLAN: {
        "Ten": (3, 20, 12_000, 2_000),
        "Seven": (1, 6, Decimal("8571.43"), 0),
        "Five": (1, 4, 1_500, 0),
        "Five and one": (1, 4, 3_000, 0),
    },
    By.BRANCH: {
        "Asha": (5, 28, 16_500, 2_000),
        "Second branch": (1, 6, Decimal("8571.43"), 0),
    },
    By.EXPIRY_MONTH: {"April 2025": (1, 4, 3_000, 0), "Without an end": (5, 30, Decimal("22071.43"), 2_000)},
}


def test_behind_every_figure_stand_the_postings_that_add_up_to_it() -> None:
    for first, last in [*SPANS, *((day, day) for day in VALUE)]:
        report = roll_forward(first, last)
        for row in Row:
            postings, figures = behind(first, last, row)[:], report.changes[row]
            assert sum(each.value for each in postings) == figures.value, row
            assert all(first <= each.day <= last for each in postings)
            if row != Row.DIFFERENCE:  # sessions went with what was refunded
                assert sum(each.sessions for each in postings) == figures.sessions, row


def test_behind_a_figure_stand_the_lines_of_the_passbook_and_the_money(story: Story) -> None:
    (refunded,) = behind(date(YEAR, 1, 31), date(YEAR, 1, 31), Row.REFUNDED)[:]
    (sold,) = behind(date(YEAR, 1, 6), date(YEAR, 1, 6), Row.SOLD)[:]
    (bounced,) = behind(date(YEAR, 2, 10), date(YEAR, 2, 10), Row.RECEIVED)[:]

    assert (refunded.package_id, refunded.paid_back) == (story.packs["B"].pk, 5_000)
    assert [entry.kind for entry in refunded.entries] == ["refunded"]
    assert [entry.kind for entry in sold.entries] == ["sold"]
    assert [receipt.amount for receipt in sold.receipts] == [4_000]
    assert [receipt.amount for receipt in bounced.receipts] == [-10_000]


def test_the_month_ends_over_time_are_the_closings_of_the_months() -> None:
    told = [(end.last_day, end.value, end.sessions, end.receivable) for end in over_time(LAST, months=4)]

    assert told == [(day, *expected(day)[:3]) for day in ENDS]


@pytest.mark.parametrize("by", list(By))
def test_the_shares_add_up_to_the_whole_on_every_day(by: By) -> None:
    for day in [FIRST, *VALUE, LAST]:
        parts = shares(day, by)
        names = ("value", "sessions", "receivable")
        assert tuple(sum(getattr(part, name) for part in parts) for name in names) == expected(day)[:3], day
        assert sum(part.packages for part in parts) == expected(day)[3]
        assert len({part.key for part in parts}) == len(parts)


@pytest.mark.parametrize(("day", "wanted"), [(ENDS[1], AT_28_FEB), (ENDS[2], AT_31_MAR)])
def test_the_shares_of_a_day_are_those_worked_out_by_hand(
    day: date, wanted: dict[By, dict[str, tuple[Any, ...]]]
) -> None:
    for by, parts in wanted.items():
        told = {
            each.label: (each.packages, each.sessions, each.value, each.receivable)
            for each in shares(day, by)
        }
        assert {label: part for label, part in told.items() if any(part)} == parts, by


def test_what_lapses_soon_is_told_by_how_soon() -> None:
    """G is valid to 10 April: ten days after 31 March."""
    held = {
        band.label: (band.first_day, band.sessions, band.value) for band in ageing(ENDS[2]) if band.packages
    }

    assert held == {
        "In 8 to 30 days": (date(YEAR, 4, 8), 4, 3_000),
        "Without an end": (None, 30, Decimal("22071.43")),
    }


@pytest.mark.parametrize(
    ("name", "of", "sessions", "value", "owing"),
    [
        ("A", "2025-03-31", 4, 4_000, 0),
        ("B", "2025-01-30", 7, 5_600, 0),
        ("B", "2025-01-31", 0, 0, 0),
        ("B", "2025-04-02", 0, 0, 0),
        ("D", "2025-01-08", 4, 0, 1_000),
        ("E", "2025-02-27", 2, Decimal("6666.67"), 0),
        ("F", "2025-03-19", 1, 400, 0),
        ("G", "2025-02-12", 4, 3_000, 0),
        ("H", "2025-02-09", 8, 8_000, 0),
        ("H", "2025-02-10", 8, 0, 2_000),
        ("I", "2025-02-28", 3, Decimal("4285.71"), 0),
        ("J", "2025-02-28", 3, Decimal("4285.71"), 0),
        ("I", "2025-03-03", 6, Decimal("8571.43"), 0),
    ],
)
def test_what_is_owed_on_one_package(
    story: Story, name: str, of: str, sessions: int, value: Any, owing: int
) -> None:
    owed = of_package(story.packs[name], date.fromisoformat(of))

    assert (owed.sessions, owed.liability, owed.owed_by_patient) == (sessions, value, owing)


def test_free_sessions_are_told_apart() -> None:
    """The one that came with G: from the sale to the day before it lapsed, and again while it was extended."""
    held = {day for day in DAYS if liability(day).complimentary}

    assert held == {day for day in DAYS if date(YEAR, 1, 13) <= day <= date(YEAR, 2, 12)} | {
        day for day in DAYS if date(YEAR, 3, 10) <= day <= date(YEAR, 4, 10)
    }


def test_each_day_is_told_as_it_was_told_when_it_ended(answered: dict[date, Told]) -> None:
    """S30"""
    late = {day_of("12 Feb", YEAR): "G"} | {day_of("27 Mar", YEAR) + n * ONE_DAY: "C" for n in range(5)}
    for day in DAYS[:-1]:
        value, sessions, *others = expected(day)
        assert answered[day] == (value + 1_000 * (day in late), sessions + (day in late), *others), day
        assert told_of(day, known_on=day) == answered[day], day
        assert told_of(day, known_on=LAST) == expected(day), day


def test_what_was_recorded_late_is_listed_with_what_it_changed(story: Story) -> None:
    """S30"""
    names = {pack.pk: name for name, pack in story.packs.items()}
    listed = {}
    for day in DAYS:
        if late := recorded_after(day):
            listed[day] = [(names[each.package.pk], each.change, len(each.entries)) for each in late]

    assert listed == {
        day_of("12 Feb", YEAR): [("G", -1_000, 1)],
        day_of("13 Feb", YEAR): [("G", 0, 2)],  # the visit, and the session that came back for it
        **{day_of("27 Mar", YEAR) + n * ONE_DAY: [("C", -1_000, 1)] for n in range(5)},
    }


def run(day: date, **options: Any) -> str:
    out = StringIO()
    call_command("liability", clinic="asha", as_of=day.isoformat(), stdout=out, **options)
    return out.getvalue()


@pytest.mark.parametrize("day", [FIRST, *ENDS, date(YEAR, 2, 12), date(YEAR, 3, 13)])
def test_the_command_tells_the_same(day: date) -> None:
    value, sessions, receivable, packages, patients = expected(day)

    told = json.loads(run(day, format="json"))
    rows = list(csv.DictReader(StringIO(run(day, format="csv"))))
    table = run(day)

    names = ("value", "sessions", "receivable", "packages", "patients", "difference")
    numbers = tuple(Decimal(told[name]) for name in names)
    assert numbers == (value, sessions, receivable, packages, patients, 0)
    assert sum(Decimal(row["liability"]) for row in rows) == value
    assert sum(Decimal(row["sessions"]) for row in rows) == sessions
    assert sum(Decimal(row["owed_by_patient"]) for row in rows) == receivable
    assert [row["number"] for row in rows] == [str(row["number"]) for row in told["rows"]]
    assert f"{value:.2f}" in table
    assert f"{receivable:.2f}" in table


@pytest.mark.parametrize(("first", "last"), SPANS)
def test_the_command_tells_why_it_changed(first: date, last: date) -> None:
    told = json.loads(run(last, first=first.isoformat(), format="json"))["changes"]
    rows = {
        row["row"]: row for row in csv.DictReader(StringIO(run(last, first=first.isoformat(), format="csv")))
    }

    assert list(told) == list(rows) == ["opening", *ROWS, "closing"]
    for row in ROWS:
        value = sum(line.changes[row] for day, line in VALUE.items() if first <= day <= last)
        sessions = sum(line.changes[row] for day, line in SESSIONS.items() if first <= day <= last)
        assert (Decimal(told[row]["value"]), Decimal(told[row]["sessions"])) == (value, sessions)
        assert (Decimal(rows[row]["value"]), Decimal(rows[row]["sessions"])) == (value, sessions)
    assert Decimal(told["opening"]["value"]) == expected(first - ONE_DAY)[0]
    assert Decimal(told["closing"]["value"]) == expected(last)[0]


def test_nothing_in_the_clinic_is_other_than_its_raw_rows_add_up_to() -> None:
    assert recount() == []
