"""Keys by which a row is known again, so that importing a file twice changes nothing.

`row_key` stands for everything the row says, `pack_key` for the sale only (who, what, when, how much):
a register brought up to date since the last import then shows as the same pack with another count.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, replace
from decimal import Decimal
from uuid import UUID, uuid5

from clinic.spelling import clean, fold

from .counts import plain
from .register_row import RegisterRow

NAMESPACE = UUID("8f3c1f0e-6a53-4f0e-9f8e-6f1a4f0c7d21")
SALE = ("name", "phone", "patient_number", "service", "plan", "sold", "price", "bought_on")
# Where the row stands in the file says nothing about the pack.
NOT_CONTENT = frozenset({"line", "row_key", "pack_key"})


def with_keys(rows: Iterable[RegisterRow]) -> list[RegisterRow]:
    """The rows with their keys. Rows that say the same are counted, so that two equal packs stay two."""
    seen: Counter[tuple[str, str]] = Counter()
    keyed = []
    for row in rows:
        content = asdict(row)
        everything = "|".join(_normal(value) for name, value in content.items() if name not in NOT_CONTENT)
        sale = "|".join(_normal(content[name]) for name in SALE)
        keyed.append(replace(row, row_key=_key("row", everything, seen), pack_key=_key("pack", sale, seen)))
    return keyed


def _key(kind: str, content: str, seen: Counter[tuple[str, str]]) -> UUID:
    seen[kind, content] += 1
    return uuid5(NAMESPACE, f"{kind}|{seen[kind, content]}|{content}")


def _normal(value: object) -> str:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, tuple):
        return ",".join(map(_normal, value))
    return "" if value is None else " ".join(fold(clean(str(value))).replace("|", "/").split())
