"""One refresh: every due source fetched and parsed side by side, each one's facts written in one transaction."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ingest.gather import PARSER_VERSIONS, Gathered, HttpFetcher, Tools, single_document, skips
from ingest.gather_csaf import changed_documents
from ingest.gather_folder import Folder
from ingest.gather_nvd import modified_since
from ingest.interface import SharedFacts
from ingest.schedule import RollingLimit, next_check_at
from ingest.second_stage import by_id_only, look_up_named
from ingest.sentences import moment, what_happened
from ingest.sources.nvd import CONFIG as NVD
from ingest.write import Written, bounded, write
from knowledge.masking import hide_secrets
from knowledge.records.source import GOOD, RefreshReport, Source, SourceReport, SourceState

CVE_LIST_CALLS = 30
"""Requests to the CVE list in 30 seconds; it names no limit, so this one is ours."""

Progress = Callable[[str, int, int], object]
"""Told what is going on, how many sources are done and how many there are. May be called from several threads."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a refresh goes about it.

    `jitter`, `clock` and `sleep` are the only sources of chance and time besides `now`; tests put their own here.
    """

    force: bool = False
    """Also check sources that are not due."""
    workers: int = 8
    lookup_limit: int = 60
    """CVE records looked up by id in one run, at each of NVD and the CVE list."""
    nvd_api_key: str = ""
    jitter: Callable[[], float] = random.random
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


DEFAULT_OPTIONS = Options()


def refresh(
    store: SharedFacts,
    sources: Sequence[Source],
    *,
    now: datetime,
    fetcher: HttpFetcher,
    from_dir: Path | None = None,
    progress: Progress | None = None,
    options: Options = DEFAULT_OPTIONS,
) -> RefreshReport:
    """Check all enabled sources that are due and keep what they bring.

    Each source's facts and its state are written in one transaction, from this thread, as soon as it is read: a run
    that is killed has whole sources or nothing of them. A failing source never stops the others. Afterwards the CVEs
    that news and KEV name and that have no record are looked up by id.

    Args:
        from_dir: read files of this folder instead of asking anyone (see `ingest/gather_folder.py`).

    Raises:
        NotFoundError: `from_dir` is no folder.
        StoreError: the shared place cannot be written; what was committed before stays.
    """
    begun = options.clock()
    folder = Folder(from_dir) if from_dir is not None else None
    run = _Run(store, now, fetcher, options=options, progress=progress, folder=folder)
    enabled = [source for source in sources if source.enabled]
    reports = run.check(enabled)
    if folder is not None:
        reports += _unmatched(folder, sources)
    elif options.lookup_limit > 0:
        reports += look_up_named(
            store,
            enabled,
            run.tools,
            limit=options.lookup_limit,
            pace=RollingLimit(CVE_LIST_CALLS, 30.0, clock=options.clock, sleep=options.sleep),
            jitter=options.jitter(),
        )
    finished = now + timedelta(seconds=max(options.clock() - begun, 0))
    return RefreshReport(started_at=now, finished_at=finished, sources=tuple(reports))


class _Run:
    """One refresh under way."""

    def __init__(
        self,
        store: SharedFacts,
        now: datetime,
        fetcher: HttpFetcher,
        *,
        options: Options,
        progress: Progress | None,
        folder: Folder | None,
    ) -> None:
        self._store, self._now, self._options = store, now, options
        self._progress, self._folder = progress, folder
        self._done, self._steps = 0, 0
        calls = NVD.calls_with_key if options.nvd_api_key else NVD.calls
        self.tools = Tools(
            fetcher=fetcher,
            now=now,
            nvd_limit=RollingLimit(calls, NVD.per_seconds, clock=options.clock, sleep=options.sleep),
            nvd_headers={"apiKey": options.nvd_api_key} if options.nvd_api_key else {},
            progress=self._tell,
        )

    def check(self, sources: list[Source]) -> list[SourceReport]:
        """Gather side by side, write one by one; reports come in the order of the sources."""
        states = {source.id: self._store.source_state(source.id) for source in sources}
        reports: dict[str, SourceReport] = {}
        due: list[Source] = []
        for source in sources:
            if self._folder is None and by_id_only(source):
                continue
            if (waiting := self._waiting(source, states[source.id])) is not None:
                reports[source.id] = waiting
            else:
                due.append(source)
        self._steps = len(due)
        pool = ThreadPoolExecutor(max_workers=max(self._options.workers, 1), thread_name_prefix="refresh")
        try:
            futures = {pool.submit(self._gather, source, states[source.id]): source for source in due}
            for future in as_completed(futures):
                source = futures[future]
                reports[source.id] = self._settle(source, states[source.id], future)
                self._done += 1
                self._tell(source.title)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        return [reports[source.id] for source in sources if source.id in reports]

    def _waiting(self, source: Source, state: SourceState | None) -> SourceReport | None:
        """Report a source that is not asked now; None for one that is."""
        at = state.next_check_at if state else None
        if self._folder is not None or self._options.force or at is None or at <= self._now:
            return None
        last = f"; at the last check it {state.error}" if state and state.error else ""
        return SourceReport(
            source_id=source.id,
            title=source.title,
            outcome="not-due",
            sentence=f"{source.title} is not due before {moment(at, self._now)}{last}.",
            next_check_at=at,
        )

    def _gather(self, source: Source, state: SourceState | None) -> Gathered:
        try:
            if self._folder is not None:
                return self._folder.gather(source, state, self._now)
            if source.kind == "nvd":
                return modified_since(source, state, self.tools)
            if source.kind == "csaf":
                return changed_documents(source, state, self.tools)
            return single_document(source, state, self.tools)
        except Exception as error:  # noqa: BLE001 - one source must never stop the others, whatever it trips over
            said = hide_secrets(str(error))[:120]
            return Gathered("unreadable", f"could not be handled ({type(error).__name__}: {said})")

    def _settle(self, source: Source, state: SourceState | None, future: Future[Gathered]) -> SourceReport:
        """Write a source's facts and state in one transaction."""
        gathered = future.result()
        with self._store.transaction():
            written = Written()
            if gathered.parsed:
                cursor = state.cursor if state else ""
                written = write(
                    self._store, source.kind, gathered.parsed, source_id=source.id, cursor=cursor, now=self._now
                )
            following = self._next_state(source, state, gathered, written)
            self._store.put_state(following)
        return SourceReport(
            source_id=source.id,
            title=source.title,
            outcome=gathered.outcome,
            sentence=what_happened(source, gathered, written, following, self._now),
            added=written.added,
            updated=written.updated,
            unchanged=written.unchanged,
            skipped=bounded((*gathered.skipped, *skips(*gathered.parsed), *written.skipped)),
            next_check_at=following.next_check_at,
        )

    def _next_state(
        self, source: Source, state: SourceState | None, gathered: Gathered, written: Written
    ) -> SourceState:
        old = state or SourceState(source_id=source.id, url=source.url)
        good = gathered.outcome in GOOD
        failures = 0 if good else old.consecutive_failures + 1
        update: dict[str, Any] = {
            "checked_at": self._now,
            "outcome": gathered.outcome,
            "error": "" if good else gathered.sentence,
            "consecutive_failures": failures,
        }
        if self._folder is None:
            update["next_check_at"] = next_check_at(
                self._now,
                interval=timedelta(minutes=source.interval_minutes),
                failures=failures,
                jitter=self._options.jitter(),
                retry_after=gathered.retry_after,
                gone=gathered.outcome == "gone",
            )
        if gathered.outcome in ("read", "truncated"):
            # Only a whole reading may be answered with 304 next time; one from a folder has no validators at all.
            update |= {
                "url": gathered.url or source.url,
                "etag": gathered.etag,
                "last_modified": gathered.last_modified,
                "sha256": gathered.sha256 if gathered.outcome == "read" else "",
                "parser_version": PARSER_VERSIONS[source.kind],
                "fetched_at": self._now,
            }
            if gathered.cursor and not written.outdated:
                update["cursor"] = gathered.cursor
        elif gathered.outcome == "unchanged" and gathered.sha256:
            update |= {"url": gathered.url or old.url, "etag": gathered.etag, "last_modified": gathered.last_modified}
        return old.model_copy(update=update)

    def _tell(self, text: str) -> None:
        if self._progress is not None:
            self._progress(text, self._done, self._steps)


def _unmatched(folder: Folder, sources: Sequence[Source]) -> list[SourceReport]:
    skipped = folder.unmatched(sources)
    if not skipped:
        return []
    count = f"{len(skipped)} {'name' if len(skipped) == 1 else 'names'}"
    return [
        SourceReport(
            source_id="folder",
            title="Files in the folder",
            outcome="read",
            sentence=f"{count} in the folder belong to no source.",
            skipped=bounded(skipped),
        )
    ]
