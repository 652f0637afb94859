"""Gets what a source has to say and has it parsed: everything about a check except the store."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from ingest import sandbox
from ingest.http import DEFAULT_LIMITS, FetchResult, HttpLimits, Validators
from ingest.schedule import RollingLimit
from ingest.sources import csaf as csaf_documents
from ingest.sources import cve5, epss, feed, kev, nvd
from knowledge.errors import BadInputError
from knowledge.records.source import Outcome, Skip, Source, SourceKind, SourceState

PARSER_VERSIONS: dict[SourceKind, int] = {
    "feed": feed.PARSER_VERSION,
    "kev": kev.PARSER_VERSION,
    "epss": epss.PARSER_VERSION,
    "nvd": nvd.PARSER_VERSION,
    "csaf": csaf_documents.PARSER_VERSION,
    "cve5": cve5.PARSER_VERSION,
}
ACCEPT: dict[SourceKind, str] = {
    "feed": feed.ACCEPT,
    "kev": kev.ACCEPT,
    "epss": epss.ACCEPT,
    "nvd": nvd.ACCEPT,
    "csaf": csaf_documents.ACCEPT,
    "cve5": cve5.ACCEPT,
}
HTTP_LIMITS: dict[SourceKind, HttpLimits] = {"nvd": replace(DEFAULT_LIMITS, body_bytes=nvd.BODY_BYTES)}
PARSE_LIMITS: dict[SourceKind, sandbox.Limits] = {
    # Large by nature: their processor time stays bounded as for others, a busy machine gets more time by the clock.
    "nvd": sandbox.Limits(wall_seconds=30.0),
    "epss": sandbox.Limits(wall_seconds=30.0),
}
TRANSIENT: frozenset[Outcome] = frozenset({"timeout", "unreachable", "rate-limited", "truncated"})
"""Failures after which asking the same server for the next document makes no sense now."""


class HttpFetcher(Protocol):
    """What `ingest.http.Fetcher` offers; tests put their own in its place."""

    def fetch(
        self,
        url: str,
        *,
        validators: Validators | None = None,
        headers: dict[str, str] | None = None,
        accept: str = "*/*",
        limits: HttpLimits | None = None,
        now: datetime | None = None,
    ) -> FetchResult:
        """GET a URL; never raises for what the far side does."""
        ...


@dataclass(frozen=True, slots=True)
class Gathered:
    """What one check of one source brought, ready to be decided on."""

    outcome: Outcome
    sentence: str = ""
    """A verb phrase without a full stop; set for every outcome but `read`."""
    parsed: tuple[dict[str, Any], ...] = ()
    """Envelopes (`ingest/sources/envelope.py`)."""
    skipped: tuple[Skip, ...] = ()
    sha256: str = ""
    etag: str = ""
    last_modified: str = ""
    url: str = ""
    """Where the content came from in the end."""
    cursor: str = ""
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Tools:
    """What gathering needs from outside."""

    fetcher: HttpFetcher
    now: datetime
    nvd_limit: RollingLimit
    nvd_headers: dict[str, str] = field(default_factory=dict)
    progress: Callable[[str], object] = str
    """Told in words what is going on inside a source that takes several requests."""


def fetch(source: Source, url: str, tools: Tools, validators: Validators | None = None) -> FetchResult:
    """GET one of a source's documents with its kind's limits; NVD's rate limit is kept."""
    if source.kind == "nvd":
        tools.nvd_limit.wait()
    return tools.fetcher.fetch(
        url,
        validators=validators,
        headers=tools.nvd_headers if source.kind == "nvd" else {},
        accept=ACCEPT[source.kind],
        limits=HTTP_LIMITS.get(source.kind),
        now=tools.now,
    )


def failed(result: FetchResult) -> Gathered:
    """Turn a fetch without a body into what it means for the source."""
    return Gathered(result.outcome, result.sentence, url=result.final_url, retry_after=result.retry_after)


def refused(error: BadInputError) -> Gathered:
    """Turn a parser's refusal into what it means for the source."""
    return Gathered("too-large" if isinstance(error, sandbox.TooCostlyError) else "unreadable", error.message)


def single_document(source: Source, state: SourceState | None, tools: Tools) -> Gathered:
    """Check a source that is one document: a conditional GET, then the sandbox."""
    validators = Validators()
    if state is not None and state.parser_version == PARSER_VERSIONS[source.kind]:
        validators = Validators(state.url, state.etag, state.last_modified)
    result = fetch(source, source.url, tools, validators)
    if result.outcome != "read":
        return failed(result)
    moved: tuple[Skip, ...] = ()
    if result.moved:
        moved = (Skip(subject="address", reason=f"has moved for good to {result.final_url}; set it as the source's"),)
    gathered = parse_one(source, result.body, state, tools.now)
    good = gathered.outcome in ("read", "unchanged")
    return replace(
        gathered,
        url=result.final_url,
        etag=result.etag if good else "",
        last_modified=result.last_modified if good else "",
        skipped=(*moved, *gathered.skipped),
    )


def parse_one(source: Source, data: bytes, state: SourceState | None, now: datetime) -> Gathered:
    """Parse one document in the sandbox, unless it is byte for byte the one that was read last."""
    digest = hashlib.sha256(data).hexdigest()
    if state is not None and state.sha256 == digest and state.parser_version == PARSER_VERSIONS[source.kind]:
        return Gathered("unchanged", "has the same content as at the last check", sha256=digest)
    try:
        envelope = sandbox.run_parser(
            f"source.{source.kind}",
            data,
            subject=source.title,
            options={"source_id": source.id, "now": now.isoformat()},
            limits=PARSE_LIMITS.get(source.kind, sandbox.DEFAULT_LIMITS),
        )
    except BadInputError as error:
        return refused(error)
    return Gathered(
        envelope["outcome"],
        envelope["sentence"],
        (envelope,),
        sha256=digest,
        cursor=str(envelope.get("version", "")),
    )


def skips(*envelopes: dict[str, Any]) -> tuple[Skip, ...]:
    """Give what parsers left out."""
    return tuple(Skip(subject=s, reason=r) for envelope in envelopes for s, r in envelope["skipped"])
