"""What the sample register says: 300 invented packs. The same seed gives the same packs."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sample_names import COMMON_NAMES, FIRST_NAMES, HINDI_NAMES, REMARKS, SURNAMES

SEED, PACKS = 10, 300
FIRST_DAY, LAST_DAY = date(2026, 5, 2), date(2026, 11, 14)
# name, service, sessions, price, days of validity (0: none was agreed)
PLANS = (
    ("10 sessions", "Physiotherapy 60 min", 10, 8000, 90),
    ("Knee care 12 sessions", "Physiotherapy 60 min", 12, 10200, 90),
    ("Back pain 15", "Physiotherapy 60 min", 15, 12000, 120),
    ("5 sessions", "Physiotherapy 30 min", 5, 2250, 45),
    ("Senior 20 sessions", "Physiotherapy 30 min", 20, 8500, 180),
    ("Post-op rehab 24", "Rehab 90 min", 24, 31200, 0),
    ("3 sessions trial", "Dry needling 45 min", 3, 2500, 30),
)
THERAPISTS = ("Dr. Meera Nair", "Dr. Rohan Kale", "Dr. Sana Shaikh", "")
EXCHANGES = ("90000", "98000", "97000", "88000", "70000", "96000")


@dataclass(frozen=True)
class Pack:
    """What the register means, whichever way it is written."""

    name: str
    phone: str
    age: int | None
    plan: str
    service: str
    sold: int
    used: Decimal
    price: int
    paid: int
    bought_on: date
    valid_until: date | None
    therapist: str
    visits: tuple[date, ...]
    note: str
    agreed_on: date | None

    @property
    def left(self) -> Decimal:
        return self.sold - self.used


def make_packs(seed: int = SEED, count: int = PACKS) -> list[Pack]:
    """The packs in the order of their sale. Some people bought twice, and some families share a phone."""
    pick = random.Random(seed)  # noqa: S311
    people = list(_people(pick, count))
    packs: list[Pack] = []
    for bought_on in sorted(_day(pick, FIRST_DAY, LAST_DAY) for _ in range(count)):
        if packs and pick.random() < 0.08:
            earlier = pick.choice(packs)
            person = (earlier.name, earlier.phone, earlier.age)
        else:
            person = people.pop()
        packs.append(_pack(pick, person, bought_on))
    return packs


def _people(pick: random.Random, count: int) -> Iterator[tuple[str, str, int | None]]:
    endings = pick.sample(range(10_000), count)
    phone = ""
    for number in range(count):
        shares = phone and pick.random() < 0.06
        if not shares:
            phone = f"{pick.choice(EXCHANGES)}{pick.randrange(10)}{endings[number]:04}"
        kind = pick.random()
        if kind < 0.10:
            name = pick.choice(HINDI_NAMES)
        elif kind < 0.17 and not shares:
            name = pick.choice(COMMON_NAMES)
        else:
            name = f"{pick.choice(FIRST_NAMES.split())} {pick.choice(SURNAMES.split())}"
        # Without a phone only a name that stands once in the register says who it is.
        known = "" if kind > 0.97 and not shares else phone
        yield (
            f"{name} {chr(65 + number % 26)}." if not known else name,
            known,
            pick.choice((None, *range(19, 84))),
        )


def _pack(pick: random.Random, person: tuple[str, str, int | None], bought_on: date) -> Pack:
    plan, service, sold, price, days = pick.choice(PLANS)
    valid_until = bought_on + timedelta(days=days - 1) if days else None
    last = min(LAST_DAY, valid_until or LAST_DAY)
    most = min(sold, (last - bought_on).days // 2 + 1)
    used = Decimal(pick.choice((most, most, pick.randint(0, most), pick.randint(0, most))))
    visits = _visits(pick, bought_on, last, int(used)) if pick.random() < 0.4 else ()
    if 1 <= used < sold and pick.random() < 0.04:
        used += Decimal("0.5")
    if pick.random() < 0.01:
        price = 0
    paid = price if pick.random() < 0.85 else pick.randrange(0, price + 1, 500)
    agreed_on = _day(pick, max(bought_on, date(2026, 11, 9)), LAST_DAY) if pick.random() < 0.6 else None
    note = pick.choice(REMARKS) if pick.random() < 0.2 else ""
    return Pack(
        *person, plan, service, sold, used, price, paid, bought_on, valid_until, pick.choice(THERAPISTS),
        visits, note, agreed_on,
    )  # fmt: skip


def _visits(pick: random.Random, first: date, last: date, count: int) -> tuple[date, ...]:
    days = range((last - first).days + 1)
    return tuple(first + timedelta(days=day) for day in sorted(pick.sample(days, min(count, len(days)))))


def _day(pick: random.Random, first: date, last: date) -> date:
    return first + timedelta(days=pick.randint(0, (last - first).days))
