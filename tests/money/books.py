"""Books of their own: what bills, payments and packs should come to, kept by hand and without the program's code.

Money is counted in coins (whole minor units), sessions in halves. What is owed is added up from the lines of bills,
what is a patient's from payments, what a pack has received from its receipts: three ways that must meet.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from .packs import Pack, rounded


@dataclass(eq=False)
class Payment:
    """Money that came in, or credit that a refund gave; where it went."""

    id: UUID
    patient: int
    branch: int
    amount: int
    day: date
    is_credit: bool = False
    set_against: int = 0
    handed_back: int = 0
    bounced: bool = False

    @property
    def left(self) -> int:
        return 0 if self.bounced else self.amount - self.set_against - self.handed_back


@dataclass(eq=False)
class Line:
    """What is charged on a bill, and who paid how much of it, the last who did at the end.

    `kind`: a "visit", a "package", "goods", a "fee", or money handed back and then "returned".
    """

    amount: int
    tax: int = 0
    pack: Pack | None = None
    kind: str = "visit"
    credited: int = 0
    credited_tax: int = 0
    payers: dict[Payment, int] = field(default_factory=dict)

    @property
    def standing(self) -> int:
        return self.amount - self.credited

    @property
    def paid(self) -> int:
        return sum(self.payers.values())

    @property
    def owed(self) -> int:
        return self.standing - self.paid


@dataclass(eq=False)
class Bill:
    id: UUID
    patient: int
    branch: int
    lines: list[Line]
    corrects: Bill | None = None
    total: int = 0

    @property
    def of_visit(self) -> list[Line]:
        """What goes back with the visit; a pack and goods on its bill stay."""
        return [line for line in self.lines if line.kind in {"visit", "fee"}]


@dataclass(eq=False)
class Paper:
    """A paper over money alone: how much of it moved, how much the patient kept as credit."""

    kind: str
    patient: int
    branch: int
    moved: int
    kept: int


@dataclass(eq=False)
class Visit:
    """A visit that took place, or did not; `halves` it took of its pack."""

    id: UUID
    patient: int
    how: str
    bill: Bill | None = None
    pack: Pack | None = None
    halves: int = 0
    of_bonus: bool = False
    value: int = 0
    is_absent: bool = False
    is_longer: bool = False


@dataclass
class Books:
    bills: list[Bill] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    packs: list[Pack] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    papers: list[Paper] = field(default_factory=list)
    today: date = date.min  # what the clock of the database says

    # What comes in and what it pays for

    def bill(self, row: Any, patient: int, branch: int, *lines: Line) -> Bill:
        bill = Bill(row.pk, patient, branch, list(lines), total=sum(line.amount for line in lines))
        self.bills.append(bill)
        return bill

    def receive(
        self, rows: list[Any], amounts: list[int], patient: int, branch: int, day: date
    ) -> list[Payment]:
        made = [
            Payment(row.pk, patient, branch, amount, day) for row, amount in zip(rows, amounts, strict=True)
        ]
        self.payments += made
        return made

    def allocate(
        self, payments: list[Payment], lines: list[Line], split: dict[Line, int] | None = None
    ) -> None:
        """Each payment as far as it goes, over the lines in their order, or over the amounts of a split. A pack that
        waited for its money opens."""
        for payment in payments:
            for line in lines:
                amount = min(payment.left, line.owed if split is None else split[line])
                self.set_against(payment, line, amount)
                if split:
                    split[line] -= amount
        for line in lines if payments else []:
            if line.pack and line.pack.state == "pending_payment" and line.pack.is_paid:
                line.pack.state = "active"

    def set_against(self, payment: Payment, line: Line, amount: int) -> None:
        """An amount below 0 takes it back."""
        if not amount:
            return
        payment.set_against += amount
        before = (
            line.payers.pop(payment, 0) if amount > 0 else line.payers[payment]
        )  # who pays more pays last
        line.payers[payment] = before + amount
        if not line.payers[payment]:
            del line.payers[payment]
        if line.pack:
            # What is taken back moves on the day of that; what is given out with the payment, on the payment's.
            line.pack.receive(amount, payment.day if amount > 0 else self.today)

    # What takes it back

    def release(self, line: Line, keep: int) -> list[Payment]:
        """Take money off until no more than `keep` pays for it, the last first; who paid, the last first."""
        payers = list(line.payers.items())[::-1]
        over = line.paid - keep
        for payment, paid in payers:
            taken = max(0, min(paid, over))
            self.set_against(payment, line, -taken)
            over -= taken
        return [payment for payment, _ in payers]

    def credit(self, note: Any, bill: Bill, amounts: dict[Line, int]) -> None:
        """A note over so much of each line. Of its tax the same share is taken back as of the line, to the coin."""
        for line, amount in amounts.items():
            line.credited += amount
            line.credited_tax = rounded(line.tax * line.credited, line.amount)
        made = Bill(note.pk, bill.patient, bill.branch, [], corrects=bill, total=-sum(amounts.values()))
        self.bills.append(made)

    def credit_whole(self, note: Any, bill: Bill) -> None:
        """All that stands of a visit is taken back from its bill, and its money is free."""
        self.credit_lines(note, bill, {line: line.standing for line in bill.of_visit if line.standing})

    def credit_lines(self, note: Any, bill: Bill, amounts: dict[Line, int]) -> None:
        """So much of these lines is taken back; money that pays for more than what stands is free."""
        for line, amount in amounts.items():
            self.release(line, keep=line.standing - amount)
        self.credit(note, bill, amounts)

    def hand_over(self, payments: list[Payment], amount: int) -> None:
        for payment in payments:
            given = min(payment.left, amount)
            payment.handed_back += given
            amount -= given

    def acknowledge(self, payments: list[Payment]) -> None:
        """A receipt for money that was handed over; it changes nothing."""
        if payments:
            first = payments[0]
            moved, kept = sum(each.amount for each in payments), sum(each.left for each in payments)
            self.papers.append(Paper("received", first.patient, first.branch, moved, kept))

    def note_handing_over(self, patient: int, branch: int, amount: int) -> None:
        """A note over money handed back, and the credit that is left; it changes nothing."""
        self.papers.append(Paper("refund_note", patient, branch, amount, self.credit_of(patient)))

    def bounce(self, payment: Payment) -> None:
        """A pack that it pays for is suspended (S46); one that it was taken off before has lost nothing by it."""
        for line in [line for bill in self.bills for line in bill.lines if payment in line.payers]:
            self.set_against(payment, line, -line.payers[payment])
            if line.pack and line.pack.state == "active":
                line.pack.state = "suspended"
        payment.bounced = True

    def resume_paid(self, lines: list[Line]) -> None:
        """A pack suspended for a bounced payment goes on when what was used of it is paid again (S46)."""
        for pack in {line.pack for line in lines if line.pack}:
            if pack.state == "suspended" and pack.is_made_good:
                pack.state = "active"

    def merge(self, kept: int, gone: int) -> None:
        for each in (*self.bills, *self.payments, *self.packs, *self.visits, *self.papers):
            each.patient = kept if each.patient == gone else each.patient

    # What they come to

    def unapplied_of(self, patient: int) -> list[Payment]:
        """The patient's money that pays for nothing, the oldest first."""
        found = [payment for payment in self.payments if payment.patient == patient and payment.left]
        return sorted(found, key=lambda payment: (payment.day, payment.id))

    def owed_lines(self, patient: int) -> list[Line]:
        return [line for bill in self.bills if bill.patient == patient for line in bill.lines if line.owed]

    def credit_of(self, patient: int) -> int:
        return sum(payment.left for payment in self.unapplied_of(patient))

    def owed_by(self, patient: int) -> int:
        return sum(line.owed for line in self.owed_lines(patient))
