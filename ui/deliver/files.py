"""Writes briefs and the portfolio page as files: whole or not at all, one set a day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from importlib.util import find_spec
from pathlib import Path

from knowledge.places import Places
from knowledge.records.base import ClientId
from knowledge.records.brief import Brief, Portfolio
from ui.deliver.atomic import write_text
from ui.deliver.feeds import write_client_feed, write_portfolio_feed
from ui.render.html import brief_html, portfolio_html
from ui.render.markdown import brief_markdown, portfolio_markdown

TREND_DAYS = 14
"""Days of the picture of open items."""


def brief_file(places: Places, client_id: ClientId, day: date, suffix: str) -> Path:
    """Where a client's brief of a day lies; `suffix` is `md`, `html` or `json`."""
    return places.client_folder(client_id) / "briefs" / f"{day:%Y-%m-%d}.{suffix}"


def portfolio_file(places: Places, day: date, suffix: str) -> Path:
    """Where the portfolio page of a day lies."""
    return places.portfolio_folder / f"{day:%Y-%m-%d}.{suffix}"


def write_brief(places: Places, brief: Brief) -> tuple[Path, ...]:
    """Writes one client's brief as Markdown, HTML and JSON into the client's place, and the feeds over its briefs.

    Raises:
        StoreError: the disk refused; the files of an earlier run are as they were.
    """
    texts = {
        "md": brief_markdown(brief),
        "html": brief_html(brief, picture=_client_trend(places, brief)),
        "json": brief.model_dump_json(indent=1),
    }
    files = [write_text(brief_file(places, brief.client_id, brief.day, suffix), text) for suffix, text in texts.items()]
    return (*files, *write_client_feed(places, brief.client_id))


def write_portfolio(places: Places, portfolio: Portfolio, briefs: Sequence[Brief]) -> tuple[Path, ...]:
    """Writes the portfolio page as Markdown, HTML and JSON, with links to each client's brief beside it, and its feeds.

    Raises:
        StoreError: the disk refused.
    """
    hrefs = {brief.client_id: f"../clients/{brief.client_id}/briefs/{brief.day:%Y-%m-%d}" for brief in briefs}
    texts = {
        "md": portfolio_markdown(portfolio, {client: f"{href}.md" for client, href in hrefs.items()}),
        "html": portfolio_html(
            portfolio, {client: f"{href}.html" for client, href in hrefs.items()}, picture=_trend(places, portfolio)
        ),
        "json": portfolio.model_dump_json(indent=1),
    }
    files = [write_text(portfolio_file(places, portfolio.day, suffix), text) for suffix, text in texts.items()]
    return (*files, *write_portfolio_feed(places))


def _trend(places: Places, portfolio: Portfolio) -> str:
    """Open items of all clients over the kept days as SVG; empty for a single day, or where nothing can draw it."""
    if not _can_draw():
        return ""
    days: dict[date, dict[str, int]] = {portfolio.day: _open_items(portfolio)}
    for file in sorted(places.portfolio_folder.glob("????-??-??.json"), reverse=True)[:TREND_DAYS]:
        try:
            kept = Portfolio.model_validate_json(file.read_bytes())
        except (OSError, ValueError):  # a page of an older form tells nothing; the others do
            continue
        days.setdefault(kept.day, _open_items(kept))
    return _drawn(days)


def _client_trend(places: Places, brief: Brief) -> str:
    """Open items of one client over its days up to the brief's as SVG; empty as `_trend` is."""
    if not _can_draw():
        return ""
    with places.client(brief.client_id) as place, place.read() as unit:
        # Days after the brief are not of it: its page stays the same when it is written again.
        earlier = unit.briefs.counts(TREND_DAYS - 1, before=brief.day)
    mine: Counter[str] = Counter(item.label for item in brief.items if item.standing != "acknowledged")
    return _drawn(earlier | {brief.day: dict(mine)})


def _can_draw() -> bool:
    return find_spec("altair") is not None and find_spec("vl_convert") is not None


def _drawn(days: Mapping[date, Mapping[str, int]]) -> str:
    if len(days) < 2:
        return ""
    from ui.render.charts import picture, trend  # noqa: PLC0415 - Altair is slow to import

    return picture(trend(days)).decode()


def _open_items(portfolio: Portfolio) -> dict[str, int]:
    found: dict[str, int] = {}
    for counts in portfolio.counts.values():
        for label, number in counts.items():
            found[label] = found.get(label, 0) + number
    return found
