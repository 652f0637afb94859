"""Cuts texts into pieces that a sentence encoder reads whole, and documents into passages (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from knowledge.records.document import Document, DocumentPart
from knowledge.records.search import Partition, Passage

CHUNKER = "2"
"""Goes up when the same text would be cut or worded otherwise: the vectors of the older version are made anew."""
PIECE_CHARS = 900
"""About 200 tokens of English: MiniLM reads 256 and drops the rest without a word."""
PASSAGE_CHARS = 900
_BREAK = re.compile(r"(?<=[.!?;:])\s+|\n+")
_SPACE = re.compile(r"\s+")


def pieces(text: str, limit: int = PIECE_CHARS) -> tuple[str, ...]:
    """A text in pieces of at most `limit` characters, cut between sentences or lines, else at a space, else hard."""
    found: list[str] = []
    current = ""
    for sentence in _BREAK.split(text):
        for bit in _short(sentence.strip(), limit):
            if current and len(current) + 1 + len(bit) > limit:
                found.append(current)
                current = bit
            else:
                current = f"{current} {bit}".strip()
    return (*found, current) if current else tuple(found)


def _short(text: str, limit: int) -> Iterator[str]:
    while len(text) > limit:
        cut = text.rfind(" ", 0, limit)
        cut = cut if cut > limit // 2 else limit
        yield text[:cut].strip()
        text = text[cut:].strip()
    if text:
        yield text


def document_passages(document: Document, parts: Sequence[DocumentPart], partition: Partition) -> tuple[Passage, ...]:
    """A document's passages in reading order: whole parts under one heading, up to `PASSAGE_CHARS` characters.

    A passage never crosses a heading; its text is that of its parts, verbatim, one a line. A part that is longer is cut
    between sentences, and its passages share its locator.
    """
    found: list[Passage] = []
    group: list[DocumentPart] = []

    def close() -> None:
        if group:
            found.extend(_passages(document, group, partition))
            group.clear()

    for part in parts:
        text = part.text.strip()
        if part.kind == "heading" or not text:
            close()
            continue
        size = sum(len(one.text) + 1 for one in group)
        if group and (part.heading_path != group[-1].heading_path or size + len(text) > PASSAGE_CHARS):
            close()
        group.append(part)
    close()
    return tuple(found)


def _passages(document: Document, group: Sequence[DocumentPart], partition: Partition) -> Iterator[Passage]:
    first = group[0]
    text = "\n".join(part.text.strip() for part in group)
    cut = pieces(text, PASSAGE_CHARS) if len(text) > PASSAGE_CHARS else (text,)
    for number, piece in enumerate(cut, 1):
        suffix = f".{number}" if len(cut) > 1 else ""
        yield Passage(
            id=f"doc:{document.id}:{document.version}:{first.seq}{suffix}",
            partition=partition,
            kind="document",
            title=document.title,
            locator=first.locator,
            heading_path=first.heading_path,
            text=piece,
            document_id=document.id,
        )


def embedded_text(passage: Passage) -> str:
    """What of a document's passage the encoder reads: the headings above it, then its words."""
    path = " > ".join(_SPACE.sub(" ", heading).strip() for heading in passage.heading_path[-2:])
    return f"{path}\n{passage.text}" if path else passage.text


def sentence_text(passage: Passage, sentence: str) -> str:
    """What of one sentence the encoder reads: the heading above it, then its words."""
    heading = _SPACE.sub(" ", passage.heading_path[-1]).strip() if passage.heading_path else ""
    return f"{heading}. {sentence}" if heading else sentence
