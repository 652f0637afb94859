"""The portfolio as tables of words, so that every face says the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, get_args

from advisor.brief.order import ALERTS
from advisor.brief.words import capital, counted, figures, listed, stop
from knowledge.records.brief import Portfolio, PortfolioCell, PortfolioRow
from knowledge.records.triage import Label
from ui.render.view import LABEL_WORDS

CELL_WORDS: Final[dict[PortfolioCell, str]] = {
    "affected": "Affected",
    "unknown": "Not known",
    "in-scope": "In scope",
    "decided": "Decided",
    "not-affected": "Not affected",
    "none": "–",
}

MATRIX_CLIENTS: Final = 6
"""With more clients than this a column each does not fit a page: the cells then list the names."""
QUIET_ROWS: Final = 15
"""Rows of Watch and FYI stories; pressing ones are all shown."""
CVES_SHOWN: Final = 2


@dataclass(frozen=True, slots=True)
class ClientLine:
    """One client: what the day asks for, and how many items of each label."""

    client_id: str
    name: str
    headline: str
    counts: tuple[int, ...]
    """In the order of `LABEL_WORDS`."""


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One story over the clients."""

    label: str
    story: str
    cves: str
    cells: tuple[PortfolioCell, ...]
    """One per client where they fit as columns, else empty."""
    named: tuple[str, ...]
    """Names of those affected, not known, in scope, decided and not affected, where columns do not fit."""


@dataclass(frozen=True, slots=True)
class PortfolioView:
    """The whole page."""

    title: str
    headline: str
    clients: tuple[ClientLine, ...]
    labels: tuple[str, ...]
    columns: tuple[str, ...]
    """Headings of the matrix after label and story."""
    stories: tuple[StoryLine, ...]
    rest: str
    failed: tuple[str, ...]
    sources: tuple[str, ...]
    foot: str


def portfolio_view(portfolio: Portfolio) -> PortfolioView:
    """Everything that the page shows, in order, in words."""
    names = dict(portfolio.clients)
    labels: tuple[Label, ...] = get_args(Label)
    pressing = [row for row in portfolio.rows if row.label in ALERTS]
    quiet = [row for row in portfolio.rows if row.label not in ALERTS]
    shown = [*pressing, *quiet[:QUIET_ROWS]]
    rest = len(quiet) - QUIET_ROWS
    as_columns = len(names) <= MATRIX_CLIENTS
    day = f"{portfolio.day:%A} {portfolio.day.day} {portfolio.day:%B} {portfolio.day.year}"
    good = sum(source.good for source in portfolio.sources)
    sources = [f"{good} of {figures(len(portfolio.sources), 'source')} read."]
    sources += [f"{source.title}: {stop(source.sentence)}" for source in portfolio.sources if not source.good]
    return PortfolioView(
        title=f"All clients — {day}",
        headline=_headline(portfolio),
        clients=tuple(
            ClientLine(
                client_id=client_id,
                name=name,
                headline=portfolio.headlines.get(client_id, ""),
                counts=tuple(portfolio.counts.get(client_id, {}).get(label, 0) for label in labels),
            )
            for client_id, name in portfolio.clients
        ),
        labels=tuple("FYI" if label == "fyi" else LABEL_WORDS[label] for label in labels),
        columns=tuple(names.values()) if as_columns else tuple(CELL_WORDS[cell] for cell in _NAMED),
        stories=tuple(_story(row, names, as_columns=as_columns) for row in shown),
        rest=f"And {figures(rest, 'quieter story', 'quieter stories')} in the briefs." if rest > 0 else "",
        failed=tuple(f"{client_id}: {stop(why)}" for client_id, why in sorted(portfolio.failed.items())),
        sources=tuple(sources) if portfolio.sources else ("No source is set up.",),
        foot=f"Written {portfolio.written_at:%Y-%m-%d %H:%M} UTC.",
    )


_NAMED: Final[tuple[PortfolioCell, ...]] = ("affected", "unknown", "in-scope", "decided", "not-affected")


def _story(row: PortfolioRow, names: dict[str, str], *, as_columns: bool) -> StoryLine:
    cells = tuple(row.cells.get(client_id, "none") for client_id in names)
    named = tuple(
        listed([name for client_id, name in names.items() if row.cells.get(client_id) == cell]) or "–"
        for cell in _NAMED
    )
    return StoryLine(
        label="FYI" if row.label == "fyi" else LABEL_WORDS[row.label],
        story=row.story,
        cves=listed(row.cve_ids, most=CVES_SHOWN),
        cells=cells if as_columns else (),
        named=() if as_columns else named,
    )


def _headline(portfolio: Portfolio) -> str:
    """How many clients need something, by name."""

    def needing(labels: Sequence[str]) -> list[str]:
        return [
            name
            for client_id, name in portfolio.clients
            if any(portfolio.counts.get(client_id, {}).get(label, 0) for label in get_args(Label) if label in labels)
        ]

    now = needing(("act-now",))
    check = [name for name in needing(("check-today",)) if name not in now]
    parts: list[str] = []
    if now:
        verb = "has" if len(now) == 1 else "have"
        parts.append(f"{capital(counted(len(now), 'client'))} {verb} something to act on now: {listed(now, most=4)}.")
    if check:
        verb = "has" if len(check) == 1 else "have"
        parts.append(
            f"{capital(counted(len(check), 'client'))} {verb} something to check today: {listed(check, most=4)}."
        )
    quiet = len(portfolio.clients) - len(now) - len(check)
    if not portfolio.clients and not portfolio.failed:
        return "No client yet."
    if quiet:
        whom = "no client" if not (now or check) else counted(quiet, "other client", "other clients")
        parts.append("Nothing needs any client today." if whom == "no client" else f"Nothing pressing for {whom}.")
    if portfolio.failed:
        count = len(portfolio.failed)
        parts.append(f"The brief of {counted(count, 'client')} could not be written.")
    return " ".join(parts)
