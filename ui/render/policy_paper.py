"""A document to be printed, as blocks that every format draws: a policy, an index, a statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

PageSize = Literal["A4", "Letter"]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; its number, if it has one, is part of the text."""

    text: str
    level: int = 1
    """1 to 3."""


@dataclass(frozen=True, slots=True)
class Para:
    """A paragraph."""

    text: str
    lead: str = ""
    """Bold words before it, on the same line."""
    number: str = ""
    """Of a clause, hanging in the margin."""
    inner: bool = False
    """Goes on under a numbered paragraph, and stands where its text stands."""


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list."""

    text: str
    number: str = ""
    """`1.` in an ordered list; empty: a bullet."""


@dataclass(frozen=True, slots=True)
class Note:
    """Small print under a clause or a heading."""

    text: str
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table with one header row."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]
    """Relative, one a column."""
    caption: str = ""


Block = Heading | Para | Item | Note | Grid


@dataclass(frozen=True, slots=True)
class Paper:
    """The whole document."""

    client: str
    title: str
    subtitle: str
    """Kind, version and state in one line."""
    facts: tuple[tuple[str, str], ...]
    """Label and value: version, state, approval, review date, hash."""
    blocks: tuple[Block, ...]
    running: str
    """Stands at the foot of each page: version, approval, short hash."""
    at: datetime
    """When the state shown came about; the files carry it as their date."""
    author: str = ""
    subject: str = ""
    keywords: tuple[str, ...] = ()
    page: PageSize = "A4"
    wide: bool = False
    """Landscape, for a table of many columns."""
    values: dict[str, str] = field(default_factory=dict)
    """Placeholders of a client's template: `{{version}}`, `{{approved_by}}`, ..."""
    stamp: str = ""
    """Large word over the facts of a document that is not in force: `DRAFT`, `RETIRED`."""


def text_blocks(text: str, *, lead: str = "", number: str = "") -> list[Block]:
    """Text of several lines as blocks: lines that start with `- `, `* ` or `1. ` are items, the others paragraphs.

    Args:
        text: as a policy's clause has it.
        lead: bold words before the first paragraph.
        number: of the clause.
    """
    blocks: list[Block] = []
    open_lines: list[str] = []

    def close() -> None:
        if open_lines:
            text = " ".join(open_lines)
            blocks.append(Para(text, inner=bool(number)) if blocks else Para(text, lead=lead, number=number))
            open_lines.clear()

    for raw in text.splitlines():
        line = raw.strip()
        marker, _, rest = line.partition(" ")
        if not line:
            close()
        elif rest and (marker in ("-", "*", "•") or (marker[:-1].isdigit() and marker[-1:] in (".", ")"))):
            close()
            if not blocks and (lead or number):
                blocks.append(Para("", lead=lead, number=number))
            blocks.append(Item(rest.strip(), number="" if marker in "-*•" else marker))
        else:
            open_lines.append(line)
    close()
    if not blocks and (lead or number):
        blocks.append(Para("", lead=lead, number=number))
    return blocks


def plain_lines(paper: Paper) -> Sequence[str]:
    """All text of a paper, a line a block or cell: what a search or a check of glyphs reads."""
    lines = [paper.client, paper.title, paper.subtitle, paper.running, paper.stamp]
    lines += [part for fact in paper.facts for part in fact]
    for block in paper.blocks:
        match block:
            case Heading(text=text):
                lines.append(text)
            case Para(text=text, lead=lead, number=number):
                lines += [number, lead, text]
            case Item(text=text, number=number):
                lines += [number, text]
            case Note(text=text, lead=lead):
                lines += [lead, text]
            case Grid(head=head, rows=rows, caption=caption):
                lines += [caption, *head, *(cell for row in rows for cell in row)]
    return [line for line in lines if line]
