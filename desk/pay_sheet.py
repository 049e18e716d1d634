"""A therapist's statement as it is shown: its lines in words, on the screen, on paper and as a file."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from clinic.csv_files import quoted
from clinic.models import Clinic, ClinicSettings
from clinic.ui.words import initials
from visits.models import PayLine
from visits.pay_statement import Statement
from visits.pay_words import rate, what

# On paper longer ones are told by day and by service; line by line they are a file.
LINES_ON_PAPER = timedelta(days=62)


@dataclass(frozen=True)
class Row:
    """A line with its words. Of the patient it says the number and the initials: the paper leaves the clinic."""

    line: PayLine
    what: str
    rate: str

    @property
    def patient(self) -> str:
        patient = self.line.visit.patient
        return f"{patient.number} · {initials(patient.name)}"

    @property
    def is_late(self) -> bool:
        """Whether it was recorded after the statement's last day."""
        return bool(self.line.is_late)  # type: ignore[attr-defined]


def rows(lines: Iterable[PayLine], currency: str) -> Iterator[Row]:
    for line in lines:
        yield Row(line, what(line), rate(line.rule, currency))


def page_html(statement: Statement) -> str:
    """A page of its own, which becomes the PDF."""
    clinic = statement.clinic
    has_lines = statement.last - statement.first < LINES_ON_PAPER
    settings = ClinicSettings.objects.get()
    context = {
        "statement": statement,
        "rows": rows(statement.lines, clinic.currency) if has_lines else (),
        "has_lines": has_lines,
        "name": settings.legal_name or clinic.name,
        "settings": settings,
        "currency": clinic.currency,
        "language": (get_language() or "en")[:2],
        "printed_at": clinic.local(timezone.now()).replace(tzinfo=None),
    }
    return render_to_string("desk/therapist_statement_pdf.html", context)


def statement_csv(statement: Statement) -> str:
    """Every line for a spreadsheet; amounts without a currency's sign."""
    file = StringIO()
    writer = csv.writer(file)
    writer.writerow(
        [
            _("Day"),
            _("Recorded"),
            _("Patient no."),
            _("Initials"),
            _("Service"),
            _("What"),
            _("Sessions"),
            _("Value, tax included"),
            _("By the rule"),
            _("Earned"),
            _("Recorded later"),
        ]
    )
    for row in rows(statement.lines, statement.clinic.currency):
        writer.writerow(_cells(row, statement.clinic))
    return file.getvalue()


def file_name(statement: Statement, kind: str) -> str:
    """therapist-2027-05-01-2027-05-31.pdf: no name, for file lists are seen by others."""
    return f"therapist-{statement.first}-{statement.last}.{kind}"


def _cells(row: Row, clinic: Clinic) -> list[str]:
    line, patient = row.line, row.line.visit.patient
    words = [initials(patient.name), line.service.name, row.what]
    return [
        str(line.happened_on),
        f"{clinic.local(line.recorded_at):%Y-%m-%d %H:%M}",
        str(patient.number),
        *(quoted(each) for each in words),
        # Of an absence nothing was delivered.
        *(("0", "0") if line.is_absence else (f"{line.sessions.normalize():f}", f"{line.value:f}")),
        quoted(row.rate),
        f"{line.amount:f}",
        _("yes") if row.is_late else "",
    ]
