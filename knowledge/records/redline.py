"""Tracked changes that a Word file is to get, and what a returned file says of them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from knowledge.records.base import Record

SpanKind = Literal["same", "del", "ins"]


class EditSpan(Record):
    """A stretch of a paragraph that stays, goes or comes."""

    kind: SpanKind
    text: str


class ParagraphEdit(Record):
    """One change to one paragraph of a document, as the reader of documents numbers its parts."""

    hunk: int = Field(ge=0)
    """Number of the hunk; 0: a change that was accepted before and is shown without a comment."""
    kind: Literal["insert", "delete", "replace"]
    seq: int = Field(ge=1)
    """The part that changes; of an insertion the one behind which it goes."""
    text: str = ""
    """What the part must say for the change to fit; empty for an insertion."""
    spans: tuple[EditSpan, ...] = ()
    """Of a replacement: how `text` becomes the new text."""
    new: str = ""
    """Of an insertion."""
    lead: str = ""
    """How an insertion begins where neighbours print their number and heading in another type."""
    heading: str = ""
    """A heading that comes first, for a section that is new."""
    heading_like: int = 0
    """The part whose look the heading takes; 0: none."""
    like: int = 0
    """The part whose look an insertion takes; 0: that of `seq`."""
    comment: str = ""


class Redlined(Record):
    """A Word file with tracked changes."""

    data: bytes
    placed: tuple[int, ...]
    """Numbers of the hunks that are in it."""
    unplaced: tuple[tuple[int, str], ...] = ()
    """(hunk, reason) of those that are not."""
    tracked: int = 0
    """Tracked insertions and deletions that were added."""


class ReturnedParagraph(Record):
    """One paragraph of a returned file."""

    marks: tuple[str, ...] = ()
    """Names of our bookmarks that begin in it."""
    text: str = ""
    """What a reader sees once every change that still waits is taken; hidden text is left out."""
    waiting: bool = False
    """Changes of ours in it are neither accepted nor rejected."""


class ReturnedDocument(Record):
    """What a returned Word file says."""

    paragraphs: tuple[ReturnedParagraph, ...]
    hidden: int = 0
    """Places with text that a reader would not see; none of it is in `paragraphs`."""
    comments: tuple[tuple[str, str], ...] = ()
    """(author, text) of comments that are not ours."""
