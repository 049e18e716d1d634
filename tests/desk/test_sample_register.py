"""The sample registers that we ship are read whole, and mean what their generator meant."""

from datetime import date
from pathlib import Path

import make_register
import pytest
import sample_packs

from desk.register import Reading, map_columns, read_rows, read_table

TODAY = date(2026, 11, 20)
PACKS = sample_packs.make_packs()


def reading_of(path: Path) -> Reading:
    table = read_table(path)
    columns = map_columns(table.headers)
    assert not columns.ignored
    return read_rows(table, columns, country="IN", currency="INR", today=TODAY)


@pytest.fixture(params=["register.csv", "register.xlsx"])
def reading(request: pytest.FixtureRequest) -> Reading:
    return reading_of(make_register.EXAMPLES / request.param)


def test_all_three_hundred_packs_are_read(reading: Reading) -> None:
    assert reading.problems == ()
    assert len(reading.rows) == len(PACKS) == 300


def test_the_totals_are_those_of_the_generator(reading: Reading) -> None:
    for figure in ("sold", "used", "left", "price", "paid"):
        assert sum(getattr(row, figure) for row in reading.rows) == sum(
            getattr(pack, figure) for pack in PACKS
        )


def test_every_row_means_what_was_meant(reading: Reading) -> None:
    for row, pack in zip(reading.rows, PACKS, strict=True):
        assert row.name.casefold() == pack.name.casefold()
        assert row.phone == (f"+91{pack.phone}" if pack.phone else "")
        assert (row.sold, row.used, row.left) == (pack.sold, pack.used, pack.left)
        assert (row.price, row.paid) == (pack.price, pack.paid)
        assert (row.bought_on, row.valid_until, row.agreed_on) == (
            pack.bought_on,
            pack.valid_until,
            pack.agreed_on,
        )
        assert (row.plan, row.service, row.therapist, row.note) == (
            pack.plan,
            pack.service,
            pack.therapist,
            pack.note,
        )
        assert row.visits == pack.visits
        assert row.age == pack.age


def test_the_spreadsheet_and_the_csv_are_the_same_packs() -> None:
    from_csv, from_xlsx = (
        [row.row_key for row in reading_of(make_register.EXAMPLES / name).rows]
        for name in ("register.csv", "register.xlsx")
    )

    assert len(set(from_csv)) == 300
    assert from_csv == from_xlsx


def test_the_files_are_what_the_generator_makes() -> None:
    lines = make_register.written(PACKS)

    assert (make_register.EXAMPLES / "register.csv").read_bytes() == make_register.as_csv(lines, PACKS)
    assert read_table(make_register.as_xlsx(lines, PACKS)) == read_table(
        make_register.EXAMPLES / "register.xlsx"
    )


def test_the_register_reads_like_a_real_one() -> None:
    text = (make_register.EXAMPLES / "register.csv").read_text("utf-8-sig")
    people = {(pack.name, pack.phone) for pack in PACKS}
    names, phones = [name for name, _ in people], [phone for _, phone in people if phone]

    assert len(names) > len(set(names))
    assert len(phones) > len(set(phones))
    assert len(people) < len(PACKS)
    for habit in (
        "+91 ",
        ",09",
        "₹",
        "Rs. ",
        "/-",
        "शर्मा",
        " Nov 2026",
        "-Oct-26",
        ".10.2026",
        "=see old file",
    ):
        assert habit in text
    assert any(pack.used % 1 for pack in PACKS)
    assert any(pack.paid < pack.price for pack in PACKS)


def test_three_of_thirty_lines_are_refused_with_their_reasons() -> None:
    reading = reading_of(make_register.EXAMPLES / "register-with-mistakes.csv")

    assert len(reading.rows) == 27
    assert [(problem.line, problem.column) for problem in reading.problems] == [
        (10, "Bal"),
        (18, "Start date"),
        (26, "Mobile No."),
    ]
