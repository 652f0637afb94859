"""Briefs as an RSS 2.0 and a JSON Feed 1.1 file, for a feed reader that watches a folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ui.render.escape import foreign

SHOWN: Final = 30
"""Entries of a feed."""


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One brief, or one portfolio page."""

    id: str
    """The same for ever: `urn:vciso:...`."""
    title: str
    summary: str
    html: str
    url: str
    """Of the page beside the feed."""
    written_at: datetime


def rss(title: str, home_url: str, entries: Sequence[FeedEntry]) -> bytes:
    """An RSS 2.0 document, newest entry first.

    Args:
        title: of the feed.
        home_url: of the folder.
        entries: newest first.
    """
    from feedgen.feed import FeedGenerator  # noqa: PLC0415 - lxml comes with it, and most commands write no feed

    feed = FeedGenerator()
    feed.title(foreign(title))
    feed.link(href=home_url)
    feed.description(foreign(title))
    feed.language("en")
    feed.generator("vciso-copilot")
    if entries:
        feed.lastBuildDate(entries[0].written_at)
    for entry in entries[:SHOWN]:
        item = feed.add_entry(order="append")
        item.guid(entry.id, permalink=False)
        item.title(foreign(entry.title))
        item.link(href=entry.url)
        item.description(foreign(entry.summary))
        item.content(entry.html)
        item.pubDate(entry.written_at)
    document: bytes = feed.rss_str(pretty=True)
    return document


def json_feed(title: str, home_url: str, entries: Sequence[FeedEntry]) -> str:
    """A JSON Feed 1.1 document (https://www.jsonfeed.org/version/1.1/), newest entry first. Arguments as `rss`."""
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": foreign(title),
        "home_page_url": home_url,
        "language": "en",
        "items": [
            {
                "id": entry.id,
                "url": entry.url,
                "title": foreign(entry.title),
                "summary": foreign(entry.summary),
                "content_html": entry.html,
                "date_published": entry.written_at.isoformat(timespec="seconds"),
            }
            for entry in entries[:SHOWN]
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1)
