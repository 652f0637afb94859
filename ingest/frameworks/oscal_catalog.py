"""Turns an OSCAL catalog (as it is, or as a profile resolves to it) into rows of requirements (pure)."""

from __future__ import annotations

import re
from typing import Any

from ingest.frameworks.limits import MAX_LEVELS, MAX_NOTES, MAX_REQUIREMENTS, MAX_TEXT
from ingest.frameworks.oscal_profile import CONTEXT
from ingest.frameworks.oscal_text import Node, Texts, all_params, controls, nodes
from knowledge.errors import BadInputError

HEADINGS = frozenset({"function", "category", "family", "group", "domain", "section", "chapter", "theme"})
_STATEMENT = frozenset({"statement", "overview"})
_GUIDANCE = frozenset({"guidance", "discussion"})
_MOVED: dict[str, str] = {
    "incorporated-into": "incorporated_into",
    "incorporated_into": "incorporated_into",
    "moved-to": "moved_to",
    "moved_to": "moved_to",
    "addressed_by": "addressed_by",
    "addressed-by": "addressed_by",
}
_PADDED = re.compile(r"(?<=[-(.])0\d")


def rows_of(catalog: Node, notes: list[list[str]]) -> dict[str, Any]:
    """The head and the rows of a catalog.

    Returns:
        `title`, `version`, `publisher`, `rows` (dictionaries with the fields of Requirement), `notes`.

    Raises:
        BadInputError: it holds no control, or more than the limit.
    """
    found = _Reader(catalog, notes).read()
    if not found:
        raise BadInputError(
            "holds no controls", hint="Give the catalog or the profile itself, not another OSCAL model."
        )
    meta = catalog.get("metadata") or {}
    parties = [str(p.get("name", "")) for p in nodes(meta, "parties") if p.get("name")]
    return {
        "title": str(meta.get("title", "")),
        "version": str(meta.get("version", "")),
        "publisher": parties[0] if parties else "",
        "rows": found,
        "notes": notes[:MAX_NOTES],
    }


class _Reader:
    """One catalog on its way to rows."""

    def __init__(self, catalog: Node, notes: list[list[str]]) -> None:
        self._catalog = catalog
        self._notes = notes
        self._texts = Texts(all_params(catalog))
        self._rows: list[dict[str, Any]] = []
        self._labels = {str(c["id"]): _label(c) for c in controls(catalog) if c.get("id")}
        resources = nodes(catalog.get("back-matter") or {}, "resources")
        self._references = {str(r.get("uuid")): _reference(r) for r in resources}
        self._part_owner = {i: str(c["id"]) for c in controls(catalog) if c.get("id") for i in _part_ids(c)}
        self._joined = 0
        self._seen: set[str] = set()

    def read(self) -> list[dict[str, Any]]:
        """All rows in document order."""
        self._holder(self._catalog, "", 0)
        if self._joined:
            self._notes.append(["controls", f"{self._joined} requirements had their text in a control inside; joined"])
        if self._texts.unknown:
            some = ", ".join(list(self._texts.unknown)[:5])
            self._notes.append(["parameters", f"{len(self._texts.unknown)} inserted parameters do not exist: {some}"])
        return self._rows

    def _holder(self, node: Node, parent: str, level: int) -> None:
        if level > MAX_LEVELS:
            raise BadInputError("is nested too deeply to be read")
        for control in nodes(node, "controls"):
            self._control(control, parent, level)
        for group in nodes(node, "groups"):
            self._holder(group, self._group(group, parent), level + 1)

    def _group(self, group: Node, parent: str) -> str:
        row_id = _label(group)
        below = [_label(control) for control in controls(group)]
        # A family called `ac` whose controls are AC-1, AC-2 ... is AC.
        if below and all(i.startswith(row_id.upper()) for i in below):
            row_id = row_id.upper()
        if not row_id:
            return parent
        title, parts = str(group.get("title", "")), self._parts(group)
        kind = str(group.get("class", "") or "group")
        row = {"id": row_id, "parent": parent, "kind": kind, "title": title, "assessable": False}
        return self._add(row, parts)

    def _control(self, control: Node, parent: str, level: int) -> None:
        if level > MAX_LEVELS:
            raise BadInputError("is nested too deeply to be read")
        row_id = _label(control)
        if not row_id:
            self._notes.append(["controls", f"one without an id was left out: {str(control.get('title', ''))[:60]}"])
            return
        parts, inner = self._parts(control), nodes(control, "controls")
        carrier = self._carrier(control, inner, parts)
        if carrier is not None:
            parts = [part for part in parts if part["name"] not in _STATEMENT] + self._parts(carrier)
            inner = nodes(carrier, "controls")
            self._joined += 1
        kind = str(control.get("class", "") or "control").lower()
        kind = {"sp800-53": "control", "sp800-53-enhancement": "enhancement"}.get(kind, kind)
        facts = self._facts(control)
        live = "withdrawn" not in facts and not control.get(CONTEXT)
        if control.get(CONTEXT):
            facts["context"] = True
        title = str(control.get("title", ""))
        row = {
            "id": row_id,
            "parent": parent,
            "kind": kind,
            "title": "" if _same(title, row_id) else title,
            "assessable": live and not (inner and kind in HEADINGS),
            "references": self._refers(control),
            "attributes": facts,
        }
        made = self._add(row, parts)
        for below in inner:
            self._control(below, made, level + 1)

    def _carrier(self, control: Node, inner: list[Node], parts: list[dict[str, Any]]) -> Node | None:
        """The one control inside that repeats the id of this one and holds its text, as in SP 800-171 revision 3."""
        own = any(part["text"] for part in parts if part["name"] in _STATEMENT)
        if own or len(inner) != 1 or not _label(inner[0]).endswith(_label(control)):
            return None
        has_text = any(part["text"] for part in self._parts(inner[0]))
        return inner[0] if has_text else None

    def _add(self, row: dict[str, Any], parts: list[dict[str, Any]]) -> str:
        row_id = str(row["id"])
        if len(self._rows) >= MAX_REQUIREMENTS:
            raise BadInputError(f"has more than {MAX_REQUIREMENTS:,} requirements")
        if row_id in self._seen:
            self._notes.append([row_id, "stands there twice; the second one was left out"])
            return row_id
        self._seen.add(row_id)
        statement, guidance = _joined(parts, _STATEMENT), _joined(parts, _GUIDANCE)
        for name, text in (("statement", statement), ("guidance", guidance)):
            if len(text) > MAX_TEXT:
                self._notes.append([row_id, f"its {name} has {len(text):,} characters; cut to {MAX_TEXT:,}"])
        texts = {"statement": statement[:MAX_TEXT], "guidance": guidance[:MAX_TEXT], "parts": parts}
        self._rows.append(row | texts | {"kind": str(row["kind"]).lower(), "title": self._texts.render(row["title"])})
        return row_id

    def _parts(self, node: Node, level: int = 0, inside: str = "") -> list[dict[str, Any]]:
        """Parts flattened: `of` is the name of the outermost part that each belongs to."""
        if level > MAX_LEVELS:
            raise BadInputError("is nested too deeply to be read")
        found: list[dict[str, Any]] = []
        for part in nodes(node, "parts"):
            name = str(part.get("name", "part"))
            found.append(
                {
                    "id": str(part.get("id", "")),
                    "name": name,
                    "of": inside or name,
                    "label": _prop(part, "label"),
                    "level": level,
                    "text": self._texts.render(_prose(part)),
                }
            )
            found += self._parts(part, level + 1, inside or name)
        return found

    def _facts(self, control: Node) -> dict[str, Any]:
        facts: dict[str, Any] = {}
        if _prop(control, "status").lower() == "withdrawn":
            facts["withdrawn"] = True
        links: dict[str, list[str]] = {}
        whole: list[str] = []
        for link in nodes(control, "links"):
            rel, href = str(link.get("rel", "")), str(link.get("href", "")).removeprefix("#")
            name = _MOVED.get(rel) or ("related" if rel == "related" else "base" if rel == "required" else "")
            if not name:
                continue
            target, part = self._target(href)
            links.setdefault(name, []).append(target)
            if part and rel in _MOVED:
                whole.append(f"{target} {part}")
        facts |= {name: list(dict.fromkeys(ids)) for name, ids in links.items()}
        if "withdrawn" in facts:
            if whole:
                facts["withdrawn_note"] = "Now in " + ", ".join(whole)
            elif not any(name in facts for name in _MOVED.values()):
                facts["withdrawn_note"] = "The publisher gives no successor"
        return facts

    def _target(self, href: str) -> tuple[str, str]:
        """The label of the control that a link points to, and the label of the part of it."""
        if href in self._labels:
            return self._labels[href], ""
        owner = self._part_owner.get(href)
        if owner is None:
            # Links may name the number alone: 03.13.08.
            return next((label for label in self._labels.values() if label == href), href), ""
        return self._labels[owner], href.partition("_smt.")[2] or href

    def _refers(self, control: Node) -> list[str]:
        hrefs = [
            str(link.get("href", "")).removeprefix("#")
            for link in nodes(control, "links")
            if link.get("rel") == "reference"
        ]
        return [title for href in hrefs if (title := self._references.get(href, ""))]


def _label(node: Node) -> str:
    """The id as the publisher prints it: a label without spaces and padding, else one in brackets, else the raw id."""
    labels = [str(p.get("value", "")) for p in nodes(node, "props") if p.get("name") == "label"]
    raw = str(node.get("id", ""))
    short = [label for label in labels if label and not re.search(r"\s", label)]
    for label in short:
        if not _PADDED.search(label) or len(short) == 1:
            return label
    for label in labels:
        bracketed = re.search(r"\(([^()\s]+)\)$", label)
        if bracketed:
            return bracketed[1]
    order = _prop(node, "sort-id")
    if order and raw.endswith(f"_{order}"):
        return order
    return raw


def _prop(node: Node, name: str) -> str:
    return next((str(p.get("value", "")) for p in nodes(node, "props") if p.get("name") == name), "")


def _prose(part: Node) -> str:
    title = str(part.get("title", "") or "")
    prose = str(part.get("prose", "") or "")
    return f"{title}: {prose}" if title and prose else title or prose


def _part_ids(node: Node, level: int = 0) -> list[str]:
    if level > MAX_LEVELS:
        return []
    return [i for part in nodes(node, "parts") for i in (str(part.get("id", "")), *_part_ids(part, level + 1)) if i]


def _reference(resource: Node) -> str:
    citation = resource.get("citation")
    text = citation.get("text", "") if isinstance(citation, dict) else ""
    return " ".join(str(resource.get("title") or text or resource.get("description") or "").split())


def _joined(parts: list[dict[str, Any]], names: frozenset[str]) -> str:
    """The text of some parts and all in them, one line a part, indented by level, labels in front."""
    lines = []
    for part in parts:
        if part["of"] in names and (part["text"] or part["label"]):
            label = _short_label(part["label"])
            indent = "  " * max(0, part["level"] - 1)
            lines.append(f"{indent}{label} {part['text']}".rstrip() if label else f"{indent}{part['text']}")
    return "\n".join(lines)


def _short_label(label: str) -> str:
    """`SR-03.01.01.c.02` is item 02 under c: a label that repeats the whole id keeps its last step."""
    return label if len(label) <= 5 else f"{label.rpartition('.')[2]}."


def _same(title: str, row_id: str) -> bool:
    return title.strip().casefold() in {row_id.casefold(), f"sr-{row_id}".casefold()}
