"""A thousand random histories of money add up to the coin: by bills, by payments, by patient.

MONEY_HISTORIES and MONEY_STEPS make it heavier; MONEY_SEED tells the same histories again.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from random import Random, SystemRandom
from typing import Any

import pytest

from billing.payments import Tender
from clinic import audit
from clinic.tenancy.context import clinic_context
from tests.committing import undone
from tests.factories import found

from .books import Books, Line, Payment
from .histories import Money, world
from .machine import History

HISTORIES = int(os.environ.get("MONEY_HISTORIES", "1000"))
STEPS = int(os.environ.get("MONEY_STEPS", "3"))
TRUNK, BRANCHES = 18, 25  # so many histories share the first acts
SEED = int(os.environ.get("MONEY_SEED", "0")) or SystemRandom().randrange(1, 10**6)
CURRENCIES = {
    "INR": ("Asia/Kolkata", 2),
    "JPY": ("Asia/Tokyo", 0),
    "KWD": ("Asia/Kuwait", 3),
    "USD": ("America/Los_Angeles", 2),
}
PARTS = range(2)


def live(history: type[History], currency: str, part: int, *, histories: int) -> None:
    """So many histories of a clinic with this currency, each by a seed of its own."""
    zone, places = CURRENCIES[currency]
    print(f"MONEY_SEED={SEED}")
    clinic = found(f"money-{currency.lower()}", currency=currency, time_zone=zone)
    with clinic_context(clinic.pk):
        stands = world(clinic, places=places, random=Random(f"{SEED} {currency}"))
        for n in range(0, histories, BRANCHES):
            with undone():
                trunk = history(stands, Random(f"{SEED} {currency} {part} {n}"))
                trunk.go_on(TRUNK)
                for branch in range(BRANCHES):
                    with undone():
                        trunk.branch(Random(f"{SEED} {currency} {part} {n} {branch}")).go_on(STEPS)


@pytest.mark.django_db
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("currency", CURRENCIES)
def test_a_thousand_histories_add_up_three_ways(currency: str, part: int) -> None:
    """S06, S17, S18, S34, S39 to S49, S53, S54"""
    live(Money, currency, part, histories=HISTORIES // len(CURRENCIES) // len(PARTS))


class ForgetfulBooks(Books):
    """Books in which money that is taken off a line stays on it."""

    def release(self, line: Line, keep: int) -> list[Payment]:
        return list(line.payers)


class ForgetsToRelease(Money):
    keeps = ForgetfulBooks


class CountsACoinMore(Money):
    """What was received is written down as a coin more."""

    def received(self, rows: list[Any], tenders: list[Tender], patient: int, branch: int) -> list[Payment]:
        more = [replace(tender, amount=tender.amount + self.money(1)) for tender in tenders]
        return super().received(rows, more, patient, branch)


class WritesBeforeItRefuses(Money):
    def attempt(self, allowed: bool, do: Callable[[], Any]) -> Any:
        def with_a_trace() -> Any:
            audit.record("tried", self.world.patients[0], by=None)
            return do()

        return super().attempt(allowed, do if allowed else with_a_trace)


@pytest.mark.django_db
@pytest.mark.parametrize("broken", [ForgetsToRelease, CountsACoinMore, WritesBeforeItRefuses])
def test_control_what_is_broken_is_found(broken: type[Money]) -> None:
    """The machine is not blind: each of these is caught within a few histories."""
    with pytest.raises(AssertionError):
        live(broken, "INR", 0, histories=3 * BRANCHES)
