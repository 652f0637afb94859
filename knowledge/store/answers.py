"""Answers with everything that proves them, and the conversations that they were given in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from knowledge.errors import NotFoundError
from knowledge.records.answer import Answer, Turn
from knowledge.store.rows import upsert
from knowledge.store.tables_client import answers, conversation_turns
from knowledge.store.types import row_of


class Answers:
    """Rows of `answers` and `conversation_turns` inside one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def put(self, answer: Answer) -> None:
        """Keeps an answer whole: passages, claims, checks, prompt, model and timings."""
        columns = {name: getattr(answer, name) for name in answers.c.keys() if name != "record"}  # noqa: SIM118
        upsert(self._conn, answers, [{**columns, "record": answer.model_dump(mode="json")}])

    def get(self, answer_id: str) -> Answer:
        """A kept answer.

        Raises:
            NotFoundError: no such answer.
        """
        record = self._conn.execute(select(answers.c.record).where(answers.c.id == answer_id)).scalar_one_or_none()
        if record is None:
            raise NotFoundError("no such answer", subject=answer_id[:60], hint="Its id stands under each answer.")
        return Answer.model_validate(record)

    def list(self, limit: int = 50) -> tuple[Answer, ...]:
        """The newest answers, newest first."""
        statement = select(answers.c.record).order_by(answers.c.asked_at.desc(), answers.c.id).limit(limit)
        return tuple(Answer.model_validate(record) for record in self._conn.execute(statement).scalars())

    def add_turn(self, conversation_id: str, question: str, answer: Answer, at: datetime) -> Turn:
        """Keeps an answer as the next turn of a conversation, which begins with its first one."""
        self.put(answer)
        column = conversation_turns.c
        last = self._conn.execute(select(func.max(column.seq)).where(column.conversation_id == conversation_id))
        turn = Turn(
            conversation_id=conversation_id, seq=(last.scalar() or 0) + 1, question=question, answer=answer, at=at
        )
        self._conn.execute(insert(conversation_turns).values(row_of(turn, conversation_turns, answer_id=answer.id)))
        return turn

    def turns(self, conversation_id: str, last: int | None = None) -> tuple[Turn, ...]:
        """The turns of a conversation in order, or its last few; empty where there is none of that id."""
        column = conversation_turns.c
        statement = (
            select(conversation_turns, answers.c.record)
            .join(answers, answers.c.id == column.answer_id)
            .where(column.conversation_id == conversation_id)
            .order_by(column.seq.desc())
            .limit(last)
        )
        found = [
            Turn(
                conversation_id=row["conversation_id"],
                seq=row["seq"],
                question=row["question"],
                answer=Answer.model_validate(row["record"]),
                at=row["at"],
            )
            for row in self._conn.execute(statement).mappings()
        ]
        return tuple(reversed(found))

    def conversations(self) -> tuple[tuple[str, str, datetime, int], ...]:
        """(id, first question, time of the last turn, number of turns) of each, the latest first."""
        column = conversation_turns.c
        last, count, first = func.max(column.at), func.count(), func.min(column.seq)
        groups = select(
            column.conversation_id, first.label("first"), last.label("last"), count.label("count")
        ).group_by(column.conversation_id)
        known = groups.subquery()
        statement = (
            select(known.c.conversation_id, column.question, known.c.last, known.c.count)
            .join(
                conversation_turns,
                (column.conversation_id == known.c.conversation_id) & (column.seq == known.c.first),
            )
            .order_by(known.c.last.desc())
        )
        return tuple((row[0], row[1], row[2], row[3]) for row in self._conn.execute(statement))
