"""Parses a DOCX as a reader of its final text sees it: insertions in, deletions out, numbers of headings computed."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

from ingest.clean import one_line
from ingest.documents.blocks import Collector
from ingest.documents.docx_archive import Archive, child, name, value
from ingest.documents.docx_numbering import Numbering
from ingest.documents.docx_runs import Runs
from ingest.documents.docx_styles import Style, Styles, cell_fill, paragraph_look
from ingest.documents.outline import heading_number
from knowledge.errors import BadInputError

_MAX_HEADING = 80
_WRAPPERS = {"w:ins", "w:moveTo", "w:smartTag", "w:customXml", "w:sdtContent"}


def parse(data: bytes, options: dict[str, Any]) -> dict[str, Any]:
    """Read a DOCX.

    Args:
        data: the file.
        options: none are used.

    Returns:
        What `Collector.result` gives, with `title`.

    Raises:
        BadInputError: damaged, encrypted, or beyond a limit (named).
    """
    del options
    archive = Archive(data)
    return Reader(archive).read()


class Reader:
    """Reads one document; public for the redline, which needs to know the paragraph behind each block."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.main = archive.main_part()
        folder = self.main.rpartition("/")[0]
        self.folder = f"{folder}/" if folder else ""
        self.out = Collector()
        self.styles = Styles(archive.read(f"{self.folder}styles.xml"))
        self.numbering = Numbering(archive.read(f"{self.folder}numbering.xml"))
        self.runs = Runs(self.out, self.styles)
        self.title = ""
        self._level = 0
        self._notes: dict[tuple[str, str], Element] | None = None
        self._shown_notes: dict[tuple[str, str], int] = {}

    def read(self) -> dict[str, Any]:
        for element in self.archive.children_of(self.main, "w:body"):
            self.block(element, "")
        if any(part.startswith(f"{self.folder}comments") for part in self.archive.names()):
            self.out.note("it has comments, which are left out")
        if f"{self.folder}vbaProject.bin" in self.archive:
            self.out.note("it has macros, which are not read")
        return self.out.result(title=self.title or self._property("dc:title"))

    def block(self, element: Element, behind: str, *, table_style: Style | None = None, depth: int = 0) -> None:
        """A paragraph, a table, or something around them."""
        kind = name(element.tag)
        if kind == "w:p":
            self.paragraph(element, behind)
        elif kind == "w:tbl":
            self.table(element, behind, depth)
        elif kind == "w:sdt":
            gallery = child(child(child(element, "w:sdtPr"), "w:docPartObj"), "w:docPartGallery")
            if value(gallery) == "Table of Contents":
                self.out.note("its table of contents is left out")
                return
            for inner in element:
                self.block(inner, behind, table_style=table_style, depth=depth)
        elif kind in _WRAPPERS:
            if kind in ("w:ins", "w:moveTo"):
                self.out.note("tracked changes: {n} insertions taken as accepted")
            for inner in element:
                self.block(inner, behind, table_style=table_style, depth=depth)
        elif kind in ("w:del", "w:moveFrom"):
            self.out.note("tracked changes: {n} deletions left out")
        elif kind == "mc:AlternateContent":
            for inner in list(element)[:1]:
                for block in inner:
                    self.block(block, behind, table_style=table_style, depth=depth)
        elif kind == "w:altChunk":
            self.out.note("a document that is embedded in it was not read ({n})")

    def paragraph(self, element: Element, behind: str) -> None:
        """A heading, a list item, a clause or plain text, and what hangs on it: boxes, footnotes."""
        style, number, text, hidden = self._words(element, behind)
        if style.is_contents:
            self.out.note("its table of contents is left out")
        elif not hidden or text.strip():
            in_list, label, outlined = number
            level = style.heading_level or self._looks_like_heading(text, label, outlined=outlined, in_list=in_list)
            if level:
                self._level = min(level, 6) if style.heading_level else self._level
                self.out.add("heading", text, level=min(level, 6), label=label)
            elif style.is_title and not self.title:
                self.title = one_line(text, 200)
                self.out.add("heading", text, level=1)
            elif in_list and not (outlined or _is_clause(label)):
                self.out.add("list-item", text, label=label)
            else:
                self.out.add("paragraph", text, label=label)
        self._attached()

    def table(self, element: Element, behind: str, depth: int) -> None:
        """Rows with one filled cell are a layout and read as text; others become rows."""
        style = self.styles.get(value(child(child(element, "w:tblPr"), "w:tblStyle")), "table")
        number = 0
        for row in _rows(element):
            properties = child(row, "w:trPr")
            if child(properties, "w:del") is not None:
                self.out.note("tracked changes: {n} deletions left out")
                continue
            cells = [cell for cell in _flat(row) if name(cell.tag) == "w:tc"]
            filled = [cell for cell in cells if _has_text(cell)]
            if len(filled) <= 1 or depth > 3:
                for cell in filled:
                    fill = self._behind_cell(cell, style, behind)
                    for inner in cell:
                        self.block(inner, fill, table_style=style, depth=depth + 1)
                continue
            number = number or self.out.next_table()
            texts = [self._cell(cell, self._behind_cell(cell, style, behind), depth + 1) for cell in cells]
            if any(texts):
                self.out.add("table-row", " | ".join(texts), table=number)
            self._attached()

    def _cell(self, cell: Element, behind: str, depth: int) -> str:
        """All words of a cell; a table in it is read as its text."""
        if depth > 20:
            raise BadInputError("has tables nested more than 20 deep")
        words: list[str] = []
        for inner in _flat(cell):
            if name(inner.tag) == "w:p":
                style, (_, label, _), text, hidden = self._words(inner, behind)
                if not style.is_contents and text.strip() and not (hidden and not text.strip()):
                    words.append(f"{label} {text}" if label else text)
            elif name(inner.tag) == "w:tbl":
                for row in _rows(inner):
                    words += [self._cell(c, behind, depth + 1) for c in _flat(row) if name(c.tag) == "w:tc"]
        return " ".join(" ".join(words).split())

    def _words(self, element: Element, behind: str) -> tuple[Style, tuple[bool, str, bool], str, bool]:
        """The style, the number, the visible text, and whether hidden or deleted text was in it.

        The number is (in a list at all, as a reader sees it, that of a clause of the first level).
        """
        properties = child(element, "w:pPr")
        style = self.styles.get(value(child(properties, "w:pStyle")))
        look = paragraph_look(properties)
        full = look.over(style.paragraph)
        if look.outline is not None:
            style = Style(style.id, style.name, style.run, full, style.numbered_by)
        text, hidden = self.runs.read(element, style, full.behind or behind)
        mark = child(properties, "w:rPr")
        gone = child(mark, "w:del") is not None or child(mark, "w:moveFrom") is not None
        number = (False, "", False)
        # Word counts an empty numbered paragraph, but none that is hidden or deleted.
        if full.num_id not in (None, "0") and full.num_id and (text.strip() or not (hidden or gone)):
            level = full.num_level
            if look.num_level is None and look.num_id is None and style.numbered_by and level is None:
                level = self.numbering.level_of_style(full.num_id, style.numbered_by)
            outlined = not level and self.numbering.is_outline(full.num_id)
            number = (*self.numbering.label(full.num_id, level or 0), outlined)
        return style, number, text, hidden or gone

    def _looks_like_heading(self, text: str, label: str, *, outlined: bool, in_list: bool) -> int:
        """The level of a short line that is bold or bears a section's number, without a heading's style; else 0."""
        words = " ".join(text.split())
        if not words or len(words) > _MAX_HEADING or words.endswith((".", ";", ",", ":", "?", "!")):
            return 0
        if outlined and label:
            return 1
        if not self.runs.bold or in_list:
            return 0
        number = heading_number(words)
        if number and number[0].isdigit():
            return min(number.count(".") + 1, 6)
        return min(self._level + 1, 6)

    def _behind_cell(self, cell: Element, style: Style, behind: str) -> str:
        own = cell_fill(child(cell, "w:tcPr"))
        if own is not None:
            return own
        return "?" if style.fills else behind

    def _attached(self) -> None:
        """Boxes and footnotes of the paragraph or row that was just read."""
        boxes, self.runs.boxes = self.runs.boxes, []
        for content, fill in boxes:
            for inner in content:
                self.block(inner, fill, depth=1)
        references, self.runs.references = self.runs.references, []
        for kind, note_id in references:
            if (kind, note_id) in self._shown_notes:
                continue
            found = self._note_texts().get((kind, note_id))
            number = sum(other == kind for other, _ in self._shown_notes) + 1
            self._shown_notes[kind, note_id] = number
            if found is not None:
                words = [self._words(p, "")[2] for p in found.iter() if name(p.tag) == "w:p"]
                self.out.add("footnote", " ".join(words), label=f"{kind} {number}")
        self.runs.references = []

    def _note_texts(self) -> dict[tuple[str, str], Element]:
        if self._notes is None:
            self._notes = {}
            for kind, part in (("footnote", "footnotes.xml"), ("endnote", "endnotes.xml")):
                root = self.archive.read(f"{self.folder}{part}")
                for element in root if root is not None else ():
                    if value(element, "type") in (None, "normal"):
                        self._notes[kind, value(element, "id") or ""] = element
        return self._notes

    def _property(self, wanted: str) -> str:
        found = child(self.archive.read("docProps/core.xml"), wanted)
        return one_line(found.text or "", 200) if found is not None else ""


def _flat(element: Element) -> list[Element]:
    """The children, with those inside content controls and insertions in their place."""
    found: list[Element] = []
    for inner in element:
        kind = name(inner.tag)
        if kind == "w:sdt" or kind in _WRAPPERS:
            found += _flat(inner)
        else:
            found.append(inner)
    return found


def _rows(table: Element) -> list[Element]:
    return [row for row in _flat(table) if name(row.tag) == "w:tr"]


def _has_text(cell: Element) -> bool:
    return any(name(e.tag) in ("w:t", "m:t") and (e.text or "").strip() for e in cell.iter())


def _is_clause(label: str) -> bool:
    """A number of two or more levels (`4.6`) is that of a clause, not of an item."""
    return sum(part.isdigit() for part in label.strip("().§ ").split(".")) >= 2
