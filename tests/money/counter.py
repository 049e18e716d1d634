"""Several things on one bill: a pack, a visit, goods, with discounts on each and on the whole, and their taxes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from random import Random
from typing import Any

from desk.counter import Goods, Off, Wanted, bill_together

from .books import Line, Visit
from .machine import TENDERS, WHERE, WHICH, WHO, History, act, among, included, share_of
from .packs import rounded

OFF = among("nothing", "nothing", "coin", "third", "half", "all")
FAULTS = among(
    "", "", "", "", "", "", "no reason", "above the price", "part of a coin", "nothing in it", "too many"
)
BASKET: Callable[[Random], Any] = lambda random: [  # noqa: E731
    (random.randrange(5), random.choice([1, 2, 3, 7]), OFF(random))
    for _ in range(random.choice([0, 1, 1, 2]))
]


@dataclass
class Row:
    """A line of the bill before the discount on the whole: what it costs, and how its tax is reckoned."""

    amount: int
    percent: int
    is_on_top: bool = False

    def less(self, off: int, kind: str) -> Line:
        """The line with its part of the discount on the whole bill: its tax is in what is left to pay."""
        left = self.amount - off
        if self.is_on_top and not off:
            return Line(left, tax=self.added, kind=kind)
        return Line(left, tax=included(left, self.percent), kind=kind)

    added: int = 0


class Counter(History):
    @act(
        8,
        who=WHO,
        which=WHICH,
        where=WHERE,
        what=among("pack", "visit", "pack and visit", ""),
        basket=BASKET,
        offs=lambda random: (OFF(random), OFF(random), OFF(random)),
        fault=FAULTS,
        shares=TENDERS,
    )
    def several_things_are_billed_together(
        self,
        who: int,
        which: int,
        where: int,
        what: str,
        basket: list[tuple[int, int, str]],
        offs: tuple[str, str, str],
        fault: str,
        shares: list[str],
    ) -> None:
        """S48: the discount on the whole is divided by what the lines cost, and loses no coin."""
        patient, branch = self.person(who), self.world.branches[where]
        plan, terms = self.world.plans[which % len(self.world.plans)]
        wanted, rows = Wanted(), list[tuple[str, Row]]()
        visit = None
        if "visit" in what:
            visit = self.booked(patient, where)
            price, percent = self.world.prices[visit.service_id]
            off = share_of(price, offs[0])
            wanted = replace(wanted, visit=visit, visit_off=self.off(off))
            rows.append(("visit", Row(price - off, percent)))
        if "pack" in what:
            off = share_of(terms.price, offs[1])
            off = min(off, terms.price)
            wanted = replace(wanted, plan=plan, plan_off=self.off(off))
            percent = self.world.prices[self.world.service.pk][1]
            rows.append(("package", Row(terms.price - off, percent)))
        goods, priced = self.goods(basket)
        wanted, rows = replace(wanted, goods=goods), rows + [("goods", row) for row in priced]
        total = sum(row.amount for _, row in rows)
        whole = min(total, share_of(total, offs[2]))
        wanted = replace(wanted, off=self.off(whole))
        wanted, allowed = self.spoilt(wanted, fault, total) if rows else (wanted, False)
        lines = self.divided(rows, whole)
        tenders = self.tenders(sum(line.amount for line in lines), shares)
        facts = self.facts(tenders=tenders, branch=branch)
        done = self.attempt(allowed, lambda: bill_together(self.world.patients[patient], wanted, **facts))
        if done is None:
            return
        pack = None
        for n, line in enumerate(lines):
            if line.kind == "package":
                pack, lines[n] = self.sold(terms, line.amount, patient, done.package)
        bill = self.books.bill(done.bill, patient, where, *lines)
        if pack:
            pack.sale = bill
        if visit:
            self.books.visits.append(Visit(visit.pk, patient, "charge", bill))
        self.books.allocate(self.received(done.payments, tenders, patient, where), bill.lines)

    def off(self, coins: int) -> Off:
        return Off(self.money(coins), "Festival" if coins else "")

    def goods(self, basket: list[tuple[int, int, str]]) -> tuple[list[Goods], list[Row]]:
        """What is handed over, and what it costs: the discount is off the price as it is written."""
        goods, rows = [], []
        for n, quantity, share in basket:
            good, price, percent, on_top = self.world.goods[n]
            off = share_of(price * quantity, share)
            goods.append(Goods(good, quantity, self.off(off)))
            written = price * quantity - off
            added = rounded(written * percent, 10_000) if on_top else 0
            rows.append(Row(written + added, percent, on_top, added))
        return goods, rows

    @staticmethod
    def divided(rows: list[tuple[str, Row]], whole: int) -> list[Line]:
        """Each line less its part of the discount on the whole: of the first ones together what they cost of all."""
        total = sum(row.amount for _, row in rows)
        sums = accumulate((row.amount for _, row in rows), initial=0)
        reached = [rounded(whole * each, total or 1) for each in sums]
        parts = [after - before for before, after in pairwise(reached)]
        return [row.less(part, kind) for (kind, row), part in zip(rows, parts, strict=True)]

    def spoilt(self, wanted: Wanted, fault: str, total: int) -> tuple[Wanted, bool]:
        """The same with a fault that is refused."""
        coin = self.money(1)
        match fault:
            case "no reason":
                return replace(wanted, off=Off(coin, " ")), False
            case "above the price":
                return replace(wanted, off=Off(self.money(total + 1), "Festival")), False
            case "part of a coin":
                return replace(wanted, off=Off(coin / 2, "Festival")), False
            case "nothing in it":
                return Wanted(off=wanted.off), False
            case "too many" if wanted.goods:
                return replace(wanted, goods=[replace(wanted.goods[0], quantity=1_000)]), False
        return wanted, True
