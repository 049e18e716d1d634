"""The thirty-six events of test_example in the order in which they were recorded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from .story import YEAR, Story, cash, cheque


def january(story: Story) -> None:
    story.day(1, 2)
    story.bring_in("A", "Ten", left=4)
    story.day(1, 3)
    story.sell("B", "Ten", cash(8_000), price=Decimal(8_000), discount_reason="A neighbour", here=True)
    story.day(1, 6)
    story.sell("C", "Ten", cash(4_000))
    story.day(1, 8)
    story.sell("D", "Five", here=True)
    story.day(1, 10)
    story.sell("E", "Three", cash(10_000))
    story.day(1, 13)
    story.sell("G", "Five and one", cash(5_000))
    story.day(1, 15)
    story.use("B")
    story.day(1, 17)
    story.stay_away("C")
    story.day(1, 20)
    story.sell("H", "Ten", cheque(10_000), here=True)
    story.day(1, 22)
    story.use("E")
    story.day(1, 24)
    story.use("B")
    story.day(1, 27)
    story.use("A")
    story.day(1, 31)
    assert story.refund("B") == 5_000


def february(story: Story) -> None:
    story.day(2, 3)
    story.sell("I", "Seven", cash(10_000), branch=story.second)
    story.day(2, 4)
    story.use("H")
    story.day(2, 5)
    story.cancel_late("G")
    story.day(2, 7)
    story.pay("D", 2_500)
    story.day(2, 10)
    story.bounce("H")
    story.day(2, 13)
    story.lapse("G")
    story.day(2, 14)
    story.use("G", date(YEAR, 2, 12))
    story.day(2, 17)
    story.transfer("I", 3, to="J")
    story.day(2, 18)
    story.sell(
        "F", "Two", cash(800), price=Decimal(800), discount_reason="A trial", branch=story.second, here=True
    )
    story.day(2, 24)
    story.pay("C", 6_000)
    story.day(2, 26)
    story.use("I")
    story.day(2, 28)
    assert story.refund("E") == Decimal("6666.67")


def march(story: Story) -> None:
    story.day(3, 3)
    story.undo_transfer("J")
    story.day(3, 5)
    story.dispute("A 27 Jan")
    story.day(3, 10)
    story.extend("G", date(YEAR, 4, 10))
    story.day(3, 12)
    story.sell("V", "Ten")
    story.day(3, 14)
    story.void("V")
    story.day(3, 20)
    assert story.refund("F") == 0


def april(story: Story) -> None:
    story.day(4, 1)
    story.use("C", date(YEAR, 3, 27))
    story.day(4, 2)
    story.reopen("B 15 Jan")
    story.day(4, 4)
    story.reopen("C 27 Mar")
    story.day(4, 11)
    story.lapse("G")
    story.day(4, 15)
    story.adjust("A", -1)
    story.day(4, 30)


MONTHS: list[Callable[[Story], None]] = [january, february, march, april]
