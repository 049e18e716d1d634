"""The papers that documents are printed on. Each has its style sheet: static/css/print/bill-<paper>.css."""

from __future__ import annotations

A5, A4, ROLL = "a5", "a4", "roll"
PAPERS = (A5, A4, ROLL)


def paper_of(asked: str, *, usual: str = A5) -> str:
    """The paper that was asked for, else the usual one of such documents."""
    return asked if asked in PAPERS else usual
