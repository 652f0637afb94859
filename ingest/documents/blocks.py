"""Collects what a parser finds, in reading order: visible blocks, where text was hidden, remarks."""

from __future__ import annotations

from typing import Any, Literal

from ingest.clean import one_line, visible
from ingest.documents.limits import MAX_BLOCKS, MAX_CHARS, MAX_NOTES
from knowledge.errors import BadInputError

BlockKind = Literal["heading", "paragraph", "list-item", "table-row", "footnote"]
_EXCERPT = 40
_MAX_HIDINGS = 2_000


class Collector:
    """Filled by a parser in the child process; `result` is what crosses to the parent as JSON."""

    def __init__(self) -> None:
        self.blocks: list[dict[str, Any]] = []
        self.tables = 0
        self._chars = 0
        self._hidden: dict[tuple[int, str], list[Any]] = {}
        self._notes: dict[str, int] = {}

    def add(
        self,
        kind: BlockKind,
        text: str,
        *,
        level: int = 0,
        label: str = "",
        page: int | None = None,
        table: int = 0,
    ) -> None:
        """Adds a block; one without visible text is dropped.

        Args:
            text: as found; white space is folded and invisible characters are taken out and reported.
            level: of a heading, 1 to 6.
            label: number or letter that the reader sees before it (`4.6`, `(b)`), where it is not part of `text`.
            page: 1-based.
            table: number of the table in the document, of a row.

        Raises:
            BadInputError: the document is longer than the limits.
        """
        shown, invisible = visible(text)
        if invisible:
            self.hide(text, "invisible characters", page=page, whole=False)
        shown = " ".join(shown.split())
        if not shown:
            return
        self._chars += len(shown)
        if self._chars > MAX_CHARS:
            raise BadInputError(
                f"has more than {MAX_CHARS:,} characters of text", hint="Split it into several documents."
            )
        if len(self.blocks) >= MAX_BLOCKS:
            raise BadInputError(
                f"has more than {MAX_BLOCKS:,} paragraphs and table rows", hint="Split it into several documents."
            )
        block: dict[str, Any] = {"kind": kind, "text": shown}
        extra = {"level": level, "label": " ".join(visible(label)[0].split()), "page": page, "table": table}
        self.blocks.append(block | {name: value for name, value in extra.items() if value})

    def hide(self, text: str, how: str, *, page: int | None = None, whole: bool = True) -> None:
        """Notes text that a reader would not see.

        Args:
            how: in words: `white text`, `text formatted as hidden`.
            whole: all of `text` is hidden; else there is something hidden in it.
        """
        if not text.strip():
            return
        place = (len(self.blocks), how)
        if place in self._hidden:
            found = self._hidden[place]
            found[3] += len(text) if whole else 0
            if whole and len(found[4]) < _EXCERPT:
                found[4] = one_line(f"{found[4]} {text[:400]}", _EXCERPT)
        elif len(self._hidden) < _MAX_HIDINGS:
            start = one_line(text[:400], _EXCERPT) if whole else ""
            self._hidden[place] = [len(self.blocks), page, how, len(text) if whole else 0, start]

    def note(self, text: str, count: int = 1) -> None:
        """A remark for the person who adds the document; `{n}` in it becomes the sum of the counts."""
        if text in self._notes or len(self._notes) < MAX_NOTES:
            self._notes[text] = self._notes.get(text, 0) + count

    def next_table(self) -> int:
        """The number of the table that begins."""
        self.tables += 1
        return self.tables

    @property
    def notes(self) -> list[str]:
        """The remarks in order."""
        return [text.replace("{n}", f"{count:,}") for text, count in self._notes.items()]

    def result(self, **extra: Any) -> dict[str, Any]:
        """What goes to the parent: `blocks`, `hidden`, `notes`, and `extra` (title, pages ...).

        An entry of `hidden` is [index of the block that follows, page or None, how, characters, how it begins].
        """
        return {"blocks": self.blocks, "hidden": list(self._hidden.values()), "notes": self.notes} | extra
