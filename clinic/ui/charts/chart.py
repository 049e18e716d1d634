"""What all charts have: a name, a title, figures in a unit, and two drawings: for wide places and for phones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .shapes import Drawing
from .units import Unit

WIDE, NARROW = 640, 340


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A chart of the page; `name` is its own on the page and ends up in ids, so: letters, digits and hyphens."""

    name: str
    title: str
    unit: Unit

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw; figures that are 0 are something."""
        raise NotImplementedError

    @property
    def summary(self) -> str:
        """What the chart shows, in a sentence for who does not see it."""
        raise NotImplementedError

    @property
    def table(self) -> dict[str, Any]:
        """The same figures, exact, for components/table.html: caption, heads, rows, foot."""
        raise NotImplementedError

    def draw(self, width: int) -> Drawing:
        """The drawing for a place of that width."""
        raise NotImplementedError

    @property
    def wide(self) -> Drawing:
        return self.draw(WIDE)

    @property
    def narrow(self) -> Drawing:
        return self.draw(NARROW)

    def sheet_name(self, width: int) -> str:
        """What the ids inside a drawing begin with."""
        return f"chart-{self.name}-{width}"


def is_wide(width: int) -> bool:
    """Whether labels have room beside what they label."""
    return width >= (WIDE + NARROW) / 2


def figure(words: str, label: str, url: str = "") -> dict[str, Any]:
    """A cell of a chart's table."""
    return {"text": words, "label": label, "number": True, "url": url}
