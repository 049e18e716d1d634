"""Charts tell the truth: axes from 0, round ticks, exact figures beside them, nothing by colour alone."""

import re
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from clinic.ui import chart_samples
from clinic.ui.charts import (
    Amount,
    Bar,
    Bars,
    Count,
    HeatMap,
    LineChart,
    Percent,
    Point,
    Step,
    Waterfall,
)
from clinic.ui.charts.chart import NARROW, WIDE, Chart
from clinic.ui.charts.scale import Scale, ticks_of
from clinic.ui.charts.shapes import HEAT, LOOKS, Drawing
from tests.clinic.test_ui import contrast, tokens

RUPEES = Amount("INR")


def line(*values: str, unit: Amount = RUPEES) -> LineChart:
    points = tuple(Point(f"Month {n}", Decimal(value)) for n, value in enumerate(values))
    return LineChart(name="owed", title="Owed", unit=unit, of="Month", shows="Value", points=points)


def bars(*values: str) -> Bars:
    rows = tuple(Bar(f"Row {n}", (Decimal(value),)) for n, value in enumerate(values))
    return Bars(name="bars", title="Bars", unit=RUPEES, of="Row", parts=("Value",), bars=rows, adds_up=True)


def fall(opening: str, *changes: str) -> Waterfall:
    steps = tuple(Step(f"Change {n}", Decimal(change)) for n, change in enumerate(changes))
    ends = {"opening_label": "Before", "closing_label": "After", "opening": Decimal(opening)}
    return Waterfall(name="fall", title="Why", unit=RUPEES, of="Change", shows="Value", steps=steps, **ends)


def heat(*rows: list[str | None]) -> HeatMap:
    cells = tuple(tuple(None if cell is None else Decimal(cell) for cell in row) for row in rows)
    names = {
        "rows": tuple(f"Day {n}" for n in range(len(rows))),
        "columns": tuple(f"{n:02}" for n in range(len(rows[0]))),
    }
    return HeatMap(name="heat", title="Used", unit=Percent(), of="Day", cells=cells, **names)


def of_look(drawing: Drawing, *looks: str) -> list[dict[str, str]]:
    return [dict(shape.places) for shape in drawing.shapes if shape.look in looks]


def written(drawing: Drawing) -> list[str]:
    return [shape.words for shape in drawing.shapes if shape.words]


def tips(drawing: Drawing) -> list[str]:
    return [shape.tip for shape in drawing.shapes if shape.tip]


def html_of(chart: Chart) -> str:
    return render_to_string("charts/chart.html", {"chart": chart})


@pytest.mark.parametrize(
    ("language", "amount", "currency", "short"),
    [
        ("en-in", "1240400.50", "INR", "₹12.4 lakh"),
        ("en-in", "100000", "INR", "₹1 lakh"),
        ("en-in", "123456789", "INR", "₹12.3 crore"),
        ("en-in", "84500.49", "INR", "₹84,500"),
        ("en-in", "-371250.50", "INR", "−₹3.7 lakh"),
        ("en-in", "600", "INR", "₹600"),
        ("en-in", "333.33", "INR", "₹333.33"),
        ("en-us", "1240400.50", "USD", "$1.2M"),
        ("en-us", "84500", "USD", "$84.5K"),
        ("en-us", "-5600", "USD", "−$5,600"),
        ("en-us", "0", "USD", "$0"),
        ("en-us", "12.345", "KWD", "KWD12.345"),
        ("en-us", "1234567890123", "USD", "$1.2T"),
    ],
)
def test_amounts_are_short_as_the_readers_country_counts(
    language: str, amount: str, currency: str, short: str
) -> None:
    with translation.override(language):
        assert Amount(currency).short(Decimal(amount)) == short


def test_an_exact_amount_has_the_places_of_its_currency() -> None:
    with translation.override("en-us"):
        exact = [Amount(code).exact(Decimal("1234.5")) for code in ("USD", "JPY", "KWD")]

    assert exact == ["$1,234.50", "¥1,235", "KWD1,234.500"]


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        (["0", "0"], ["0"]),
        ([], ["0"]),
        (["7"], ["0", "2", "4", "6", "8"]),
        (["1388200"], ["0", "500000", "1000000", "1500000"]),
        (["-600", "900"], ["-1000", "-500", "0", "500", "1000"]),
        (["0.009"], ["0", "0.0025", "0.0050", "0.0075", "0.0100"]),
    ],
)
def test_an_axis_has_round_ticks_and_begins_at_nothing(values: list[str], ticks: list[str]) -> None:
    assert ticks_of(map(Decimal, values), most=4) == tuple(map(Decimal, ticks))


def test_things_that_are_counted_have_no_ticks_between_them() -> None:
    assert ticks_of([Decimal(2)], most=4, whole=True) == (0, 1, 2)
    assert all(tick % 1 == 0 for tick in ticks_of([Decimal(9)], most=4, whole=True))


def test_twice_the_figure_is_twice_the_length() -> None:
    one, two = of_look(bars("1000", "2000").wide, "solid")

    assert float(two["width"]) == pytest.approx(2 * float(one["width"]), abs=0.2)
    assert one["x"] == two["x"]


def test_a_scale_of_nothing_but_zeros_lies_at_its_start() -> None:
    assert Scale((Decimal(0),), 10, 90).at(Decimal(0)) == 10


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize(
    "chart",
    [
        line("0", "0", "0"),
        line("5000"),
        line("5", "-7", "3"),
        line(*["999999999999.99"] * 40),
        bars("0", "0"),
        bars("5000", "-600"),
        bars("99999999999999"),
        fall("0", "0"),
        fall("1000", "-3000", "500"),
        fall("5600", "-5000", "-600"),
        heat(["0", "0"]),
        heat(["50", None], [None, None]),
        heat([str(n) for n in range(24)]),
    ],
    ids=lambda chart: f"{chart.name}" if isinstance(chart, Chart) else str(chart),
)
def test_everything_lies_on_the_sheet(chart: Chart, width: int) -> None:
    drawing = chart.draw(width)

    for shape in drawing.shapes:
        places = dict(shape.places)
        for name, size in (("x", width), ("y", drawing.height), ("cx", width), ("cy", drawing.height)):
            assert 0 <= float(places.get(name, 0)) <= size, shape
        if shape.tag == "rect":
            assert float(places["x"]) + float(places["width"]) <= width + 0.2, shape
            assert float(places["y"]) + float(places["height"]) <= drawing.height, shape


def test_a_line_of_zeros_is_drawn_on_the_axis_and_says_zero() -> None:
    drawing = line("0", "0").wide

    (axis,) = of_look(drawing, "axis")
    assert {dot["cy"] for dot in of_look(drawing, "dot")} == {axis["y1"]}
    assert "₹0" in written(drawing)


def test_one_point_is_a_point_and_no_line() -> None:
    drawing = line("5000").wide

    assert len(of_look(drawing, "dot")) == 1
    assert of_look(drawing, "line", "area") == []
    assert "₹5,000" in written(drawing)


def test_the_last_figure_of_a_line_is_always_written() -> None:
    values = [str(n * 1000) for n in range(1, 25)]

    for drawing in (line(*values).wide, line(*values).narrow):
        assert "₹24,000" in written(drawing)
        assert "Month 23" in written(drawing)


def test_a_step_that_takes_away_is_hatched_and_carries_its_sign() -> None:
    drawing = fall("5600", "1000", "-5000", "-600").wide

    assert len(of_look(drawing, "total")) == 2
    assert len(of_look(drawing, "solid")) == 1
    assert len(of_look(drawing, "hatch")) == 2
    assert [shape.words for shape in drawing.shapes if shape.look == "value"] == [
        "₹5,600",
        "+₹1,000",
        "−₹5,000",
        "−₹600",
        "₹1,000",
    ]


def test_each_step_begins_where_the_one_before_it_ended() -> None:
    drawing = fall("5000", "2500", "-5000").wide
    opening, added, taken, closing = of_look(drawing, "total", "solid", "hatch")

    def end(box: dict[str, str]) -> float:
        return float(box["x"]) + float(box["width"])

    assert float(added["x"]) == pytest.approx(end(opening), abs=0.2)
    assert end(taken) == pytest.approx(end(added), abs=0.2)
    assert float(taken["x"]) == pytest.approx(end(closing), abs=0.2)


def test_a_waterfall_leaves_out_what_did_not_move_and_its_table_does_not() -> None:
    chart = fall("1000", "0", "500")

    assert "Change 0" not in written(chart.wide)
    assert [row[0]["text"] for row in chart.table["rows"]] == ["Before", "Change 0", "Change 1"]
    assert chart.table["foot"][1]["text"] == "₹1,500.00"


def test_a_difference_of_a_coin_is_still_seen() -> None:
    (hair,) = of_look(fall("1000000", "-0.01").wide, "hatch")

    assert float(hair["width"]) == 1.5


def test_parts_of_a_bar_are_told_apart_by_pattern_and_named() -> None:
    facts = {"of": "Week", "parts": ("Came", "Did not"), "bars": (Bar("4 May", (Decimal(9), Decimal(1))),)}
    chart = Bars(name="weeks", title="Visits", unit=Count(), **facts)

    fills = {shape.look: dict(shape.places)["fill"] for shape in chart.wide.shapes if shape.tag == "rect"}
    assert fills == {"solid": "#0a6b53", "hatch": "url(#chart-weeks-640-hatch)"}
    assert {"Came", "Did not", "10"} <= set(written(chart.wide))
    assert "4 May, Did not: 1" in tips(chart.wide)
    assert [cell["text"] for cell in chart.table["rows"][0]] == ["4 May", "9", "1", "10"]


def test_a_bar_without_a_figure_for_every_part_is_refused() -> None:
    with pytest.raises(ValueError, match="a figure for every part"):
        Bars(name="b", title="B", unit=Count(), of="W", parts=("One", "Two"), bars=(Bar("x", (Decimal(1),)),))


def test_a_heat_map_writes_every_figure_and_leaves_closed_hours_open() -> None:
    drawing = heat(["0", "10", "100"], ["55", None, "80"]).wide

    assert {"0", "10", "100", "55", "80"} <= set(written(drawing))
    assert len(of_look(drawing, "none")) == 1
    assert [shape.look for shape in drawing.shapes if shape.look.startswith("heat-")] == [
        "heat-0",
        "heat-1",
        "heat-5",
        "heat-3",
        "heat-4",
    ]


def test_a_heat_map_stands_upright_on_a_phone() -> None:
    chart = heat([str(n) for n in range(12)])

    assert chart.narrow.height > chart.wide.height
    assert {"11", "Day 0"} <= set(written(chart.narrow))


def test_all_zeros_are_drawn_and_nothing_is_said_to_be_nothing() -> None:
    assert "<svg" in html_of(bars("0", "0"))
    nothing = html_of(line())
    assert "<svg" not in nothing
    assert "There is nothing to draw yet." in nothing


@pytest.mark.parametrize("chart", chart_samples.charts(), ids=lambda chart: chart.name)
def test_every_drawing_is_named_summed_up_and_followed_by_its_table(chart: Chart) -> None:
    html = html_of(chart)
    if chart.is_empty:
        return

    for drawing in re.findall(r"<svg.*?</svg>", html, re.DOTALL):
        svg = ElementTree.fromstring(drawing)  # noqa: S314 - made by ourselves
        ids = [each.get("id") for each in svg.iter() if each.get("id")]
        assert svg.get("role") == "img"
        assert set(str(svg.get("aria-labelledby")).split()) <= set(ids)
        assert len(ids) == len(set(ids))
    assert html.count("<svg") == 2
    assert "<table" in html
    assert not re.search(r"\sstyle=|<style|<script", html)


def test_names_that_people_typed_cannot_become_code() -> None:
    hostile = '</svg><script>alert("1")</script>'
    points = (Point(hostile, Decimal(1)), Point(hostile, Decimal(2)))
    chart = LineChart(name="owed", title=hostile, unit=RUPEES, of=hostile, shows=hostile, points=points)

    html = html_of(chart)

    assert "<script" not in html
    assert html.count("</svg>") == 2


def test_numbers_in_a_drawing_are_written_for_the_machine_in_every_language() -> None:
    with translation.override("de"):
        html = html_of(line("1000", "1333.33", "7"))

    assert not re.search(r'\s(x|y|cx|cy|x1|y2)="[^"]*,', html)


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
def test_figures_of_a_heat_map_stand_out_from_their_cells(mode: int) -> None:
    colours = tokens(mode)

    def mixed(share: int) -> str:
        pairs = [
            (int(colours["card"][at : at + 2], 16), int(colours["brand"][at : at + 2], 16))
            for at in (1, 3, 5)
        ]
        return "#" + "".join(f"{round(low + (high - low) * share / 100):02x}" for low, high in pairs)

    assert [share for share in HEAT[:-1] if contrast(colours["ink"], mixed(share)) < 4.5] == []
    assert contrast(colours["on-brand"], mixed(HEAT[-1])) >= 4.5


def test_every_look_has_a_class_for_screens() -> None:
    css = (settings.BASE_DIR / "static/css/parts/chart.css").read_text()
    looks = {*LOOKS, *(f"heat-{step}" for step in range(len(HEAT)))}

    assert [look for look in sorted(looks) if not re.search(rf"\.chart-{look}\b", css)] == []
