"""Framework copies that a user imported: public ones in the shared place, licensed ones in a client's."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Table, delete, insert, select

from knowledge.errors import NotFoundError
from knowledge.records.framework import Framework, Requirement
from knowledge.store.types import chunks


class ImportedFrameworks:
    """Rows of `imported_frameworks` and `imported_requirements` of one place, inside one transaction."""

    def __init__(self, conn: Connection, frameworks: Table, requirements: Table) -> None:
        self._conn = conn
        self._frameworks = frameworks
        self._requirements = requirements

    def list(self) -> tuple[Framework, ...]:
        """Heads by id."""
        rows = self._conn.execute(select(self._frameworks.c.record).order_by(self._frameworks.c.id)).scalars()
        return tuple(Framework.model_validate(row) for row in rows)

    def requirements(self, framework_id: str) -> tuple[Requirement, ...]:
        """The rows of a copy in document order.

        Raises:
            NotFoundError: no copy of that id here.
        """
        if (
            self._conn.execute(select(self._frameworks.c.id).where(self._frameworks.c.id == framework_id)).first()
            is None
        ):
            raise NotFoundError(
                "no imported framework of that id", subject=framework_id[:80], hint="`vciso framework list` shows them."
            )
        table = self._requirements
        query = select(table.c.record).where(table.c.framework_id == framework_id).order_by(table.c.position)
        return tuple(Requirement.model_validate(row) for row in self._conn.execute(query).scalars())

    def put(self, framework: Framework, requirements: Sequence[Requirement]) -> None:
        """Keeps a copy whole; an earlier one of the same id is replaced."""
        self.remove(framework.id)
        head = {
            "id": framework.id,
            "imported_at": framework.imported_at,
            "record": framework.model_dump(mode="json"),
        }
        self._conn.execute(insert(self._frameworks), head)
        rows = (
            {"framework_id": framework.id, "id": row.id, "position": at, "record": row.model_dump(mode="json")}
            for at, row in enumerate(requirements)
        )
        for batch in chunks(rows):
            self._conn.execute(insert(self._requirements), batch)

    def remove(self, framework_id: str) -> None:
        """Removes a copy; a missing one is fine."""
        self._conn.execute(delete(self._frameworks).where(self._frameworks.c.id == framework_id))
