"""The nudge job from several workers at once, over a day change, and beside who buys, freezes or uses (S56)."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction

from clinic.messages import doorbell
from clinic.models import Clinic, Message
from clinic.tenancy.context import clinic_context
from packages import ledger, nudges
from packages.models import Nudge, Package
from tests.factories import plan, sale
from tests.nudging import patient, sold, use_on

from .together import together

WORKERS, PACKS = 4, 6
USED_ON = date(2026, 3, 2)
NEXT_DAY = USED_ON + timedelta(days=1)


@pytest.fixture
def packs(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> list[Package]:
    """Packs with two of three sessions left since yesterday."""
    monkeypatch.setattr(doorbell, "ring", lambda *turn: None)
    found = []
    with clinic_context(clinic.pk):
        for _ in range(PACKS):
            pack = sold(clinic, patient(), of=plan(sessions=3))
            use_on(clinic, pack.patient, USED_ON)
            found.append(pack)
    return found


def _written(clinic: Clinic) -> tuple[int, int]:
    with clinic_context(clinic.pk):
        return Nudge.objects.count(), Message.objects.filter(kind__startswith="nudge.").count()


def test_ten_runs_of_four_workers_over_a_day_change_nudge_once(
    clinic: Clinic, packs: list[Package], monkeypatch: pytest.MonkeyPatch
) -> None:
    """S56"""
    monkeypatch.setattr(nudges, "AT_ONCE", 2)
    outcomes: list[Any] = []
    for run in range(10):
        on = NEXT_DAY + timedelta(days=run // 5)
        outcomes += together(WORKERS, lambda n, on=on: nudges.write_all(clinic, on=on), clinic=clinic)

    assert sum(outcomes) == PACKS
    assert _written(clinic) == (PACKS, PACKS)


def test_without_the_lock_two_workers_find_the_same_and_the_outbox_takes_it_once(
    clinic: Clinic, packs: list[Package], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: both have looked before either has written. They both say that they nudged everybody."""
    both_have_looked = threading.Barrier(2)
    real = nudges.write

    def write(*args: Any, **kwargs: Any) -> int:
        both_have_looked.wait(timeout=60)
        return real(*args, **kwargs)

    monkeypatch.setattr(nudges, "hold", lambda key: None)
    monkeypatch.setattr(nudges, "_locked", lambda ids: ids)
    monkeypatch.setattr(nudges, "write", write)

    outcomes = together(2, lambda n: nudges.write_all(clinic, on=NEXT_DAY), clinic=clinic)

    assert sum(outcomes) == 2 * PACKS
    assert _written(clinic) == (PACKS, PACKS)


@pytest.mark.parametrize("locked", [True, False])
def test_who_is_buying_again_right_now_is_not_nudged(
    clinic: Clinic, packs: list[Package], monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    """S56: the job comes between the sale and its commit, and passes the patient over; without that it would write
    what the sale had just looked for and not found."""
    if not locked:
        monkeypatch.setattr(nudges, "_locked", lambda ids: ids)
    (first, *others) = packs
    with clinic_context(clinic.pk):
        sale(clinic, first.patient, of=plan(sessions=10))
        together(1, lambda n: nudges.write_all(clinic, on=NEXT_DAY), clinic=clinic)

    with clinic_context(clinic.pk):
        waiting = Message.objects.filter(kind="nudge.few_left", state=Message.State.QUEUED)
        told = set(waiting.values_list("patient_id", flat=True))
    assert told >= {pack.patient_id for pack in others}
    assert (first.patient_id in told) is not locked

    assert nudges.write_all(clinic, on=NEXT_DAY) == 0


def test_a_pack_in_use_right_now_waits_for_the_next_run(clinic: Clinic, packs: list[Package]) -> None:
    with clinic_context(clinic.pk), transaction.atomic():
        ledger.locked(packs[0])
        outcomes = together(1, lambda n: nudges.write_all(clinic, on=NEXT_DAY), clinic=clinic)

    assert outcomes == [PACKS - 1]
    assert nudges.write_all(clinic, on=NEXT_DAY) == 1
