"""Charts as inline SVG: bars with their interval, nothing from outside the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, ROW, LABEL, VALUE = 1_000, 24, 540, 70
"""Pixels: the whole chart, a bar's row, the names left of the bars, the figures right of them."""


@dataclass(frozen=True)
class Bar:
    """One figure, 0 to `top`."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    ours: bool = True


def bars(title: str, rows: Sequence[Bar], *, top: float = 1.0) -> str:
    """A chart of horizontal bars; each has its figure in text, so that nothing is told by colour or length alone."""
    room = WIDTH - LABEL - VALUE
    height = ROW * len(rows) + 8

    def x(value: float) -> float:
        return LABEL + room * max(0.0, min(1.0, value / top if top else 0.0))

    parts = [
        f'<svg role="img" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title>'
    ]
    for number, bar in enumerate(rows):
        y = ROW * number + 4
        colour = "#1f5f8b" if bar.ours else "#9aa5ad"
        parts.append(f'<text x="{LABEL - 8}" y="{y + 14}" text-anchor="end">{escape(bar.name)}</text>')
        parts.append(f'<rect x="{LABEL}" y="{y + 2}" width="{x(bar.value) - LABEL:.1f}" height="14" fill="{colour}"/>')
        if bar.low is not None and bar.high is not None:
            middle = y + 9
            parts.append(
                f'<path d="M{x(bar.low):.1f} {middle}H{x(bar.high):.1f}M{x(bar.low):.1f} {middle - 4}v8'
                f'M{x(bar.high):.1f} {middle - 4}v8" stroke="#222" fill="none"/>'
            )
        shown = f"{bar.value:.3f}" if top <= 1 else f"{bar.value:g}"
        parts.append(f'<text x="{WIDTH - VALUE + 10}" y="{y + 14}">{shown}</text>')
    return "".join(parts) + "</svg>"
