"""Packs sold, with a discount or without, paid at once, in part, too much or later."""

from __future__ import annotations

from desk import checkout, voiding

from .books import Line
from .machine import TENDERS, WHERE, WHICH, WHO, History, act, among, pick, share_of
from .packs import Pack

DISCOUNT = among("nothing", "nothing", "coin", "third", "half", "all")


class Selling(History):
    @act(4, who=WHO, which=WHICH, discount=DISCOUNT, shares=TENDERS, where=WHERE)
    def a_pack_is_sold(self, who: int, which: int, discount: str, shares: list[str], where: int) -> None:
        plan, terms = self.world.plans[which % len(self.world.plans)]
        patient, price = self.person(who), terms.price - min(terms.price, share_of(terms.price, discount))
        tenders = self.tenders(price, shares)
        facts = self.facts(
            price=self.money(price), tenders=tenders, plan=plan, branch=self.world.branches[where]
        )
        sale = self.attempt(True, lambda: checkout.sell_package(self.world.patients[patient], **facts))
        assert sale is not None
        waits = terms.activation == "paid_in_full" and price > 0
        pack = Pack(
            sale.package.pk,
            patient,
            terms,
            price,
            sold=terms.sessions,
            left=terms.sessions,
            bonus=terms.bonus,
            state="pending_payment" if waits else "active",
            list_price=terms.price,
        )
        self.books.packs.append(pack)
        bill = self.books.bill(sale.bill, patient, where, Line(price, pack=pack))
        pack.sale = bill
        self.books.allocate(self.received(sale.payments, tenders, patient, where), bill.lines)

    @act(1, who=WHO, which=WHICH, beyond=among(1, 3))
    def nothing_is_sold_above_its_price(self, who: int, which: int, beyond: int) -> None:
        plan, terms = self.world.plans[which % len(self.world.plans)]
        facts = self.facts(price=self.money(terms.price + beyond), plan=plan, branch=self.world.branches[0])
        patient = self.world.patients[self.person(who)]
        self.attempt(False, lambda: checkout.sell_package(patient, **facts))

    @act(2, which=WHICH)
    def a_sale_is_void(self, which: int) -> None:
        """S54"""
        pack = pick(self.books.packs, which)
        if pack is None:
            return
        untouched = pack.left + pack.bonus == pack.terms.sessions + pack.terms.bonus and not pack.used
        allowed = not pack.is_closed and pack.source is None and untouched
        facts = self.facts(reason="Sold to another")
        done = self.attempt(allowed, lambda: voiding.void_sale(self.row(pack), **facts))
        if done is None or pack.sale is None:
            return
        (line,) = pack.sale.lines
        before = line.paid
        self.books.release(line, keep=0)
        pack.close("void")
        if line.standing:
            self.books.credit(done.note, pack.sale, {line: line.standing})
        assert self.reading.coins(done.credit) >= before
