"""A client's verdicts, briefs and notes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy import Connection, delete, select, tuple_

from knowledge.errors import NotFoundError
from knowledge.records.base import Record
from knowledge.records.brief import Brief
from knowledge.records.note import Note
from knowledge.records.triage import ItemRef, Verdict
from knowledge.store.rows import read_all, upsert
from knowledge.store.tables_client import brief_states, briefs, marks, notes, verdicts
from knowledge.store.types import chunks, row_of

R = TypeVar("R", bound=Record)


class Verdicts:
    """Rows of `verdicts` inside one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def list(self, *, kinds: Collection[str] | None = None) -> tuple[Verdict, ...]:
        """All verdicts, or those of `kinds`, by item and subject."""
        statement = select(verdicts.c.record).order_by(
            verdicts.c.item_kind, verdicts.c.item_id, verdicts.c.subject_kind, verdicts.c.subject_id
        )
        if kinds is not None:
            statement = statement.where(verdicts.c.kind.in_(sorted(kinds)))
        return tuple(Verdict.model_validate(record) for record in self._conn.execute(statement).scalars())

    def replace(self, judged: Collection[ItemRef], found: Sequence[Verdict], *, judged_at: datetime) -> None:
        """Replaces what was held of the `judged` items by `found`: one judged anew loses verdicts it no longer has."""
        keys = sorted({(item.kind, item.id) for item in judged})
        for batch in chunks(keys):
            self._conn.execute(delete(verdicts).where(tuple_(verdicts.c.item_kind, verdicts.c.item_id).in_(batch)))
        rows = [
            {
                "item_kind": v.item.kind,
                "item_id": v.item.id,
                "subject_kind": v.match.subject_kind,
                "subject_id": v.match.subject_id,
                "kind": v.kind,
                "rule": v.match.rule,
                "confidence": v.match.confidence,
                "record": v.model_dump(mode="json"),
                "judged_at": judged_at,
            }
            for v in found
        ]
        upsert(self._conn, verdicts, rows)

    def clear(self) -> None:
        """Forgets all verdicts, so that the next run judges everything anew (after an inventory changed)."""
        self._conn.execute(delete(verdicts))


class Briefs:
    """Rows of `briefs` inside one transaction: one a day."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def put(self, brief: Brief) -> None:
        """Keeps the brief of its day, in place of an earlier one of that day."""
        row = {"day": brief.day, "written_at": brief.written_at, "record": brief.model_dump(mode="json")}
        upsert(self._conn, briefs, [row])

    def get(self, day: date) -> Brief | None:
        """The brief of a day; None where there is none."""
        found = self._conn.execute(select(briefs.c.record).where(briefs.c.day == day)).scalar()
        return Brief.model_validate(found) if found is not None else None

    def latest(self) -> Brief | None:
        """The newest brief."""
        found = self._conn.execute(select(briefs.c.record).order_by(briefs.c.day.desc()).limit(1)).scalar()
        return Brief.model_validate(found) if found is not None else None

    def put_state(self, day: date, state: Record) -> None:
        """Keeps what is remembered after the brief of a day."""
        upsert(self._conn, brief_states, [{"day": day, "record": state.model_dump(mode="json")}])

    def state_before(self, day: date, kind: type[R]) -> R | None:
        """What was remembered after the last brief of an earlier day, as a record of `kind`; None before the first."""
        statement = (
            select(brief_states.c.record).where(brief_states.c.day < day).order_by(brief_states.c.day.desc()).limit(1)
        )
        found = self._conn.execute(statement).scalar()
        return kind.model_validate(found) if found is not None else None

    def counts(self, last: int, *, before: date | None = None) -> dict[date, dict[str, int]]:
        """Items by label that still ask for attention, for each of the last days that have a brief, oldest first.

        Args:
            last: how many days.
            before: days before this one only.
        """
        statement = select(briefs.c.day, briefs.c.record).order_by(briefs.c.day.desc()).limit(last)
        if before is not None:
            statement = statement.where(briefs.c.day < before)
        found: dict[date, dict[str, int]] = {}
        for day, record in reversed(self._conn.execute(statement).all()):
            counts: dict[str, int] = {}
            for item in record["items"]:
                if item["standing"] != "acknowledged":
                    counts[item["label"]] = counts.get(item["label"], 0) + 1
            found[day] = counts
        return found

    def days(self) -> tuple[date, ...]:
        """Days that have a brief, newest first."""
        return tuple(self._conn.execute(select(briefs.c.day).order_by(briefs.c.day.desc())).scalars())


class Marks:
    """Small facts about the place itself: how far the world has been judged, under which rules and inventory."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def get(self, name: str) -> str:
        """The value of a mark; empty where it was never set."""
        return self._conn.execute(select(marks.c.value).where(marks.c.name == name)).scalar() or ""

    def put(self, name: str, value: str) -> None:
        """Sets a mark."""
        upsert(self._conn, marks, [{"name": name, "value": value}])


class Notes:
    """Rows of `notes` inside one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def list(self, *, closed: bool = False) -> tuple[Note, ...]:
        """Open notes, oldest first; with `closed` the closed ones too."""
        where = () if closed else (notes.c.closed_at.is_(None),)
        return read_all(self._conn, notes, Note, *where, order_by=notes.c.created_at)

    def put(self, note: Note) -> None:
        """Keeps a note by id."""
        upsert(self._conn, notes, [row_of(note, notes)])

    def close(self, note_id: str, at: datetime) -> Note:
        """Closes a note: it no longer counts, and stays on record.

        Raises:
            NotFoundError: no open note of that id.
        """
        for note in self.list():
            if note.id == note_id:
                closed = note.model_copy(update={"closed_at": at})
                self.put(closed)
                return closed
        raise NotFoundError("no open note of that id", subject=note_id, hint="`vciso note list CLIENT` shows them.")
