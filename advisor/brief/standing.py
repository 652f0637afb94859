"""What the CISO decided about an item, and whether that still holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from advisor.brief.state import ItemMemory
from knowledge.records.brief import Standing
from knowledge.records.note import Note

_DECISIONS = ("acknowledge", "dismiss", "snooze")


def open_notes(notes: Sequence[Note], keys: Sequence[str], now: datetime) -> tuple[Note, ...]:
    """The notes on these keys that are neither closed nor run out, oldest first."""
    found = [note for note in notes if note.item_key in keys and is_open(note, now)]
    return tuple(sorted(found, key=lambda note: (note.created_at, note.id)))


def is_open(note: Note, now: datetime) -> bool:
    """Not closed, not from after `now`, and for a snooze, not over."""
    if note.created_at > now or (note.closed_at is not None and note.closed_at <= now):
        return False
    return note.kind != "snooze" or (note.until is not None and note.until > now)


def standing(
    notes: Sequence[Note], fingerprint: str, memory: ItemMemory | None, now: datetime
) -> tuple[Standing, bool]:
    """Where the item stands, and whether it came back from being put aside.

    The latest decision counts. A dismissal, a snooze and an acknowledgement hold while the fingerprint is the one
    that was decided on; a decision without a fingerprint holds until it is closed. An item has come back when its
    last brief held it as dismissed or snoozed and nothing holds it there any more, or when it changed after the
    decision and no brief has shown that yet.

    Args:
        notes: all notes on the item, open or not.
        fingerprint: the item's, today.
        memory: what the last earlier brief knew of it.
        now: when the brief is written.
    """
    decisions = [note for note in notes if note.kind in _DECISIONS and is_open(note, now)]
    latest = max(decisions, key=lambda note: (note.created_at, note.id), default=None)
    was_aside = memory is not None and memory.standing in ("dismissed", "snoozed", "silenced")
    if latest is None:
        return "open", was_aside
    if latest.fingerprint in ("", fingerprint):
        match latest.kind:
            case "dismiss":
                return "dismissed", False
            case "snooze":
                return "snoozed", False
            case _:
                return "acknowledged", False
    shown_since = memory is not None and memory.fingerprint == fingerprint and not was_aside
    return "open", latest.kind != "acknowledge" and not shown_since
