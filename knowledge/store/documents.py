"""A client's documents, version by version, with the parts that citations open."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, func, insert, select, update

from knowledge.errors import NotFoundError
from knowledge.records.document import Document, DocumentPart
from knowledge.store.rows import read_all
from knowledge.store.tables_client import document_parts, documents
from knowledge.store.types import chunks, record_of, row_of


class Documents:
    """Rows of `documents` and `document_parts` inside one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def list(self, *, replaced: bool = False) -> tuple[Document, ...]:
        """Current versions by title; with `replaced` the older versions too, newest first within a document."""
        where = () if replaced else (documents.c.replaced_at.is_(None),)
        found = read_all(self._conn, documents, Document, *where)
        return tuple(sorted(found, key=lambda one: (one.title.casefold(), one.id, -one.version)))

    def get(self, document_id: str, version: int | None = None) -> Document:
        """One version of a document; the current one where no version is named.

        Raises:
            NotFoundError: no such document or version.
        """
        wanted = documents.c.replaced_at.is_(None) if version is None else documents.c.version == version
        row = self._conn.execute(select(documents).where(documents.c.id == document_id, wanted)).mappings().first()
        if row is None:
            what = "no such document" if version is None else f"has no version {version}"
            raise NotFoundError(what, subject=document_id, hint="`vciso docs list CLIENT` shows them.")
        return record_of(Document, dict(row))

    def versions(self, document_id: str) -> tuple[Document, ...]:
        """All versions of a document, newest first; empty where there is no such document."""
        found = read_all(self._conn, documents, Document, documents.c.id == document_id)
        return tuple(sorted(found, key=lambda one: -one.version))

    def put(self, document: Document, parts: Sequence[DocumentPart]) -> None:
        """Keeps a new version with its parts; the version that was current is marked as replaced, and kept."""
        replaced = update(documents).where(documents.c.id == document.id, documents.c.replaced_at.is_(None))
        self._conn.execute(replaced.values(replaced_at=document.added_at))
        self._conn.execute(insert(documents).values(row_of(document, documents)))
        key = {"document_id": document.id, "version": document.version}
        for batch in chunks(parts):
            self._conn.execute(insert(document_parts), [row_of(part, document_parts, **key) for part in batch])

    def parts(self, document_id: str, version: int | None = None) -> tuple[DocumentPart, ...]:
        """The parts of a version in reading order; of the current one where no version is named.

        Raises:
            NotFoundError: no such document or version.
        """
        document = self.get(document_id, version)
        where = (document_parts.c.document_id == document.id, document_parts.c.version == document.version)
        return read_all(self._conn, document_parts, DocumentPart, *where, order_by=document_parts.c.seq)

    def part(self, document_id: str, seq: int, version: int | None = None) -> DocumentPart:
        """One part, as a citation names it.

        Raises:
            NotFoundError: no such document, version or part.
        """
        document = self.get(document_id, version)
        statement = select(document_parts).where(
            document_parts.c.document_id == document.id,
            document_parts.c.version == document.version,
            document_parts.c.seq == seq,
        )
        row = self._conn.execute(statement).mappings().first()
        if row is None:
            raise NotFoundError(f"version {document.version} has no part {seq}", subject=document.title)
        return record_of(DocumentPart, dict(row))

    def remove(self, document_id: str) -> tuple[Document, ...]:
        """Removes all versions of a document and their parts.

        Returns:
            The versions that were removed, newest first.

        Raises:
            NotFoundError: no such document.
        """
        gone = self.versions(document_id)
        if not gone:
            raise NotFoundError("no such document", subject=document_id, hint="`vciso docs list CLIENT` shows them.")
        self._conn.execute(delete(document_parts).where(document_parts.c.document_id == document_id))
        self._conn.execute(delete(documents).where(documents.c.id == document_id))
        return gone

    def hashes(self) -> set[str]:
        """SHA-256 of every version's original."""
        return set(self._conn.execute(select(documents.c.sha256)).scalars())

    def counts(self) -> dict[str, int]:
        """Number of parts of each document's current version."""
        statement = (
            select(documents.c.id, func.count(document_parts.c.seq))
            .select_from(documents)
            .join(
                document_parts,
                (document_parts.c.document_id == documents.c.id) & (document_parts.c.version == documents.c.version),
                isouter=True,
            )
            .where(documents.c.replaced_at.is_(None))
            .group_by(documents.c.id)
        )
        return {row[0]: row[1] for row in self._conn.execute(statement)}
