"""Visits completed in every way, reopened, not come to, let off, and paid by a pack afterwards."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

from desk import absences, checkout, hindsight
from visits import services as visits
from visits.models import Visit as Row

from .books import Line, Visit
from .machine import EITHER, MOSTLY, TENDERS, WHERE, WHICH, WHO, History, act, among, pick
from .packs import WHOLE, Pack

HALVES = among(1, 2, 2, 2)


class Visiting(History):
    def booked(self, patient: int, where: int, *, longer: bool = False, wish: Pack | None = None) -> Row:
        self.tick()
        return visits.book_visit(
            self.world.patients[patient],
            service=self.world.longer if longer else self.world.service,
            branch=self.world.branches[where],
            starts_at=self.now,
            package=wish and self.row(wish),
            by=self.world.owner,
            key=uuid4(),
        )

    def completed(
        self,
        visit: Row,
        seen: Visit,
        where: int,
        lines: list[Line],
        shares: list[str],
        allowed: bool,
        **ways: Any,
    ) -> bool:
        tenders = self.tenders(sum(line.amount for line in lines), shares)
        facts = self.facts(tenders=tenders, **ways)
        done = self.attempt(allowed, lambda: checkout.complete_visit(visit, **facts))
        if done is None:
            return False
        seen.bill = self.books.bill(done.bill, seen.patient, where, *lines)
        self.books.visits.append(seen)
        self.books.allocate(self.received(done.payments, tenders, seen.patient, where), lines)
        return True

    @act(3, who=WHO, where=WHERE, shares=TENDERS, longer=EITHER)
    def a_visit_is_charged(self, who: int, where: int, shares: list[str], longer: bool) -> None:
        patient = self.person(who)
        visit = self.booked(patient, where, longer=longer)
        line = self.taxed(visit.service, self.world.prices[visit.service_id][0])
        self.completed(
            visit,
            Visit(visit.pk, patient, "charge", is_longer=longer),
            where,
            [line],
            shares,
            True,
            how="charge",
        )

    @act(1, who=WHO, where=WHERE, shares=TENDERS)
    def a_visit_is_free(self, who: int, where: int, shares: list[str]) -> None:
        """Whoever pays all the same has it as account credit."""
        patient = self.person(who)
        visit = self.booked(patient, where)
        seen = Visit(visit.pk, patient, "free")
        self.completed(visit, seen, where, [Line(0)], shares, True, how="free", reason="A gift")

    @act(8, which=WHICH, where=WHERE, halves=HALVES, fitting=MOSTLY)
    def a_visit_is_covered(self, which: int, where: int, halves: int, fitting: bool) -> None:
        fits = [each for each in self.books.packs if each.covers(halves)]
        self._covered(pick(fits if fitting else self.books.packs, which), where, halves, [Line(0)], [])

    @act(4, which=WHICH, where=WHERE, shares=TENDERS)
    def a_visit_is_covered_and_a_part_is_paid_beside_it(
        self, which: int, where: int, shares: list[str]
    ) -> None:
        """S18"""
        pack = pick(self.books.packs, which)
        if pack and pack.terms.surcharge and pack.source is None:
            beside = self.taxed(self.world.longer, pack.terms.surcharge)
            self._covered(pack, where, WHOLE, [Line(0), beside], shares, longer=True)

    def _covered(
        self,
        pack: Pack | None,
        where: int,
        halves: int,
        lines: list[Line],
        shares: list[str],
        *,
        longer: bool = False,
    ) -> None:
        if pack is None:
            return
        visit = self.booked(pack.patient, where, longer=longer)
        seen = Visit(visit.pk, pack.patient, "package", pack=pack, halves=halves)
        ways: dict[str, Any] = {"package": self.row(pack)}
        if longer or halves < WHOLE:
            ways |= {"sessions": Decimal(halves) / 2, "reason": "" if longer else "Ten minutes only"}
        # Only the paid sessions may be used for the longer visit; its line names it and the bonus line does not.
        allowed = pack.covers(halves) and (pack.left >= halves or not longer)
        if self.completed(visit, seen, where, lines, shares, allowed, **ways):
            seen.of_bonus, seen.value = pack.take(halves)

    @act(3, which=WHICH)
    def a_visit_is_reopened(self, which: int) -> None:
        """S06, S42, S43"""
        seen = pick(self.books.visits, which)
        if seen is None:
            return
        allowed = seen.bill is not None and not seen.is_absent
        facts = self.facts(reason="Marked by mistake")
        note = self.attempt(allowed, lambda: checkout.reopen_visit(Row(pk=seen.id), **facts))
        if note is not None and seen.bill is not None:
            self.books.credit_whole(note, seen.bill)
            self.give_back(seen)
            seen.bill = None

    def give_back(self, seen: Visit) -> None:
        if seen.pack and seen.halves:
            seen.pack.give(seen.halves, of_bonus=seen.of_bonus, value=seen.value)
            seen.halves = 0

    @act(3, which=WHICH, of=WHICH)
    def a_pack_is_applied_afterwards(self, which: int, of: int) -> None:
        """S34"""
        seen = pick([each for each in self.books.visits if each.bill and each.how != "free"], which)
        pack = seen and pick([each for each in self.books.packs if each.patient == seen.patient], of)
        if seen is None or seen.bill is None or pack is None:
            return
        allowed = seen.how == "charge" and pack.covers(WHOLE) and not seen.is_absent and not seen.is_longer
        facts = self.facts(reason="Bought since")
        done = self.attempt(
            allowed, lambda: hindsight.apply_package(Row(pk=seen.id), package=self.row(pack), **facts)
        )
        if done is None:
            return
        charged = seen.bill
        note = type(done.bill).objects.filter(corrects=charged.id).latest("issued_at")
        self.books.credit_whole(note, charged)
        seen.how, seen.pack, seen.halves = "package", pack, WHOLE
        seen.of_bonus, seen.value = pack.take(WHOLE)
        seen.bill = self.books.bill(done.bill, seen.patient, charged.branch, Line(0))

    @act(3, which=WHICH, where=WHERE)
    def nobody_came(self, which: int, where: int) -> None:
        """S49: a fee or a session, never both; nothing where no pack would have been used."""
        pack = pick([each for each in self.books.packs if each.covers(1)], which)
        if pack is None:
            return
        visit = self.booked(pack.patient, where, wish=pack)
        done = self.attempt(True, lambda: absences.mark_no_show(visit, **self.facts()))
        assert done is not None
        seen = Visit(visit.pk, pack.patient, "absent", pack=pack, is_absent=True)
        self.books.visits.append(seen)
        if pack.terms.no_show == "one":
            seen.halves = self._taken(pack)
            seen.of_bonus, seen.value = pack.take(seen.halves)
        elif pack.terms.no_show_fee:
            fee = self.taxed(self.world.service, pack.terms.no_show_fee, "fee")
            seen.bill = self.books.bill(done.bill, pack.patient, where, fee)

    @staticmethod
    def _taken(pack: Pack) -> int:
        """A whole session where a line has it and it is paid for; else what is left of it."""
        if max(pack.left, pack.bonus) >= WHOLE:
            return WHOLE
        return 1

    @act(3, which=WHICH, again=EITHER)
    def an_absence_is_let_off_or_booked_again(self, which: int, again: bool) -> None:
        absent = [each for each in self.books.visits if each.is_absent and (each.bill or each.halves)]
        seen = pick(absent, which)
        if seen is None:
            return
        facts = self.facts()
        done = self.attempt(
            True,
            lambda: (
                absences.restore_visit(Row(pk=seen.id), **facts)
                if again
                else absences.let_off(Row(pk=seen.id), reason="The lift stood still", **facts)
            ),
        )
        assert done is not None
        if seen.bill:
            self.books.credit_whole(done.note, seen.bill)
        self.give_back(seen)
        seen.bill = None
        if again:
            self.books.visits.remove(seen)
