"""Charts: figures in, an SVG by Django templates out; the same on screens, on phones and in PDFs.

Axes start at 0, values stand beside what shows them, and no meaning hangs on colour alone. See docs/charts.md.
"""

from .bars import Bar, Bars
from .heat import HeatMap
from .line import LineChart, Point
from .units import Amount, Count, Percent
from .waterfall import Step, Waterfall

__all__ = ["Amount", "Bar", "Bars", "Count", "HeatMap", "LineChart", "Percent", "Point", "Step", "Waterfall"]
