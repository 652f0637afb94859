"""The hash chain of the audit trail: how a row is sealed and how a chain is checked. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from knowledge.records.audit import AuditRow
from knowledge.records.base import Record

GENESIS = "0" * 64
"""`prev_hash` of the first row."""


class ChainBreak(Record):
    """The first row at which a chain does not hold."""

    seq: int
    reason: str


class ChainHead(Record):
    """The last row of a sound chain; kept elsewhere, it also proves that nothing was cut off the end."""

    seq: int
    hash: str


def row_hash(
    *, seq: int, at: datetime, actor: str, action: str, subject: str, detail: dict[str, Any], prev: str
) -> str:
    """SHA-256 (64 hex digits) over the canonical JSON of a row and the hash before it (sorted keys, UTF-8)."""
    content = [seq, at.isoformat(timespec="microseconds"), actor, action, subject, detail, prev]
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def seal(
    head: ChainHead | None, *, at: datetime, actor: str, action: str, subject: str, detail: dict[str, Any]
) -> AuditRow:
    """The next row of a chain whose last row is `head` (None: the first row)."""
    seq, prev = (head.seq + 1, head.hash) if head else (1, GENESIS)
    digest = row_hash(seq=seq, at=at, actor=actor, action=action, subject=subject, detail=detail, prev=prev)
    return AuditRow(
        seq=seq, at=at, actor=actor, action=action, subject=subject, detail=detail, prev_hash=prev, hash=digest
    )


def verify_chain(rows: Iterable[AuditRow], expected: str = "") -> ChainBreak | ChainHead | None:
    """The first break of a chain in `seq` order, else its head; None for an empty chain.

    An edited row fails on its own hash, a removed or moved one on the number or the hash before it. A cut at the
    end shows only against `expected`, a head hash that was written down elsewhere: it must be one of the rows'.
    """
    head: ChainHead | None = None
    seen_expected = not expected
    for row in rows:
        number, prev = (head.seq + 1, head.hash) if head else (1, GENESIS)
        if row.seq != number:
            return ChainBreak(seq=number, reason=f"row {number} is missing or out of order (found {row.seq})")
        if row.prev_hash != prev:
            return ChainBreak(seq=row.seq, reason="does not continue the row before it")
        digest = row_hash(
            seq=row.seq,
            at=row.at,
            actor=row.actor,
            action=row.action,
            subject=row.subject,
            detail=row.detail,
            prev=row.prev_hash,
        )
        if digest != row.hash:
            return ChainBreak(seq=row.seq, reason="its content was changed after it was written")
        seen_expected = seen_expected or row.hash == expected
        head = ChainHead(seq=row.seq, hash=row.hash)
    if not seen_expected:
        last = head.seq if head else 0
        return ChainBreak(seq=last + 1, reason="rows were cut off the end: the expected head is not in the chain")
    return head
