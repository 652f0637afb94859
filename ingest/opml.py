"""OPML lists of feeds: what is in them, each address vetted, nothing asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from ingest.addresses import RefusedUrlError, vet_url
from ingest.clean import one_line
from ingest.sources.envelope import bounded
from knowledge.errors import BadInputError

MAX_FEEDS = 5_000


def parse(data: bytes, options: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG001 - one signature for all parsers
    """Read an OPML document.

    Returns:
        `feeds`: a list of title, url and page (the site's address, may be empty); `skipped`: outlines that were not
        taken, with the reason; `title` of the list.

    Raises:
        BadInputError: not OPML, or built to break a reader (entities, a DTD of its own).
    """
    try:
        root = fromstring(data, forbid_dtd=True)
    except DefusedXmlException:
        raise BadInputError("declares a DTD or entities, which no list of feeds needs") from None
    except (ParseError, ValueError, LookupError) as error:
        raise BadInputError(f"is not well-formed XML ({str(error)[:100]})") from None
    if root.tag != "opml":
        raise BadInputError("is not OPML: its first element is no <opml>")
    feeds: dict[str, dict[str, str]] = {}
    skipped: list[tuple[str, str]] = []
    for outline in root.iter("outline"):
        url = (outline.get("xmlUrl") or outline.get("xmlurl") or "").strip()
        title = one_line(outline.get("title") or outline.get("text") or "", 200)
        if not url:
            if len(outline) == 0:
                skipped.append((title or "an outline", "names no feed"))
            continue
        try:
            vetted = str(vet_url(url))
        except RefusedUrlError as error:
            skipped.append((one_line(url, 150), str(error)))
            continue
        if vetted in feeds:
            skipped.append((one_line(url, 150), "is listed twice"))
        elif len(feeds) >= MAX_FEEDS:
            skipped.append((one_line(url, 150), f"only {MAX_FEEDS} feeds are taken from one list"))
        else:
            page = one_line(outline.get("htmlUrl") or "", 500)
            feeds[vetted] = {"title": title or vetted, "url": vetted, "page": page}
    head = root.find("head/title")
    return {
        "feeds": list(feeds.values()),
        "skipped": bounded(skipped),
        "title": one_line((head.text if head is not None else "") or "", 200),
    }
