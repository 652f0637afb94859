"""What a client's calls of language models used, one row a call, in the client's own place."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, func, select

from knowledge.records.model import DayUse, ModelRun
from knowledge.store.rows import read_all, upsert
from knowledge.store.tables_client import model_usage
from knowledge.store.types import row_of


class ModelUsage:
    """Rows of `model_usage` inside one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def put(self, run: ModelRun) -> None:
        """Keeps a run by id: once when it starts, with what it may use at most, and again when it is done."""
        upsert(self._conn, model_usage, [row_of(run, model_usage)])

    def of_day(self, day: date) -> DayUse:
        """What the calls of a day add up to; one that was killed counts with what it might have used."""
        calls, tokens, cost = self._conn.execute(
            select(
                func.count(),
                func.coalesce(func.sum(model_usage.c.input_tokens + model_usage.c.output_tokens), 0),
                func.coalesce(func.sum(model_usage.c.cost_usd), 0.0),
            ).where(model_usage.c.day == day)
        ).one()
        return DayUse(calls=calls, tokens=tokens, cost_usd=cost)

    def list(self, day: date | None = None) -> tuple[ModelRun, ...]:
        """Runs in the order they started, of one day or of all."""
        where = () if day is None else (model_usage.c.day == day,)
        return read_all(self._conn, model_usage, ModelRun, *where, order_by=model_usage.c.started_at)
