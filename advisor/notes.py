"""Notes and decisions of the CISO on items of a client's brief."""

from __future__ import annotations

import secrets
from datetime import datetime

from advisor.brief.compose import items_by_key
from knowledge.errors import NotFoundError, UsageError
from knowledge.places import ClientPlace
from knowledge.records.brief import Brief, BriefItem
from knowledge.records.note import Note, NoteKind

MAX_TEXT = 2_000
"""Characters of a note."""


def find_item(brief: Brief | None, which: str) -> BriefItem:
    """The item that a person means by its number in the newest brief, its key or one of its CVE ids.

    Raises:
        NotFoundError: there is no brief yet, or no such item in the newest one.
        UsageError: several items bear that CVE id.
    """
    if brief is None:
        raise NotFoundError("there is no brief yet", subject=which, hint="Write one: vciso brief CLIENT.")
    wanted = which.strip()
    by_key = items_by_key(brief)
    if wanted.isdigit():
        found = [item for item in brief.items if item.number == int(wanted)]
    elif wanted in by_key:
        found = [by_key[wanted]]
    else:
        found = [item for item in by_key.values() if wanted.upper() in item.cve_ids]
    if len(found) > 1:
        numbers = ", ".join(str(item.number) for item in found)
        raise UsageError("stands in several items", subject=wanted, hint=f"Say which by its number: {numbers}.")
    if not found:
        raise NotFoundError(
            f"no such item in the brief of {brief.day:%Y-%m-%d}",
            subject=wanted,
            hint="Use the number shown in the brief, or the CVE id.",
        )
    return found[0]


def add_note(
    place: ClientPlace,
    which: str,
    kind: NoteKind,
    *,
    text: str,
    now: datetime,
    until: datetime | None = None,
) -> tuple[Note, BriefItem]:
    """Attaches a note or a decision to an item of the newest brief and records it in the audit chain.

    A new decision takes the place of an earlier open one on the same item; notes add up.

    Raises:
        NotFoundError: no such item.
        UsageError: a dismissal without a reason, a snooze without a later day, a note that is empty or too long.
    """
    text = text.strip()
    if kind == "dismiss" and not text:
        raise UsageError("a dismissal needs a reason", hint='Say why: --reason "hosted by the vendor, confirmed".')
    if kind == "note" and not text:
        raise UsageError("the note is empty", hint="Write what should be remembered.")
    if len(text) > MAX_TEXT:
        raise UsageError(f"the note has {len(text):,} characters; {MAX_TEXT:,} are kept", hint="Shorten it.")
    if kind == "snooze" and (until is None or until <= now):
        raise UsageError("the day to wake up is not in the future", hint="Give a later day: --until YYYY-MM-DD.")
    with place.write() as unit:
        item = find_item(unit.briefs.latest(), which)
        if kind != "note":
            for earlier in unit.notes.list():
                if earlier.item_key == item.key and earlier.kind != "note":
                    unit.notes.close(earlier.id, now)
        note = Note(
            id=f"t-{secrets.token_hex(4)}",
            item_key=item.key,
            kind=kind,
            text=text,
            until=until,
            fingerprint=item.fingerprint,
            actor=place.actor,
            created_at=now,
        )
        unit.notes.put(note)
        unit.audit.append(now, f"note.{kind}", item.key, note=note.id, cves=list(item.cve_ids))
    return note, item


def close_note(place: ClientPlace, note_id: str, now: datetime) -> Note:
    """Closes a note, or takes a decision back.

    Raises:
        NotFoundError: no open note of that id.
    """
    with place.write() as unit:
        note = unit.notes.close(note_id, now)
        unit.audit.append(now, "note.close", note.item_key, note=note.id)
    return note
