"""What the CISO decided about a story for a client."""

from __future__ import annotations

from typing import Literal

from knowledge.records.base import Record, UtcDatetime

NoteKind = Literal["note", "acknowledge", "dismiss", "snooze"]


class Note(Record):
    """A note or a decision on one brief item. `item_key` is the brief item's stable key (BriefItem.key)."""

    id: str
    item_key: str
    kind: NoteKind
    text: str = ""
    """The note, or the reason of a dismissal (never empty there)."""
    until: UtcDatetime | None = None
    """Snoozed until."""
    fingerprint: str = ""
    """BriefItem.fingerprint when decided: a changed one reopens a dismissed item."""
    actor: str
    created_at: UtcDatetime
    closed_at: UtcDatetime | None = None
