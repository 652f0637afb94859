"""From a parser's answer to the store: JSON to records, decide, put; one function per kind in a literal dict."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, TypeAdapter

from ingest.decide import Decision, decide_advisories, decide_kev, decide_news, decide_vulnerabilities
from ingest.interface import SharedFacts
from ingest.sources.feed import FeedEntry
from knowledge.records.advisory import Advisory
from knowledge.records.source import Skip, SourceKind
from knowledge.records.vulnerability import Epss, KevEntry, Vulnerability

M = TypeVar("M", bound=BaseModel)
Envelopes = Sequence[dict[str, Any]]
_VERSION = re.compile(r"\d{4}\.\d{2}\.\d{2}(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Written:
    """What a source's content changed in the store."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: tuple[Skip, ...] = ()
    outdated: str = ""
    """Says why nothing was taken of content older than what is kept; empty otherwise."""

    @classmethod
    def of(cls, decision: Decision[Any]) -> Written:
        """Take a decision's counts."""
        return cls(decision.added, decision.updated, decision.unchanged, decision.skipped)


def write(
    store: SharedFacts, kind: SourceKind, envelopes: Envelopes, *, source_id: str, cursor: str, now: datetime
) -> Written:
    """Decide on what parsers gave and put what is new or changed; the caller holds the transaction.

    Args:
        cursor: the source's, so that an older catalogue never undoes a newer one.
    """
    return _WRITERS[kind](store, envelopes, source_id, cursor, now)


def _records(envelopes: Envelopes, kind: type[M]) -> list[M]:
    adapter = TypeAdapter(list[kind])  # type: ignore[valid-type]
    return [record for envelope in envelopes for record in adapter.validate_python(envelope["records"])]


def _feed(store: SharedFacts, envelopes: Envelopes, source_id: str, cursor: str, now: datetime) -> Written:
    del cursor
    entries = _records(envelopes, FeedEntry)
    known = store.news_by_id([entry.id for entry in entries])
    decision = decide_news(entries, known, source_id=source_id, now=now)
    store.put_news(decision.put, decision.revisions)
    return Written.of(decision)


def _kev(store: SharedFacts, envelopes: Envelopes, source_id: str, cursor: str, now: datetime) -> Written:
    del source_id
    version = str(envelopes[0].get("version", ""))
    if _VERSION.fullmatch(version) and _VERSION.fullmatch(cursor) and version < cursor:
        return Written(outdated=f"is the catalogue of {version}, older than that of {cursor}; nothing was taken")
    complete = all(envelope.get("complete") is True for envelope in envelopes)
    decision = decide_kev(_records(envelopes, KevEntry), store.kev_all(), complete=complete, today=now.date())
    store.put_kev(decision.put)
    return Written.of(decision)


def _epss(store: SharedFacts, envelopes: Envelopes, source_id: str, cursor: str, now: datetime) -> Written:
    del source_id, cursor, now
    rows = TypeAdapter(list[Epss]).validate_python(
        [
            {"cve_id": cve, "score": score, "percentile": percentile, "scored_on": on}
            for envelope in envelopes
            for cve, score, percentile, on in envelope["rows"]
        ]
    )
    return Written(*store.put_epss(rows))


def _vulnerabilities(store: SharedFacts, envelopes: Envelopes, kind: Literal["nvd", "cve5"]) -> Written:
    records = _records(envelopes, Vulnerability)
    known = store.vulnerabilities_by_id({record.cve_id for record in records})
    decision = decide_vulnerabilities(records, known, kind=kind)
    store.put_vulnerabilities(decision.put)
    return Written.of(decision)


def _nvd(store: SharedFacts, envelopes: Envelopes, source_id: str, cursor: str, now: datetime) -> Written:
    del source_id, cursor, now
    return _vulnerabilities(store, envelopes, "nvd")


def _cve5(store: SharedFacts, envelopes: Envelopes, source_id: str, cursor: str, now: datetime) -> Written:
    del source_id, cursor, now
    return _vulnerabilities(store, envelopes, "cve5")


def _csaf(store: SharedFacts, envelopes: Envelopes, source_id: str, cursor: str, now: datetime) -> Written:
    del source_id, cursor, now
    records = _records(envelopes, Advisory)
    decision = decide_advisories(records, store.advisories_by_id({record.id for record in records}))
    store.put_advisories(decision.put)
    return Written.of(decision)


_WRITERS: dict[SourceKind, Callable[[SharedFacts, Envelopes, str, str, datetime], Written]] = {
    "feed": _feed,
    "kev": _kev,
    "epss": _epss,
    "nvd": _nvd,
    "cve5": _cve5,
    "csaf": _csaf,
}


def bounded(skipped: Iterable[Skip], limit: int = 200) -> tuple[Skip, ...]:
    """Cut a long list of skips; the last one counts the rest."""
    every = tuple(skipped)
    if len(every) <= limit:
        return every
    return (*every[:limit], Skip(subject=f"{len(every) - limit} more", reason="left out of this list"))
