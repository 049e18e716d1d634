"""A bill is taken back, whole or by line, and the patient hears of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from billing import bill_voiding
from billing.credits import standing
from billing.models import Bill, BillLine
from clinic.acts import act
from clinic.models import Clinic, Staff

from . import receipts


@dataclass(frozen=True)
class Standing:
    """A line of a bill, and what of it was not taken back yet."""

    line: BillLine
    left: Decimal

    @property
    def goes_back(self) -> bool:
        """Whether it can be taken back here."""
        return self.line.kind in bill_voiding.BY_ITSELF and self.left > 0


def standing_of(bill: Bill) -> list[Standing]:
    """The lines of a bill that cost something, as they stand now."""
    lines = bill.lines.filter(credits__isnull=True, amount__gt=0).select_related("package", "visit")
    return [Standing(line, standing(line)) for line in lines.order_by("position")]


@act
def take_back(
    bill: Bill,
    amounts: Mapping[uuid.UUID, Decimal],
    *,
    clinic: Clinic,
    at: datetime,
    by: Staff | None,
    key: uuid.UUID,
    reason: str,
) -> Bill:
    """Credit these amounts; the note follows the bill to the patient. Refuses as billing.bill_voiding does."""
    note = bill_voiding.credit_lines(bill, amounts, clinic=clinic, at=at, by=by, key=key, reason=reason)
    receipts.queue_correction(note, clinic=clinic)
    return note
