"""A day in an address: /days/2027-05-31/closing/."""

from __future__ import annotations

from datetime import date


class DayConverter:
    """A day that exists, of this century or the next; anything else is no address."""

    regex = r"2[01]\d\d-[01]\d-[0-3]\d"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date | str) -> str:
        return str(value)
