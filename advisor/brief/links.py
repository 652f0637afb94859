"""Who tells the story: the sources of an item, with links that are safe to follow as links."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time
from typing import Final
from urllib.parse import urlsplit

from advisor.brief.concerns import Held
from advisor.brief.facts import BriefFacts
from advisor.brief.words import name, plain
from knowledge.records.brief import SourceLink
from knowledge.records.vulnerability import KevEntry

MAX_TITLE: Final = 160
MAX_URL: Final = 2_000

_CVE: Final = re.compile(r"CVE-\d{4}-\d{4,19}")
# What RFC 3986 allows in a URL, without the quote and the brackets that end a Markdown link.
_URL: Final = re.compile(r"https?://[A-Za-z0-9\-._~:/?#@!$&*+,;=%]+")


def safe_url(url: str) -> str:
    """The address if it is a plain `http(s)` one with a host and no credentials, else empty.

    Characters outside RFC 3986, control characters and brackets that end a link elsewhere make it unsafe.
    """
    if len(url) > MAX_URL or not _URL.fullmatch(url):
        return ""
    try:
        parts = urlsplit(url)
        if not parts.hostname or parts.username is not None or parts.password is not None:
            return ""
        _ = parts.port
    except ValueError:  # a port that is no number, a broken IPv6 bracket
        return ""
    return url


def source_links(held: Held, kev: Sequence[KevEntry], facts: BriefFacts) -> tuple[SourceLink, ...]:
    """Records first (CISA's catalogue, advisories, the CVE record), then the news, oldest first; each once."""
    links = [_kev_link(entry) for entry in sorted(kev, key=lambda entry: (entry.date_added, entry.cve_id))]
    advisories = [
        facts.advisories[ref.id] for ref in held.story.items if ref.kind == "advisory" and ref.id in facts.advisories
    ]
    links += [
        SourceLink(
            title=plain(advisory.title, MAX_TITLE),
            publisher=name(advisory.publisher),
            url=safe_url(advisory.url),
            published_at=advisory.updated_at,
        )
        for advisory in sorted(advisories, key=lambda advisory: (advisory.published_at, advisory.id))
    ]
    for cve in held.cve_ids:
        if cve in facts.vulnerabilities and _CVE.fullmatch(cve):
            record = facts.vulnerabilities[cve]
            links.append(
                SourceLink(
                    title=f"Record of {cve}",
                    publisher="NVD",
                    url=f"https://nvd.nist.gov/vuln/detail/{cve}",
                    published_at=record.published_at,
                )
            )
    news = [facts.news[ref.id] for ref in held.story.items if ref.kind == "news" and ref.id in facts.news]
    links += [
        SourceLink(
            title=plain(item.title, MAX_TITLE),
            publisher=name(facts.publishers.get(item.source_id, item.source_id)),
            url=safe_url(item.link),
            published_at=item.published_at or item.first_seen_at,
        )
        for item in sorted(news, key=lambda item: (item.published_at or item.first_seen_at, item.id))
    ]
    return _once(links)


def _kev_link(entry: KevEntry) -> SourceLink:
    cve = entry.cve_id if _CVE.fullmatch(entry.cve_id) else ""
    return SourceLink(
        title=f"Catalogue entry for {cve}" if cve else "Catalogue entry",
        publisher="CISA KEV",
        url=f"https://www.cisa.gov/known-exploited-vulnerabilities-catalog?field_cve={cve}" if cve else "",
        published_at=datetime.combine(entry.date_added, time(), tzinfo=UTC),
    )


def _once(links: Iterable[SourceLink]) -> tuple[SourceLink, ...]:
    return tuple({(link.publisher, link.url or link.title): link for link in links}.values())
