from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db.models import QuerySet
from django.utils import timezone

from billing import pdf, print_runs
from billing.models import Bill, PrintPart, PrintRun


def ask_for(bills: QuerySet[Bill], **facts: Any) -> PrintRun:
    """These bills asked for as one file."""
    usual = {
        "asked": {},
        "language": "en-in",
        "paper": "a5",
        "at": timezone.now(),
        "by": None,
        "key": uuid4(),
    }
    return print_runs.print_bills(bills, **{**usual, **facts})


def print_part(part: PrintPart, *, at: datetime | None = None) -> None:
    """What the worker does with a part that it has claimed."""
    run = part.run
    file = pdf.bills_pdf(print_runs.bills_of(part), at=run.asked_at, language=run.language, paper=run.paper)
    print_runs.keep(part, file, at=at or timezone.now())


def print_parts(*, at: datetime | None = None) -> int:
    """Everything that waits; how many parts that was."""
    printed = 0
    while part := print_runs.claim(at or timezone.now()):
        print_part(part, at=at)
        printed += 1
    return printed
