"""RSS and Atom feeds: bytes to entries in plain text, each under an identity that stays the same from day to day."""

from __future__ import annotations

import calendar
import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import feedparser
from feedparser.mixin import _FeedParserMixin

from ingest.clean import ANSI, PlainText, one_line, plain_from_html, plain_from_text, safe_link
from ingest.sources.envelope import envelope
from ingest.sources.fields import utc
from knowledge.records.base import Record, UtcDatetime

PARSER_VERSION = 1


@dataclass(frozen=True, slots=True)
class Config:
    """Bounds of one feed."""

    max_items: int = 500
    """Newest ones taken from one document."""
    max_title: int = 500
    max_summary: int = 20_000
    max_author: int = 200
    max_raw: int = 50_000
    future: timedelta = timedelta(hours=1)
    """How far ahead a publisher's clock may be before its date is cut to now."""


CONFIG = Config()
ACCEPT = "application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1"

_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,400}\?>")
_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})")
_ROOT = re.compile(r"<(?:[A-Za-z_]\w*:)?(?:rss|feed|rdf|channel)\b", re.IGNORECASE)
_ROOT_END = re.compile(r"</\s*(?:[A-Za-z_]\w*:)?(?:rss|feed|rdf)\s*>", re.IGNORECASE)
_ITEM_END = re.compile(r"</\s*(?:item|entry)\s*>", re.IGNORECASE)
_ITEM_START = re.compile(r"<(?:item|entry)[\s>]", re.IGNORECASE)
_ITEM_DATE = re.compile(r"<(?:pubDate|published|updated|dc:date)>\s*([^<]{6,60}?)\s*<", re.IGNORECASE)
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_LONE = re.compile("[\ud800-\udfff\ufffe\uffff]")
_MAGIC = {
    b"\x89PNG": "a PNG picture", b"GIF8": "a GIF picture", b"\xff\xd8\xff": "a JPEG picture", b"%PDF": "a PDF file",
    b"PK\x03\x04": "a ZIP file", b"\x1f\x8b": "a gzip file", b"{": "JSON", b"[": "JSON", b"SQLite": "a database",
}  # fmt: skip
_HTML = re.compile(r"^\s*(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)


def _keep_author(self: object, key: str = "author") -> None:
    """Leave the author as written.

    feedparser would search it for an email with a pattern that takes minutes on a long text (measured: 13 s on 40 KB).
    """


_FeedParserMixin._sync_author_detail = _keep_author


@dataclass(slots=True)
class _Run:
    """One reading of one document."""

    source_id: str
    now: datetime
    skipped: list[tuple[str, str]]

    def skip(self, subject: str, reason: str) -> None:
        self.skipped.append((subject, reason))


class FeedEntry(Record):
    """One entry as parsed; `ingest/decide.py` makes a NewsItem of it."""

    id: str
    identity: str
    title: str
    summary: str = ""
    link: str = ""
    links: tuple[str, ...] = ()
    author: str = ""
    published_at: UtcDatetime | None = None
    updated_at: UtcDatetime | None = None
    content_sha256: str
    hidden_text: bool = False
    raw_title: str = ""
    raw_summary: str = ""


def parse(data: bytes, options: Mapping[str, Any]) -> dict[str, Any]:
    """Read a feed document.

    Args:
        data: the document; never a name or an address, which feedparser would open.
        options: `source_id`, and `now` as an ISO date and time with zone.

    Returns:
        An envelope of `FeedEntry` records, newest first as the feed has them, with the feed's `title`.
    """
    skipped: list[tuple[str, str]] = []
    run = _Run(str(options["source_id"]), datetime.fromisoformat(options["now"]), skipped)
    if reason := _not_a_feed(data):
        return envelope([], outcome="empty" if reason == "is empty" else "not-a-feed", sentence=reason)
    text = _NOT_XML.sub("", ANSI.sub("", _LONE.sub("\ufffd", decode(data))))
    if reason := _not_a_feed_text(text):
        return envelope([], outcome="not-a-feed", sentence=reason)
    text, truncated = _whole_items(text, run)
    text = _newest_only(text, run)
    found = feedparser.parse(
        _DECLARATION.sub("", text, count=1).encode("utf-8"),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,  # ingest/clean.py does it, and has to see what is hidden
        resolve_relative_uris=False,
    )
    if not found.version and not found.entries:
        return envelope([], outcome="not-a-feed", sentence="is not a feed: it has no channel and no entry")
    entries = _entries(found.entries, run)
    title = one_line(str(found.feed.get("title", "")), 200)
    if truncated:
        sentence = f"is cut off at the end; {len(entries)} whole {'item' if len(entries) == 1 else 'items'} came before"
        return envelope(entries, outcome="truncated", sentence=sentence, skipped=skipped, title=title)
    if not entries and not skipped:
        return envelope([], outcome="empty", sentence="is a feed without a single item", title=title)
    return envelope(entries, skipped=skipped, title=title)


def decode(data: bytes) -> str:
    """Read bytes as text: byte order mark, then declared encoding, then UTF-8, then Windows-1252.

    Python's own codecs only; UTF-7, which can smuggle markup past a filter, is never used.
    """
    for mark, name in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(name, "replace").removeprefix("\ufeff")
    if data[1:2] == b"\0" or data[:1] == b"\0":
        return data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-16-be", "replace")
    declared = _DECLARED.match(data[:400])
    for name in (declared[1].decode("ascii").lower() if declared else "utf-8", "utf-8"):
        if name.replace("-", "").replace("_", "") in ("utf7", "utf16", "utf32", "idna", "punycode"):
            continue
        try:
            return data.decode(name)
        except (LookupError, UnicodeError):
            continue
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeError:
        return data.decode("cp1252", "replace")


def _not_a_feed(data: bytes) -> str:
    start = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not data.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00"):
        return "is empty"
    for magic, name in _MAGIC.items():
        if start.startswith(magic):
            return f"is {name}, not a feed"
    return ""


def _not_a_feed_text(text: str) -> str:
    if _HTML.match(text[:4_000]):
        return "is a web page (HTML), not a feed"
    if not _ROOT.search(text[:200_000]):
        return "is not a feed: no rss, feed or RDF element is in it"
    return ""


def _whole_items(text: str, run: _Run) -> tuple[str, bool]:
    """Cut a document that lacks its end after its last whole item, so that half an item is never taken."""
    if _ROOT_END.search(text[-20_000:]):
        return text, False
    last = None
    for last in _ITEM_END.finditer(text):  # noqa: B007 - only the last one matters
        pass
    end = last.end() if last else 0
    if _ITEM_START.search(text, end):
        run.skip("last item", "cut off in the middle")
    if last is None:
        start = _ITEM_START.search(text)
        return (text[: start.start()] if start else text), True
    return text[:end], True


def _newest_only(text: str, run: _Run) -> str:
    """Cut a feed of thousands of items to its newest before feedparser sees it: it takes seconds for each ten thousand.

    Works on the text alone, so it is left to feeds of more than twice the number that is kept.
    """
    starts = [match.start() for match in _ITEM_START.finditer(text)]
    if len(starts) <= 2 * CONFIG.max_items:
        return text
    end = max((match.end() for match in _ITEM_END.finditer(text, starts[-1])), default=len(text))
    spans = list(zip(starts, [*starts[1:], end], strict=True))
    ranked = sorted(spans, key=lambda span: _stamp(text[span[0] : span[1]]), reverse=True)  # stable for undated ones
    kept = sorted(ranked[: CONFIG.max_items])
    run.skip(f"{len(spans) - len(kept)} older items", f"only the newest {CONFIG.max_items} are read")
    return text[: starts[0]] + "".join(text[begin:stop] for begin, stop in kept) + text[end:]


def _stamp(item: str) -> float:
    """Read an item's date as seconds, 0 where there is none that can be read."""
    found = _ITEM_DATE.search(item)
    if found is None:
        return 0.0
    try:
        return parsedate_to_datetime(found[1]).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        pass
    try:
        return utc(found[1]).timestamp()
    except (ValueError, OverflowError):
        return 0.0


def _entries(raw: list[Any], run: _Run) -> list[FeedEntry]:
    if len(raw) > CONFIG.max_items:
        run.skip(f"{len(raw) - CONFIG.max_items} older items", f"only the newest {CONFIG.max_items} are read")
        raw = sorted(raw, key=_sort_key, reverse=True)[: CONFIG.max_items]  # stable: undated ones keep their order
    shared = _Shared(raw)
    taken: dict[str, FeedEntry] = {}
    for number, entry in enumerate(raw, 1):
        made = _entry(entry, number, shared, run)
        if made is None:
            run.skip(f"item {number}", "has neither a title nor a text")
        elif made.id in taken:
            run.skip(f"item {number} ({made.title[:60]})", "has the same identity as an item before it")
        else:
            taken[made.id] = made
    return list(taken.values())


def _entry(raw: Any, number: int, shared: _Shared, run: _Run) -> FeedEntry | None:
    raw_title, title = _text(raw.get("title_detail") or {}, CONFIG.max_title)
    raw_summary, summary = _body(raw)
    link = safe_link(_link(raw))
    name = " ".join(title.text.split()) or one_line(summary.text, 120) or link
    if not name:
        return None
    subject = f"item {number} ({name[:60]})"
    if not link and _link(raw):
        run.skip(f"{subject}: link", "is not a plain http or https link and was left out")
    identity = shared.identity(raw, name)
    return FeedEntry(
        id="n-" + hashlib.sha256(f"{run.source_id}\0{identity}".encode("utf-8", "replace")).hexdigest()[:16],
        identity=identity,
        title=name,
        summary=summary.text,
        link=link,
        links=tuple(target for target in summary.links if target != link),
        author=one_line(str(raw.get("author", "")), CONFIG.max_author),
        published_at=_date(raw, "published", subject, run),
        updated_at=_date(raw, "updated", subject, run),
        content_sha256=content_sha256(name, summary.text, link),
        hidden_text=title.hidden or summary.hidden,
        raw_title=_kept_raw(raw_title, name),
        raw_summary=_kept_raw(raw_summary, summary.text),
    )


def content_sha256(title: str, summary: str, link: str) -> str:
    """Hash what is shown of an item; a change of it is an edit."""
    return hashlib.sha256("\0".join((title, summary, link)).encode("utf-8")).hexdigest()


class _Shared:
    """Which guids and links several different items of a feed share, and so cannot name one."""

    def __init__(self, entries: list[Any]) -> None:
        links: dict[str, set[str]] = {}
        for entry in entries:
            if guid := _guid(entry):
                links.setdefault(guid, set()).add(_link(entry))
        self._guids = {guid for guid, targets in links.items() if len(targets) > 1}
        self._links = Counter(_link(e) for e in entries if not self._usable_guid(e))
        self._dated = Counter((_link(e), _date_text(e)) for e in entries if not self._usable_guid(e))

    def _usable_guid(self, entry: Any) -> str:
        guid = _guid(entry)
        return guid if guid not in self._guids else ""

    def identity(self, entry: Any, title: str) -> str:
        """Climb the ladder: guid, link, link and date, and the title with them."""
        link, date = _link(entry), _date_text(entry)
        if guid := self._usable_guid(entry):
            return "guid:" + _short(guid)
        if not link:
            return "title:" + _short(f"{title} {date}".strip())
        if self._links[link] == 1:
            return "link:" + _short(link)
        if date and self._dated[link, date] == 1:
            return "link+date:" + _short(f"{link} {date}")
        return "title:" + _short(f"{link} {date} {title}")


def _link(entry: Any) -> str:
    """Give the item's link; feedparser passes a guid off as one, which it is only if it is a web address."""
    link = str(entry.get("link", ""))
    return "" if link == str(entry.get("id", "")) and not safe_link(link) else link


def _guid(entry: Any) -> str:
    return str(entry.get("id", "")).strip()


def _date_text(entry: Any) -> str:
    return str(entry.get("published") or entry.get("updated") or "").strip()


def _short(text: str) -> str:
    """Keep an identity readable, and unique when it is too long for that."""
    clean = one_line(text, 100_000)
    if clean == text and len(text) <= 300:
        return text
    return f"{clean[:200]}#{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:16]}"


def _text(detail: Mapping[str, Any], max_chars: int) -> tuple[str, PlainText]:
    value = str(detail.get("value") or "")
    if detail.get("type") == "text/plain":
        return value, plain_from_text(value, max_chars=max_chars)
    return value, plain_from_html(value, max_chars=max_chars)


def _body(raw: Any) -> tuple[str, PlainText]:
    """Take the longest of summary and contents: some feeds put the text in one, some in the other."""
    candidates = [raw.get("summary_detail") or {}, *(raw.get("content") or [])]
    return _text(max(candidates, key=lambda part: len(str(part.get("value") or ""))), CONFIG.max_summary)


def _kept_raw(raw: str, shown: str) -> str:
    return "" if raw == shown else raw[: CONFIG.max_raw].encode("utf-8", "replace").decode("utf-8")


def _sort_key(entry: Any) -> tuple[int, ...]:
    parsed = entry.get("published_parsed") or entry.get("updated_parsed")
    return tuple(parsed[:6]) if parsed else ()


def _date(raw: Any, key: str, subject: str, run: _Run) -> datetime | None:
    if key not in raw or not str(raw[key]).strip():
        return None
    shown = one_line(str(raw[key]), 60)
    try:
        at = datetime.fromtimestamp(calendar.timegm(raw.get(f"{key}_parsed")), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        run.skip(f"{subject}: date", f"'{shown}' is not a date that can be read")
        return None
    if at.year < 1990:
        run.skip(f"{subject}: date", f"'{shown}' cannot be true")
        return None
    if at > run.now + CONFIG.future:
        run.skip(f"{subject}: date", f"'{shown}' lies in the future and was taken as the time of reading")
    return min(at, run.now)
