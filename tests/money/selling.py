"""Packs sold, with a discount or without, paid at once, in part, too much or later."""

from __future__ import annotations

from datetime import timedelta

from billing.instalment_dates import Due
from desk import checkout, voiding

from .machine import TENDERS, WHERE, WHICH, WHO, History, act, among, pick, share_of

DISCOUNT = among("nothing", "nothing", "coin", "third", "half", "all")


class Selling(History):
    @act(4, who=WHO, which=WHICH, discount=DISCOUNT, shares=TENDERS, where=WHERE, parts=among(0, 0, 1, 3))
    def a_pack_is_sold(
        self, who: int, which: int, discount: str, shares: list[str], where: int, parts: int
    ) -> None:
        """Instalments that are agreed with it change no sum."""
        plan, terms = self.world.plans[which % len(self.world.plans)]
        patient, price = self.person(who), terms.price - min(terms.price, share_of(terms.price, discount))
        tenders = self.tenders(price, shares)
        facts = self.facts(
            price=self.money(price),
            tenders=tenders,
            plan=plan,
            branch=self.world.branches[where],
            instalments=self.instalments(price, parts),
        )
        allowed = not parts or price >= parts  # an instalment is a coin at least
        sale = self.attempt(allowed, lambda: checkout.sell_package(self.world.patients[patient], **facts))
        if sale is None:
            return
        pack, line = self.sold(terms, price, patient, sale.package)
        bill = pack.sale = self.books.bill(sale.bill, patient, where, line)
        self.books.allocate(self.received(sale.payments, tenders, patient, where), bill.lines)

    def instalments(self, price: int, parts: int) -> list[Due]:
        """So many, a month apart, the first today; what does not divide is in the last."""
        amounts = [price // parts] * (parts - 1) + [price - price // parts * (parts - 1)] if parts else []
        return [Due(self.today + n * timedelta(30), self.money(each)) for n, each in enumerate(amounts)]

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
        line = pack.line
        before = line.paid
        self.books.release(line, keep=0)
        pack.close("void")
        if line.standing:
            self.books.credit(done.note, pack.sale, {line: line.standing})
        assert self.reading.coins(done.credit) >= before
