"""How a package's balance looks: its tone, its word and its row of cells. Knows no model."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LOW = Decimal(2)
MOST_CELLS = 24
HALF = Decimal("0.5")

# What a package's state says to the reader: its word, its icon, its tone. Colour never stands alone.
STATES: dict[str, tuple[str | Promise, str, str]] = {
    "expired": (_("Expired"), "calendar-x", "out"),
    "pending_payment": (_("Awaiting payment"), "lock", "low"),
    "frozen": (_("Frozen"), "snowflake", "still"),
    "suspended": (_("Suspended"), "ban", "out"),
    "refunded": (_("Refunded"), "rotate-ccw", "still"),
    "void": (_("Void"), "ban", "still"),
    "upcoming": (_("Not started yet"), "clock", "still"),
}


@dataclass(frozen=True, slots=True)
class BalanceFace:
    """All that the balance component draws."""

    tone: str
    word: str | Promise
    icon: str
    cells: list[str]
    full: int
    share: int


def balance_face(left: Decimal | int, sold: Decimal | int, state: str = "") -> BalanceFace:
    """The face of a balance. Above 24 sessions there are no cells but a meter, `share` percent full."""
    left, sold = Decimal(str(left or 0)), Decimal(str(sold or 0))
    word, icon, tone = STATES.get(state) or _by_count(left, sold)
    share = int(left * 100 / sold) if sold > 0 else 0
    return BalanceFace(tone, word, icon, _cells(left, sold), 100 - share, share)


def _by_count(left: Decimal, sold: Decimal) -> tuple[str | Promise, str, str]:
    """Two left is little of ten and most of three: no warning while more than a half of the pack is left."""
    if left <= 0:
        return _("Used up"), "circle-alert", "out"
    if left <= LOW and left <= sold * HALF:
        return _("Nearly used up"), "triangle-alert", "low"
    return "", "", ""


def _cells(left: Decimal, sold: Decimal) -> list[str]:
    """One word a cell, the used ones first: used, half (a session of which half is left), left."""
    if not 0 < sold <= MOST_CELLS:
        return []
    used = sold - left
    cells = int(sold.to_integral_value(rounding="ROUND_CEILING"))
    return [
        "used" if cell + 1 <= used else "half" if cell + HALF <= used else "left" for cell in range(cells)
    ]
