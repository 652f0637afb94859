"""The seam between fetching and keeping: what the pipeline asks of the shared place.

`knowledge/store` implements it; tests use an in-memory one. All calls come from the thread that called `refresh`, one
at a time. Between `transaction()`'s enter and exit either everything is kept or nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from knowledge.records.advisory import Advisory
from knowledge.records.base import CveId
from knowledge.records.news import NewsItem, NewsRevision
from knowledge.records.source import SourceState
from knowledge.records.vulnerability import Epss, KevEntry, Vulnerability


class SharedFacts(Protocol):
    """Public facts in the shared place. Each `put_*` inserts or replaces by the record's key."""

    def transaction(self) -> AbstractContextManager[object]:
        """Open a write transaction: commits at the end of the block, rolls back when an exception leaves it."""
        ...

    def source_state(self, source_id: str) -> SourceState | None:
        """Give what is remembered of a source; None before its first check."""
        ...

    def put_state(self, state: SourceState) -> None:
        """Keep a source's state (key: `source_id`)."""
        ...

    def news_by_id(self, ids: Collection[str]) -> dict[str, NewsItem]:
        """Give the kept items among `ids` (any number of ids; the store chunks them)."""
        ...

    def news_since(self, since: datetime) -> Sequence[NewsItem]:
        """Give the items whose `last_changed_at` is at or after `since`, newest first."""
        ...

    def put_news(self, items: Sequence[NewsItem], revisions: Sequence[NewsRevision]) -> None:
        """Keep items (key: `id`) and append revisions of those that were edited."""
        ...

    def kev_all(self) -> dict[CveId, KevEntry]:
        """Give every catalogue entry ever seen, removed ones included (`removed_on` set)."""
        ...

    def put_kev(self, entries: Sequence[KevEntry]) -> None:
        """Keep catalogue entries (key: `cve_id`)."""
        ...

    def put_epss(self, rows: Sequence[Epss]) -> tuple[int, int, int]:
        """Keep scores (key: `cve_id`); about 280,000 rows a day, so one bulk upsert. Rows not named stay.

        Returns how many were added, updated and unchanged.
        """
        ...

    def vulnerabilities_by_id(self, ids: Collection[CveId]) -> dict[CveId, Vulnerability]:
        """Give the kept records among `ids`."""
        ...

    def known_cve_ids(self, ids: Collection[CveId]) -> set[CveId]:
        """Give those of `ids` that have a Vulnerability (cheaper than reading them)."""
        ...

    def put_vulnerabilities(self, records: Sequence[Vulnerability]) -> None:
        """Keep vulnerabilities (key: `cve_id`); a page has up to 2,000."""
        ...

    def advisories_by_id(self, ids: Collection[str]) -> dict[str, Advisory]:
        """Give the kept advisories among `ids`."""
        ...

    def put_advisories(self, records: Sequence[Advisory]) -> None:
        """Keep advisories (key: `id`)."""
        ...
