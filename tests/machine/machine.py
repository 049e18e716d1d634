"""Every act on a package in any order, beside a model of its own that must say the same after each step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from billing.models import Method
from billing.payments import Tender
from clinic.models import Branch, Clinic, Patient
from clinic.refusals import Refused
from clinic.tenancy.context import clinic_context
from desk import checkout
from packages import ledger, recount, refunds, standing, transfers, validity
from packages.models import Package
from packages.plans import Line as PlanLine
from tests.factories import PatientFactory, ServiceFactory, found, owner_of, plan
from visits import disputes
from visits import services as visits
from visits.models import Dispute, Visit

from .model import CLOSED, ONE_DAY, WHOLE, Line, Pack, Rules, Seen

ZONE = ZoneInfo("Asia/Kolkata")
TAKES = {"nothing": 0, "half": 1, "one": WHOLE, "fee": 0}
RULES = st.builds(
    Rules,
    validity=st.sampled_from([None, (5, "days"), (20, "days"), (1, "months"), (3, "months")]),
    from_first_visit=st.booleans(),
    longest=st.sampled_from([None, (25, "days"), (4, "months")]),
    late_takes=st.sampled_from(["nothing", "half", "one"]),
    no_show_takes=st.sampled_from(["nothing", "half", "one"]),
    free_passes=st.integers(0, 2),
    freeze_limit=st.sampled_from([None, 0, 10]),
    transfer=st.sampled_from(["anybody", "nobody"]),
    refund=st.sampled_from(["rate_paid", "list_rate", "fee", "none"]),
    refund_fee=st.sampled_from([0, 5000]),
)
PRICES = st.sampled_from(["10000", "100", "999.99", "0.05", "0"])
T = TypeVar("T")
WHICH = st.integers(0, 7)


def pick(held: list[T], which: int) -> T | None:
    return held[which % len(held)] if held else None


class EveryAct(RuleBasedStateMachine):
    """Each example is a clinic of its own that is undone at its end."""

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.savepoint()
        self.clinic: Clinic = found(f"machine-{uuid4().hex[:8]}")
        self.context = clinic_context(self.clinic.pk)
        self.context.__enter__()
        self.packs: list[Pack] = []
        self.seen: list[Seen] = []
        self.now = datetime(2025, 1, 31, 12, tzinfo=ZONE)

    def teardown(self) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS package_balance_is_ledger IMMEDIATE")
                cursor.execute("SET CONSTRAINTS package_balance_is_ledger DEFERRED")
            assert list(recount.differences(recount.CHECKS)) == []
        finally:
            self.context.__exit__(None, None, None)
            transaction.savepoint_rollback(self.undo)

    @initialize(rules=st.tuples(RULES, RULES), price=PRICES)
    def a_clinic_that_has_sold(self, rules: tuple[Rules, Rules], price: str) -> None:
        self.patients: list[Patient] = [PatientFactory(), PatientFactory()]
        self.service, self.branch, self.owner = ServiceFactory(), Branch.objects.get(), owner_of(self.clinic)
        for patient, terms in enumerate(rules):
            self.sell(patient, 4, 1, price, terms)

    @property
    def today(self) -> date:
        return self.now.date()

    def facts(self, **more: Any) -> dict[str, Any]:
        return {"on": self.today, "by": self.owner, "key": uuid4(), "reason": "Said so"} | more

    def of_visits(self, **more: Any) -> dict[str, Any]:
        return {"clinic": self.clinic, "at": self.now, "by": self.owner, "key": uuid4()} | more

    def row(self, pack: Pack) -> Package:
        return Package.objects.get(pk=pack.id)

    def attempt(self, allowed: bool, act: Callable[[], T]) -> T | None:
        """The act is done or refused, as the model says; a refusal writes nothing."""
        done, refusal = None, ""
        try:
            with transaction.atomic():
                done = act()
        except Refused as refused:
            refusal = str(refused)
        assert allowed is not bool(refusal), refusal or "it should have been refused"
        return done

    @rule(days=st.integers(1, 12))
    def days_pass(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule(
        patient=st.integers(0, 1),
        sessions=st.integers(1, 5),
        bonus=st.integers(0, 2),
        price=PRICES,
        rules=RULES,
    )
    @precondition(lambda self: len(self.packs) < 6)
    def a_pack_is_sold(self, patient: int, sessions: int, bonus: int, price: str, rules: Rules) -> None:
        self.sell(patient, sessions, bonus, price, rules)

    def sell(self, patient: int, sessions: int, bonus: int, price: str, rules: Rules) -> None:
        lines = [PlanLine(self.service, Decimal(sessions))]
        if bonus:
            lines.append(PlanLine(self.service, Decimal(bonus), is_bonus=True))
        cost = Decimal(price)
        sale = checkout.sell_package(
            self.patients[patient],
            plan=plan(*lines, price=cost, **self._terms(rules)),
            branch=self.branch,
            tenders=[Tender(Method.CASH, cost)] if cost else [],
            **self.of_visits(),
        )
        counted = [Line(WHOLE * sessions, False, WHOLE * sessions)]
        counted += [Line(WHOLE * bonus, True, WHOLE * bonus)] if bonus else []
        self.packs.append(Pack(sale.package.pk, patient, int(cost * 100), rules, counted, self.today))

    def _terms(self, rules: Rules) -> dict[str, Any]:
        count, unit = rules.validity or (None, "months")
        longest, longest_unit = rules.longest or (None, "months")
        return {
            "validity_count": count,
            "validity_unit": unit,
            "validity_start": "first_visit" if rules.from_first_visit else "sale",
            "longest_count": longest,
            "longest_unit": longest_unit,
            "late_cancel_takes": rules.late_takes,
            "no_show_takes": rules.no_show_takes,
            "free_passes": rules.free_passes,
            "freeze_limit": rules.freeze_limit,
            "transfer_rule": rules.transfer,
            "refund_rule": rules.refund,
            "refund_fee": Decimal(rules.refund_fee) / 100,
            "activation": "at_once",
        }

    def _book(self, pack: Pack, at: datetime) -> tuple[Visit, Seen]:
        visit = visits.book_visit(
            self.patients[pack.patient],
            service=self.service,
            branch=self.branch,
            starts_at=at,
            package=self.row(pack),
            by=self.owner,
            key=uuid4(),
        )
        seen = Seen(visit.pk, pack.patient, at.date())
        self.seen.append(seen)
        return visit, seen

    @rule(which=WHICH, ago=st.integers(0, 9))
    def a_visit_is_completed(self, which: int, ago: int) -> None:
        pack = pick(self.packs, which)
        if pack is None:
            return
        visit, seen = self._book(pack, self.now - ago * ONE_DAY)
        line = pack.line_with(WHOLE) if pack.is_open_on(seen.day) else None
        done = self.attempt(
            line is not None,
            lambda: visits.complete_visit(visit, package=self.row(pack), **self.of_visits()),
        )
        if done is None or line is None:
            return
        pack.take(line, WHOLE)
        pack._bonus_used += WHOLE * line.is_bonus
        pack.uses.append(seen.day)
        pack.count_anew()
        seen.state, seen.pack, seen.line, seen.halves = "completed", pack, line, WHOLE

    @rule(which=WHICH)
    @precondition(lambda self: any(each.state == "checked_in" for each in self.seen))
    def a_visit_is_completed_again(self, which: int) -> None:
        open_ones = [seen for seen in self.seen if seen.state == "checked_in" and seen.pack]
        seen = pick(open_ones, which)
        if seen is None or seen.pack is None:
            return
        pack = seen.pack
        line = pack.line_with(WHOLE) if pack.is_open_on(seen.day) else None
        done = self.attempt(
            line is not None,
            lambda: visits.complete_visit(Visit(pk=seen.id), package=self.row(pack), **self.of_visits()),
        )
        if done is None or line is None:
            return
        pack.take(line, WHOLE)
        pack._bonus_used += WHOLE * line.is_bonus
        pack.uses.append(seen.day)
        pack.count_anew()
        seen.state, seen.line, seen.halves = "completed", line, WHOLE

    def _comes_back(self, seen: Seen) -> None:
        """What the visit took is given back; on a refunded pack nothing comes to life (S42)."""
        pack, line = seen.pack, seen.line
        assert pack is not None
        if seen.free_pass:
            pack.passes -= 1
        if line is not None and seen.halves:
            if pack.state == "refunded":
                before = pack.value
                pack.used -= seen.halves
                line.left += seen.halves
                pack.used_value -= pack.value - before
                line.left -= seen.halves
            else:
                pack.give(line, seen.halves)
            pack._bonus_used -= seen.halves * line.is_bonus
        seen.free_pass, seen.halves, seen.line = False, 0, None

    @rule(which=WHICH)
    @precondition(lambda self: any(each.state == "completed" for each in self.seen))
    def a_visit_is_reopened(self, which: int) -> None:
        seen = pick([each for each in self.seen if each.state == "completed"], which)
        if seen is None:
            return
        pack = seen.pack
        assert pack is not None
        done = self.attempt(
            pack.state != "void" and seen.disputed is None,
            lambda: visits.reopen_visit(Visit(pk=seen.id), reason="Not held", **self.of_visits()),
        )
        if done is None:
            return
        pack.uses.remove(seen.day)
        self._comes_back(seen)
        if pack.state != "refunded":
            pack.count_anew()
        seen.state, seen.decided = "checked_in", False

    @rule(which=WHICH, kind=st.sampled_from(["no_show", "late"]), ago=st.integers(0, 5))
    def nobody_comes(self, which: int, kind: str, ago: int) -> None:
        pack = pick(self.packs, which)
        if pack is None:
            return
        visit, seen = self._book(pack, self.now - ago * ONE_DAY - timedelta(hours=1))
        self._wish_covers(pack, seen.day)
        if kind == "no_show":
            visits.mark_no_show(visit, **self.of_visits())
        else:
            visits.cancel_visit(visit, by_clinic=False, **self.of_visits())
        seen.state = kind
        self._absence(pack, seen, pack.rules.no_show_takes if kind == "no_show" else pack.rules.late_takes)

    def _wish_covers(self, pack: Pack, day: date) -> None:
        """The pack wished for goes first where it covers; else another of the patient might."""
        line = pack.line_with(1) if pack.is_open_on(day) else None
        self.taken_from = pack if line else self._best(pack.patient, day)

    def _best(self, patient: int, day: date) -> Pack | None:
        covering = [
            pack
            for pack in self.packs
            if pack.patient == patient and pack.is_open_on(day) and pack.line_with(1)
        ]
        return min(
            covering,
            key=lambda each: (each.until or date.max, each.sold_on, self.packs.index(each)),
            default=None,
        )

    def _absence(self, pack: Pack, seen: Seen, takes: str) -> None:
        chosen = self.taken_from
        if chosen is not pack and chosen is not None:
            takes = chosen.rules.no_show_takes if seen.state == "no_show" else chosen.rules.late_takes
        if chosen is None or takes == "nothing":
            return
        seen.pack = chosen
        if chosen.passes < chosen.rules.free_passes:
            chosen.passes += 1
            seen.free_pass = True
            return
        line = chosen.line_with(TAKES[takes]) or chosen.line_with(1)
        assert line is not None
        halves = min(TAKES[takes], line.available)
        chosen.take(line, halves)
        chosen._bonus_used += halves * line.is_bonus
        seen.line, seen.halves = line, halves

    @rule(which=WHICH, how=st.sampled_from(["let_off", "restore"]))
    @precondition(lambda self: any(each.state in {"no_show", "late"} and each.pack for each in self.seen))
    def an_absence_is_taken_back(self, which: int, how: str) -> None:
        away = [each for each in self.seen if each.state in {"no_show", "late"} and each.pack]
        seen = pick(away, which)
        if seen is None or seen.pack is None:
            return
        taken = bool(seen.halves or seen.free_pass)
        allowed = seen.pack.state != "void" and seen.disputed is None if taken else how == "restore"
        act = visits.let_off if how == "let_off" else visits.restore_visit
        more = {"reason": "She was ill"} if how == "let_off" else {}
        done = self.attempt(allowed, lambda: act(Visit(pk=seen.id), **self.of_visits(**more)))
        if done is None:
            return
        self._comes_back(seen)
        seen.state, seen.pack = "done", None

    @rule(which=WHICH, start=st.integers(-3, 10), length=st.integers(1, 8))
    def it_is_frozen(self, which: int, start: int, length: int) -> None:
        pack = pick(self.packs, which)
        if pack is None:
            return
        first = self.today + start * ONE_DAY
        last = first + (length - 1) * ONE_DAY
        days = {first + n * ONE_DAY for n in range(length)}
        limit = pack.rules.freeze_limit
        allowed = (
            pack.state not in CLOSED
            and first >= pack.sold_on
            and (pack.until is None or first <= pack.until)
            and (limit is None or len(pack.frozen | days) <= limit)
            and not days & set(pack.uses)
        )
        done = self.attempt(
            allowed,
            lambda: validity.freeze(self.row(pack), first_day=first, last_day=last, **self.facts()),
        )
        if done is not None:
            new = len(days - pack.frozen)
            pack.frozen |= days
            pack.move(last, new)
            if not pack.has_lapsed_on(self.today):
                self._reinstated(pack)

    @rule(which=WHICH, start=st.integers(-2, 6))
    @precondition(lambda self: any(each.frozen for each in self.packs))
    def it_is_thawed(self, which: int, start: int) -> None:
        pack = pick(self.packs, which)
        if pack is None:
            return
        day = self.today + start * ONE_DAY
        gone = pack.freeze_from(day)
        allowed = bool(gone) and pack.state not in CLOSED
        if pack.state in CLOSED and gone:
            return
        done = self.attempt(allowed, lambda: validity.unfreeze(self.row(pack), from_day=day, **self.facts()))
        if done is not None:
            last = max(gone)
            pack.frozen -= gone
            pack.move(last, -len(gone))

    @rule(which=WHICH, days=st.integers(-1, 15))
    def it_is_extended(self, which: int, days: int) -> None:
        pack = pick(self.packs, which)
        if pack is None:
            return
        until = (pack.until or self.today) + days * ONE_DAY
        allowed = pack.state not in CLOSED and pack.until is not None and days > 0
        done = self.attempt(allowed, lambda: validity.extend(self.row(pack), until=until, **self.facts()))
        if done is not None:
            pack.move(None, days)
            self._reinstated(pack)

    @rule(start=st.integers(-2, 3), length=st.integers(1, 3))
    def the_clinic_is_closed(self, start: int, length: int) -> None:
        first = self.today + start * ONE_DAY
        last = first + (length - 1) * ONE_DAY
        for pack in self.packs:
            validity.add_closed_days(self.row(pack), first_day=first, last_day=last, **self.facts())
            if pack.state in CLOSED or pack.until is None:
                continue
            then = {first + n * ONE_DAY for n in range(length)}
            days = {day for day in then if pack.sold_on <= day <= pack.until}
            lost = days - pack.frozen - pack.closed
            if lost:
                pack.closed |= days
                pack.move(min(last, pack.until), len(lost))
                self._reinstated(pack)

    def _reinstated(self, pack: Pack) -> None:
        for line in pack.lines:
            line.left, line.lapsed = line.left + line.lapsed, 0

    @rule()
    def midnight_comes(self) -> None:
        for pack in self.packs:
            ledger.lapse(Package(pk=pack.id), on=self.today)
            if pack.until is not None and pack.until < self.today and pack.state not in CLOSED:
                for line in pack.lines:
                    line.lapsed, line.left = line.lapsed + line.left, 0

    @rule(which=WHICH, halves=st.integers(-4, 4), bonus=st.booleans())
    def the_owner_adjusts(self, which: int, halves: int, bonus: bool) -> None:
        pack = pick(self.packs, which)
        line = pack and next((each for each in pack.lines if each.is_bonus == bonus), None)
        if pack is None or line is None:
            return
        row = self.row(pack).lines.get(is_bonus=bonus)
        allowed = pack.state not in CLOSED and halves != 0 and line.left + halves >= 0
        done = self.attempt(allowed, lambda: ledger.adjust(row, sessions=Decimal(halves) / 2, **self.facts()))
        if done is not None:
            line.left += halves

    @rule(which=WHICH)
    def it_is_suspended_or_resumed(self, which: int) -> None:
        pack = pick(self.packs, which)
        if pack is None:
            return
        if pack.state == "suspended":
            standing.resume(self.row(pack), **self.facts())
            pack.state = "active"
            return
        done = self.attempt(pack.state == "active", lambda: standing.suspend(self.row(pack), **self.facts()))
        if done is not None:
            pack.state = "suspended"

    @rule(which=WHICH)
    def it_is_made_void(self, which: int) -> None:
        pack = pick(self.packs, which)
        if pack is None:
            return
        whole = pack.left == sum(line.sold for line in pack.lines) and not pack.aside and not pack.used
        allowed = pack.state not in CLOSED and not pack.price and pack.source is None and whole
        done = self.attempt(allowed, lambda: standing.void(self.row(pack), **self.facts()))
        if done is not None:
            pack.state = "void"
            for line in pack.lines:
                line.left = 0

    @rule(which=WHICH)
    def it_is_refunded(self, which: int) -> None:
        pack = pick(self.packs, which)
        if pack is None:
            return
        allowed = pack.state not in CLOSED and not pack.aside and pack.left > 0
        allowed = allowed and not pack.has_lapsed_on(self.today)
        amount = pack.refund()
        done = self.attempt(allowed, lambda: refunds.refund(self.row(pack), **self.facts()))
        if done is not None:
            assert done.amount == Decimal(amount) / 100
            pack.state = "refunded"
            for line in pack.lines:
                line.left = 0

    @rule(which=WHICH, halves=st.integers(1, 5), to=st.integers(0, 1))
    def sessions_are_transferred(self, which: int, halves: int, to: int) -> None:
        pack = pick(self.packs, which)
        if pack is None or len(self.packs) > 7:
            return
        line = next((each for each in pack.lines if each.left >= halves), None)
        allowed = (
            pack.state == "active"
            and not pack.aside
            and not pack.has_lapsed_on(self.today)
            and to != pack.patient
            and pack.rules.transfer == "anybody"
            and line is not None
        )
        done = self.attempt(
            allowed,
            lambda: transfers.transfer(
                self.row(pack), sessions=Decimal(halves) / 2, to=self.patients[to], **self.facts()
            ),
        )
        if done is None or line is None:
            return
        before = pack.value
        line.left -= halves
        value = before - pack.value
        pack.moved_value += value
        self.packs.append(self._moved(pack, done, line, halves, value, to))

    def _moved(self, pack: Pack, made: Package, line: Line, halves: int, value: int, to: int) -> Pack:
        rules = Rules(**vars(pack.rules) | {"free_passes": 0})
        if pack.uses:
            rules.from_first_visit = False
        moved = Pack(made.pk, to, value, rules, [Line(halves, line.is_bonus, halves)], self.today)
        moved.until, moved.outer, moved.source = pack.until, pack.until, pack
        if rules.refund == "list_rate":
            moved.list_rate = pack.listed_rate()
        moved.origin = line  # type: ignore[attr-defined]
        return moved

    @rule(which=WHICH)
    @precondition(lambda self: any(each.source for each in self.packs))
    def a_transfer_is_undone(self, which: int) -> None:
        pack = pick([each for each in self.packs if each.source], which)
        if pack is None or pack.source is None:
            return
        came = pack.lines[0]
        allowed = came.left == came.sold and pack.state not in CLOSED and pack.source.state not in CLOSED
        done = self.attempt(allowed, lambda: transfers.undo_transfer(self.row(pack), **self.facts()))
        if done is not None:
            pack.moved_value += pack.value
            came.left = 0
            before = pack.source.value
            pack.origin.left += came.sold  # type: ignore[attr-defined]
            pack.source.moved_value -= pack.source.value - before

    @rule(which=WHICH)
    @precondition(lambda self: any(each.halves and not each.decided for each in self.seen))
    def a_session_is_disputed(self, which: int) -> None:
        seen = pick([each for each in self.seen if each.halves and not each.decided], which)
        if seen is None or seen.pack is None or seen.line is None:
            return
        pack, line = seen.pack, seen.line
        dispute = self.attempt(
            pack.state not in CLOSED and seen.disputed is None,
            lambda: disputes.open_dispute(Visit(pk=seen.id), words="Not me", **self.of_visits()),
        )
        if dispute is None:
            return
        before = pack.value
        pack.used -= seen.halves
        pack.aside += seen.halves
        pack.aside_paid += seen.halves * (not line.is_bonus)
        pack.used_value -= pack.value - before
        pack._bonus_used -= seen.halves * line.is_bonus
        seen.disputed = dispute.pk

    @rule(which=WHICH)
    @precondition(lambda self: any(each.disputed for each in self.seen))
    def a_dispute_is_decided_for_the_clinic(self, which: int) -> None:
        seen = pick([each for each in self.seen if each.disputed], which)
        if seen is None or seen.pack is None or seen.line is None:
            return
        pack, line = seen.pack, seen.line
        dispute, visit = disputes.decide(
            Dispute.objects.get(pk=seen.disputed),
            decision=Dispute.Decision.STANDS,
            reason="The card is signed",
            by=self.owner,
            key=uuid4(),
        )
        disputes.uphold(dispute, visit, **self.of_visits())
        before = pack.value
        pack.aside -= seen.halves
        pack.aside_paid -= seen.halves * (not line.is_bonus)
        pack.used += seen.halves
        pack.used_value += before - pack.value
        pack._bonus_used += seen.halves * line.is_bonus
        seen.disputed, seen.decided = None, True

    @invariant()
    def both_say_the_same(self) -> None:
        if not self.packs:
            return
        rows = {row.pk: row for row in Package.objects.filter(pk__in=[pack.id for pack in self.packs])}
        for pack in self.packs:
            row = rows[pack.id]
            said = {
                "left": int(row.sessions_left * 2),
                "used": int(row.sessions_used * 2),
                "aside": int(row.set_aside * 2),
                "value": int(row.value_left * 100),
                "until": row.valid_until,
                "state": row.state,
                "frozen": sum((days.upper - days.lower).days for days in row.frozen),
            }
            counted = {
                "left": pack.left,
                "used": pack.used,
                "aside": pack.aside,
                "value": pack.value,
                "until": pack.until,
                "state": pack.state,
                "frozen": len(pack.frozen),
            }
            assert said == counted
