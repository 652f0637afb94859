"""Insert, update, leave or skip: pure decisions about incoming records against those that are kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, Literal, TypeVar

from ingest.sources.feed import FeedEntry
from knowledge.records.advisory import Advisory
from knowledge.records.base import CveId
from knowledge.records.news import NewsItem, NewsRevision
from knowledge.records.source import Skip
from knowledge.records.vulnerability import Cvss, KevEntry, Vulnerability

T = TypeVar("T")

MAX_REMOVED_SHARE = 0.05
"""Of the listed KEV entries that one reading may mark as removed; more looks like a broken catalogue."""
_NVD_PROVIDER = re.compile(r"@|^[0-9a-f]{8}-[0-9a-f]{4}-")
"""NVD names who scored by email or UUID, CVE records by a short name."""


@dataclass(frozen=True, slots=True)
class Decision(Generic[T]):
    """What to write, and what to tell."""

    put: tuple[T, ...] = ()
    """New and changed records; unchanged ones are not written, so that nothing looks fresh that is not."""
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: tuple[Skip, ...] = ()
    revisions: tuple[NewsRevision, ...] = ()


def decide_news(
    entries: Iterable[FeedEntry], known: Mapping[str, NewsItem], *, source_id: str, now: datetime
) -> Decision[NewsItem]:
    """Decide on a feed's entries: an edit updates the item and keeps what it said before as a revision.

    An item keeps the moment it was first seen and its first publication date; only a change of title, summary or link
    counts as an edit.
    """
    put: dict[str, NewsItem] = {}
    revisions: list[NewsRevision] = []
    added = unchanged = 0
    for entry in entries:
        old = known.get(entry.id)
        if old is not None and old.content_sha256 == entry.content_sha256:
            unchanged += 1
            continue
        if old is None:
            added += 1
        else:
            revisions.append(
                NewsRevision(
                    item_id=old.id,
                    replaced_at=now,
                    title=old.title,
                    summary=old.summary,
                    link=old.link,
                    content_sha256=old.content_sha256,
                )
            )
        put[entry.id] = NewsItem(
            **dict(entry),
            source_id=source_id,
            first_seen_at=old.first_seen_at if old else now,
            last_changed_at=now,
        ).model_copy(update={"published_at": (old.published_at if old else None) or entry.published_at})
    return Decision(tuple(put.values()), added, len(revisions), unchanged, revisions=tuple(revisions))


def decide_kev(
    entries: Iterable[KevEntry], known: Mapping[CveId, KevEntry], *, complete: bool, today: date
) -> Decision[KevEntry]:
    """Decide on a catalogue: an entry that is gone from a complete one is marked as removed and kept.

    Args:
        complete: whether the catalogue held as many entries as it says.
        today: becomes `removed_on`.
    """
    incoming = {entry.cve_id: entry for entry in entries}
    put = [entry for entry in incoming.values() if known.get(entry.cve_id) != entry]
    added = sum(entry.cve_id not in known for entry in put)
    listed = [entry for entry in known.values() if entry.removed_on is None]
    gone = [entry for entry in listed if entry.cve_id not in incoming]
    skipped: list[Skip] = []
    removed: list[KevEntry] = []
    if gone and not complete:
        skipped.append(_skip(f"{len(gone)} entries", "are missing, but the catalogue came incomplete; kept as listed"))
    elif len(gone) > max(3, MAX_REMOVED_SHARE * len(listed)):
        skipped.append(_skip(f"{len(gone)} entries", "are missing at once, which looks like a fault; kept as listed"))
    else:
        removed = [entry.model_copy(update={"removed_on": today}) for entry in gone]
        skipped += [_skip(entry.cve_id, "is no longer in the catalogue; kept and marked as removed") for entry in gone]
    updated = len(put) - added + len(removed)
    return Decision((*put, *removed), added, updated, len(incoming) - len(put), tuple(skipped))


def decide_vulnerabilities(
    records: Iterable[Vulnerability], known: Mapping[CveId, Vulnerability], *, kind: Literal["nvd", "cve5"]
) -> Decision[Vulnerability]:
    """Decide on CVE records, merging what NVD and the CVE record each know (see `merge_vulnerability`)."""
    put: dict[CveId, Vulnerability] = {}
    seen: set[CveId] = set()
    added: set[CveId] = set()
    for record in records:
        old = put.get(record.cve_id) or known.get(record.cve_id)
        seen.add(record.cve_id)
        if old is None:
            put[record.cve_id] = record
            added.add(record.cve_id)
        elif (merged := merge_vulnerability(old, record, kind=kind)) != old:
            put[record.cve_id] = merged
    updated = len(put) - len(added)
    return Decision(tuple(put.values()), len(added), updated, len(seen) - len(put))


def decide_advisories(records: Iterable[Advisory], known: Mapping[str, Advisory]) -> Decision[Advisory]:
    """Decide on advisories: the newest release of each counts; an older one never replaces it."""
    put: dict[str, Advisory] = {}
    skipped: list[Skip] = []
    added: set[str] = set()
    unchanged = 0
    for record in records:
        old = put.get(record.id) or known.get(record.id)
        if old is None:
            added.add(record.id)
            put[record.id] = record
        elif old == record:
            unchanged += 1
        elif old.updated_at > record.updated_at:
            skipped.append(_skip(record.tracking_id, "is an older release than the one that is kept"))
        else:
            put[record.id] = record
    return Decision(tuple(put.values()), len(added), len(put) - len(added), unchanged, tuple(skipped))


def merge_vulnerability(old: Vulnerability, new: Vulnerability, *, kind: Literal["nvd", "cve5"]) -> Vulnerability:
    """Put a fresh record over a kept one: NVD owns the configurations, the CVE record owns affected versions and SSVC.

    The configurations of a CVE record (`cpeApplicability`) count only while NVD has none. Each side replaces its own
    scores. CWEs, references and tags are joined. A later date of change wins; an empty text never replaces one.
    """
    from_nvd = kind == "nvd"
    first, second = (new, old) if from_nvd else (old, new)
    return Vulnerability(
        cve_id=old.cve_id,
        state=_state(old, new, from_nvd=from_nvd),
        title=new.title or old.title,
        description=new.description or old.description,
        published_at=_earliest(old.published_at, new.published_at),
        modified_at=_latest(old.modified_at, new.modified_at),
        cvss=_scores(old.cvss, new.cvss, from_nvd=from_nvd),
        cwes=_joined(first.cwes, second.cwes),
        configurations=first.configurations or second.configurations,
        affected=old.affected if from_nvd else new.affected,
        ssvc=old.ssvc if from_nvd else new.ssvc or old.ssvc,
        references=_joined(first.references, second.references)[:100],
        tags=_joined(first.tags, second.tags),
    )


def _state(
    old: Vulnerability, new: Vulnerability, *, from_nvd: bool
) -> Literal["published", "rejected", "awaiting-analysis"]:
    if from_nvd or new.state == "rejected":
        return new.state
    return new.state if old.state == "rejected" else old.state


def _earliest(*values: datetime | None) -> datetime | None:
    return min((value for value in values if value is not None), default=None)


def _latest(*values: datetime | None) -> datetime | None:
    return max((value for value in values if value is not None), default=None)


def _scores(old: Sequence[Cvss], new: Sequence[Cvss], *, from_nvd: bool) -> tuple[Cvss, ...]:
    kept = [score for score in old if bool(_NVD_PROVIDER.search(score.provider)) != from_nvd]
    ordered = [*new, *kept] if from_nvd else [*kept, *new]
    unique: dict[tuple[str, str, float], Cvss] = {}
    for score in ordered:
        unique.setdefault((score.version, score.vector, score.score), score)
    return tuple(unique.values())


def _joined(first: Iterable[str], second: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def _skip(subject: str, reason: str) -> Skip:
    return Skip(subject=subject, reason=reason)
