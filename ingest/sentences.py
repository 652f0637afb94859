"""What a refresh tells a person about a source, one sentence each: pure."""

from __future__ import annotations

from datetime import UTC, datetime

from ingest.gather import Gathered
from ingest.write import Written
from knowledge.records.source import GOOD, Source, SourceKind, SourceState

NOUNS: dict[SourceKind, tuple[str, str]] = {
    "feed": ("item", "items"),
    "kev": ("entry", "entries"),
    "epss": ("score", "scores"),
    "nvd": ("CVE", "CVEs"),
    "cve5": ("CVE", "CVEs"),
    "csaf": ("advisory", "advisories"),
}


def what_happened(source: Source, gathered: Gathered, written: Written, state: SourceState, now: datetime) -> str:
    """Say how the check of a source ended ("CISA KEV: 7 entries are new, 1 changed, 1,654 as before.").

    A failure says what the far side did and when the next try is.
    """
    kind, title = source.kind, source.title
    if written.outdated:
        return f"{title} {written.outdated}."
    if gathered.outcome in GOOD:
        return f"{title} {gathered.sentence}." if gathered.sentence else f"{title}: {counted(kind, written)}."
    text = f"{title} {gathered.sentence}"
    if gathered.parsed and (written.added or written.updated):
        text += f" ({counted(kind, written)})"
    if state.consecutive_failures > 1:
        text += f"; {state.consecutive_failures} failures in a row"
    if state.next_check_at is not None and state.next_check_at > now:
        text += f"; next try {moment(state.next_check_at, now)}"
    return text + "."


def counted(kind: SourceKind, written: Written) -> str:
    """Put counts into words: "3 items are new, 1 changed, 58 as before"."""
    one, many = NOUNS[kind]
    parts = []
    if written.added:
        parts.append(
            f"{written.added:,} {one if written.added == 1 else many} {'is' if written.added == 1 else 'are'} new"
        )
    if written.updated:
        parts.append(f"{written.updated:,} changed")
    if written.unchanged:
        parts.append(f"{written.unchanged:,} as before")
    return ", ".join(parts) or f"no {many}"


def moment(at: datetime, now: datetime) -> str:
    """Name a time in UTC, with the day where it is not today: "07:30 UTC", "08 Aug 07:30 UTC"."""
    at, now = at.astimezone(UTC), now.astimezone(UTC)
    return f"{at:%H:%M} UTC" if at.date() == now.date() else f"{at:%d %b %H:%M} UTC"
