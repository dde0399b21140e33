"""Bar charts as SVG. The years differ in place, pattern and number, not by colour alone; more is not worse."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from threading import Lock
from typing import Any

from services.reporting.annual.report import FilledReport
from services.reporting.annual.section import Bar

_BLUE, _LIGHT, _INK = "#1d70b8", "#d2e2f1", "#0b0c0c"
# matplotlib's settings belong to the process, and charts are drawn in threads.
_DRAWING = Lock()


@dataclass(frozen=True)
class Chart:
    """What is drawn. The table after it has the same words and numbers."""

    title: str
    year: str
    previous_year: str
    bars: tuple[Bar, ...]

    @property
    def description(self) -> str:
        """Every number of the chart in a sentence."""

        parts = [f"{bar.label}: {_number(bar.value)}, the year before {_number(bar.previous)}" for bar in self.bars]
        return f"{self.title}, {self.year} and {self.previous_year}. {'; '.join(parts)}."


def chart_of(report: FilledReport) -> Chart | None:
    """The bars of the first section that is to be drawn; None where it has no numbers."""
    for filled in report.sections:
        if filled.section.charted(report.asked) and filled.bars:
            return Chart(filled.section.chart, report.asked.year, report.asked.previous, filled.bars)
    return None


@lru_cache(maxsize=64)
def draw(chart: Chart) -> str:
    """The chart as an SVG document with a title and a description. Blocking: about 0.1 seconds the first time."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure as Canvas

    settings: dict[Any, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": "redress",
        "font.family": "sans-serif",
        "font.size": 11,
        "hatch.linewidth": 0.8,
    }
    with _DRAWING, rc_context(settings):
        canvas = Canvas(figsize=(8, 0.9 + 0.75 * len(chart.bars)), layout="constrained")
        FigureCanvasSVG(canvas)
        axes = canvas.subplots()
        rows = range(len(chart.bars))
        now = axes.barh(
            [row - 0.2 for row in rows],
            [bar.value or 0 for bar in chart.bars],
            height=0.38,
            color=_BLUE,
            label=chart.year,
        )
        then = axes.barh(
            [row + 0.2 for row in rows],
            [bar.previous or 0 for bar in chart.bars],
            height=0.38,
            color=_LIGHT,
            edgecolor=_BLUE,
            hatch="///",
            label=chart.previous_year,
        )
        axes.bar_label(now, [_number(bar.value) for bar in chart.bars], padding=4, color=_INK)
        axes.bar_label(then, [_number(bar.previous) for bar in chart.bars], padding=4, color=_INK)
        axes.set_yticks(list(rows), [bar.label for bar in chart.bars])
        axes.invert_yaxis()
        axes.margins(x=0.12)
        axes.xaxis.set_visible(False)
        for side in ("top", "right", "bottom"):
            axes.spines[side].set_visible(False)
        axes.legend(loc="lower right", frameon=False)
        out = io.StringIO()
        canvas.savefig(out, format="svg", metadata={"Date": None, "Creator": "Redress", "Title": chart.title})
    return _described(out.getvalue(), chart)


def data_uri(svg: str) -> str:
    """The chart as an image that a page carries in itself."""
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def _number(value: int | None) -> str:
    return "not known" if value is None else f"{value:,}"


def _described(svg: str, chart: Chart) -> str:
    head, _, rest = svg.partition("<svg ")
    attributes, _, body = rest.partition(">")
    described = f'<title id="chart-title">{escape(chart.title)}</title><desc id="chart-desc">{escape(chart.description)}</desc>'
    return f'{head}<svg role="img" aria-labelledby="chart-title chart-desc" {attributes}>{described}{body}'
