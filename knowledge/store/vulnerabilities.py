"""CVE records, the KEV catalogue and EPSS scores."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import Connection, func, select

from knowledge.records.base import CveId
from knowledge.records.vulnerability import Epss, KevEntry, Vulnerability
from knowledge.store.rows import read_all, read_by_key, upsert
from knowledge.store.tables_shared import epss, kev_entries, vulnerabilities
from knowledge.store.types import chunks, row_of


class Vulnerabilities:
    """Rows of `vulnerabilities`, `kev_entries` and `epss` inside one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def by_id(self, ids: Collection[CveId]) -> dict[CveId, Vulnerability]:
        """The kept records among `ids`."""
        return read_by_key(self._conn, vulnerabilities, Vulnerability, ids)

    def known(self, ids: Collection[CveId]) -> set[CveId]:
        """Those of `ids` that have a record."""
        found: set[CveId] = set()
        for batch in chunks(sorted(ids)):
            statement = select(vulnerabilities.c.cve_id).where(vulnerabilities.c.cve_id.in_(batch))
            found.update(self._conn.execute(statement).scalars())
        return found

    def changed_since(self, since: datetime | None) -> tuple[Vulnerability, ...]:
        """Records that this place first saw or saw changed at or after `since` (None: all), by id."""
        where = () if since is None else (vulnerabilities.c.changed_at >= since,)
        return read_all(self._conn, vulnerabilities, Vulnerability, *where)

    def put(self, records: Sequence[Vulnerability], *, changed_at: datetime) -> None:
        """Keeps records by id."""
        rows = [row_of(record, vulnerabilities, changed_at=changed_at) for record in records]
        upsert(self._conn, vulnerabilities, rows)

    def kev(self, ids: Collection[CveId] | None = None) -> dict[CveId, KevEntry]:
        """Catalogue entries ever seen, removed ones included: those of `ids`, or all."""
        if ids is None:
            return {entry.cve_id: entry for entry in read_all(self._conn, kev_entries, KevEntry)}
        return read_by_key(self._conn, kev_entries, KevEntry, ids)

    def kev_changed_since(self, since: datetime | None) -> tuple[KevEntry, ...]:
        """Entries that this place first saw or saw changed at or after `since` (None: all), by id."""
        where = () if since is None else (kev_entries.c.changed_at >= since,)
        return read_all(self._conn, kev_entries, KevEntry, *where)

    def kev_first_seen(self, since: datetime) -> tuple[KevEntry, ...]:
        """Entries that this place first saw at or after `since`, by id."""
        return read_all(self._conn, kev_entries, KevEntry, kev_entries.c.first_seen_at >= since)

    def kev_added_after(self, day: date) -> tuple[KevEntry, ...]:
        """Entries that CISA added after `day`, by id."""
        return read_all(self._conn, kev_entries, KevEntry, kev_entries.c.date_added > day)

    def put_kev(self, entries: Sequence[KevEntry], *, changed_at: datetime) -> None:
        """Keeps catalogue entries by CVE id; when each was first seen stays as it was."""
        rows = [row_of(entry, kev_entries, first_seen_at=changed_at, changed_at=changed_at) for entry in entries]
        upsert(self._conn, kev_entries, rows, keep=("first_seen_at",))

    def epss(self, ids: Collection[CveId]) -> dict[CveId, Epss]:
        """Scores of those of `ids` that have one."""
        return read_by_key(self._conn, epss, Epss, ids)

    def put_epss(self, scores: Sequence[Epss]) -> tuple[int, int, int]:
        """Keeps scores by CVE id; rows not named stay. Gives how many were added, updated and unchanged."""
        before = {
            row[0]: (row[1], row[2])
            for row in self._conn.execute(select(epss.c.cve_id, epss.c.score, epss.c.percentile))
        }
        added = sum(1 for score in scores if score.cve_id not in before)
        changed = [s for s in scores if before.get(s.cve_id) != (s.score, s.percentile)]
        # A quarter of a million rows a day: one prepared statement of the driver, without a dictionary for each row.
        if changed:
            self._conn.exec_driver_sql(
                "INSERT INTO epss (cve_id, score, percentile, scored_on) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (cve_id) DO UPDATE"
                " SET score = excluded.score, percentile = excluded.percentile, scored_on = excluded.scored_on",
                [(s.cve_id, s.score, s.percentile, s.scored_on.isoformat() if s.scored_on else None) for s in changed],
            )
        return added, len(changed) - added, len(scores) - len(changed)

    def counts(self) -> dict[str, int]:
        """How many rows each table has."""
        tables = {"cve": vulnerabilities, "kev": kev_entries, "epss": epss}
        return {
            name: int(self._conn.execute(select(func.count()).select_from(table)).scalar_one())
            for name, table in tables.items()
        }
