"""Writes the feeds beside the briefs and beside the portfolio pages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from pydantic import ValidationError

from knowledge.outbox import delivery_of
from knowledge.places import Places
from knowledge.records.base import ClientId
from knowledge.records.brief import Portfolio
from ui.deliver.atomic import write_text
from ui.deliver.messages import brief_message, portfolio_message
from ui.render.feed import SHOWN, FeedEntry, json_feed, rss


def write_client_feed(places: Places, client_id: ClientId) -> tuple[Path, ...]:
    """Writes `feed.xml` and `feed.json` beside a client's briefs; takes them away where the client wants none.

    Raises:
        NotFoundError: no such client.
        StoreError: the disk refused.
    """
    client = places.profile(client_id)
    with places.client(client_id) as place:
        folder = place.briefs_folder
        wanted = delivery_of(place).feed
        with place.read() as unit:
            briefs = [unit.briefs.get(day) for day in unit.briefs.days()[:SHOWN]] if wanted else []
    entries = []
    for brief in briefs:
        if brief is not None:
            message = brief_message(brief)
            entries.append(
                FeedEntry(
                    id=f"urn:vciso:{client.ref}:{brief.day:%Y-%m-%d}",
                    title=message.subject,
                    summary=message.lead,
                    html=message.html,
                    url=_url(folder / f"{brief.day:%Y-%m-%d}.html"),
                    written_at=brief.written_at,
                )
            )
    return _write(folder, f"{client.name}: briefs", entries)


def write_portfolio_feed(places: Places) -> tuple[Path, ...]:
    """Writes `feed.xml` and `feed.json` beside the portfolio pages.

    Raises:
        StoreError: the disk refused.
        PermissionDeniedError: whoever acts does not run the portfolio.
    """
    folder = places.portfolio_folder
    wanted = delivery_of(places.shared()).feed
    entries = []
    for file in sorted(folder.glob("????-??-??.json"), reverse=True)[:SHOWN] if wanted else ():
        try:
            page = Portfolio.model_validate_json(file.read_bytes())
        except ValidationError:  # a page of a release that wrote other fields
            continue
        message = portfolio_message(page)
        entries.append(
            FeedEntry(
                id=f"urn:vciso:portfolio:{page.day:%Y-%m-%d}",
                title=message.subject,
                summary=message.lead,
                html=message.html,
                url=_url(file.with_suffix(".html")),
                written_at=page.written_at,
            )
        )
    return _write(folder, "Portfolio", entries)


def _write(folder: Path, title: str, entries: Sequence[FeedEntry]) -> tuple[Path, ...]:
    files = (folder / "feed.xml", folder / "feed.json")
    if not entries:
        for file in files:
            file.unlink(missing_ok=True)
        return ()
    home = _url(folder)
    write_text(files[0], rss(title, home, entries).decode())
    write_text(files[1], json_feed(title, home, entries))
    return files


def _url(path: Path) -> str:
    return f"file://{quote(path.absolute().as_posix())}"
