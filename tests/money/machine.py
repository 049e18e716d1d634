"""Money in any order of acts, beside books of its own that must say the same after every step.

How to add an act:
1. Write a method under `@act(...)` in the mixin of its kind (`selling`, `visiting`, `paying`, `taking_back`, `moving`),
   or in a new mixin that `histories.Money` inherits. Its arguments are drawn: name how. Pick from `self.books` with
   `pick`, and return where nothing fits: another act is drawn then.
2. Say from the books alone whether it is allowed, and call the service in `self.attempt(allowed, lambda: ...)` with
   `**self.facts()`. It is done or refused as said; a refusal, and now and then the same key again, must write nothing.
3. Write into the books what it comes to, by the rule in words and not by reading the program: `books.bill`, `receive`,
   `allocate`, `release`, `credit`, `hand_over` are the moves of money there are. A new kind of move goes into `books`.
4. If it writes into a table of its own, add that to `reading.WRITTEN`. The comparison after each step needs no more.
See it fail once: leave out step 3.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any, TypeVar
from uuid import uuid4

import pytest
from django.utils import timezone

from billing.models import BillLine, Good, Method
from billing.payments import Tender
from clinic.models import Branch, Clinic, Patient, Service, Staff
from clinic.refusals import Refused
from desk.recount import recount
from packages.models import Package, Plan
from tests.committing import check_now

from .books import Books, Line
from .packs import Pack, Terms, rounded
from .reading import Reading, counts

T = TypeVar("T")
Draw = Callable[[Random], Any]
# How much somebody pays of what there is to pay: nothing, a coin, a third, a half, all, more.
SHARES = ("nothing", "coin", "third", "half", "all", "all", "over")


def among(*choices: Any) -> Draw:
    return lambda random: random.choice(choices)


WHICH: Draw = lambda random: random.randrange(1000)  # noqa: E731
WHO, WHERE, SHARE = among(0, 0, 1, 2), among(0, 1), among(*SHARES)
EITHER, MOSTLY = among(True, False), among(True, True, True, False)
TENDERS: Draw = lambda random: random.choices(SHARES, k=random.choice((0, 1, 1, 2)))  # noqa: E731
METHODS = (Method.CASH, Method.UPI, Method.CARD, Method.BANK, Method.CHEQUE)
AGAIN = 5  # every so many acts one is done twice


def act(weight: int, **draws: Draw) -> Callable[[T], T]:
    """An act of histories: how often it comes, and how each of its arguments is drawn."""

    def mark(method: T) -> T:
        method.weight, method.draws = weight, draws  # type: ignore[attr-defined]
        return method

    return mark


def included(amount: int, percent: int) -> int:
    """The tax in an amount, at so many hundredths of a percent."""
    return rounded(amount * percent, 10_000 + percent)


def pick(held: list[T], which: int) -> T | None:
    return held[which % len(held)] if held else None


def share_of(amount: int, share: str) -> int:
    parts = {"nothing": 0, "coin": 1, "third": amount // 3, "half": amount // 2, "all": amount}
    return parts.get(share, amount + 500)


@dataclass(frozen=True)
class World:
    """What stands before any history begins: a clinic with two branches, its services and its plans."""

    clinic: Clinic
    owner: Staff
    patients: list[Patient]
    branches: list[Branch]
    service: Service
    longer: Service
    prices: dict[Any, tuple[int, int]]  # of a service: price in coins, tax in hundredths of a percent
    plans: list[tuple[Plan, Terms]]
    goods: list[tuple[Good, int, int, bool]]  # price in coins, tax in hundredths of a percent, whether on top
    places: int


class History:
    """One history: acts drawn by its own seed. What it may do is in the mixins."""

    keeps: type[Books] = Books

    def __init__(self, world: World, random: Random) -> None:
        self.world, self.random = world, random
        self.books = self.keeps()
        self.gone: set[int] = set()
        self.tried = self.done = 0
        self.story: list[str] = []
        self.reading = Reading(self.books, world.patients, world.branches, world.places)
        self.tick()

    def tick(self) -> None:
        self.now = timezone.now()
        self.books.today = self.today

    def go_on(self, steps: int) -> None:
        """So many acts more, each compared with the books; at the end the services are asked too. What fails tells its
        story."""
        methods = [getattr(self, name) for name in sorted(dir(type(self)))]
        acts = [each for each in methods if hasattr(each, "weight")]
        until = self.tried + steps
        try:
            while self.tried < until:
                self.step(self.random.choices(acts, [each.weight for each in acts])[0])
            self.reading.by_patient()
            self.reading.on_the_screen()
            assert not (found := recount()), found
        except BaseException as error:
            error.add_note("\n".join(self.story))
            raise

    def branch(self, random: Random) -> History:
        """Another history that begins as this one did."""
        other = type(self)(self.world, random)
        other.books, other.gone = deepcopy(self.books), set(self.gone)
        other.tried, other.done, other.story = self.tried, self.done, list(self.story)
        other.reading = Reading(other.books, self.world.patients, self.world.branches, self.world.places)
        return other

    def step(self, method: Any) -> None:
        before = self.tried
        drawn = {name: draw(self.random) for name, draw in method.draws.items()}
        self.story.append(
            f"{method.__name__}({', '.join(f'{name}={value}' for name, value in drawn.items())})"
        )
        method(**drawn)
        if self.tried == before:
            self.story.pop()
        else:
            self.reading.compare()

    # What acts need

    @property
    def today(self) -> date:
        return self.world.clinic.day_of(self.now)

    def facts(self, **more: Any) -> dict[str, Any]:
        """Of the next act: the clock decides, as it does for what the database dates itself."""
        self.tick()
        return {"clinic": self.world.clinic, "at": self.now, "by": self.world.owner, "key": uuid4()} | more

    def of_the_count(self, **more: Any) -> dict[str, Any]:
        self.tick()
        return {"on": self.today, "by": self.world.owner, "key": uuid4(), "reason": "Said so"} | more

    def person(self, n: int) -> int:
        """Whoever was merged into another is that one from then on."""
        return 0 if n in self.gone else n

    def money(self, coins: int) -> Decimal:
        return Decimal(coins).scaleb(-self.world.places)

    def row(self, pack: Pack) -> Package:
        return Package.objects.get(pk=pack.id)

    def lines(self, lines: list[Line]) -> list[BillLine]:
        """The program's rows of these lines, in their order."""
        of = {bill.id: bill for bill in self.books.bills}
        found = {
            of[row.bill_id].lines[row.position - 1]: row
            for row in BillLine.objects.filter(bill__in=of, credits__isnull=True)
        }
        return [found[line] for line in lines]

    def tenders(self, amount: int, shares: list[str]) -> list[Tender]:
        """Ways of paying so much, or not quite; each of what there is to pay in all."""
        coins = [share_of(amount, share) for share in shares]
        return [
            Tender(METHODS[n % 5], self.money(each)) for n, each in enumerate(coins, self.done) if each > 0
        ]

    def received(self, rows: list[Any], tenders: list[Tender], patient: int, branch: int) -> list[Any]:
        """Into the books what was handed over."""
        amounts = [self.reading.coins(tender.amount) for tender in tenders]
        return self.books.receive(rows, amounts, patient, branch, self.today)

    def taxed(self, service: Service, amount: int, kind: str = "visit") -> Line:
        """A line of a service; the amount includes the tax."""
        return Line(amount, tax=included(amount, self.world.prices[service.pk][1]), kind=kind)

    def sold(self, terms: Terms, price: int, patient: int, row: Any) -> tuple[Pack, Line]:
        """A pack in the books, and the line that sells it: with the tax of its service."""
        waits = terms.activation == "paid_in_full" and price > 0
        pack = Pack(
            row.pk,
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
        line = self.taxed(self.world.service, price, "package")
        line.pack = pack
        return pack, line

    def attempt(self, allowed: bool, do: Callable[[], T]) -> T | None:
        """Done or refused, as the books say. A refusal writes nothing, and neither does the same key again."""
        self.tried += 1
        if not allowed:
            before = counts()
            with pytest.raises(Refused):
                do()
            assert counts() == before, "a refusal wrote something"
            return None
        answer = do()
        check_now()
        self.done += 1
        if self.done % AGAIN == 0:
            before = counts()
            do()
            assert counts() == before, "the same key wrote something again"
        return answer
