"""Sessions that move to somebody else, and two records that become one: no money moves by either."""

from __future__ import annotations

from decimal import Decimal

from desk import merging
from packages import transfers

from .machine import MOSTLY, WHICH, WHO, History, act, among, pick
from .packs import Pack


class Moving(History):
    @act(4, which=WHICH, halves=among(1, 2, 2, 4, 6), to=WHO, fitting=MOSTLY)
    def sessions_are_transferred(self, which: int, halves: int, to: int, fitting: bool) -> None:
        """S53"""
        fits = [each for each in self.books.packs if each.state == "active" and each.is_paid]
        pack, to = pick(fits if fitting else self.books.packs, which), self.person(to)
        if pack is None:
            return
        enough = max(pack.left, pack.bonus) >= halves
        allowed = pack.state == "active" and pack.is_paid and to != pack.patient and enough
        facts = self.of_the_count(sessions=Decimal(halves) / 2, to=self.world.patients[to])
        made = self.attempt(allowed, lambda: transfers.transfer(self.row(pack), **facts))
        if made is None:
            return
        rate = pack.list_rate() if pack.terms.refund == "list_rate" else None
        is_bonus, value = pack.move(halves)
        moved = Pack(
            made.pk,
            to,
            pack.terms,
            value,
            sold=0 if is_bonus else halves,
            left=0 if is_bonus else halves,
            bonus=halves if is_bonus else 0,
            state="active",
            list_price=value,
            moved_in=value,
            source=pack,
            came=(halves, is_bonus),
            listed_rate=rate,
        )
        self.books.packs.append(moved)

    @act(2, which=WHICH)
    def a_transfer_is_undone(self, which: int) -> None:
        pack = pick([each for each in self.books.packs if each.source], which)
        if pack is None or pack.source is None:
            return
        halves, is_bonus = pack.came
        allowed = pack.left + pack.bonus == halves and not pack.is_closed and not pack.source.is_closed
        facts = self.of_the_count()
        done = self.attempt(allowed, lambda: transfers.undo_transfer(self.row(pack), **facts))
        if done is None:
            return
        pack.move(halves)
        pack.source.come_back(halves, is_bonus=is_bonus)

    @act(1, gone=among(1, 2))
    def two_records_become_one(self, gone: int) -> None:
        """S17"""
        allowed = gone not in self.gone
        facts = self.facts(reason="One and the same")
        kept, other = self.world.patients[0], self.world.patients[gone]
        if self.attempt(allowed, lambda: merging.merge_patients(kept, other, **facts)) is not None:
            self.gone.add(gone)
            self.books.merge(0, gone)
