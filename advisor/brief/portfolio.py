"""The page that comes first: all clients against the stories of the day, walked over finished briefs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import get_args

from advisor.brief.concerns import LABEL_RANK
from knowledge.records.base import ClientId, CveId
from knowledge.records.brief import Brief, BriefItem, Portfolio, PortfolioCell, PortfolioRow, SourceCoverage
from knowledge.records.triage import Label

_CELL_RANK: dict[PortfolioCell, int] = {
    "affected": 0,
    "unknown": 1,
    "in-scope": 2,
    "decided": 3,
    "not-affected": 4,
    "none": 5,
}


def compose_portfolio(briefs: Sequence[Brief], failed: Mapping[ClientId, str], now: datetime) -> Portfolio:
    """Clients by stories, most pressing story first.

    A story is a row when at least one client's brief shows it today. Stories of different clients are one row when
    they have the same story id or share a CVE id. A client for whom the brief says that it is not affected, or that
    decided on the story, gets its cell too. What every client has decided on comes after the rest.

    Args:
        briefs: the day's briefs, one per client.
        failed: clients whose brief could not be written, with the sentence why.
        now: when the page is written; its day is the latest day of the briefs.
    """
    ordered = sorted(briefs, key=lambda brief: (brief.client_name.casefold(), brief.client_id))
    rows = [_row(group, ordered) for group in _groups(ordered)]
    return Portfolio(
        day=max((brief.day for brief in ordered), default=now.date()),
        written_at=now,
        clients=tuple((brief.client_id, brief.client_name) for brief in ordered),
        headlines={brief.client_id: brief.headline for brief in ordered},
        counts={brief.client_id: _counts(brief) for brief in ordered},
        rows=tuple(row for row, _ in sorted(rows, key=lambda entry: entry[1])),
        failed=dict(failed),
        sources=_sources(ordered),
    )


def _counts(brief: Brief) -> dict[Label, int]:
    labels: tuple[Label, ...] = get_args(Label)
    # What is acknowledged is in hand: counting it would call for the same attention every morning.
    asking = [item for item in brief.items if item.standing != "acknowledged"]
    return {label: sum(item.label == label for item in asking) for label in labels}


def _groups(briefs: Sequence[Brief]) -> list[list[BriefItem]]:
    """Items of all clients that tell one story, over shown items."""
    groups: list[list[BriefItem]] = []
    for item in (item for brief in briefs for item in brief.items):
        marks = _marks(item)
        meeting = [group for group in groups if any(marks & _marks(other) for other in group)]
        merged = [item for group in meeting for item in group]
        groups = [group for group in groups if group not in meeting]
        groups.append([*merged, item])
    return groups


def _marks(item: BriefItem) -> frozenset[str]:
    return frozenset({item.story_id, *item.cve_ids})


def _row(group: Sequence[BriefItem], briefs: Sequence[Brief]) -> tuple[PortfolioRow, tuple[bool, int, int, date, str]]:
    marks = frozenset(mark for item in group for mark in _marks(item))
    asking = [item for item in group if item.standing == "open"]
    first = min(asking or group, key=lambda item: (LABEL_RANK[item.label], item.due or date.max, item.key))
    cves: dict[CveId, None] = dict.fromkeys(cve for item in group for cve in item.cve_ids)
    row = PortfolioRow(
        story=first.topic or first.what,
        cve_ids=tuple(cves),
        label=first.label,
        cells={brief.client_id: _cell(brief, marks) for brief in briefs},
    )
    touched = sum(cell in ("affected", "unknown", "in-scope") for cell in row.cells.values())
    return row, (not asking, LABEL_RANK[first.label], -touched, first.due or date.max, first.key)


def _cell(brief: Brief, marks: frozenset[str]) -> PortfolioCell:
    cells: list[PortfolioCell] = ["none"]
    for item in (*brief.items, *brief.quiet):
        if _marks(item) & marks:
            cells.append(_held(item) if item.standing == "open" else "decided")
    if marks & set(brief.cleared):
        cells.append("not-affected")
    return min(cells, key=lambda cell: _CELL_RANK[cell])


def _held(item: BriefItem) -> PortfolioCell:
    if item.verdict == "affected":
        return "affected"
    return "in-scope" if all(verdict.match.subject_kind == "client" for verdict in item.verdicts) else "unknown"


def _sources(briefs: Sequence[Brief]) -> tuple[SourceCoverage, ...]:
    """Each source once, the failed sight of it where two briefs differ."""
    found: dict[str, SourceCoverage] = {}
    for source in (source for brief in briefs for source in brief.coverage.sources):
        if source.source_id not in found or not source.good:
            found[source.source_id] = source
    return tuple(found[source_id] for source_id in sorted(found))
