"""Bills that were wrong, taken back whole or by line; money that was set against the wrong bill."""

from __future__ import annotations

from billing import taking_back
from billing.bill_voiding import void_bill
from billing.models import Bill as Row
from billing.models import Payment
from desk import bill_voiding

from .books import Bill, Line
from .machine import EITHER, SHARE, WHICH, History, act, pick, share_of

BY_ITSELF = {"visit", "goods", "returned"}


class BillsBack(History):
    def a_bill(self, which: int) -> Bill | None:
        """One that asks for something or did; a note is never taken back."""
        return pick([bill for bill in self.books.bills if bill.total or bill.corrects], which)

    @act(3, which=WHICH, share=SHARE, few=EITHER)
    def lines_are_taken_back(self, which: int, share: str, few: bool) -> None:
        """A share of each line that stands, or of the last one alone (S43)."""
        bill = self.a_bill(which)
        if bill is None:
            return
        lines = [line for line in bill.lines if line.standing][-1 if few else 0 :]
        amounts = {line: share_of(line.standing, share) for line in lines}
        amounts = {line: amount for line, amount in amounts.items() if amount}
        allowed = bool(amounts) and all(self.goes_back(line, amount) for line, amount in amounts.items())
        rows = {
            row.pk: self.money(amounts[line])
            for line, row in zip(amounts, self.lines(list(amounts)), strict=True)
        }
        facts, row = self.facts(reason="Brought back"), Row.objects.get(pk=bill.id)
        note = self.attempt(allowed, lambda: bill_voiding.take_back(row, rows, **facts))
        if note is not None:
            self.books.credit_lines(note, bill, amounts)

    @act(2, which=WHICH)
    def a_bill_is_taken_back_whole(self, which: int) -> None:
        """Refused where a pack or a fee stands on it: it goes back with what it is of."""
        bill = self.a_bill(which)
        if bill is None:
            return
        amounts = {line: line.standing for line in bill.lines if line.standing}
        allowed = bool(amounts) and all(self.goes_back(line, amount) for line, amount in amounts.items())
        facts, row = self.facts(reason="Wrong patient"), Row.objects.get(pk=bill.id)
        note = self.attempt(allowed, lambda: void_bill(row, **facts))
        if note is not None:
            self.books.credit_lines(note, bill, amounts)

    @staticmethod
    def goes_back(line: Line, amount: int) -> bool:
        return line.kind in BY_ITSELF and amount <= line.standing

    @act(3, which=WHICH, of=WHICH, share=SHARE)
    def money_is_taken_off_a_bill(self, which: int, of: int, share: str) -> None:
        """Money of one payment, and no longer on the wrong bill; a pack that is open by it keeps it (decision 0009)."""
        paid = [line for bill in self.books.bills for line in bill.lines if line.payers]
        line = pick(paid, which)
        if line is None:
            return
        payment = list(line.payers)[of % len(line.payers)]
        amount = share_of(line.payers[payment], share)
        locked = line.pack is not None and line.pack.is_locked_open
        allowed = 0 < amount <= line.payers[payment] and not locked
        facts = self.of_the_count(amount=self.money(amount))
        del facts["on"]
        row, (of_line,) = Payment.objects.get(pk=payment.id), self.lines([line])
        if self.attempt(allowed, lambda: taking_back.take_back(row, of_line, **facts)) is not None:
            self.books.set_against(payment, line, -amount)
