"""A client's document, version by version, cut into parts that a citation can open."""

from __future__ import annotations

from typing import Literal

from knowledge.records.base import Record, UtcDatetime

DocumentKind = Literal["docx", "pdf", "markdown", "html", "text"]


class DocumentPart(Record):
    """One paragraph, list item, table row or heading of a document, in reading order."""

    seq: int
    """1-based position in the document."""
    kind: Literal["heading", "paragraph", "list-item", "table-row"]
    text: str
    """As the document has it, white space folded; hidden text is left out."""
    heading_path: tuple[str, ...] = ()
    """Headings above it, outermost first."""
    level: int = 0
    """Of a heading: 1 to 6; 0 otherwise."""
    page: int | None = None
    """1-based page of a PDF."""
    locator: str
    """What a person reads: `section 4.6`, `page 3, paragraph 2`, `paragraph 17`."""


class Document(Record):
    """One version of a document. The original lies content-addressed in the client's place."""

    id: str
    """`d-` and 12 hex digits; the same for all versions."""
    version: int
    """1, 2, 3, ...; the highest is the current one."""
    title: str
    file_name: str
    kind: DocumentKind
    sha256: str
    size: int
    """Bytes."""
    pages: int | None = None
    hidden_text: tuple[str, ...] = ()
    """Where text was hidden from a reader, in words; never the hidden text itself in full."""
    notes: tuple[str, ...] = ()
    """What a reader of the parts should know: tracked changes, comments left out, pages that need OCR."""
    added_at: UtcDatetime
    replaced_at: UtcDatetime | None = None
