"""Money for what is owed, for others' bills, in advance; credit that is set against a bill when somebody asks."""

from __future__ import annotations

from typing import Any

from billing.models import Method
from billing.payments import Tender
from desk import checkout

from .books import Line
from .machine import EITHER, SHARE, TENDERS, WHERE, WHICH, WHO, History, act, among, share_of


class Paying(History):
    def some_of(self, of: int, which: int, few: bool) -> list[Line]:
        """What this person owes: all of it, the oldest first, or a line of it and then the one before."""
        owed = self.books.owed_lines(self.person(of))
        return owed[which % len(owed) :: -1][:2] if owed and few else owed

    def split_of(self, lines: list[Line], uneven: str) -> dict[Line, int]:
        """All of the first line, a share of each other; with "over" more than the last is owed."""
        shares = [*("all" for _ in lines[:-1]), uneven]
        amounts = (
            [share_of(line.owed, share) for line, share in zip(lines, shares, strict=True)] if lines else []
        )
        return dict(zip(lines, amounts, strict=True))

    @act(5, who=WHO, of=WHO, which=WHICH, few=EITHER, shares=TENDERS, where=WHERE)
    def somebody_pays(self, who: int, of: int, which: int, few: bool, shares: list[str], where: int) -> None:
        """Their own bills or those of somebody else; what is over stays theirs (S47)."""
        patient, lines = self.person(who), self.some_of(of, which, few)
        tenders = self.tenders(sum(line.owed for line in lines), shares)
        facts = self.facts(tenders=tenders, lines=self.lines(lines), branch=self.world.branches[where])
        payments = self.attempt(True, lambda: checkout.take_payment(self.world.patients[patient], **facts))
        assert payments is not None
        received = self.received(payments, tenders, patient, where)
        self.books.allocate(received, lines)
        self.books.acknowledge(received)
        self.books.resume_paid(lines)

    @act(3, who=WHO, of=WHO, which=WHICH, few=EITHER, uneven=SHARE, shares=TENDERS, where=WHERE)
    def somebody_says_what_their_money_pays(
        self, who: int, of: int, which: int, few: bool, uneven: str, shares: list[str], where: int
    ) -> None:
        """Each line its amount, or nothing is done (decision 0009)."""
        patient, lines = self.person(who), self.some_of(of, which, few)
        split = self.split_of(lines, uneven)
        tenders = self.tenders(sum(split.values()), shares)
        handed = sum(self.reading.coins(tender.amount) for tender in tenders)
        allowed = sum(split.values()) <= handed and all(0 < split[line] <= line.owed for line in lines)
        facts = self.facts(tenders=tenders, split=self.of_rows(split), branch=self.world.branches[where])
        payments = self.attempt(allowed, lambda: checkout.take_payment(self.world.patients[patient], **facts))
        if payments is None:
            return
        received = self.received(payments, tenders, patient, where)
        self.books.allocate(received, lines, split)
        self.books.acknowledge(received)
        self.books.resume_paid(lines)

    @act(2, who=WHO, of=WHO, which=WHICH, few=EITHER, uneven=SHARE)
    def somebody_says_what_their_credit_pays(
        self, who: int, of: int, which: int, few: bool, uneven: str
    ) -> None:
        """S47"""
        patient, lines = self.person(who), self.some_of(of, which, few)
        split, credit = self.split_of(lines, uneven), self.books.unapplied_of(patient)
        free = sum(payment.left for payment in credit)
        allowed = sum(split.values()) <= free and all(0 < split[line] <= line.owed for line in lines)
        facts = self.of_the_count(split=self.of_rows(split))
        del facts["reason"]
        self.attempt(allowed, lambda: checkout.apply_unapplied(self.world.patients[patient], **facts))
        if allowed:
            self.books.allocate(credit, lines, split)
            self.books.resume_paid(lines)

    def of_rows(self, split: dict[Line, int]) -> dict[Any, Any]:
        """A split in the program's words."""
        return {
            row: self.money(split[line]) for line, row in zip(split, self.lines(list(split)), strict=True)
        }

    @act(3, who=WHO, of=WHO, which=WHICH, few=EITHER)
    def credit_is_applied(self, who: int, of: int, which: int, few: bool) -> None:
        """Only when asked, to their own bills or those of somebody else (S47)."""
        patient, lines = self.person(who), self.some_of(of, which, few)
        facts = self.of_the_count(lines=self.lines(lines))
        del facts["reason"]
        self.attempt(True, lambda: checkout.apply_unapplied(self.world.patients[patient], **facts))
        self.books.allocate(self.books.unapplied_of(patient), lines)
        self.books.resume_paid(lines)

    @act(1, who=WHO, coins=among(0, -1, -10_000), first=among(1, 500), where=WHERE)
    def nothing_and_less_is_no_payment(self, who: int, coins: int, first: int, where: int) -> None:
        """Not the second tender either, where the first is good."""
        tenders = [Tender(Method.CASH, self.money(each)) for each in (first, coins)]
        facts = self.facts(tenders=tenders, lines=[], branch=self.world.branches[where])
        patient = self.world.patients[self.person(who)]
        self.attempt(False, lambda: checkout.take_payment(patient, **facts))
