"""A week and the lists behind its figures as files for a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import StringIO

from django.utils.translation import gettext as _

from clinic.csv_files import quoted

from .week_counts import Counted, Line
from .week_days import Span
from .week_figures import GROUPS
from .week_report import Report
from .week_rows import Row


def week_csv(report: Report) -> str:
    """A line for each figure: this week, the average and each week before; of a rate both of its numbers."""
    file = StringIO()
    writer = csv.writer(file)
    weeks = [f"{week.first}" for week in report.weeks[:-1]]
    heads = [_("Figure"), _("This week"), _("Of"), _("Average"), *weeks, _("What it counts")]
    writer.writerow([_("Week"), report.week.first, report.week.last])
    if not report.week.is_whole:
        writer.writerow(
            [_("So far: what is known by its day alone, such as sales, is compared up to the day before.")]
        )
    writer.writerow(heads)
    for _title, names in GROUPS:
        for line in (report.lines[name] for name in names):
            writer.writerow(_cells(line))
    writer.writerow([])
    writer.writerow([_("Exceptions given by"), _("How many")])
    writer.writerows([quoted(each.name or _("the program")), each.count] for each in report.givers)
    return file.getvalue()


def list_csv(rows: Iterable[Row], heads: list[str]) -> str:
    """The rows of a list under these headings."""
    file = StringIO()
    writer = csv.writer(file)
    writer.writerow(heads)
    for row in rows:
        words = [quoted(each) for each in (row.when, row.patient, row.what, row.detail)]
        writer.writerow([*words, *([] if row.amount is None else [f"{row.amount:f}"])])
    return file.getvalue()


def file_name(week: Span, name: str = "") -> str:
    """week-2027-05-31.csv, week-2027-05-31-no_shows.csv."""
    return f"week-{week.first}{f'-{name}' if name else ''}.csv"


def _cells(line: Line) -> list[str]:
    mean = line.mean
    of = "" if line.now.of is None else str(line.now.of)
    before = [_number(line, week) for week in line.weeks[:-1]]
    average = "" if mean is None else f"{mean:f}"
    return [str(line.figure.label), _number(line, line.now), of, average, *before, str(line.figure.means)]


def _number(line: Line, week: Counted) -> str:
    """What was counted; of a rate its part, for the percentage is in no other figure."""
    return f"{week.amount:f}" if line.figure.is_money else str(week.n)
