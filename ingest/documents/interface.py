"""The types of adding a document: what was read, what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from knowledge.records.base import Record
from knowledge.records.document import Document, DocumentKind, DocumentPart

Action = Literal["added", "replaced", "unchanged"]


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A file that was read; nothing is stored yet."""

    file_name: str
    kind: DocumentKind
    data: bytes
    """The original."""
    sha256: str
    title: str
    """As the document says, else made from the file name."""
    titled: bool
    """The document itself names its title."""
    parts: tuple[DocumentPart, ...]
    pages: int | None
    hidden_text: tuple[str, ...]
    notes: tuple[str, ...]


class Outcome(Record):
    """What became of one file."""

    file: str
    action: Action
    document: Document
    parts: int
    """Parts of the version that is current now."""
    reason: str
    """Why it was taken so, for a person."""
