"""How to find a publisher's CSAF documents: provider metadata, ROLIE feeds, `changes.csv` and `index.txt`."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from ingest.clean import safe_link
from ingest.sources.envelope import bounded
from ingest.sources.fields import utc
from ingest.strict_json import load_object
from knowledge.errors import BadInputError

MAX_ENTRIES = 50_000
PUBLIC_TLP = frozenset({"WHITE", "CLEAR", ""})
_RESTRICTED = re.compile(r"tlp[-_]?(?:green|amber|red)", re.IGNORECASE)


def parse(data: bytes, options: Mapping[str, Any]) -> dict[str, Any]:
    """Read a list of documents, or a list of such lists.

    Args:
        options: `url` of the document, against which its relative paths are resolved.

    Returns:
        `documents`: (url, ISO time of the last change or "") pairs, newest first; `indexes`: further lists to read
        (ROLIE feeds, directories' `changes.csv`); `skipped` as in an envelope.

    Raises:
        BadInputError: none of the four kinds, or past a bound.
    """
    base = str(options["url"])
    skipped: list[tuple[str, str]] = []
    documents: dict[str, str] = {}
    indexes: list[str] = []
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        raw = load_object(data)
        if "feed" in raw:
            found = _rolie_feed(raw["feed"], skipped)
        elif "distributions" in raw or "service" in raw:
            indexes, found = _lists(raw), iter(())
        else:
            raise BadInputError("lists no CSAF documents: neither provider metadata nor a ROLIE feed")
    else:
        found = _lines(data, skipped)
    for path, changed in found:
        if len(documents) >= MAX_ENTRIES:
            skipped.append(("further documents", f"only {MAX_ENTRIES} of one list are considered"))
            break
        link = safe_link(urljoin(base, path))
        if link.startswith("https://") or (link and base.startswith("http://")):
            documents.setdefault(link, changed)
        else:
            skipped.append((path[:80], "is not an https address"))
    newest = sorted(documents.items(), key=lambda pair: pair[1], reverse=True)
    links = [link for path in indexes if (link := safe_link(urljoin(base, path)))]
    return {"documents": newest, "indexes": list(dict.fromkeys(links)), "skipped": bounded(skipped)}


def _rolie_feed(feed: Any, skipped: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    entries = feed.get("entry") if isinstance(feed, dict) else None
    if not isinstance(entries, list):
        raise BadInputError("is a ROLIE feed without a list of entries")
    for number, entry in enumerate(entries, 1):
        content = entry.get("content") if isinstance(entry, dict) else None
        source = content.get("src") if isinstance(content, dict) else None
        if not isinstance(source, str):
            skipped.append((f"entry {number}", "names no document"))
            continue
        yield source, _stamp(entry.get("updated"))


def _lists(raw: dict[str, Any]) -> list[str]:
    """Give the public lists of provider metadata or of a ROLIE service document; ROLIE before directories."""
    rolie: list[str] = []
    directories: list[str] = []
    for distribution in _dicts(raw.get("distributions")):
        inner = distribution.get("rolie")
        for feed in _dicts(inner.get("feeds") if isinstance(inner, dict) else None):
            if str(feed.get("tlp_label", "")).upper() in PUBLIC_TLP and isinstance(feed.get("url"), str):
                rolie.append(feed["url"])
        if isinstance(directory := distribution.get("directory_url"), str):
            directories.append(directory.rstrip("/") + "/changes.csv")
    service = raw.get("service")
    for workspace in _dicts(service.get("workspace") if isinstance(service, dict) else None):
        hrefs = [c["href"] for c in _dicts(workspace.get("collection")) if isinstance(c.get("href"), str)]
        rolie += [href for href in hrefs if not _RESTRICTED.search(href)]
    if not rolie and not directories:
        raise BadInputError("names no public list of documents")
    return rolie or directories


def _lines(data: bytes, skipped: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Read `changes.csv` (path, time) or `index.txt` (path)."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInputError("is not text in UTF-8") from None
    if text.lstrip()[:1] == "<" or ".json" not in text:
        raise BadInputError("lists no CSAF documents")
    for number, cells in enumerate(csv.reader(text.splitlines()), 1):
        if not cells:
            continue
        path = cells[0].strip()
        if not path.endswith(".json"):
            skipped.append((f"line {number}", "names no JSON document"))
            continue
        yield path, _stamp(cells[1] if len(cells) > 1 else "")


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _stamp(value: Any) -> str:
    try:
        at: datetime | None = utc(value) if isinstance(value, str) and value else None
    except ValueError:
        at = None
    return at.isoformat() if at else ""
