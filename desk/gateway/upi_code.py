"""A UPI code for what is owed at this moment; the one on a bill's paper is of its issue and stays (billing.upi)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from billing import upi
from billing.models import BillLine
from clinic.models import Clinic, ClinicSettings

# What a payment app shows of the note.
LONGEST_NOTE = 50


@dataclass(frozen=True)
class UpiCode:
    """What is owed, for which bills, and how to pay it by UPI; without an address where that cannot be."""

    amount: Decimal
    bills: list[str]
    upi_id: str
    address: str

    @property
    def image(self) -> str:
        return upi.qr_image(self.address) if self.address else ""


def code_for(lines: Sequence[BillLine], *, clinic: Clinic, else_note: str) -> UpiCode:
    """The lines come with what is `owed` on them. UPI pays rupees to a clinic that has a UPI id."""
    amount = sum((line.owed for line in lines), Decimal(0))  # type: ignore[attr-defined]
    bills = list(dict.fromkeys(line.bill.name for line in lines))
    settings = ClinicSettings.objects.get()
    if not (settings.upi_id and amount and clinic.currency == upi.CURRENCY):
        return UpiCode(amount, bills, settings.upi_id, "")
    note = ", ".join(bills)
    address = upi.payment_address(
        settings.upi_id,
        name=settings.legal_name or clinic.name,
        amount=amount,
        note=note if len(note) <= LONGEST_NOTE else else_note,
    )
    return UpiCode(amount, bills, settings.upi_id, address)
