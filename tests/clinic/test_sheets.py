"""A figure in a file is a figure, a day is a day, and a name is never a formula."""

import csv
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any
from weakref import WeakSet
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from python_calamine import CalamineWorkbook

from clinic.sheets import Column, Kind, Sheet, TooManyRows, sheet_response, write_csv, write_xlsx, xlsx_file

COLUMNS = (
    Column("Patient"),
    Column("Valid to", Kind.DATE),
    Column("Recorded", Kind.MOMENT),
    Column("Sessions", Kind.SESSIONS, adds_up=True),
    Column("Liability", Kind.MONEY, adds_up=True),
    Column("Share", Kind.PERCENT),
)
MAY = date(2027, 5, 31)
RECORDED = datetime(2027, 5, 31, 20, 30, tzinfo=UTC)
ROWS = [
    ("Asha", MAY, RECORDED, Decimal("7.5"), Decimal("6666.67"), Decimal("33.333")),
    ("=1+1", None, None, Decimal(3), Decimal("-0.10"), None),
]
NAMESPACE = {"s": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=cmd|' /C calc'!A0"]


def sheet(rows: Any = ROWS, *, currency: str = "INR", title: str = "By package", **more: Any) -> Sheet:
    return Sheet(title, COLUMNS, rows, currency, total_label="Together", **more)


def workbook(*sheets: Sheet) -> bytes:
    file = BytesIO()
    write_xlsx(file, sheets)
    return file.getvalue()


def lines(*sheets: Sheet) -> list[list[str]]:
    file = StringIO(newline="")
    write_csv(file, sheets)
    return list(csv.reader(StringIO(file.getvalue(), newline="")))


def read(content: bytes, name: str = "By package") -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_name(name).to_python()


def xml(content: bytes, name: str = "xl/worksheets/sheet1.xml") -> ElementTree.Element:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return ElementTree.fromstring(archive.read(name))  # noqa: S314 - made by ourselves


def cell(content: bytes, place: str) -> ElementTree.Element:
    found = xml(content).find(f".//s:c[@r='{place}']", NAMESPACE)
    assert found is not None, place
    return found


def number_format(content: bytes, place: str) -> str:
    """The format code that a cell is shown with."""
    styles = xml(content, "xl/styles.xml")
    used = styles.findall("s:cellXfs/s:xf", NAMESPACE)[int(cell(content, place).attrib["s"])]
    codes = {
        each.attrib["numFmtId"]: each.attrib["formatCode"]
        for each in styles.iterfind(".//s:numFmt", NAMESPACE)
    }
    builtin = {"0": "General", "3": "#,##0", "4": "#,##0.00"}
    return codes.get(used.attrib["numFmtId"]) or builtin[used.attrib["numFmtId"]]


@pytest.fixture(autouse=True)
def in_kolkata() -> Iterator[None]:
    with timezone.override(ZoneInfo("Asia/Kolkata")):
        yield


def test_a_workbook_reads_back_as_what_was_written() -> None:
    found = read(workbook(sheet(notes=["As of 31 May 2027"])))

    assert found[0][0] == "By package"
    assert found[1][0] == "As of 31 May 2027"
    assert found[3] == ["Patient", "Valid to", "Recorded", "Sessions", "Liability", "Share"]
    assert found[4] == ["Asha", MAY, datetime(2027, 6, 1, 2, 0), 7.5, 6666.67, 0.333]  # noqa: DTZ001
    assert found[5] == ["=1+1", "", "", 3.0, -0.1, ""]
    assert found[6] == ["Together", "", "", 10.5, 6666.57, ""]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_name_that_looks_like_a_formula_stays_a_name_in_a_workbook(text: str) -> None:
    made = workbook(sheet([(text, None, None, 1, 1, None)], title=text, notes=[text]))

    places = ["A1", "A2", "A5"]
    assert {cell(made, place).attrib["t"] for place in places} == {"inlineStr"}
    assert [each.text for each in xml(made).iterfind(".//s:f", NAMESPACE)] == ["SUM(D5)", "SUM(E5)"]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_name_that_looks_like_a_formula_is_quoted_in_a_csv_file(text: str) -> None:
    columns = (Column(text), Column("Amount", Kind.MONEY))
    found = lines(Sheet(text, columns, [(text, Decimal(-5))], "INR", notes=[text]))

    assert found == [[f"'{text}"], [f"'{text}"], [f"'{text}", "Amount"], [f"'{text}", "-5.00"]]


def test_a_csv_file_to_save_says_that_it_is_unicode_and_once() -> None:
    name = "गीता राव"
    made = Sheet("Names", [Column("Name")], [(name,)], "INR")

    said = b"".join(sheet_response([made, made], name="names", kind="csv"))

    assert said.startswith("\ufeffNames\r\n".encode())
    assert said.decode("utf-8-sig").count("\ufeff") == 0
    assert said.decode().count(name) == 2


def test_totals_are_formulas_with_their_exact_sum_beside_them() -> None:
    rows = [("x", None, None, Decimal("0.5"), Decimal("0.10"), None)] * 3
    made = workbook(sheet(rows))

    total = cell(made, "E7")
    assert [total.findtext("s:f", None, NAMESPACE), total.findtext("s:v", None, NAMESPACE)] == [
        "SUM(E4:E6)",
        "0.3",
    ]
    assert cell(made, "D7").findtext("s:v", None, NAMESPACE) == "1.5"


def test_a_table_without_rows_adds_up_to_nothing() -> None:
    made = workbook(sheet([]))

    assert read(made)[-1][3:5] == [0.0, 0.0]
    assert list(xml(made).iterfind(".//s:f", NAMESPACE)) == []
    assert lines(sheet([]))[-1] == ["Together", "", "", "0", "0.00", ""]


@pytest.mark.parametrize(
    ("currency", "code", "plain"),
    [("INR", "#,##0.00", "1234.50"), ("JPY", "#,##0", "1235"), ("KWD", "#,##0.000", "1234.500")],
)
def test_money_has_the_places_of_its_currency(currency: str, code: str, plain: str) -> None:
    rows = [("x", None, None, 1, Decimal("1234.5"), None)]
    made = workbook(sheet(rows, currency=currency))

    assert (number_format(made, "E4"), number_format(made, "E5")) == (code, code)
    assert lines(sheet(rows, currency=currency))[2][4] == plain


def test_a_day_is_a_day_and_a_share_is_a_share() -> None:
    made = workbook(sheet())

    assert [number_format(made, place) for place in ("B4", "C4", "F4")] == [
        "yyyy-mm-dd",
        "yyyy-mm-dd hh:mm",
        "0.0%",
    ]
    assert cell(made, "B4").attrib.get("t", "n") == "n"


def test_the_head_stays_in_sight_and_every_column_can_be_filtered() -> None:
    made = xml(workbook(sheet(notes=["A note"])))

    pane = made.find(".//s:pane", NAMESPACE)
    chosen = made.find("s:autoFilter", NAMESPACE)
    assert pane is not None
    assert (pane.attrib["ySplit"], pane.attrib["state"]) == ("4", "frozen")
    assert chosen is not None
    assert chosen.attrib["ref"] == "A4:F6"
    assert len(made.findall("s:cols/s:col", NAMESPACE)) == 6


def test_several_sheets_make_one_file() -> None:
    both = (sheet(title="By plan/service: [all]"), sheet(title="by plan service   all "), sheet(title="'"))
    found = CalamineWorkbook.from_filelike(BytesIO(workbook(*both))).sheet_names

    assert found[0] == "By plan service   all"
    assert found[1:] == ["by plan service   all (2)", "1"]
    assert [line for line in lines(sheet(), sheet()) if line == []] == [[]]


def test_a_csv_file_has_plain_figures_and_days() -> None:
    found = lines(sheet(notes=["As of 31 May 2027"]))

    assert found[3:] == [
        ["Asha", "2027-05-31", "2027-06-01 02:00", "7.5", "6666.67", "33.3"],
        ["'=1+1", "", "", "3", "-0.10", ""],
        ["Together", "", "", "10.5", "6666.57", ""],
    ]


def test_a_row_with_a_cell_too_few_is_refused() -> None:
    for write in (workbook, lines):
        with pytest.raises(ValueError, match="longer than"):
            write(sheet([("x", None)]))


def test_words_in_a_column_of_figures_are_a_mistake_of_ours() -> None:
    with pytest.raises(TypeError, match="is no date"):
        workbook(sheet([("x", "tomorrow", None, 1, 1, None)]))
    with pytest.raises(ValueError, match="does not add up"):
        Column("Share", Kind.PERCENT, adds_up=True)


def test_more_rows_than_a_worksheet_has_are_refused_and_never_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(xlsx_file, "LAST_ROW", 6)

    with pytest.raises(TooManyRows, match="Take the CSV file"):
        workbook(sheet(ROWS * 2))


class Name(str):
    """A text of which one can tell whether anybody still holds it."""


def many(count: int, held: WeakSet[Any], most: list[int]) -> Iterator[tuple[Any, ...]]:
    for number in range(count):
        name = Name(f"Patient {number}")
        held.add(name)
        most.append(len(held))
        yield (name, MAY, None, Decimal(1), Decimal("10.25"), None)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_long_file_is_written_as_it_comes_and_kept_out_of_memory(kind: str) -> None:
    most: list[int] = []

    response = sheet_response([sheet(many(2_000, WeakSet(), most))], name="long", kind=kind)
    content = b"".join(response)
    response.file_to_stream.close()

    assert max(most) < 10
    if kind == "xlsx":
        assert read(content)[-1][:5] == ["Together", "", "", 2_000.0, 20_500.0]
    else:
        assert content.decode().splitlines()[-1] == "Together,,,2000,20500.00,"


def test_a_file_too_long_for_the_memory_is_sent_from_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clinic.sheets.answer.IN_MEMORY", 10)

    for kind in ("csv", "xlsx"):
        response = sheet_response([sheet()], name="long", kind=kind)
        content = b"".join(response)
        response.file_to_stream.close()
        assert b"Asha" in content if kind == "csv" else read(content)[-1][0] == "Together"


def test_a_file_is_saved_under_its_name_and_by_nobody_else() -> None:
    response = sheet_response([sheet()], name="liability-2027-05-31", kind="xlsx")
    response.file_to_stream.close()

    assert response.headers["Content-Disposition"] == 'attachment; filename="liability-2027-05-31.xlsx"'
    assert response.headers["Cache-Control"] == "private, no-store"
