"""The pictures of the app and of the pages on paper: open items over days, coverage, exposure, health of sources.

Each is an Altair chart over plain rows. No picture tells anything by colour alone: a line has its own sign, a cell its
figure, a bar its word. The colours have a contrast of 3:1 and more on white and on the dark ground of the app.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, Literal

from knowledge.records.triage import Label

LABELS: Final[dict[Label, tuple[str, str, str]]] = {
    "act-now": ("Act now", "#d14b3f", "triangle-up"),
    "check-today": ("Check today", "#b87514", "circle"),
    "watch": ("Watch", "#3f8fd2", "diamond"),
    "fyi": ("FYI", "#7c8894", "square"),
}
"""Word, colour and sign of each label."""

EXPOSURES: Final = {
    "internet": ("open to the internet", "#d14b3f"),
    "internal": ("internal", "#3f8fd2"),
    "isolated": ("isolated", "#2f9e6e"),
    "unknown": ("not known", "#7c8894"),
}
CRITICALITIES: Final = ("critical", "high", "medium", "low", "unknown")
CELL_LIMIT: Final = 38
"""Characters of a heading in the heat map."""
INK: Final = "#3d4c5a"
"""Words in a picture on white; on a dark ground the caller gives a light one."""
BESIDE: Final = 9
"""Pixels from the middle of a day to the outermost of its signs."""

Picture = Literal["svg", "png"]


def trend(days: Mapping[date, Mapping[str, int]]) -> Any:
    """Open items by label over the days that have a brief.

    Args:
        days: day -> label -> count; a label that is missing counts 0.
    """
    import altair as alt

    rows = [
        {"day": day.isoformat(), "label": words, "open": counts.get(label, 0)}
        for day, counts in sorted(days.items())
        for label, (words, _, _) in LABELS.items()
    ]
    names = [words for words, _, _ in LABELS.values()]
    base = alt.Chart(_data(rows)).encode(
        x=alt.X(
            "yearmonthdate(day):O",
            title=None,
            scale=alt.Scale(type="point", padding=0.5),
            axis=alt.Axis(format="%-d %b", labelAngle=0, labelOverlap=True),
        ),
        # Labels that count the same on a day stand side by side: none hides another.
        xOffset=alt.XOffset("label:N", sort=names, scale=alt.Scale(domain=names, range=[-BESIDE, BESIDE])),
        y=alt.Y("open:Q", title="open items", axis=alt.Axis(tickMinStep=1, format="d")),
        color=alt.Color(
            "label:N", title=None, sort=names, scale=alt.Scale(domain=names, range=[c for _, c, _ in LABELS.values()])
        ),
        tooltip=[
            alt.Tooltip("yearmonthdate(day):T", title="day", format="%-d %B %Y"),
            alt.Tooltip("label:N", title="label"),
            alt.Tooltip("open:Q", title="open"),
        ],
    )
    shapes = alt.Shape(
        "label:N", title=None, sort=names, scale=alt.Scale(domain=names, range=[s for _, _, s in LABELS.values()])
    )
    legend = alt.Legend(orient="top", title=None, symbolSize=90)
    points = base.mark_point(filled=True, size=80, opacity=1).encode(shape=shapes.legend(legend))
    return alt.layer(base.mark_line(strokeWidth=2), points).properties(height=220)


def coverage_map(cells: Sequence[Mapping[str, Any]]) -> Any:
    """How much of each framework's parts is covered by what: one cell per part and kind of cover.

    Args:
        cells: `framework`, `part` (a function or chapter), `covered` and `total` (counts of requirements).
    """
    import altair as alt

    rows = [
        {
            "framework": cell["framework"],
            "part": _short(cell["part"]),
            "name": cell["part"],
            "share": cell["covered"] / cell["total"] if cell["total"] else 0.0,
            "figure": f"{cell['covered']}/{cell['total']}",
        }
        for cell in cells
    ]
    order = list(dict.fromkeys(row["part"] for row in rows))
    base = alt.Chart(_data(rows)).encode(
        y=alt.Y("part:N", sort=order, title=None, axis=alt.Axis(labelLimit=300)),
        x=alt.X("framework:N", sort=None, title=None, axis=alt.Axis(labelAngle=0, orient="top", labelLimit=160)),
        tooltip=[
            alt.Tooltip("framework:N", title="by"),
            alt.Tooltip("name:N", title="part"),
            alt.Tooltip("figure:N", title="requirements covered"),
        ],
    )
    # Light to dark in one hue, the figure in each cell: it reads on paper and for colour-blind eyes too.
    fill = alt.Color(
        "share:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=["#e8eef4", "#0b5394"], interpolate="lab")
    )
    cell_rects = base.mark_rect(stroke="#7c8894", strokeWidth=1).encode(color=fill)
    words = base.mark_text(fontSize=12, fontWeight=600).encode(
        text="figure:N", color=alt.condition("datum.share > 0.5", alt.value("#ffffff"), alt.value("#12202e"))
    )
    return alt.layer(cell_rects, words).properties(height=alt.Step(30))


def exposure(counts: Mapping[tuple[str, str], int], *, ink: str = INK) -> Any:
    """Assets by criticality and by how they can be reached: one bar each, most critical first.

    Args:
        counts: (criticality, exposure) -> number of assets.
        ink: colour of the figures.
    """
    import altair as alt

    rows = [
        {"row": f"{'not known' if rank == 'unknown' else rank}, {words}", "reach": words, "assets": number}
        for rank in CRITICALITIES
        for reach, (words, _) in EXPOSURES.items()
        if (number := counts.get((rank, reach), 0))
    ]
    colours = dict(EXPOSURES.values())
    base = alt.Chart(_data(rows)).encode(
        y=alt.Y("row:N", sort=[str(row["row"]) for row in rows], title=None, axis=alt.Axis(labelLimit=300)),
        x=alt.X("assets:Q", title="assets", axis=alt.Axis(tickMinStep=1, format="d")),
        tooltip=[alt.Tooltip("row:N", title="criticality, reach"), alt.Tooltip("assets:Q", title="assets")],
    )
    bars = base.mark_bar().encode(
        color=alt.Color("reach:N", legend=None, scale=alt.Scale(domain=list(colours), range=list(colours.values())))
    )
    return alt.layer(bars, base.mark_text(align="left", dx=5, color=ink).encode(text="assets:Q")).properties(
        height=alt.Step(26)
    )


def source_health(rows: Sequence[Mapping[str, Any]], *, ink: str = INK) -> Any:
    """Hours since each source was last read, with the word for how it stands.

    Args:
        rows: `source`, `hours` (since the last good reading; None: never) and `state` (good, late, failed, never).
        ink: colour of the words.
    """
    import altair as alt

    marks = {"good": ("#2f9e6e", "✓"), "late": ("#b87514", "…"), "failed": ("#d14b3f", "✗"), "never": ("#7c8894", "–")}
    values = [
        {
            "source": row["source"],
            "hours": row["hours"] or 0,
            "state": row["state"],
            "words": f"{marks[row['state']][1]} {row['state']}, {ago(row['hours'])}",
        }
        for row in rows
    ]
    base = alt.Chart(_data(values)).encode(
        y=alt.Y("source:N", sort=None, title=None, axis=alt.Axis(labelLimit=220)),
        x=alt.X("hours:Q", axis=None, scale=alt.Scale(type="symlog"), title="hours"),
        tooltip=[alt.Tooltip("source:N"), alt.Tooltip("words:N", title="state")],
    )
    bars = base.mark_bar(minBandSize=10).encode(
        color=alt.Color(
            "state:N",
            legend=None,
            scale=alt.Scale(domain=list(marks), range=[colour for colour, _ in marks.values()]),
        )
    )
    words = base.mark_text(align="left", dx=6, color=ink).encode(text="words:N")
    return alt.layer(bars, words).properties(height=alt.Step(26))


def ago(hours: float | None) -> str:
    """`3 h ago`, `4 days ago`, `not read yet`."""
    if hours is None:
        return "not read yet"
    if hours < 1:
        return "less than an hour ago"
    return f"{hours:.0f} h ago" if hours < 48 else f"{hours / 24:.0f} days ago"


def picture(chart: Any, form: Picture = "svg", *, width: int = 620) -> bytes:
    """A chart as an SVG or a PNG file, drawn here: no browser, no connection.

    Raises:
        ImportError: the extra `web` is not installed.
    """
    import vl_convert

    spec = (
        chart.properties(width=width)
        .configure_view(stroke=None)
        .configure_axis(labelFontSize=12, titleFontSize=12, gridColor="#c9d1d8")
    )
    text = spec.to_json(validate=False)
    if form == "svg":
        return str(vl_convert.vegalite_to_svg(text)).encode()
    return bytes(vl_convert.vegalite_to_png(text, scale=2))


def _data(rows: Sequence[Mapping[str, Any]]) -> Any:
    """Rows as inline values of the chart: nothing is written to a file or fetched."""
    import altair as alt

    return alt.InlineData(values=[dict(row) for row in rows])


def _short(text: str) -> str:
    return text if len(text) <= CELL_LIMIT else f"{text[: CELL_LIMIT - 1].rstrip()}…"
