"""One item of a feed, as plain text, with what the publisher really sent kept beside it."""

from __future__ import annotations

from knowledge.records.base import Record, UtcDatetime


class NewsItem(Record):
    """A feed entry. Its words are the publisher's and hostile data: shown, matched, never obeyed."""

    id: str
    """`n-` and 16 hex digits of SHA-256 over source id and identity; the same input gives the same id."""
    source_id: str
    identity: str
    """Which rung of the ladder named it: `guid:…`, `link:…`, `link+date:…` or `title:…`."""
    title: str
    """Plain text, invisible and bidirectional control characters removed."""
    summary: str = ""
    """Plain text likewise; at most 20,000 characters."""
    link: str = ""
    """`http` or `https`, else empty."""
    links: tuple[str, ...] = ()
    """Other `http(s)` links found in the body, in order."""
    author: str = ""
    published_at: UtcDatetime | None = None
    updated_at: UtcDatetime | None = None
    first_seen_at: UtcDatetime
    last_changed_at: UtcDatetime
    content_sha256: str
    """Over title, summary and link as shown; a change makes a revision."""
    hidden_text: bool = False
    """The original carried invisible or direction-changing characters, or text that a page would hide."""
    raw_title: str = ""
    raw_summary: str = ""
    """The publisher's markup, cut at 50,000 characters; kept only where it differs from the plain text."""


class NewsRevision(Record):
    """What an item said before an edit."""

    item_id: str
    replaced_at: UtcDatetime
    title: str
    summary: str
    link: str
    content_sha256: str
