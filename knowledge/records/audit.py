"""One row of the append-only audit chain."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from knowledge.records.base import Record, UtcDatetime


class AuditRow(Record):
    """Each row's hash covers its content and the hash before it (see knowledge/audit.py)."""

    seq: int
    """1, 2, 3, ... without a gap."""
    at: UtcDatetime
    actor: str
    action: str
    """`noun.verb`: `client.add`, `assets.import`, `brief.write`, ..."""
    subject: str
    detail: dict[str, Any] = Field(default_factory=dict)
    """Plain JSON; never a secret and, in the shared chain, never a client's name."""
    prev_hash: str
    hash: str
