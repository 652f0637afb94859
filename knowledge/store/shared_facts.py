"""The public facts of the shared place as the fetching side asks for them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime

from knowledge.records.advisory import Advisory
from knowledge.records.base import CveId
from knowledge.records.news import NewsItem, NewsRevision
from knowledge.records.source import SourceState
from knowledge.records.vulnerability import Epss, KevEntry, Vulnerability
from knowledge.store.units import SharedUnit

Opener = Callable[[], AbstractContextManager[SharedUnit]]


class SharedFacts:
    """Reads and writes public facts: inside `transaction()` in that one, else each call in its own.

    Args:
        read, write: open a transaction on the shared place.
        now: the time that new and changed facts are stamped with.
    """

    def __init__(self, read: Opener, write: Opener, now: datetime) -> None:
        self._read = read
        self._write = write
        self._now = now
        self._unit: SharedUnit | None = None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A write transaction: everything of the block is kept, or nothing."""
        with self._write() as unit:
            self._unit = unit
            try:
                yield
            finally:
                self._unit = None

    @contextmanager
    def _in(self, opener: Opener) -> Iterator[SharedUnit]:
        if self._unit is not None:
            yield self._unit
        else:
            with opener() as unit:
                yield unit

    def source_state(self, source_id: str) -> SourceState | None:
        with self._in(self._read) as unit:
            return unit.sources.state(source_id)

    def put_state(self, state: SourceState) -> None:
        with self._in(self._write) as unit:
            unit.sources.put_state(state)

    def news_by_id(self, ids: Collection[str]) -> dict[str, NewsItem]:
        with self._in(self._read) as unit:
            return unit.news.by_id(ids)

    def news_since(self, since: datetime) -> Sequence[NewsItem]:
        with self._in(self._read) as unit:
            return unit.news.since(since)

    def put_news(self, items: Sequence[NewsItem], revisions: Sequence[NewsRevision]) -> None:
        with self._in(self._write) as unit:
            unit.news.put(items, revisions)

    def kev_all(self) -> dict[CveId, KevEntry]:
        with self._in(self._read) as unit:
            return unit.vulnerabilities.kev()

    def put_kev(self, entries: Sequence[KevEntry]) -> None:
        with self._in(self._write) as unit:
            unit.vulnerabilities.put_kev(entries, changed_at=self._now)

    def put_epss(self, rows: Sequence[Epss]) -> tuple[int, int, int]:
        with self._in(self._write) as unit:
            return unit.vulnerabilities.put_epss(rows)

    def vulnerabilities_by_id(self, ids: Collection[CveId]) -> dict[CveId, Vulnerability]:
        with self._in(self._read) as unit:
            return unit.vulnerabilities.by_id(ids)

    def known_cve_ids(self, ids: Collection[CveId]) -> set[CveId]:
        with self._in(self._read) as unit:
            return unit.vulnerabilities.known(ids)

    def put_vulnerabilities(self, records: Sequence[Vulnerability]) -> None:
        with self._in(self._write) as unit:
            unit.vulnerabilities.put(records, changed_at=self._now)

    def advisories_by_id(self, ids: Collection[str]) -> dict[str, Advisory]:
        with self._in(self._read) as unit:
            return unit.advisories.by_id(ids)

    def put_advisories(self, records: Sequence[Advisory]) -> None:
        with self._in(self._write) as unit:
            unit.advisories.put(records, changed_at=self._now)
