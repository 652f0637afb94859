"""The portfolio for the terminal, drawn by rich; text of others can neither mark up nor steer it."""

from __future__ import annotations

from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from knowledge.records.brief import Portfolio, PortfolioCell
from ui.render.escape import shown
from ui.render.portfolio_view import CELL_WORDS, portfolio_view

_CELL_STYLES: Final[dict[PortfolioCell, str]] = {
    "affected": "bold red",
    "unknown": "yellow",
    "in-scope": "",
    "decided": "",
    "not-affected": "green",
    "none": "dim",
}
_LABEL_STYLES: Final = {"Act now": "bold red", "Check today": "yellow"}


def _t(text: str, style: str = "") -> Text:
    # Text, never str: rich parses markup in strings. `shown` has removed escape and control characters.
    return Text(shown(text), style=style)


def _table(*heads: str) -> Table:
    table = Table(expand=False, pad_edge=False)
    for head in heads:
        table.add_column(_t(head))
    return table


def portfolio_terminal(portfolio: Portfolio) -> RenderableType:
    """Something for `Console.print`: the decision, the clients, the stories, what failed."""
    view = portfolio_view(portfolio)
    parts: list[RenderableType] = [_t(view.title, "bold"), _t(view.headline), Text()]
    if view.clients:
        table = _table("Client", *view.labels, "Today")
        for line in view.clients:
            numbers = [_t(str(count) if count else "–", "bold" if count else "dim") for count in line.counts]
            table.add_row(_t(line.name, "bold"), *numbers, _t(line.headline))
        parts += [table, Text()]
    if view.stories:
        table = _table("", "Story", *view.columns)
        for story in view.stories:
            cells = [_t(CELL_WORDS[cell], _CELL_STYLES[cell]) for cell in story.cells] or [_t(n) for n in story.named]
            about = Text.assemble(_t(story.story), " " if story.cves else "", _t(story.cves, "dim"))
            table.add_row(_t(story.label, _LABEL_STYLES.get(story.label, "")), about, *cells)
        parts.append(table)
    parts += [_t(text) for text in (view.rest,) if text]
    parts += [_t(f"Not written: {line}", "red") for line in view.failed]
    parts += [_t(line, "dim") for line in view.sources]
    return Group(*parts)
