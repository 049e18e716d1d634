"""Makes the sample registers in docs/examples, written as a clinic's spreadsheet would be.

The same seed gives the same files; the tests compare what is read with what `sample_packs` meant.
"""

import csv
import io
import random
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import xlsxwriter
from sample_packs import SEED, Pack, make_packs

EXAMPLES = Path(__file__).resolve().parent.parent / "docs" / "examples"
TITLE = "Shree Physiotherapy & Rehab - PACKAGE REGISTER 2026"
HEADINGS = (
    "Sr. No.", "Patient Name ", "Mobile No.", "Age", "Package", "Service", "Sessions", "Used", "Bal",
    "Amount (Rs.)", "Paid", "Start date", "Valid till", "Therapist", "Visits", "Remark", "Agreed on",
)  # fmt: skip


def written(packs: list[Pack], seed: int = SEED) -> list[list[str]]:
    """Each pack as a line of text cells, in the many ways in which people write one thing."""
    pick = random.Random(seed)  # noqa: S311
    return [[str(number), *_cells(pick, pack)] for number, pack in enumerate(packs, start=1)]


def _cells(pick: random.Random, pack: Pack) -> list[str]:
    used, left = f"{pack.used:f}", f"{pack.left:f}"
    match pick.randrange(12):
        case 0:
            used = ""
        case 1:
            left = ""
        case 2 if pack.used == int(pack.used):
            used = f"{pack.used:f}/{pack.sold}"
    return [
        _name(pick, pack.name), _phone(pick, pack.phone), str(pack.age or ""),
        pack.plan + pick.choice(("", "", " ")), pack.service,
        pick.choice((f"{pack.sold}", f"{pack.sold}", f"{pack.sold} ")), used, left,
        _amount(pick, pack.price), _amount(pick, pack.paid), _date(pick, pack.bought_on),
        _validity(pick, pack), pack.therapist, _visit_list(pick, pack.visits), pack.note,
        _date(pick, pack.agreed_on) if pack.agreed_on else pick.choice(("", "", "-")),
    ]  # fmt: skip


def _name(pick: random.Random, name: str) -> str:
    shapes = (name, name, name, name, name.upper(), f"{name} ", f" {name}", name.replace(" ", "  "))
    return pick.choice(shapes)


def _phone(pick: random.Random, phone: str) -> str:
    if not phone:
        return pick.choice(("", "NA", "-"))
    first, last = phone[:5], phone[5:]
    shapes = (
        phone,
        phone,
        f"{first} {last}",
        f"+91 {first} {last}",
        f"+91{phone}",
        f"0{phone}",
        f"0{first}-{last}",
    )
    return pick.choice((*shapes, f"{phone} ", f"91-{phone}"))


def _amount(pick: random.Random, amount: int) -> str:
    if not amount:
        return "0"
    shapes = (
        f"{amount}",
        f"{amount}",
        f"{amount:,}",
        f"₹{amount:,}",
        f"Rs. {amount}/-",
        f"{amount:,}.00",
        f"{amount} ",
    )
    return pick.choice(shapes)


def _date(pick: random.Random, day: date) -> str:
    d, m, y = day.day, day.month, day.year
    shapes = (
        f"{d:02}/{m:02}/{y}", f"{d:02}/{m:02}/{y}", f"{d}-{m}-{y % 100}", f"{d} {day:%b} {y}",
        f"{d}-{day:%b}-{y % 100}", f"{d:02}.{m:02}.{y}", f"{day.isoformat()}", f"{d}/{m}/{y % 100}",
        f" {d:02}/{m:02}/{y}", f"{d} {day:%B}, {y}",
    )  # fmt: skip
    return pick.choice(shapes)


def _validity(pick: random.Random, pack: Pack) -> str:
    if pack.valid_until is None:
        return ""
    days = (pack.valid_until - pack.bought_on).days + 1
    return f"{days} days" if pick.random() < 0.1 else _date(pick, pack.valid_until)


def _visit_list(pick: random.Random, visits: tuple[date, ...]) -> str:
    shape = pick.choice(("{0.day}/{0.month}", "{0.day:02}/{0.month:02}/{0.year}", "{0.day} {0:%b}"))
    return pick.choice((", ", "; ", ",")).join(shape.format(day) for day in visits)


def as_csv(lines: list[list[str]], packs: list[Pack]) -> bytes:
    """As Excel saves it for Windows: byte order mark, CRLF; with a title, blank lines and the sums."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows([[TITLE], [], HEADINGS])
    for number, line in enumerate(lines):
        if number and number % 75 == 0:
            writer.writerows([[""] * len(HEADINGS), HEADINGS])
        writer.writerow(line)
    sums = [
        sum(pack.sold for pack in packs),
        "",
        "",
        sum(pack.price for pack in packs),
        sum(pack.paid for pack in packs),
    ]
    writer.writerow(["", "TOTAL", "", "", "", "", *sums])
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(lines: list[list[str]], packs: list[Pack]) -> bytes:
    """The same register as a workbook: phones and amounts as numbers, most dates as dates."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "dd/mm/yyyy"})
    book.set_properties({"title": TITLE, "created": datetime(2026, 11, 14, tzinfo=UTC)})
    sheet = book.add_worksheet("Packages")
    bold = book.add_format({"bold": True})
    sheet.write_string(0, 0, TITLE, bold)
    sheet.write_row(2, 0, HEADINGS, bold)
    sheet.freeze_panes(3, 2)
    sheet.set_column(1, 16, 14)
    for row, (line, pack) in enumerate(zip(lines, packs, strict=True), start=3):
        for place, value in enumerate(_values(line, pack)):
            write = sheet.write_string if isinstance(value, str) else sheet.write
            if value != "":
                write(row, place, value)
    sheet.write_string(len(lines) + 3, 1, "TOTAL", bold)
    sheet.write_formula(
        len(lines) + 3, 6, f"=SUM(G4:G{len(lines) + 3})", bold, sum(pack.sold for pack in packs)
    )
    book.close()
    return buffer.getvalue()


def _values(line: list[str], pack: Pack) -> list[str | int | float | date]:
    """Where a spreadsheet would have recognised a number or a date, it has."""
    values: list[str | int | float | date] = list(line)
    for place in (0, 2, 3, 6, 7, 8, 9, 10):
        plain = line[place].strip().removeprefix("₹").replace(",", "")
        if plain.replace(".", "", 1).isdecimal() and not plain.startswith("00"):
            values[place] = float(plain)
    for place, day in ((11, pack.bought_on), (12, pack.valid_until), (16, pack.agreed_on)):
        if day and line[place].strip().startswith(f"{day.day:02}/"):
            values[place] = day
    return values


def with_mistakes(packs: list[Pack]) -> list[list[str]]:
    """Thirty lines of which three cannot be right: a sum, a day, a phone that the spreadsheet has rounded."""
    lines = written([replace(pack, visits=()) for pack in packs])
    lines[6][7:9] = ["9", "9"]
    lines[14][11] = "31/09/2026"
    lines[22][2] = "9.19E+11"
    return lines


def main() -> None:
    packs = make_packs()
    EXAMPLES.mkdir(parents=True, exist_ok=True)
    (EXAMPLES / "register.csv").write_bytes(as_csv(written(packs), packs))
    (EXAMPLES / "register.xlsx").write_bytes(as_xlsx(written(packs), packs))
    few = packs[:30]
    (EXAMPLES / "register-with-mistakes.csv").write_bytes(as_csv(with_mistakes(few), few))


if __name__ == "__main__":
    main()
