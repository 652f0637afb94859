"""Turns blocks in reading order into parts: the headings above each, and what a reader calls its place (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from knowledge.records.document import DocumentPart

_NUMBER = r"\d{1,3}(?:\.\d{1,3}){0,5}"
# What a heading may start with: 4, 4.6, 4.6., Section 4, § 8a, Article 21, Annex A, A.5.1, IV.
_HEADING_NUMBER = re.compile(
    rf"^(?:(?:section|sec\.|article|art\.|clause|chapter|part|abschnitt|artikel|kapitel|§+)\s*({_NUMBER}[a-z]?)"
    rf"|((?:annex|appendix|anhang|anlage|annexe)\s+(?:[A-Z]|\d{{1,2}}))\b"
    rf"|({_NUMBER})(?=[.):]?(?:\s|$))"
    r"|([A-Z]\.\d{1,3}(?:\.\d{1,3}){0,3})(?=[.):]?(?:\s|$))"
    r"|([IVX]{1,5})(?=[.)]\s))",
    re.IGNORECASE,
)
# A paragraph that starts with a number of two or more levels is a clause of its own, heading or not.
_CLAUSE = re.compile(r"^(?:§\s*)?((?:\d{1,3}|[A-Z])(?:\.\d{1,3}){1,5})(?=[.):]?\s)")
_CLAUSE_LABEL = re.compile(r"^(?:§\s*)?((?:\d{1,3}|[A-Z])(?:\.\d{1,3}){1,5})[.):]?$")
_NOT_A_CLAUSE = re.compile(r"^\d+\.\d+\s*(?:%|(?:percent|million|billion|GB|MB|hours?|days?|times)\b)", re.IGNORECASE)
_MARKS = " ().:[]"
_MAX_TITLE = 60


def build_parts(blocks: Sequence[Mapping[str, Any]]) -> tuple[DocumentPart, ...]:
    """Parts with heading paths and locators.

    Args:
        blocks: what `ingest.documents.blocks.Collector` collected.
    """
    outline = _Outline()
    parts = [outline.part(seq, block) for seq, block in enumerate(blocks, start=1)]
    # "section 4.6" says enough where the section has one paragraph.
    alone = {members[0] for members in outline.paragraphs.values() if len(members) == 1}
    return tuple(
        part.model_copy(update={"locator": part.locator.removesuffix(", paragraph 1")}) if part.seq in alone else part
        for part in parts
    )


def heading_number(text: str) -> str:
    """The number that a heading shows (`4.6`, `Annex A`); empty where it has none."""
    found = _HEADING_NUMBER.match(text)
    number = next((group for group in found.groups() if group), "") if found else ""
    return " ".join(number.split())


class _Outline:
    def __init__(self) -> None:
        self._path: list[tuple[int, str]] = []
        self._section = ""
        self._page: int | None = None
        self._counts: dict[str, int] = {}
        self._rows: dict[int, int] = {}
        self._opened = 0
        self.paragraphs: dict[int, list[int]] = {}
        """Paragraphs (`seq`) of each section; what stands before the first section is not in it."""

    def part(self, seq: int, block: Mapping[str, Any]) -> DocumentPart:
        kind, label, page = str(block["kind"]), str(block.get("label", "")), block.get("page")
        text = str(block["text"])
        shown = f"{label} {text}" if label and kind != "footnote" else text
        if kind == "heading":
            level = min(max(int(block.get("level", 1)), 1), 6)
            path = self._open(level, shown)
            where = self._section
        else:
            level, path = 0, tuple(title for _, title in self._path)
            where = self._inside(kind, label, text, page, int(block.get("table", 0)))
            if kind == "paragraph" and self._section:
                self.paragraphs.setdefault(self._opened, []).append(seq)
        self._page = page
        locator = ", ".join(part for part in (f"page {page}" if page else "", where) if part)
        final = {"heading": "heading", "list-item": "list-item", "table-row": "table-row"}.get(kind, "paragraph")
        return DocumentPart.model_validate(
            {
                "seq": seq,
                "kind": final,
                "text": shown,
                "heading_path": path,
                "level": level,
                "page": page,
                "locator": locator,
            }
        )

    def _open(self, level: int, title: str) -> tuple[str, ...]:
        while self._path and self._path[-1][0] >= level:
            self._path.pop()
        above = tuple(text for _, text in self._path)
        self._path.append((level, title))
        number = heading_number(title)
        cut = title if len(title) <= _MAX_TITLE else title[: _MAX_TITLE - 1].rstrip() + "…"
        if number:
            self._section = number if number[:1].isalpha() and " " in number else f"section {number}"
        else:
            self._section = f"section “{cut}”"
        self._counts = {}
        self._opened += 1
        return above

    def _inside(self, kind: str, label: str, text: str, page: int | None, table: int) -> str:
        """What stands in a section is counted within it; without sections, within the page or the document."""
        if kind == "footnote":
            return label
        if kind == "table-row":
            self._rows[table] = self._rows.get(table, 0) + 1
            return self._joined(f"table {table}, row {self._rows[table]}")
        clause = _clause_of(label, text) or (label.strip(_MARKS) if kind == "paragraph" else "")
        if clause:
            self._section = f"section {clause}"
            self._counts = {"paragraph": 1}
            self._opened += 1
            return self._section
        if not self._section and page != self._page:
            self._counts = {}
        if kind == "list-item":
            mark = label.strip(_MARKS)
            if mark:
                return self._joined(f"item {mark}")
            self._counts["bullet"] = self._counts.get("bullet", 0) + 1
            return self._joined(f"bullet {self._counts['bullet']}")
        self._counts["paragraph"] = self._counts.get("paragraph", 0) + 1
        return self._joined(f"paragraph {self._counts['paragraph']}")

    def _joined(self, inner: str) -> str:
        return f"{self._section}, {inner}" if self._section else inner


def _clause_of(label: str, text: str) -> str:
    if label:
        found = _CLAUSE_LABEL.match(label)
        return found[1] if found else ""
    found = _CLAUSE.match(text)
    return found[1] if found and not _NOT_A_CLAUSE.match(text) else ""
