"""Runs the look-ups of a refresh: what to ask, both sides side by side, and what they brought into the store."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import timedelta

from ingest.gather import Gathered, Tools, skips
from ingest.interface import SharedFacts
from ingest.lookups import KEV_IN_BULK, Found, Wanted, known_exploited, look_up, named_ids, news_since, wanted
from ingest.schedule import RollingLimit, next_check_at
from ingest.sentences import counted
from ingest.write import Written, bounded, write
from knowledge.records.source import GOOD, Outcome, Source, SourceReport, SourceState

LOOKUPS_WITHOUT_KEY = 15
"""NVD answers five requests in 30 seconds without a key: more look-ups would make the morning wait."""


def by_id_only(source: Source) -> bool:
    """Whether a source has no list to read and is only asked for single records."""
    return source.kind == "cve5" and not source.url.endswith((".zip", ".json"))


def look_up_named(
    store: SharedFacts, sources: Sequence[Source], tools: Tools, *, limit: int, pace: RollingLimit, jitter: float
) -> list[SourceReport]:
    """Look up the CVEs that news and KEV name and that have no record; each side is written in one transaction.

    Args:
        sources: enabled ones; the first of kind `nvd` and the first of kind `cve5` are asked.
        limit: requests by id at each side; NVD without an API key is asked for 15 at most.
        pace: of the CVE list.
    """
    asked = {kind: next((s for s in sources if s.kind == kind), None) for kind in ("nvd", "cve5")}
    nvd, cve5 = asked["nvd"], asked["cve5"]
    if cve5 is not None and not by_id_only(cve5):
        cve5 = None
    reports: list[SourceReport] = []
    ids = _wanted(store, tools)
    if nvd is not None and limit > 0 and _in_bulk(store, ids):
        reports.append(_keep(store, nvd, known_exploited(nvd, tools), tools, jitter))
        ids = _wanted(store, tools)
    with ThreadPoolExecutor(max_workers=2, thread_name_prefix="look-up") as pool:
        futures = {}
        if nvd is not None and ids.nvd:
            most = limit if tools.nvd_headers else min(limit, LOOKUPS_WITHOUT_KEY)
            futures[pool.submit(look_up, nvd, ids.nvd, limit=most, tools=tools, pace=pace)] = nvd
        if cve5 is not None:
            futures[pool.submit(look_up, cve5, ids.cve5, limit=limit, tools=tools, pace=pace)] = cve5
        reports += [_keep(store, futures[done], done.result(), tools, jitter) for done in as_completed(futures)]
    return reports


def _wanted(store: SharedFacts, tools: Tools) -> Wanted:
    named = named_ids(store.news_since(news_since(tools.now)), store.kev_all(), today=tools.now.date())
    return wanted(named, store.vulnerabilities_by_id(named))


def _in_bulk(store: SharedFacts, ids: Wanted) -> bool:
    kev = store.kev_all()
    return sum(cve in kev for cve in ids.nvd) >= KEV_IN_BULK


def _keep(store: SharedFacts, source: Source, found: Found, tools: Tools, jitter: float) -> SourceReport:
    """Write what was found; the CVE list, which has no other reading, gets its state from this one."""
    written = Written()
    with store.transaction():
        if found.parsed:
            written = write(store, source.kind, found.parsed, source_id=source.id, cursor="", now=tools.now)
        if by_id_only(source):
            store.put_state(_state(store.source_state(source.id), source, found, tools, jitter))
    outcome: Outcome = found.outcome if found.asked else "unchanged"
    if not found.asked:
        text = "nothing to look up"
    elif outcome in GOOD:
        text = f"{found.asked} looked up by id, {counted(source.kind, written)}"
    else:
        text = f"look-ups by id failed: it {found.sentence}"
    return SourceReport(
        source_id=source.id if by_id_only(source) else f"{source.id}-lookups",
        title=source.title,
        outcome=outcome,
        sentence=f"{source.title}: {text}.",
        added=written.added,
        updated=written.updated,
        unchanged=written.unchanged,
        skipped=bounded((*found.skipped, *skips(*found.parsed), *written.skipped)),
    )


def _state(old: SourceState | None, source: Source, found: Found, tools: Tools, jitter: float) -> SourceState:
    state = old or SourceState(source_id=source.id, url=source.url)
    gathered = Gathered(found.outcome if found.asked else "unchanged", found.sentence)
    good = gathered.outcome in GOOD
    failures = 0 if good else state.consecutive_failures + 1
    interval = timedelta(minutes=source.interval_minutes)
    return state.model_copy(
        update={
            "checked_at": tools.now,
            "fetched_at": tools.now if found.parsed else state.fetched_at,
            "next_check_at": next_check_at(tools.now, interval=interval, failures=failures, jitter=jitter),
            "outcome": gathered.outcome,
            "error": "" if good else gathered.sentence,
            "consecutive_failures": failures,
        }
    )
