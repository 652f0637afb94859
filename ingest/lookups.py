"""The second stage: CVEs that news or KEV name and that have no record yet are looked up by id, within bounds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from ingest import sandbox
from ingest.gather import Gathered, Tools, fetch, refused
from ingest.gather_nvd import ask_page
from ingest.schedule import RollingLimit
from ingest.sources import cve5, nvd
from ingest.sources.fields import cve_id
from knowledge.errors import BadInputError
from knowledge.identifiers import cve_ids_in
from knowledge.records.base import CveId
from knowledge.records.news import NewsItem
from knowledge.records.source import Outcome, Skip, Source
from knowledge.records.vulnerability import KevEntry, Vulnerability

NEWS_DAYS = 14
"""News of this age still asks for the CVEs it names."""
KEV_IN_BULK = 60
"""From so many unknown KEV entries on, NVD's own list of them is read page by page instead of one by one."""
IN_A_ROW = 3
"""Failures in a row after which a server is left alone."""

Kind = Literal["nvd", "cve5"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which ids each side is to be asked for, most pressing first."""

    nvd: tuple[CveId, ...] = ()
    cve5: tuple[CveId, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What the look-ups at one side brought."""

    kind: Kind
    parsed: tuple[dict[str, Any], ...] = ()
    skipped: tuple[Skip, ...] = ()
    asked: int = 0
    outcome: Outcome = "read"
    sentence: str = ""


def named_ids(news: Iterable[NewsItem], kev: Mapping[CveId, KevEntry], *, today: date) -> list[CveId]:
    """List the CVEs that news and KEV name: KEV's last 30 days, then news, then the rest of KEV, newest first."""
    listed = sorted((e for e in kev.values() if e.removed_on is None), key=lambda e: e.date_added, reverse=True)
    recent = [entry.cve_id for entry in listed if entry.date_added >= today - timedelta(days=30)]
    told = [cve for item in news for cve in cve_ids_in(f"{item.title}\n{item.summary}")]
    return [cve for cve in dict.fromkeys((*recent, *told, *(entry.cve_id for entry in listed))) if _is_id(cve)]


def wanted(named: Sequence[CveId], known: Mapping[CveId, Vulnerability]) -> Wanted:
    """Choose what to look up: at NVD what has no record, at the CVE list what has no affected versions and no SSVC."""
    return Wanted(
        nvd=tuple(cve for cve in named if cve not in known),
        cve5=tuple(cve for cve in named if cve not in known or not (known[cve].affected or known[cve].ssvc)),
    )


def look_up(source: Source, ids: Sequence[CveId], *, limit: int, tools: Tools, pace: RollingLimit) -> Found:
    """Ask one side for CVEs by id.

    Args:
        source: of kind `nvd` or `cve5`.
        limit: at most so many requests.
        pace: for the CVE list; NVD's limit is in `tools`.

    Returns:
        What was found; each id that was not is a skip with its reason, those past the limit are counted in one line.
    """
    kind: Kind = "nvd" if source.kind == "nvd" else "cve5"
    parsed: list[dict[str, Any]] = []
    skipped: list[Skip] = []
    failures, asked = 0, 0
    last = Gathered("read")
    for cve in ids[:limit]:
        tools.progress(f"{source.title}: {cve} ({asked + 1} of {min(len(ids), limit)})")
        asked += 1
        answer = _ask_nvd(source, cve, tools) if kind == "nvd" else _ask_cve5(source, cve, tools, pace)
        if isinstance(answer, Gathered):
            skipped.append(Skip(subject=cve, reason=answer.sentence))
            not_there = answer.outcome == "empty"
            failures = 0 if not_there else failures + 1
            last = last if not_there else answer
            if failures >= IN_A_ROW or answer.outcome == "rate-limited":
                break
        else:
            failures = 0
            parsed.append(answer)
    if left := len(ids) - asked:
        skipped.append(Skip(subject=f"{left} CVEs", reason="are not yet looked up; the next refresh goes on"))
    bad = bool(asked) and not parsed and last.outcome != "read"
    return Found(
        kind, tuple(parsed), tuple(skipped), asked, last.outcome if bad else "read", last.sentence if bad else ""
    )


def known_exploited(source: Source, tools: Tools) -> Found:
    """Read NVD's records of all KEV entries, page by page: a few requests instead of over a thousand."""
    parsed: list[dict[str, Any]] = []
    start = 0
    while True:
        page = ask_page(source, nvd.known_exploited_url(source.url, start), tools)
        if isinstance(page, Gathered):
            note = Skip(subject="KEV entries at NVD", reason=f"were read only in part: it {page.sentence}")
            return Found("nvd", tuple(parsed), (note,), len(parsed) + 1, page.outcome, page.sentence)
        parsed.append(page)
        start += page["count"]
        tools.progress(f"{source.title}: {start} of {page['total']} KEV entries")
        if page["count"] == 0 or start >= page["total"] or len(parsed) >= nvd.CONFIG.max_pages:
            return Found("nvd", tuple(parsed), (), len(parsed))


def news_since(now: datetime) -> datetime:
    """Give the moment from which on news is asked for CVEs."""
    return now - timedelta(days=NEWS_DAYS)


def _ask_nvd(source: Source, cve: CveId, tools: Tools) -> dict[str, Any] | Gathered:
    page = ask_page(source, nvd.by_id_url(source.url, cve), tools)
    if isinstance(page, Gathered):
        return Gathered("empty", "is not known to NVD") if page.sentence.startswith("answered 404") else page
    return page if page["records"] else Gathered("empty", "is not known to NVD yet")


def _ask_cve5(source: Source, cve: CveId, tools: Tools, pace: RollingLimit) -> dict[str, Any] | Gathered:
    pace.wait()
    result = fetch(source, cve5.by_id_url(source.url, cve), tools)
    if result.status == 404:
        return Gathered("empty", "has no public record yet")
    if result.outcome != "read":
        return Gathered(result.outcome, result.sentence)
    try:
        record: dict[str, Any] = sandbox.run_parser("source.cve5", result.body, subject=cve)
    except BadInputError as error:
        return refused(error)
    return record


def _is_id(text: str) -> bool:
    try:
        return bool(cve_id(text))
    except ValueError:
        return False
