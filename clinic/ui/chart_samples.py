"""The charts of the design page: what the made-up clinic owed, and how its week was."""

from __future__ import annotations

from decimal import Decimal

from .charts import Amount, Bar, Bars, Count, HeatMap, LineChart, Percent, Point, Step, Waterfall
from .charts.chart import Chart

RUPEES = Amount("INR")
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
OWED = [
    0,
    184_000,
    402_500,
    655_000,
    861_000,
    1_012_400,
    1_240_400,
    1_195_000,
    1_102_000,
    1_304_750,
    1_388_200,
]


def charts() -> list[Chart]:
    """One of each kind, and one without anything to draw."""
    return [_over_time(), _changes(), _ageing(), _weeks(), _hours(), _nothing()]


def _over_time() -> Chart:
    months = [f"{month} 2026" for month in MONTHS] + [f"{month} 2027" for month in MONTHS]
    owed: list[Decimal | int] = [*OWED, *(Decimal(1_388_200) + step * 7_315 for step in range(13))]
    points = tuple(Point(month, Decimal(value)) for month, value in zip(months, owed, strict=True))
    title = "What we owed at the end of each month"
    return LineChart(name="over-time", title=title, unit=RUPEES, of="Month", shows="Liability", points=points)


def _changes() -> Chart:
    changes = [
        ("Brought in", "0"),
        ("Sold", "412000"),
        ("Received for earlier sales", "38500"),
        ("Reinstated", "4000"),
        ("Reversed", "1600"),
        ("Used", "-371250.50"),
        ("Refunded", "-22400"),
        ("Expired", "-9600"),
        ("Difference", "-600"),
    ]
    return Waterfall(
        name="changes",
        title="What changed it in May 2027",
        unit=RUPEES,
        of="Change",
        shows="Value",
        opening_label="Owed on 30 Apr 2027",
        closing_label="Owed on 31 May 2027",
        opening=Decimal(1_388_200),
        steps=tuple(Step(label, Decimal(change)) for label, change in changes),
    )


def _ageing() -> Chart:
    owed = [("Expired", 12_400), ("Up to 30 days", 182_000), ("31 to 90 days", 640_500), ("No end", 96_000)]
    bars = tuple(Bar(label, (Decimal(value),)) for label, value in owed)
    return Bars(
        name="ageing",
        title="When it expires",
        unit=RUPEES,
        of="Expires in",
        parts=("Value",),
        bars=bars,
        adds_up=True,
    )


def _weeks() -> Chart:
    parts = ("Delivered", "Cancelled late", "Did not come", "Cancelled in time")
    weeks = [
        ("4 May", 96, 4, 3, 9),
        ("11 May", 101, 2, 6, 11),
        ("18 May", 88, 5, 2, 4),
        ("25 May", 107, 1, 0, 8),
    ]
    bars = tuple(Bar(label, tuple(Decimal(value) for value in values)) for label, *values in weeks)
    return Bars(
        name="weeks", title="What became of the visits", unit=Count(), of="Week of", parts=parts, bars=bars
    )


def _hours() -> Chart:
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    hours = tuple(f"{hour:02}" for hour in range(8, 20))
    cells = tuple(
        tuple(
            None if day == 6 or (day == 5 and hour > 5) else Decimal((day * 17 + hour * hour * 7) % 101)
            for hour in range(len(hours))
        )
        for day in range(len(days))
    )
    return HeatMap(
        name="hours",
        title="Capacity used, in per cent",
        unit=Percent(),
        of="Day",
        rows=days,
        columns=hours,
        cells=cells,
        most=Decimal(100),
    )


def _nothing() -> Chart:
    return LineChart(
        name="nothing", title="Nothing yet", unit=RUPEES, of="Month", shows="Liability", points=()
    )
