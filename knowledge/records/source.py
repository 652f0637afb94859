"""Where facts come from, what state each source is in, and what a run of them did."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from knowledge.records.base import Record, UtcDatetime

SourceKind = Literal["feed", "kev", "epss", "nvd", "csaf", "cve5"]

Outcome = Literal[
    "read",
    "unchanged",
    "not-due",
    "empty",
    "not-a-feed",
    "truncated",
    "gone",
    "rate-limited",
    "tls-error",
    "refused",
    "timeout",
    "too-large",
    "http-error",
    "unreachable",
    "unreadable",
    "missing",
]
"""How the last check of a source ended. `read`, `unchanged` and `not-due` are good; each other has its own sentence."""

GOOD: frozenset[Outcome] = frozenset({"read", "unchanged", "not-due"})


class Source(Record):
    """One public source. Never carries a credential: keys are settings."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")
    kind: SourceKind
    title: str
    url: str
    """`https` (or `http`) address; the file name under it is what `refresh --from DIR` looks for."""
    publisher: str = ""
    terms: str = ""
    """One sentence on what the publisher allows."""
    topics: tuple[str, ...] = ()
    enabled: bool = True
    builtin: bool = False
    interval_minutes: Annotated[int, Field(ge=5, le=43_200)] = 60
    file: str = ""
    """Name of the file or folder in an air-gapped folder; default `<id>.<ext of the kind>`."""


class SourceState(Record):
    """What is remembered between two checks of a source."""

    source_id: str
    url: str
    checked_at: UtcDatetime | None = None
    """Last attempt."""
    fetched_at: UtcDatetime | None = None
    """Last time that content arrived and was read."""
    next_check_at: UtcDatetime | None = None
    etag: str = ""
    """Replayed exactly as received."""
    last_modified: str = ""
    """Replayed exactly as received."""
    sha256: str = ""
    """Of the inflated bytes that were last read."""
    cursor: str = ""
    """Where an incremental source goes on (NVD: the last `lastModEndDate`)."""
    parser_version: int = 0
    outcome: Outcome | None = None
    error: str = ""
    """The sentence for the last failure, empty when the last check was good."""
    consecutive_failures: Annotated[int, Field(ge=0)] = 0


class Skip(Record):
    """Something that was not taken, and why."""

    subject: str
    reason: str


class SourceReport(Record):
    """What one run did with one source."""

    source_id: str
    title: str
    outcome: Outcome
    sentence: str
    """One sentence for a person."""
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: tuple[Skip, ...] = ()
    next_check_at: UtcDatetime | None = None


class RefreshReport(Record):
    """What one refresh did, source by source."""

    started_at: UtcDatetime
    finished_at: UtcDatetime
    sources: tuple[SourceReport, ...] = ()
