"""What a drawing is made of. Each shape has a look: a class for screens, and attributes for paper.

WeasyPrint gives an SVG inside a page none of the page's styles, so the attributes say how it looks in print; on
screens the classes of static/css/parts/chart.css win over them, with the colours of the theme.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

INK, SOFT, LINE, EDGE, BRAND, CARD = "#10201b", "#4c5e57", "#c9d5cf", "#7b8c85", "#0a6b53", "#ffffff"
WORDS_SIZE, SMALL_SIZE = 13, 12
# How wide a letter is, of its height; a little too much rather than too little.
LETTER = 0.62

# What fills an area, told apart without colour; the patterns are those of templates/charts/patterns.html.
FILLS = ("solid", "hatch", "dots", "blank", "cross")

LOOKS: dict[str, dict[str, str]] = {
    "grid": {"stroke": LINE, "stroke-width": "1"},
    "axis": {"stroke": SOFT, "stroke-width": "1.5"},
    "link": {"stroke": EDGE, "stroke-width": "1"},
    "words": {"fill": INK, "font-size": str(WORDS_SIZE)},
    "value": {"fill": INK, "font-size": str(WORDS_SIZE), "font-weight": "700"},
    "soft": {"fill": SOFT, "font-size": str(SMALL_SIZE)},
    "in-heat": {"fill": INK, "font-size": str(SMALL_SIZE)},
    "on-heat": {"fill": CARD, "font-size": str(SMALL_SIZE), "font-weight": "700"},
    "line": {"stroke": BRAND, "stroke-width": "2.5", "fill": "none", "stroke-linejoin": "round"},
    "area": {"fill": "#dcefe8"},
    "dot": {"fill": CARD, "stroke": BRAND, "stroke-width": "2"},
    "solid": {"fill": BRAND, "stroke": BRAND, "stroke-width": "1"},
    "total": {"fill": SOFT, "stroke": SOFT, "stroke-width": "1"},
    "blank": {"fill": CARD, "stroke": BRAND, "stroke-width": "1"},
    "none": {"fill": "none", "stroke": LINE, "stroke-width": "1", "stroke-dasharray": "2 2"},
    **{name: {"stroke": BRAND, "stroke-width": "1"} for name in ("hatch", "dots", "cross")},
}
PATTERNS = frozenset({"hatch", "dots", "cross"})
# A heat map's six steps, each as much of the brand's colour in the card's; the CSS mixes the same.
HEAT = (0, 10, 20, 31, 42, 100)


@dataclass(frozen=True, slots=True)
class Shape:
    """One element; `tip` is what it says when somebody points at it, `words` what is written."""

    tag: str
    look: str
    places: tuple[tuple[str, str], ...]
    words: str = ""
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """Shapes on a sheet of this size; `name` makes its ids its own."""

    name: str
    width: int
    height: int
    shapes: tuple[Shape, ...]


@dataclass
class Sheet:
    """Where shapes are put down one by one."""

    name: str
    width: int

    def __post_init__(self) -> None:
        self.shapes: list[Shape] = []

    def box(self, look: str, x: float, y: float, width: float, height: float, tip: str = "") -> None:
        self._put("rect", look, tip=tip, x=x, y=y, width=width, height=height)

    def rule(self, look: str, x1: float, y1: float, x2: float, y2: float) -> None:
        self._put("line", look, x1=x1, y1=y1, x2=x2, y2=y2)

    def dot(self, look: str, x: float, y: float, tip: str = "") -> None:
        self._put("circle", look, tip=tip, cx=x, cy=y, r=4)

    def path(self, look: str, corners: list[tuple[float, float]], *, closed: bool = False) -> None:
        way = " L".join(f"{_plain(x)} {_plain(y)}" for x, y in corners)
        self._put("path", look, d=f"M{way}{' Z' if closed else ''}")

    def write(
        self, look: str, x: float, y: float, words: str, *, anchor: str = "start", tip: str = ""
    ) -> None:
        self._put("text", look, words=words, tip=tip, x=x, y=y, **{"text-anchor": anchor})

    def drawing(self, height: float) -> Drawing:
        return Drawing(self.name, self.width, round(height), tuple(self.shapes))

    def _put(self, tag: str, look: str, words: str = "", tip: str = "", **places: float | str) -> None:
        paint = dict(_heat_paint(look) if look.startswith("heat-") else LOOKS[look])
        if look in PATTERNS:
            paint["fill"] = f"url(#{self.name}-{look})"
        plain = {name: _plain(place) for name, place in places.items()}
        self.shapes.append(Shape(tag, look, tuple((plain | paint).items()), words, tip))


def width_of(words: str, size: int = WORDS_SIZE) -> float:
    """About how much room words take."""
    return size * LETTER * sum(1 for letter in words if not unicodedata.category(letter).startswith("M"))


def fitted(words: str, room: float, size: int = WORDS_SIZE) -> str:
    """The words, cut where they would not fit."""
    if width_of(words, size) <= room:
        return words
    return words[: max(1, int(room / (size * LETTER)) - 1)].rstrip() + "…"


def _heat_paint(look: str) -> dict[str, str]:
    share = HEAT[int(look[-1])] / 100
    parts = [(int(CARD[at : at + 2], 16), int(BRAND[at : at + 2], 16)) for at in (1, 3, 5)]
    mixed = "".join(f"{round(card + share * (brand - card)):02x}" for card, brand in parts)
    return {"fill": f"#{mixed}", "stroke": LINE, "stroke-width": "1"}


def _plain(place: float | str) -> str:
    """A number as SVG writes it in every language."""
    return place if isinstance(place, str) else f"{round(place, 1):g}"
