"""After any acts in any order what was earned is what each live session earns by its rule; statements add up.

Visits are of today and of the weeks before; what came back did so today, and is earned again from today on.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from clinic.calendar import day_bounds
from clinic.models import Clinic, Staff
from clinic.refusals import Refused
from desk import absences, disputes
from desk.recount import recount
from packages.models import Package, Takes
from tests import acts
from tests.committing import undone
from tests.factories import complete, package, plan, reopen, visit
from tests.factories.packages import earlier_today
from visits.disputes import open_dispute
from visits.models import Dispute, PayLine, PayRule, Visit
from visits.pay_statement import Statement, by_therapist, total_of
from visits.services import move_visit

from .paying import HALF, pays, therapist

Step = tuple[str, int, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "whole",
                "half",
                "single",
                "free",
                "absent",
                "let_off",
                "reopen",
                "again",
                "redo",
                "redo",
                "swap",
                "dispute",
                "decide",
                "rule",
            ]
        ),
        st.integers(0, 1),
        st.integers(0, 30),
    ),
    min_size=4,
    max_size=14,
)


class World:
    """Two therapists, a pack of an awkward price, and what can be done with its visits."""

    def __init__(self, clinic: Clinic) -> None:
        self.clinic = clinic
        self.staff: list[Staff] = [therapist(clinic), therapist(clinic, "Dr Priya Nair")]
        terms = plan(sessions=9, price=Decimal("9999.97"), no_show_takes=Takes.HALF, free_passes=0)
        self.pack: Package = package(clinic, of=terms, at=earlier_today(clinic) - timedelta(days=90))
        self.came_back: set[UUID] = set()

    def do(self, what: str, who: int, n: int) -> None:
        getattr(self, what)(self.staff[who], n)

    def whole(self, staff: Staff, n: int) -> None:
        complete(self.clinic, self._new(staff, n))

    def half(self, staff: Staff, n: int) -> None:
        complete(self.clinic, self._new(staff, n), sessions=HALF, reason="Ten minutes")

    def single(self, staff: Staff, n: int) -> None:
        complete(self.clinic, self._new(staff, n), how="charge")

    def free(self, staff: Staff, n: int) -> None:
        complete(self.clinic, self._new(staff, n), how="free", reason="A favour")

    def absent(self, staff: Staff, n: int) -> None:
        absences.mark_no_show(self._new(staff, n), **acts.now(self.clinic))

    def let_off(self, _staff: Staff, n: int) -> None:
        self._some(
            n,
            lambda each: absences.let_off(each, **acts.now(self.clinic, reason="Ill")),
            comes_back=True,
            consequence="sessions",
        )

    def reopen(self, _staff: Staff, n: int) -> None:
        self._some(n, lambda each: reopen(self.clinic, each), comes_back=True, state=Visit.State.COMPLETED)

    def again(self, _staff: Staff, n: int) -> None:
        self._some(n, lambda each: complete(self.clinic, each), state=Visit.State.CHECKED_IN)

    def redo(self, staff: Staff, n: int) -> None:
        self.reopen(staff, n)
        self.again(staff, n)

    def swap(self, staff: Staff, n: int) -> None:
        def move(each: Visit) -> None:
            move_visit(each, starts_at=each.starts_at, by=None, therapist=staff)

        self._some(n, move, state=Visit.State.CHECKED_IN)

    def dispute(self, _staff: Staff, n: int) -> None:
        def doubt(each: Visit) -> None:
            open_dispute(each, **acts.now(self.clinic))

        self._some(n, doubt, comes_back=True, entry__isnull=False)

    def decide(self, _staff: Staff, n: int) -> None:
        case = Dispute.objects.filter(decision="").first()
        if case:
            decision = list(Dispute.Decision)[n % 3]
            disputes.decide(case, decision=decision, reason="Talked over", **acts.now(self.clinic))

    def rule(self, staff: Staff, n: int) -> None:
        if n % 2:
            pays(self.clinic, staff, percent=Decimal("33.33") + n, pays_absences=n % 3 == 0)
        else:
            pays(self.clinic, staff, 100 + n, pays_free=n % 3 == 0, pays_absences=n % 4 == 0)

    def _new(self, staff: Staff, n: int) -> Visit:
        then = earlier_today(self.clinic) - timedelta(days=n % 3 * 31)
        return visit(self.clinic, self.pack.patient, therapist=staff, at=then)

    def _some(self, n: int, act: Callable[[Visit], Any], comes_back: bool = False, **which: Any) -> None:
        found = list(Visit.objects.filter(**which).order_by("pk"))
        if found:
            act(found[n % len(found)])
            self.came_back |= {found[n % len(found)].pk} if comes_back else set()

    def has_rule(self, each: Visit) -> bool:
        """Rules begin this month: the day on which it is earned is its own, or today where it came back."""
        is_of_this_month = (
            each.starts_at >= day_bounds(self.clinic.today().replace(day=1), self.clinic.zone)[0]
        )
        return is_of_this_month or each.pk in self.came_back


def earned(world: World, staff: Staff) -> Decimal:
    """What somebody earns by the visits as they stand and by the last rule."""
    rule = PayRule.objects.filter(staff=staff).order_by("recorded_at").last()
    total = Decimal(0)
    for each in Visit.objects.filter(therapist=staff).select_related("entry", "service"):
        entry, value, sessions = each.entry, Decimal(0), Decimal(1)
        if rule is None or (entry is None and each.settlement not in {"charge", "free"}):
            continue
        if not world.has_rule(each):
            continue
        if entry is not None:
            if entry.kind == "set_aside":
                continue
            value, sessions = -entry.value, entry.taken
        elif each.settlement == "charge":
            value = each.service.price
        total += rule.pays(value, sessions, is_absence=each.state != Visit.State.COMPLETED)
    return total


def most_at_once() -> Decimal:
    """The most sessions that one visit has on the statements up to any day; the least is never below nothing."""
    most = Decimal(0)
    for each in Visit.objects.all():
        lines = PayLine.objects.filter(visit=each)
        for day in {line.happened_on for line in lines}:
            stood = sum((line.sessions for line in lines if line.happened_on <= day), Decimal(0))
            assert stood >= 0
            most = max(most, stood)
    return most


@settings(
    max_examples=25,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@given(steps=STEPS)
@pytest.mark.django_db
def test_any_acts_in_any_order_come_to_what_the_live_sessions_earn(asha: Clinic, steps: list[Step]) -> None:
    """S55"""
    with undone():
        world = World(asha)
        for step in steps:
            try:
                world.do(*step)
            except Refused:
                continue

        first, last = date(2000, 1, 1), date(2199, 12, 31)
        for staff in world.staff:
            statement = Statement(staff, first, last, asha)
            assert statement.total.amount == earned(world, staff)
            for parts in (statement.by_day, statement.by_service):
                assert total_of(parts) == statement.total
            lines = PayLine.objects.filter(staff=staff)
            assert sum((line.amount for line in lines), Decimal(0)) == statement.total.amount
        assert total_of(by_therapist(first, last)).amount == sum(
            earned(world, staff) for staff in world.staff
        )
        assert most_at_once() <= 1
        assert recount() == []
