"""Turns a table of requirements (CSV, XLSX) into rows: which column is what, who stands under whom (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ingest.frameworks.limits import MAX_NOTES, MAX_REQUIREMENTS, MAX_TEXT
from ingest.inventory.interface import ColumnUse
from ingest.inventory.mapping import unique_headers
from ingest.inventory.words import fold, listed
from knowledge.errors import BadInputError, UsageError
from knowledge.frameworks.catalogue import key

Line = tuple[int, Sequence[str]]
HEADER_LINES = 10
MAX_ID = 80

# Field -> folded headers (`uberschrift`) that mean it, the usual ones first.
FIELDS: dict[str, tuple[str, ...]] = {
    "id": listed(
        """id, identifier, control identifier, control id, control number, requirement id, requirement number, req id,
        req no, ref id, ref no, ref, reference, reference number, clause no, control ref, number, no, nr, clause,
        safeguard, cis safeguard, subcategory id, article, control no, kennung, nummer, kennziffer, ziffer"""
    ),
    "title": listed(
        """title, name, control name, control title, control or control enhancement name, requirement title,
        requirement name, short title, safeguard title, heading, titel, bezeichnung, uberschrift"""
    ),
    "statement": listed(
        """statement, text, control text, requirement text, requirement, requirements, control, control statement,
        description, control description, defined approach requirements, criteria, subcategory, wording,
        anforderung, wortlaut"""
    ),
    "guidance": listed(
        """guidance, discussion, supplemental guidance, implementation guidance, applicability notes, notes, examples,
        implementation examples, explanation, hinweis, erlauterung, bemerkung"""
    ),
    "parent": listed("parent, parent id, family, category, function, domain, chapter, group, theme, section, kapitel"),
    "kind": listed("kind, type, level, typ"),
    "question": listed("question, audit question, assessment question, testing procedure, testing procedures, frage"),
    "keywords": listed("keywords, tags"),
    "related": listed("related, related controls, see also"),
}
_BY_ID = frozenset({"parent", "parent id"})
"""Columns that name the row above by its id: an empty cell there is a top row. Any other names a group, and an empty
cell is part of a merged one: a group is written once, beside the first of its rows."""
_AN_ID = re.compile(r"(?:[A-Za-z§]{1,12}[ .-]?){0,3}\d[\w.()/-]{0,20}")
ALIKE = 0.6
"""Share of a column's cells that look like ids, and that no other repeats, from which it is taken for the ids."""
SAMPLED = 200
_LABELLED = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9.()_/-]{0,40}?)\s*:\s+(\S.*)$", re.DOTALL)
_BRACKETED = re.compile(r"^[^:]{1,120}?\(([A-Z0-9][A-Za-z0-9.-]{0,20})\)\s*:\s+(\S.*)$", re.DOTALL)
_WITHDRAWN = re.compile(r"^\W*withdrawn\b[:\s]*(.*?)[\]\s.]*$", re.IGNORECASE | re.DOTALL)


def rows_of(lines: Sequence[Line], mapping: Mapping[str, str], name: str) -> dict[str, Any]:
    """Read a table.

    Args:
        lines: (line number, cells), the header among the first ten.
        mapping: header -> field, overriding the guess; `-` leaves a column out.
        name: the file, for errors.

    Returns:
        `rows` (dictionaries with fields of Requirement), `notes`, `columns`.

    Raises:
        BadInputError: no row, no column of ids, or a limit.
        UsageError: the mapping names a column or a field that does not exist.
    """
    if not lines:
        raise BadInputError("has no rows", subject=name)
    at = _header_at(lines, mapping)
    header = unique_headers(lines[at][1])
    columns = _columns(header, mapping)
    seen = None if "id" in columns else _ids_by_look(lines[at + 1 :], header, mapping)
    if seen is not None:
        columns = {"id": seen, **{field: i for field, i in columns.items() if i != seen}}
    if "id" not in columns:
        shown = ", ".join(repr(h[:40]) for h in header[:8])
        raise BadInputError(
            f"no column is understood as the id of a requirement; its columns are {shown}",
            subject=name,
            hint='Say which one it is, for example --map "Column=id".',
        )
    if len(lines) - at > MAX_REQUIREMENTS:
        raise BadInputError(f"has more than {MAX_REQUIREMENTS:,} rows", subject=name)
    notes: list[list[str]] = []
    rows = _Rows(notes, merged="parent" in columns and fold(header[columns["parent"]]) not in _BY_ID)
    for number, cells in lines[at + 1 :]:
        rows.add(number, {field: cells[i].strip() if i < len(cells) else "" for field, i in columns.items()})
    uses = [_use(label, i, columns, mapping, seen) for i, label in enumerate(header)]
    if rows.without_id:
        notes.append(["rows", f"{rows.without_id} rows without an id were left out"])
    return {"rows": list(rows.found.values()), "notes": notes[:MAX_NOTES], "columns": uses}


def guessed_columns(lines: Sequence[Line]) -> tuple[ColumnUse, ...]:
    """What each column is taken for when nobody says otherwise, also where none is understood as the id."""
    if not lines:
        return ()
    header = unique_headers(lines[_header_at(lines, {})][1])
    columns = _columns(header, {})
    seen = None if "id" in columns else _ids_by_look(lines[_header_at(lines, {}) + 1 :], header, {})
    if seen is not None:
        columns = {"id": seen, **{field: i for field, i in columns.items() if i != seen}}
    return tuple(_use(label, i, columns, {}, seen) for i, label in enumerate(header))


class _Rows:
    """Rows as they are found, each under the row or the heading that it names or that its id implies."""

    def __init__(self, notes: list[list[str]], *, merged: bool) -> None:
        self.found: dict[str, dict[str, Any]] = {}
        self.without_id = 0
        self._group = ""
        self._merged = merged
        self._beside = ""
        self._by_key: dict[tuple[str, ...], str] = {}
        self._notes = notes

    def add(self, number: int, cells: Mapping[str, str]) -> None:
        row_id, text = cells["id"], cells.get("statement", "")
        if not row_id:
            # A line of its own that only names the group of the lines after it.
            self._group = cells.get("parent", "") or self._group
            self.without_id += not cells.get("parent", "")
            return
        labelled = _BRACKETED.match(row_id) or _LABELLED.match(row_id)
        if labelled:
            row_id, text = labelled[1], text or labelled[2]
        row_id = " ".join(row_id.split())
        if len(row_id) > MAX_ID:
            self._notes.append([f"row {number}", f"its id has {len(row_id)} characters, more than {MAX_ID}; left out"])
            return
        if row_id in self.found:
            self._notes.append([f"row {number}", f"{row_id} stands there twice; the second one was left out"])
            return
        said = cells.get("parent", "")
        parent = self._parent(said or self._group, row_id)
        if self._merged:
            self._beside = said or self._beside
            parent = parent or (self._parent(self._beside, row_id) if self._beside else "")
        attributes: dict[str, Any] = {}
        gone = _WITHDRAWN.match(text)
        if gone:
            attributes = {"withdrawn": True, "withdrawn_note": gone[1] or "the table does not say why"}
        related = [i for i in (part.strip(" .\n") for part in re.split(r"[,;]", cells.get("related", ""))) if i]
        if related and related != ["None"]:
            attributes["related"] = related
        if len(text) > MAX_TEXT:
            self._notes.append([row_id, f"its text has {len(text):,} characters; cut to {MAX_TEXT:,}"])
        self.found[row_id] = {
            "id": row_id,
            "parent": parent,
            "kind": cells.get("kind", "").lower() or "requirement",
            "assessable": not gone,
            "title": cells.get("title", ""),
            "statement": "" if gone else text[:MAX_TEXT],
            "guidance": cells.get("guidance", "")[:MAX_TEXT],
            "question": cells.get("question", ""),
            "keywords": [word.strip() for word in re.split(r"[,;]", cells.get("keywords", "")) if word.strip()],
            "attributes": attributes,
        }
        self._by_key.setdefault(key(row_id), row_id)

    def _parent(self, said: str, row_id: str) -> str:
        if said:
            labelled = _BRACKETED.match(said) or _LABELLED.match(said)
            name = " ".join((labelled[1] if labelled else said).split())[:MAX_ID]
            if name not in self.found and name != row_id:
                self.found[name] = {"id": name, "kind": "group", "title": "" if labelled else said[:200]}
                if labelled:
                    self.found[name]["statement"] = labelled[2][:MAX_TEXT]
            return name if name != row_id else ""
        steps = key(row_id)
        for cut in range(len(steps) - 1, 0, -1):
            if steps[:cut] in self._by_key:
                return self._by_key[steps[:cut]]
        return ""


def _header_at(lines: Sequence[Line], mapping: Mapping[str, str]) -> int:
    known = {word for words in FIELDS.values() for word in words} | {fold(label) for label in mapping}
    hits = [sum(fold(cell) in known for cell in cells) for _, cells in lines[:HEADER_LINES]]
    return hits.index(max(hits))


def _columns(header: Sequence[str], mapping: Mapping[str, str]) -> dict[str, int]:
    """Field -> column."""
    taken: dict[str, int] = {}
    left_out: set[int] = set()
    folded = {fold(label): i for i, label in reversed(list(enumerate(header)))}
    for label, field in mapping.items():
        index = folded.get(fold(label))
        if index is None:
            raise UsageError(
                f"there is no column {label!r}", subject="--map", hint=f"The columns are: {', '.join(header[:20])}."
            )
        if field == "-":
            left_out.add(index)
        elif field in taken:
            raise UsageError(
                f"{field} is said of two columns",
                subject="--map",
                hint=f"They are {header[taken[field]]!r} and {label!r}.",
            )
        elif field not in FIELDS:
            raise UsageError(
                f"there is no field {field!r}", subject="--map", hint=f"The fields are: {', '.join(FIELDS)}."
            )
        else:
            taken[field] = index
    for field, words in FIELDS.items():
        free = [word for word in words if word in folded and folded[word] not in {*taken.values(), *left_out}]
        if field not in taken and free:
            taken[field] = folded[free[0]]
    return taken


def _ids_by_look(lines: Sequence[Line], header: Sequence[str], mapping: Mapping[str, str]) -> int | None:
    """The column whose cells look most like ids, where no header says which one it is."""
    said = {fold(label) for label in mapping}
    best: tuple[float, int] | None = None
    for at, label in enumerate(header):
        cells = [text for _, row in lines[:SAMPLED] if at < len(row) and (text := row[at].strip())]
        if fold(label) in said or len(cells) < 2:
            continue
        ids = [found for cell in cells if (found := _id_in(cell))]
        share = min(len(ids), len(set(ids))) / len(cells)
        if share >= ALIKE and (best is None or share > best[0]):
            best = (share, at)
    return best[1] if best else None


def _id_in(cell: str) -> str:
    labelled = _BRACKETED.match(cell) or _LABELLED.match(cell)
    said = labelled[1] if labelled else cell
    return said if _AN_ID.fullmatch(said) else ""


def _use(label: str, index: int, columns: Mapping[str, int], mapping: Mapping[str, str], seen: int | None) -> ColumnUse:
    field = next((name for name, at in columns.items() if at == index), "")
    said = any(fold(label) == fold(given) for given in mapping)
    known = "its cells look like ids" if index == seen else "header"
    reason = "you said so" if said else known if field else "no field of that meaning"
    return ColumnUse(column=label, field=field, reason=reason)
