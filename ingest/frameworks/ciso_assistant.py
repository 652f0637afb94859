"""Parses a library of CISO Assistant (YAML): the framework in it, as rows of requirements."""

from __future__ import annotations

from typing import Any

from ingest.frameworks.limits import MAX_NOTES, MAX_REQUIREMENTS, MAX_TEXT
from ingest.frameworks.yaml_text import load_yaml
from knowledge.errors import BadInputError

_NOT_READ = ("reference_controls", "threats", "risk_matrix", "requirement_mapping_set", "requirement_mapping_sets")


def parse(data: bytes, options: dict[str, Any]) -> dict[str, Any]:
    """Read a library.

    Args:
        data: the file.
        options: `framework`, the ref_id of the one to take where a library has several.

    Returns:
        `title`, `version`, `publisher`, `licence`, `urn`, `published`, `rows`, `notes`.

    Raises:
        BadInputError: not a library, no framework in it, or a limit.
    """
    library = load_yaml(data)
    objects = library.get("objects") if isinstance(library, dict) else None
    if not isinstance(objects, dict):
        raise BadInputError("is not a CISO Assistant library", hint="It has `urn` and `objects` at the top.")
    frameworks = [f for key in ("framework", "frameworks") for f in _objects(objects.get(key))]
    wanted = str(options.get("framework", ""))
    chosen = [f for f in frameworks if not wanted or str(f.get("ref_id")) == wanted]
    if not chosen:
        there = ", ".join(name.replace("_", " ") for name in objects if objects[name])
        more = f" {wanted!r}" if wanted else f", only {there[:120]}" if there else ""
        raise BadInputError(f"holds no framework{more}")
    notes = [["library", f"{name.replace('_', ' ')} in it were not read"] for name in _NOT_READ if objects.get(name)]
    if len(chosen) > 1:
        others = ", ".join(str(f.get("ref_id")) for f in chosen[1:9])
        notes.append(["library", f"holds several frameworks; not read: {others}"])
    framework = chosen[0]
    return {
        "title": _text(framework, "name") or _text(library, "name"),
        "version": _text(library, "version"),
        "publisher": _text(library, "provider"),
        "licence": _text(library, "copyright"),
        "urn": _text(framework, "urn"),
        "published": _text(library, "publication_date"),
        "rows": _rows(_objects(framework.get("requirement_nodes")), notes),
        "notes": notes[:MAX_NOTES],
    }


def _rows(found: list[dict[str, Any]], notes: list[list[str]]) -> list[dict[str, Any]]:
    if not found:
        raise BadInputError("holds a framework without requirements")
    if len(found) > MAX_REQUIREMENTS:
        raise BadInputError(f"has more than {MAX_REQUIREMENTS:,} requirements")
    ids: dict[str, str] = {}
    taken: set[str] = set()
    shared = _shared_start([_text(node, "urn") for node in found])
    rows: list[dict[str, Any]] = []
    for at, node in enumerate(found, start=1):
        urn = _text(node, "urn")
        # Headings, and points of a requirement, often have no number; the end of their URN names them within the file.
        tail = urn[shared:]
        row_id = next((one for one in (_text(node, "ref_id"), tail) if one and one not in taken), "")
        if not row_id:
            notes.append([f"requirement {at}", "has no id of its own and was left out"])
            continue
        parent = ids.get(_text(node, "parent_urn"), "")
        if _text(node, "parent_urn") and not parent:
            notes.append([row_id, "stands under a row that is not above it; taken as a top row"])
        ids[urn or row_id] = row_id
        taken.add(row_id)
        rows.append(
            {
                "id": row_id,
                "parent": parent,
                "kind": "requirement" if _true(node, "assessable") else "heading",
                "assessable": _true(node, "assessable"),
                "title": _text(node, "name")[:2000],
                "statement": _text(node, "description")[:MAX_TEXT],
                "guidance": "\n\n".join(t for t in (_text(node, "annotation"), _text(node, "typical_evidence")) if t)[
                    :MAX_TEXT
                ],
                "question": _question(node),
                "attributes": _attributes(node),
            }
        )
    return rows


def _shared_start(urns: list[str]) -> int:
    """Characters that all URNs of a framework begin with, up to a colon: what follows is unlike in each."""
    named = [urn for urn in urns if urn]
    first, last = min(named, default=""), max(named, default="")
    same = next((at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first.rfind(":", 0, same) + 1


def _attributes(node: dict[str, Any]) -> dict[str, Any]:
    groups = node.get("implementation_groups")
    made: dict[str, Any] = (
        {"implementation_groups": [str(g) for g in groups]} if isinstance(groups, list) and groups else {}
    )
    if weight := _text(node, "weight"):
        made["weight"] = weight
    return made


def _question(node: dict[str, Any]) -> str:
    questions = node.get("questions")
    items = questions.values() if isinstance(questions, dict) else questions if isinstance(questions, list) else ()
    texts = [_text(item, "text") for item in items if isinstance(item, dict)]
    return " ".join(text for text in texts if text)[:MAX_TEXT]


def _objects(value: Any) -> list[dict[str, Any]]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict)]


def _text(node: Any, name: str) -> str:
    value = node.get(name) if isinstance(node, dict) else None
    text = value.strip() if isinstance(value, str) else ""
    return "" if text in ("null", "~") else text


def _true(node: dict[str, Any], name: str) -> bool:
    return _text(node, name).lower() in ("true", "yes", "on", "1")
