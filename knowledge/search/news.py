"""What the sources brought as passages: news items, vendors' advisories and entries of the KEV catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from knowledge.records.advisory import Advisory
from knowledge.records.news import NewsItem
from knowledge.records.search import Passage
from knowledge.records.vulnerability import KevEntry
from knowledge.search.chunks import pieces

KEPT_DAYS = 90
"""How far back from the newest item: older news answers no question about what is going on."""
MAX_ITEMS = 1_500
"""News items, newest first."""


def news_passages(unit: Any) -> dict[str, tuple[Passage, ...]]:
    """Passages of the shared place's recent news, advisories and KEV entries by what they are of.

    Args:
        unit: a SharedUnit.
    """
    newest = unit.newest_change()
    if newest is None:
        return {}
    since = newest - timedelta(days=KEPT_DAYS)
    publishers = {source.id: source.publisher or source.title for source in unit.sources.list()}
    items = sorted(unit.news.since(since), key=lambda item: item.published_at or item.first_seen_at, reverse=True)
    found: dict[str, tuple[Passage, ...]] = {}
    for item in items[:MAX_ITEMS]:
        if (item.published_at or item.first_seen_at) >= since:
            found[item.id] = of_news(item, publishers)
    for advisory in unit.advisories.changed_since(since):
        if advisory.updated_at >= since:
            found[advisory.id] = of_advisory(advisory)
    for entry in unit.vulnerabilities.kev_added_after(since.date()):
        found[f"kev-{entry.cve_id}"] = (of_kev(entry),)
    return found


def of_news(item: NewsItem, publishers: Mapping[str, str]) -> tuple[Passage, ...]:
    """A news item: its words as plain text, its publisher and day as the place where they stand."""
    day = (item.published_at or item.first_seen_at).date()
    publisher = publishers.get(item.source_id, item.source_id)
    seen = "" if item.published_at else "first seen "
    text = "\n".join(part for part in (item.title, item.summary) if part.strip())
    cut = pieces(text) if len(text) > 1_000 else (text,)
    return tuple(
        Passage(
            id=f"news:{item.id}:{item.content_sha256[:8]}{f'.{number}' if number > 1 else ''}",
            partition="shared",
            kind="news",
            title=item.title,
            locator=f"{publisher}, {seen}{day.isoformat()}",
            text=piece,
            dated=day,
        )
        for number, piece in enumerate(cut[:6], 1)
    )


def of_advisory(advisory: Advisory) -> tuple[Passage, ...]:
    """An advisory: what it says, which products it names and what its publisher says to do."""
    day = advisory.updated_at.date()
    head = Passage(
        id=f"advisory:{advisory.id}:{advisory.version}",
        partition="shared",
        kind="advisory",
        title=advisory.title,
        locator=f"{advisory.publisher}, {advisory.tracking_id}, {day.isoformat()}",
        text="",
        dated=day,
    )
    cut = pieces("\n".join(line for line in _advisory_lines(advisory) if line.strip()))
    return tuple(
        head.model_copy(update={"id": f"{head.id}{f'.{n}' if n > 1 else ''}", "text": piece})
        for n, piece in enumerate(cut[:6], 1)
    )


def _advisory_lines(advisory: Advisory) -> Iterable[str]:
    names = {product.product_id: product.name for product in advisory.products}
    yield f"{advisory.title}. {advisory.summary}".strip()
    for flaw in advisory.vulnerabilities:
        yield " ".join(part for part in (flaw.cve_id, flaw.title, flaw.description) if part)
        for status, ids in flaw.status.items():
            listed = ", ".join(names.get(one, one) for one in ids[:12])
            yield f"{status.replace('_', ' ').capitalize()}: {listed}."
        for fix in flaw.remediations:
            yield f"{fix.category.replace('_', ' ').capitalize()}: {fix.details}"


def of_kev(entry: KevEntry) -> Passage:
    """An entry of the KEV catalogue, its fields as sentences."""
    return Passage(
        id=f"kev:{entry.cve_id}",
        partition="shared",
        kind="advisory",
        title=f"{entry.cve_id} {entry.vendor} {entry.product}".strip(),
        locator=f"CISA KEV catalogue, {entry.cve_id}, added {entry.date_added.isoformat()}",
        text="\n".join(line for line in kev_lines(entry) if line),
        dated=entry.date_added,
    )


def kev_lines(entry: KevEntry) -> Iterable[str]:
    """What the catalogue says, one fact a line; descriptions are the catalogue's own words."""
    what = f"{entry.vendor} {entry.product}".strip()
    yield f"{entry.cve_id} ({what}) was added to CISA's catalogue of exploited flaws on {entry.date_added.isoformat()}."
    if entry.removed_on:
        yield f"It was no longer listed on {entry.removed_on.isoformat()}."
    if entry.due_date:
        yield f"Federal agencies were given until {entry.due_date.isoformat()}."
    if entry.ransomware == "known":
        yield "The catalogue knows of its use in ransomware campaigns."
    yield entry.description
    yield f"Required action: {entry.required_action}" if entry.required_action else ""
