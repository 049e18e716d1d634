"""How many units of 15 minutes a visit is."""

from __future__ import annotations


def units_of(minutes: int) -> int:
    """Whole units by the 8-minute rule: one from 8 minutes on, two from 23, three from 38; a visit is at least one.

    Source: Medicare Claims Processing Manual (Pub. 100-04), chapter 5, section 20.2.C.
    """
    return max((minutes + 7) // 15, 1)
