"""A clinic's spreadsheet or paper register is read as it was written; what cannot be is said by line."""

import io
import subprocess
import sys
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.register import (
    Column,
    ReadError,
    Reading,
    RegisterRow,
    map_columns,
    read_rows,
    read_table,
)

TODAY = date(2026, 11, 20)
HEADINGS = "Patient,Mobile,Package,Sessions,Used,Left,Amount,Paid,Start,Valid till"
ASHA = "Asha Sharma,98200 12345,Knee care,10,6,4,8000,8000,01/03/2026,31/05/2026"


def csv_of(*lines: str, headings: str = HEADINGS) -> bytes:
    return "\n".join((headings, *lines)).encode()


def xlsx_of(*rows: list[object], formats: dict[str, str] | None = None) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "dd/mm/yyyy"})
    sheet = book.add_worksheet("Register")
    for number, row in enumerate(rows):
        for place, value in enumerate(row):
            write = sheet.write_string if isinstance(value, str) else sheet.write
            write(number, place, value)
    book.close()
    return buffer.getvalue()


def reading_of(content: bytes, country: str = "IN") -> Reading:
    table = read_table(content, "register")
    return read_rows(table, map_columns(table.headers), country=country, currency="INR", today=TODAY)


def only_row(content: bytes) -> RegisterRow:
    reading = reading_of(content)
    assert not reading.problems
    assert len(reading.rows) == 1
    return reading.rows[0]


def only_problem(content: bytes) -> tuple[int, str, str]:
    reading = reading_of(content)
    assert not reading.rows
    assert len(reading.problems) == 1
    problem = reading.problems[0]
    return problem.line, problem.column, problem.sentence


def one(column: str, value: str, *, others: str = "") -> bytes:
    """A register of one line, where one more column holds the value."""
    return csv_of(f'Asha,10,6,"{value}"{others}', headings=f"Name,Sessions,Used,{column}")


def test_a_plain_line_becomes_a_row() -> None:
    row = only_row(csv_of(ASHA))

    assert (row.line, row.name, row.phone, row.plan) == (2, "Asha Sharma", "+919820012345", "Knee care")
    assert (row.sold, row.used, row.left) == (10, 6, 4)
    assert (row.price, row.paid) == (Decimal(8000), Decimal(8000))
    assert (row.bought_on, row.valid_until) == (date(2026, 3, 1), date(2026, 5, 31))


def test_a_paper_card_with_three_of_ten_left() -> None:
    """S58"""
    row = only_row(
        csv_of("Asha,10,3,10/03/2026", headings="Name,Total sessions,Left,Agreed on"),
    )

    assert (row.sold, row.used, row.left, row.agreed_on) == (10, 7, 3, date(2026, 3, 10))


@pytest.mark.parametrize(
    ("encoding", "bom"),
    [
        ("utf-8", b""),
        ("utf-8", b"\xef\xbb\xbf"),
        ("utf-16", b""),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
        ("utf-32", b""),
    ],
)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_any_encoding_and_separator(encoding: str, bom: bytes, separator: str, newline: str) -> None:
    text = newline.join((HEADINGS, ASHA.replace("Asha", "आशा"))).replace(",", separator)

    row = only_row(bom + text.encode(encoding))

    assert (row.name, row.line, row.left) == ("आशा Sharma", 2, 4)


def test_the_windows_code_page() -> None:
    row = only_row(
        csv_of("José “Pepe” D’Souza,10,6", headings="Name,Sessions,Used").decode().encode("cp1252")
    )

    assert row.name == "José “Pepe” D’Souza"


def test_the_separator_that_excel_names() -> None:
    row = only_row(b"sep=;\r\n" + csv_of(ASHA).replace(b",", b";"))

    assert (row.name, row.line) == ("Asha Sharma", 3)


def test_commas_in_quotation_marks_and_lines_within_a_cell() -> None:
    row = only_row(
        csv_of(
            '"Sharma, Asha",10,4,"₹8,000.00","called twice\nwants mornings"',
            headings="Name,Sessions,Used,Amount,Remark",
        )
    )

    assert (row.name, row.price, row.note) == ("Sharma, Asha", Decimal(8000), "called twice\nwants mornings")


def test_numbers_of_lines_are_those_of_the_file() -> None:
    content = b"SHREE PHYSIO CLINIC\n\n" + csv_of(
        '"Asha\nSharma",10,6', "", "Ravi,ten,2", headings="Name,Sessions,Used"
    )

    reading = reading_of(content)

    assert [row.line for row in reading.rows] == [4]
    assert [problem.line for problem in reading.problems] == [7]


def test_a_spreadsheet_with_numbers_dates_and_a_title_above() -> None:
    start, end = datetime(2026, 3, 1), datetime(2026, 5, 31)  # noqa: DTZ001 Excel knows no zones
    asha = ["Asha", 9820012345, "Knee care", 10, 6.5, 3.5, 8000.5, 8000.5, start, end]
    content = xlsx_of(["Shree Physio Clinic"], [], HEADINGS.split(","), asha)

    row = only_row(content)

    assert (row.line, row.phone, row.used, row.left) == (4, "+919820012345", Decimal("6.5"), Decimal("3.5"))
    assert (row.price, row.bought_on, row.valid_until) == (
        Decimal("8000.50"),
        date(2026, 3, 1),
        date(2026, 5, 31),
    )


def test_formulas_are_text_and_never_worked_out() -> None:
    formula = '=HYPERLINK("http://x";"y")'
    row = only_row(xlsx_of(["Name", "Sessions", "Used", "Remark"], ["Asha", 10, 6, formula]))
    assert row.note == formula

    row = only_row(csv_of("Asha,10,6,=1+1|cmd", headings="Name,Sessions,Used,Remark"))
    assert row.note == "=1+1|cmd"

    assert "formula" in only_problem(csv_of("=A1,10,6", headings="Name,Sessions,Used"))[2]
    assert "not a number" in only_problem(csv_of("Asha,=5+5,6", headings="Name,Sessions,Used"))[2]


@pytest.mark.parametrize(
    ("headings", "columns"),
    [
        (
            "Sr. No.,Pt. Name,Ph. No,Package,Total,Used,Bal,Amount,Paid,Start,Valid till,Dr,Dates,Age,Remark,"
            "Agreed on",
            "row_number name phone plan sold used left price paid bought_on valid_until therapist visits age "
            "note agreed_on",
        ),
        (
            "नाम,मोबाइल,पैकेज,सत्र,हुए,शेष,राशि,जमा,तारीख,वैध तक,डॉक्टर,टिप्पणी",
            "name phone plan sold used left price paid bought_on valid_until therapist note",
        ),
        (
            "NAME OF PATIENT,Mobile No.,Service,Sessions,Done,Remaining,Total,Amount,Purchase date,Expiry",
            "name phone service sold used left price paid bought_on valid_until",
        ),
        ("  patient\u200b ,Sessions (total),Left,Amt (Rs.),Bal.", "name sold left price due"),
        ("Name,Sessions,1,2,3,Visit 4,5th", "name sold visits visits visits visits visits"),
        ("Name,Mobile,Whatsapp,Sessions,Used", "name phone phone sold used"),
        ("मरीज़ का नाम,फ़ोन,कुल सत्र,बाकी", "name phone sold left"),
    ],
)
def test_headings_are_understood(headings: str, columns: str) -> None:
    mapped = map_columns(headings.split(","))

    meanings = {place: column.value for column, places in mapped.places.items() for place in places}
    assert [meanings.get(place) for place in range(len(headings.split(",")))] == columns.split()
    assert not mapped.problems
    assert not mapped.ignored


@pytest.mark.parametrize(
    ("headings", "sentence"),
    [
        ("Mobile,Sessions,Used", "no column with the patients' names"),
        ("Name,Mobile,Sessions", "two of"),
        ("Name,Amount", "two of"),
        ("Name,Patient,Sessions,Used", "both seem"),
        ("Name,Start,Date,Sessions,Used", "both seem"),
    ],
)
def test_missing_and_double_columns_are_named(headings: str, sentence: str) -> None:
    mapped = map_columns(headings.split(","))

    assert len(mapped.problems) == 1
    assert sentence in mapped.problems[0].sentence
    table = read_table(csv_of("a,b,c,d,e", headings=headings), "x.csv")
    with pytest.raises(ValueError, match=sentence):
        read_rows(table, mapped, country="IN", currency="INR", today=TODAY)


def test_the_reader_may_say_what_a_column_means() -> None:
    chosen = {"Start": None, "Who": Column.NAME}

    mapped = map_columns(["Who", "Start", "Date", "Sessions", "Used", "Colour"], chosen)

    assert not mapped.problems
    assert mapped.places[Column.NAME] == (0,)
    assert mapped.places[Column.BOUGHT_ON] == (2,)
    assert mapped.ignored == ("Colour",)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("01/03/2026", "2026-03-01"),
        ("1-3-26", "2026-03-01"),
        ("1.3.2026", "2026-03-01"),
        ("3 Mar 2026", "2026-03-03"),
        ("3-Mar-26", "2026-03-03"),
        ("03 March, 2026", "2026-03-03"),
        ("3rd Mar 2026", "2026-03-03"),
        ("Mar 3, 2026", "2026-03-03"),
        ("3 मार्च 2026", "2026-03-03"),
        ("३ मार्च २०२६", "2026-03-03"),
        ("०१/०३/२०२६", "2026-03-01"),
        ("2026-03-01", "2026-03-01"),
        ("2026/3/1", "2026-03-01"),
        ("2026-03-01 00:00:00", "2026-03-01"),
        ("2026-03-01T10:30:00", "2026-03-01"),
        ("01/03/2026 10:30 AM", "2026-03-01"),
        ("46082", "2026-03-01"),
        (" 01 / 03 / 2026 ", "2026-03-01"),
        ("\u200e01/03/2026\u200f", "2026-03-01"),
        ("25/12/2025", "2025-12-25"),
    ],
)
def test_dates_in_any_notation(written: str, day: str) -> None:
    assert only_row(one("Start", written)).bought_on == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("31/02/2026", "does not exist"),
        ("31/31/2026", "does not exist"),
        ("soon", "not a date"),
        ("12", "not a date"),
        ("3/2026", "not a date"),
        ("123/4/2026", "not a date"),
        ("01032026", "not a date"),
        ("3 Mar", "no year"),
        ("1/3/2026 5/3/2026", "more than one date"),
        ("21/11/2026", "cannot be right"),
        ("01/03/1926", "cannot be right"),
        ("01/03/9999", "cannot be right"),
    ],
)
def test_what_is_no_date_is_a_problem_of_its_line(written: str, sentence: str) -> None:
    line, column, found = only_problem(one("Start", written))

    assert (line, column) == (2, "Start")
    assert sentence in found


def test_the_file_shows_whether_the_month_comes_first() -> None:
    headings = "Name,Sessions,Used,Start"

    american = reading_of(csv_of("A B,10,6,03/04/2026", "C D,10,6,03/25/2026", headings=headings))
    indian = reading_of(csv_of("A B,10,6,03/04/2026", "C D,10,6,25/03/2026", headings=headings))

    assert [row.bought_on for row in american.rows] == [date(2026, 3, 4), date(2026, 3, 25)]
    assert [row.bought_on for row in indian.rows] == [date(2026, 4, 3), date(2026, 3, 25)]


def test_a_date_that_may_be_two_days_is_a_problem_where_the_file_has_both_kinds() -> None:
    reading = reading_of(
        csv_of(
            "A,10,6,03/04/2026",
            "B,10,6,25/03/2026",
            "C,10,6,03/25/2026",
            "D,10,6,05/05/2026",
            "E,10,6,3 Apr 2026",
            headings="Name,Sessions,Used,Start",
        )
    )

    assert [(problem.line, problem.value) for problem in reading.problems] == [(2, "03/04/2026")]
    assert [row.name for row in reading.rows] == ["B", "C", "D", "E"]


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("03/03/2026, 05/03/2026", ["2026-03-03", "2026-03-05"]),
        ("3/3, 15/3, 8/4", ["2026-03-03", "2026-03-15", "2026-04-08"]),
        ("3 Mar, 15 Mar, 8 Apr", ["2026-03-03", "2026-03-15", "2026-04-08"]),
        ("3 Mar 26; 5 Mar 26 & 8 Mar 26", ["2026-03-03", "2026-03-05", "2026-03-08"]),
        ("Mar 3, 2026 and Mar 5, 2026", ["2026-03-03", "2026-03-05"]),
        ("3 Mar 15 Mar", ["2026-03-03", "2026-03-15"]),
        ("2026-03-05|2026-03-03", ["2026-03-03", "2026-03-05"]),
    ],
)
def test_a_cell_may_list_the_dates_of_visits(written: str, days: list[str]) -> None:
    row = only_row(csv_of(f'Asha,10,01/03/2026,"{written}"', headings="Name,Sessions,Start,Visits"))

    assert [day.isoformat() for day in row.visits] == days
    assert row.used == len(days)


def test_visits_without_a_year_go_on_after_the_years_end() -> None:
    row = only_row(csv_of('Asha,10,20/12/2025,"28/12, 4/1"', headings="Name,Sessions,Start,Visits"))

    assert row.visits == (date(2025, 12, 28), date(2026, 1, 4))


def test_the_boxes_of_a_paper_card() -> None:
    row = only_row(csv_of("Asha,5,01/03/2026,02/03/2026,✓,x,,", headings="Name,Sessions,Start,1,2,3,4,5"))

    assert (row.used, row.left, row.visits) == (3, 2, (date(2026, 3, 2),))


def test_visits_may_also_be_a_number() -> None:
    row = only_row(csv_of("Asha,10,6", headings="Name,Sessions,Visits"))

    assert (row.used, row.left, row.visits) == (6, 4, ())


@pytest.mark.parametrize(
    ("sold", "used", "left", "settled"),
    [
        ("10", "6", "4", (10, 6, 4)),
        ("10", "6", "", (10, 6, 4)),
        ("10", "", "4", (10, 6, 4)),
        ("", "6", "4", (10, 6, 4)),
        ("10 sessions", "2.5", "7½", (10, Decimal("2.5"), Decimal("7.5"))),
        ("१०", "०", "-", (10, 0, 10)),
        ("10.0", "10", "0", (10, 10, 0)),
        ("", "6/10", "", (10, 6, 4)),
        ("10", "6 of 10", "4", (10, 6, 4)),
    ],
)
def test_any_two_of_sold_used_and_left_say_the_third(
    sold: str, used: str, left: str, settled: tuple[int | Decimal, ...]
) -> None:
    row = only_row(csv_of(f"Asha,{sold},{used},{left}", headings="Name,Sessions,Used,Left"))

    assert (row.sold, row.used, row.left) == settled


@pytest.mark.parametrize(
    ("sold", "used", "left", "column", "sentence"),
    [
        ("10", "6", "5", "Left", "6 used and 5 left make 11, but 10 were sold"),
        ("10", "12", "", "Used", "12 used is more than the 10 sold"),
        ("10", "", "12", "Left", "12 left is more than the 10 sold"),
        ("10", "", "", "Sessions", "Two of"),
        ("", "6", "", "Sessions", "Two of"),
        ("0", "0", "0", "Sessions", "0 sessions"),
        ("-10", "6", "4", "Sessions", "not a number"),
        ("1e3", "6", "4", "Sessions", "not a number"),
        ("100000", "6", "", "Sessions", "more than 1000"),
        ("10.3", "6", "", "Sessions", "whole or half"),
        ("ten", "6", "4", "Sessions", "not a number"),
        ("12", "6/10", "", "Used", "of 10"),
    ],
)
def test_sessions_that_cannot_be_are_a_problem(
    sold: str, used: str, left: str, column: str, sentence: str
) -> None:
    line, where, found = only_problem(
        csv_of(f"Asha,{sold},{used},{left}", headings="Name,Sessions,Used,Left")
    )

    assert (line, where) == (2, column)
    assert sentence in found


def test_more_visits_than_sessions_used_is_a_problem_and_fewer_is_not() -> None:
    headings = "Name,Sessions,Used,Start,Visits"
    visits = '"2/3/2026, 3/3/2026, 4/3/2026"'

    assert only_row(csv_of(f"Asha,10,5,1/3/2026,{visits}", headings=headings)).used == 5
    assert "3 visits are listed" in only_problem(csv_of(f"Asha,10,2,1/3/2026,{visits}", headings=headings))[2]


def test_a_count_that_the_spreadsheet_turned_into_a_date_is_a_problem() -> None:
    problem = only_problem(xlsx_of(["Name", "Sessions", "Used"], ["Asha", 10, datetime(2026, 10, 6)]))  # noqa: DTZ001

    assert problem[1] == "Used"
    assert "date" in problem[2]


def test_the_plan_says_how_many_where_no_column_does() -> None:
    headings = "Name,Package,Left"

    assert only_row(csv_of("Asha,Knee care 10 sessions,4", headings=headings)).sold == 10
    assert only_row(csv_of("Asha,12,4", headings=headings)).sold == 12
    assert "Two of" in only_problem(csv_of("Asha,Knee care,4", headings=headings))[2]


@pytest.mark.parametrize(
    ("written", "last_day"),
    [
        ("3 months", "2026-05-31"),
        ("90 days", "2026-05-29"),
        ("1 year", "2027-02-28"),
        ("6 माह", "2026-08-31"),
        ("31.05.26", "2026-05-31"),
    ],
)
def test_a_validity_may_be_a_duration(written: str, last_day: str) -> None:
    """S31"""
    row = only_row(csv_of(f"Asha,10,6,01/03/2026,{written}", headings="Name,Sessions,Used,Start,Validity"))

    assert row.valid_until == date.fromisoformat(last_day)


@pytest.mark.parametrize(
    ("start", "validity", "sentence"),
    [
        ("01/03/2026", "28/02/2026", "before it was bought"),
        ("", "3 months", "without the day of purchase"),
        ("01/03/2026", "01/03/2099", "cannot be right"),
        ("01/03/2026", "999 years", "cannot be right"),
    ],
)
def test_a_validity_that_cannot_be_is_a_problem(start: str, validity: str, sentence: str) -> None:
    content = csv_of(f"Asha,10,6,{start},{validity}", headings="Name,Sessions,Used,Start,Validity")

    assert sentence in only_problem(content)[2]


@pytest.mark.parametrize(
    ("written", "phone", "others"),
    [
        ("+91 98200-12345", "+919820012345", ()),
        ("098200 12345", "+919820012345", ()),
        ("9820012345.0", "+919820012345", ()),
        ("9.820012345E+09", "+919820012345", ()),
        ("98200 12345 / 98201 23456", "+919820012345", ("+919820123456",)),
        ("98200 12345 (wife)", "+919820012345", ()),
        ("९८२०० १२३४५", "+919820012345", ()),
        ("NA", "", ()),
    ],
)
def test_phones_in_any_notation(written: str, phone: str, others: tuple[str, ...]) -> None:
    row = only_row(one("Mobile", written))

    assert (row.phone, row.other_phones) == (phone, others)


@pytest.mark.parametrize(
    ("column", "written", "sentence"),
    [
        ("Mobile", "9.19E+11", "shortened"),
        ("Mobile", "98200 1234", "not a valid phone"),
        ("Mobile", "ask son", "not a phone"),
        ("Email", "asha at home", "e-mail"),
        ("Age", "old", "not an age"),
        ("Amount", "eight", "not an amount"),
        ("Amount", "-8000", "negative"),
        ("Amount", "99999999999999", "too large"),
        ("Package", "x" * 200, "too long"),
        ("Remark", "x" * 3000, "too long"),
    ],
)
def test_other_cells_that_cannot_be_read(column: str, written: str, sentence: str) -> None:
    assert sentence in only_problem(one(column, written))[2]


@pytest.mark.parametrize(
    ("amount", "paid", "due", "result"),
    [
        ("8000", "5000", "", (8000, 5000)),
        ("8000", "yes", "", (8000, 8000)),
        ("8000", "", "3000", (8000, 5000)),
        ("8000", "5000", "3000", (8000, 5000)),
        ("free", "", "", (0, None)),
        ("", "5000", "", (None, 5000)),
        ("", "", "", (None, None)),
    ],
)
def test_price_paid_and_due(amount: str, paid: str, due: str, result: tuple[int | None, int | None]) -> None:
    row = only_row(csv_of(f"Asha,10,6,{amount},{paid},{due}", headings="Name,Sessions,Used,Amount,Paid,Due"))

    assert (row.price, row.paid) == result


@pytest.mark.parametrize(
    ("amount", "paid", "due", "sentence"),
    [
        ("8000", "9000", "", "More is paid"),
        ("8000", "", "9000", "More is paid"),
        ("8000", "5000", "2000", "do not make the price"),
    ],
)
def test_money_that_does_not_fit_is_a_problem(amount: str, paid: str, due: str, sentence: str) -> None:
    content = csv_of(f"Asha,10,6,{amount},{paid},{due}", headings="Name,Sessions,Used,Amount,Paid,Due")

    assert sentence in only_problem(content)[2]


def test_all_problems_of_a_line_are_named_at_once() -> None:
    reading = reading_of(csv_of(",123,Knee,ten,6,4,x,,31/31/2026,"))

    assert [problem.column for problem in reading.problems] == [
        "Patient",
        "Start",
        "Sessions",
        "Amount",
        "Mobile",
    ]
    assert {problem.line for problem in reading.problems} == {2}


def test_an_unreadable_day_of_purchase_is_one_problem_and_not_three() -> None:
    content = csv_of("Asha,10,31/02/2026,3 months,5/3", headings="Name,Sessions,Start,Validity,Visits")

    assert only_problem(content)[1] == "Start"


def test_a_comma_without_quotation_marks_does_not_shift_a_line_unseen() -> None:
    content = csv_of("Asha,10,6,4,8,000", headings="Name,Sessions,Used,Left,Amount")

    assert "more values than there are headings" in only_problem(content)[2]


def test_scribbles_beside_a_spreadsheet_are_kept_as_a_note() -> None:
    row = only_row(xlsx_of(["Name", "Sessions", "Used"], ["Asha", 10, 6, "call her"]))

    assert row.note == "call her"


def test_blank_lines_sums_and_repeated_headings_are_passed_over_and_named() -> None:
    reading = reading_of(csv_of(ASHA, ",,,,,,,,,", HEADINGS, "- , , ,", "Total,,,10,6,4,8000,8000,,"))

    assert len(reading.rows) == 1
    assert not reading.problems
    assert [(line.line, line.sentence) for line in reading.skipped] == [
        (5, "The line is blank."),
        (6, "The line holds totals and not a package."),
    ]


def test_invisible_marks_stray_spaces_and_nul_bytes_are_taken_away() -> None:
    content = csv_of(
        "\u202b  Asha\u00a0\u00a0\u200bSharma\u202c\x00 , +91\u200e 98200\x0012345 ,Knee\tcare,10,6,4,,,,"
    )

    row = only_row(content)

    assert (row.name, row.phone, row.plan) == ("Asha Sharma", "+919820012345", "Knee care")


def test_the_same_file_gives_the_same_keys_whatever_its_kind_and_order() -> None:
    lines = [ASHA, ASHA, ASHA.replace("Asha", "Usha")]
    first = [row.row_key for row in reading_of(csv_of(*lines)).rows]

    assert len(set(first)) == 3
    assert [row.row_key for row in reading_of(csv_of(*lines)).rows] == first
    assert [
        row.row_key for row in reading_of(csv_of("", *lines).replace(b"98200 12345", b"+91-9820012345")).rows
    ] == first
    assert [
        row.row_key for row in reading_of(xlsx_of(*(line.split(",") for line in [HEADINGS, *lines]))).rows
    ] == first
    assert {row.row_key for row in reading_of(csv_of(*reversed(lines))).rows} == set(first)


def test_a_register_brought_up_to_date_keeps_the_keys_of_its_packs() -> None:
    before, after = (only_row(csv_of(ASHA.replace("6,4", count))) for count in ("6,4", "7,3"))

    assert before.pack_key == after.pack_key
    assert before.row_key != after.row_key


def zip_of(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def sheet_of(data: str, *, doctype: str = "") -> bytes:
    """The smallest XLSX there is around the XML of its only sheet."""
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    packed = "http://schemas.openxmlformats.org/package/2006"
    return zip_of(
        {
            "[Content_Types].xml": f'<Types xmlns="{packed}/content-types"></Types>'.encode(),
            "_rels/.rels": f'<Relationships xmlns="{packed}/relationships"><Relationship Id="rId1" '
            f'Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>'.encode(),
            "xl/workbook.xml": f'<workbook {space} xmlns:r="{relations}"><sheets>'
            f'<sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>'.encode(),
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{packed}/relationships">'
            f'<Relationship Id="rId1" Type="{relations}/worksheet" '
            f'Target="worksheets/sheet1.xml"/></Relationships>'.encode(),
            "xl/worksheets/sheet1.xml": f'<?xml version="1.0"?>{doctype}<worksheet {space}><sheetData>{data}'
            f"</sheetData></worksheet>".encode(),
        }
    )


def text_row(number: int, *cells: str) -> str:
    inner = "".join(
        f'<c r="{chr(65 + place)}{number}" t="inlineStr"><is><t>{cell}</t></is></c>'
        for place, cell in enumerate(cells)
    )
    return f'<row r="{number}">{inner}</row>'


def test_the_smallest_spreadsheet_is_read() -> None:
    row = only_row(sheet_of(text_row(1, "Name", "Sessions", "Used") + text_row(2, "Asha", "10", "6")))

    assert row.left == 4


def ods_of(table: str) -> bytes:
    """The smallest ODS there is around the XML of its only table."""
    names = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    body = f'<office:body><office:spreadsheet><table:table table:name="A">{table}</table:table>'
    body += "</office:spreadsheet></office:body>"
    content = f"<office:document-content {names}>{body}</office:document-content>"
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    return zip_of(
        {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": f'<?xml version="1.0" encoding="UTF-8"?>{content}'.encode(),
            "META-INF/manifest.xml": manifest.encode(),
        }
    )


def ods_row(*cells: str, repeated: str = "") -> str:
    inner = "".join(
        f'<table:table-cell office:value-type="string"{repeated}><text:p>{cell}</text:p></table:table-cell>'
        for cell in cells
    )
    return f"<table:table-row>{inner}</table:table-row>"


def test_an_open_document_spreadsheet_is_read() -> None:
    row = only_row(ods_of(ods_row("नाम", "सत्र", "हुए") + ods_row("आशा", "10", "6")))

    assert (row.name, row.left, row.line) == ("आशा", 4, 2)


@pytest.mark.parametrize("times", [2_500, 1_048_576])
def test_cells_that_are_repeated_do_not_take_all_memory(times: int) -> None:
    before = max_memory_of_children()
    wide = ods_row("x", repeated=' table:number-columns-repeated="16384"')
    rows = wide.replace("row>", f'row table:number-rows-repeated="{times}">', 1)

    with pytest.raises(ReadError, match=r"cannot be read|more rows|damaged"):
        read_table(ods_of(ods_row("Name", "Sessions", "Used") + rows), "many.ods")

    assert max_memory_of_children() <= max(before + 16 * 1024, 512 * 1024)


def test_the_largest_register_is_read() -> None:
    table = read_table(csv_of(*["A,1,1"] * 50_000, headings="Name,Sessions,Used"), "large.csv")

    assert len(table.rows) == 50_000


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n\r\n", "empty"),
        (b"\x00" * 1000, "empty"),
        (b",,,\n,,,\n", "empty"),
        (b"Name,Sessions,Used\n", "no rows below"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n\x1a\n....", "PNG"),
        (b"<html><table><tr><td>Name</td></tr></table></html>", "web page"),
        (
            b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
            "web page",
        ),
        (b"PK\x03\x04 not a zip", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 not a workbook", "damaged"),
        (zip_of({"register.csv": csv_of(ASHA)}), "not a spreadsheet"),
        (zip_of({"[Content_Types].xml": b"<x/>"}), "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"x" * (20 * 1024 * 1024 + 1), "20 MB"),
        (csv_of(*["A,1,1"] * 50_001, headings="Name,Sessions,Used"), "50000 rows"),
        (xlsx_of(["Name", "Sessions", "Used"], *[["A", 1, 1]] * 50_060), "more rows"),
        (csv_of("A" + ",1" * 250, headings="Name,Sessions,Used"), "200 columns"),
        (csv_of('"Asha,10,6' + "\nx" * 100_000, headings="Name,Sessions,Used"), "quotation mark"),
        (b"Name,Sessions,Used\nJos\x81,10,6", "letters"),
    ],
    ids=range(20),
)
def test_files_that_are_no_register_are_refused_with_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(ReadError, match=sentence):
        read_table(content, "upload.xlsx")


def test_the_size_is_looked_at_before_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(100 * 1024 * 1024 * 1024)

    with pytest.raises(ReadError, match="20 MB"):
        read_table(path)


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = zip_of({"[Content_Types].xml": b"", "xl/worksheets/sheet1.xml": b" " * (201 * 1024 * 1024)})
    assert len(bomb) < 1024 * 1024

    with pytest.raises(ReadError, match="too large once unpacked"):
        read_table(bomb, "bomb.xlsx")


@pytest.mark.parametrize("row", [2_500, 1_048_576])
def test_two_cells_at_the_ends_of_the_sheet_do_not_take_all_memory(row: int) -> None:
    before = max_memory_of_children()
    far = f'<row r="{row}"><c r="XFD{row}"><v>1</v></c></row>'

    with pytest.raises(ReadError, match=r"cannot be read|more rows"):
        read_table(sheet_of(text_row(1, "Name", "Sessions", "Used") + far), "far.xlsx")

    assert max_memory_of_children() <= max(before + 16 * 1024, 512 * 1024)


def max_memory_of_children() -> int:
    """The largest size of any process this one waited for, in KB. A child is as large as its parent at the fork."""
    import resource

    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF))


def test_an_external_entity_is_not_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("CANARY")
    doctype = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret.as_uri()}"><!ENTITY l "lol">]>'
    content = sheet_of(
        text_row(1, "Name", "Sessions", "Used") + text_row(2, "Asha &e; &l;", "10", "6"), doctype=doctype
    )

    try:
        table = read_table(content, "xxe.xlsx")
    except ReadError:
        return
    assert "CANARY" not in str(table.rows)


def test_the_process_that_opens_spreadsheets_knows_nothing_of_the_project() -> None:
    process = Path(sys.modules["desk.register.workbook"].__file__ or "").with_name("workbook_process.py")

    done = subprocess.run([sys.executable, "-I", process], input=b"junk", capture_output=True, check=False)

    assert (done.returncode, done.stdout) == (3, b"")


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=1, max_size=400))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    # What is opened as a workbook starts a process for each example; those have tests of their own.
    if content.startswith((b"PK", b"\xd0\xcf")):
        return
    try:
        table = read_table(content, "x")
    except ReadError:
        return
    mapped = map_columns(table.headers)
    assert mapped.problems or read_rows(table, mapped, country="IN", currency="INR", today=TODAY)


CELLS = st.text(max_size=25) | st.sampled_from(
    ["10", "6", "4", "01/03/2026", "३", "½", "=1", "9.19E+11", "3/3, 4/3"]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=10, max_size=10), min_size=1, max_size=5))
def test_every_line_becomes_a_row_or_a_problem_or_is_passed_over(lines: list[list[str]]) -> None:
    quoted = [
        ",".join('"' + cell.replace('"', '""').replace("\x00", "") + '"' for cell in line) for line in lines
    ]
    content = "\n".join((HEADINGS, *quoted)).encode("utf-8", "ignore")

    try:
        table = read_table(content, "x.csv")
    except ReadError as error:
        assert "no rows below" in str(error)  # noqa: PT017
        return
    if table.headers != tuple(HEADINGS.split(",")):
        return
    reading = read_rows(table, map_columns(table.headers), country="IN", currency="INR", today=TODAY)

    settled = [row.line for row in reading.rows] + [line.line for line in reading.skipped]
    assert sorted({*settled, *(problem.line for problem in reading.problems)}) == [
        line.number for line in table.rows
    ]
    assert len(settled) == len(set(settled))
    for row in reading.rows:
        assert row.sold == row.used + row.left
        assert row.name
        assert row.left >= 0
