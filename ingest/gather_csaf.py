"""Walks a publisher's CSAF lists and reads the documents that changed since the last time."""

from __future__ import annotations

from typing import Any

from ingest import sandbox
from ingest.gather import TRANSIENT, Gathered, Tools, failed, fetch, refused
from knowledge.errors import BadInputError
from knowledge.records.source import Skip, Source, SourceState

MAX_LISTS = 6
FIRST_DOCUMENTS = 40
"""Newest documents taken when a publisher is read for the first time."""
MAX_DOCUMENTS = 100
"""Documents of one later run, oldest first, so that none is passed over."""


def changed_documents(source: Source, state: SourceState | None, tools: Tools) -> Gathered:
    """Read what changed: provider metadata or a list leads to documents, or the address is itself a document.

    The cursor is the time of the newest document read. A document that cannot be read is skipped with its reason; a
    server that stops answering ends the run, and the rest is read at the next check.
    """
    first = fetch(source, source.url, tools)
    if first.outcome != "read":
        return failed(first)
    if b'"csaf_version"' in first.body[:20_000]:
        return _parsed(source, [(source.url, "", first.body)], (), "")
    try:
        documents, skipped = _lists(source, first.body, first.final_url, tools)
    except BadInputError as error:
        return refused(error)
    cursor = state.cursor if state else ""
    wanted, notes = _wanted(documents, cursor)
    bodies: list[tuple[str, str, bytes]] = []
    for number, (url, changed) in enumerate(wanted):
        tools.progress(f"{source.title}: {number + 1} of {len(wanted)} advisories")
        result = fetch(source, url, tools)
        if result.outcome == "read":
            bodies.append((url, changed, result.body))
        elif result.outcome in TRANSIENT or (result.status or 0) >= 500:
            if not bodies:
                return failed(result)
            left = len(wanted) - number
            notes.append(Skip(subject=f"{left} documents", reason=f"are left for the next check: {result.sentence}"))
            break
        else:
            notes.append(Skip(subject=_name(url), reason=result.sentence))
    if not wanted:
        return Gathered("unchanged", "has no advisory newer than those read", url=source.url, cursor=cursor)
    return _parsed(source, bodies, (*skipped, *notes), cursor)


def _lists(source: Source, body: bytes, url: str, tools: Tools) -> tuple[list[tuple[str, str]], tuple[Skip, ...]]:
    """Follow lists of lists, breadth first and bounded."""
    documents: dict[str, str] = {}
    skipped: list[Skip] = []
    queue: list[tuple[str, bytes | None]] = [(url, body)]
    seen = {url}
    while queue:
        at, data = queue.pop(0)
        if data is None:
            result = fetch(source, at, tools)
            if result.outcome != "read":
                skipped.append(Skip(subject=_name(at), reason=result.sentence))
                continue
            data = result.body
        found = sandbox.run_parser("source.csaf-index", data, subject=_name(at), options={"url": at})
        documents |= dict(found["documents"])
        skipped += [Skip(subject=subject, reason=reason) for subject, reason in found["skipped"]]
        for link in found["indexes"]:
            if link not in seen and len(seen) < MAX_LISTS:
                seen.add(link)
                queue.append((link, None))
    if not documents and skipped:
        raise BadInputError(f"led to no document ({skipped[0].subject} {skipped[0].reason})")
    return sorted(documents.items(), key=lambda pair: (pair[1], pair[0]), reverse=True), tuple(skipped)


def _wanted(documents: list[tuple[str, str]], cursor: str) -> tuple[list[tuple[str, str]], list[Skip]]:
    """Choose what to read, oldest first; `documents` come newest first."""
    newer = [pair for pair in documents if not cursor or not pair[1] or pair[1] > cursor]
    if not cursor or not all(changed for _, changed in newer):
        left = len(newer) - FIRST_DOCUMENTS
        note = [Skip(subject=f"{left} older documents", reason=f"only the newest {FIRST_DOCUMENTS} are read at first")]
        return newer[:FIRST_DOCUMENTS][::-1], note if left > 0 else []
    oldest_first = newer[::-1]
    left = len(newer) - MAX_DOCUMENTS
    note = [Skip(subject=f"{left} documents", reason="are read at the next check")]
    return oldest_first[:MAX_DOCUMENTS], note if left > 0 else []


def _parsed(source: Source, bodies: list[tuple[str, str, bytes]], notes: tuple[Skip, ...], cursor: str) -> Gathered:
    results = sandbox.run_parser_many("source.csaf", [(_name(url), body) for url, _, body in bodies])
    parsed: list[dict[str, Any]] = []
    refused: list[Skip] = []
    for (url, changed, _), result in zip(bodies, results, strict=True):
        if isinstance(result, BadInputError):
            refused.append(Skip(subject=_name(url), reason=result.message))
        else:
            parsed.append(result)
        cursor = max(cursor, changed)
    if refused and not parsed:
        return Gathered("unreadable", f"{refused[0].subject} {refused[0].reason}", url=source.url, skipped=notes)
    return Gathered("read", parsed=tuple(parsed), skipped=(*notes, *refused), url=source.url, cursor=cursor)


def _name(url: str) -> str:
    return url.rstrip("/").rsplit("/", 1)[-1][:80] or url[:80]
