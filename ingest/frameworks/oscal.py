"""Parses OSCAL catalogs and profiles, JSON, XML or YAML, together with the files that a profile draws on."""

from __future__ import annotations

from typing import Any

from ingest.frameworks.limits import MAX_FILES, MAX_PROFILES
from ingest.frameworks.oscal_catalog import rows_of
from ingest.frameworks.oscal_profile import resolve
from ingest.frameworks.oscal_text import Node, controls, nodes
from ingest.frameworks.oscal_xml import load_xml
from ingest.frameworks.yaml_text import load_yaml
from ingest.strict_json import load_json
from knowledge.errors import BadInputError

_OTHER_MODELS = frozenset(
    {"component-definition", "system-security-plan", "assessment-plan", "assessment-results", "mapping-collection"}
    | {"plan-of-action-and-milestones"}
)


def peek(data: bytes, options: dict[str, Any]) -> dict[str, Any]:
    """Say what an OSCAL document is and which others it needs.

    Returns:
        `kind` (catalog or profile), `title`, and `imports`: [href, file names that it may be found under].
    """
    del options
    kind, document = _load(data)
    return {
        "kind": kind,
        "title": str((document.get("metadata") or {}).get("title", "")),
        "imports": [[href, _names(document, href)] for href in _hrefs(document)] if kind == "profile" else [],
    }


def parse(data: bytes, options: dict[str, Any]) -> dict[str, Any]:
    """Read a catalog, or resolve a profile.

    Args:
        data: the files one after another; the first is the one to import.
        options: `sizes` of the files in bytes, and `links`: {index of a file: {href: index of the file it means}}.

    Returns:
        As `oscal_catalog.rows_of`.

    Raises:
        BadInputError: not OSCAL, an import that no file answers, profiles in a circle, or a limit.
    """
    sizes = [int(size) for size in options.get("sizes") or [len(data)]]
    links: dict[str, dict[str, int]] = options.get("links") or {}
    if len(sizes) > MAX_FILES:
        raise BadInputError(f"draws on more than {MAX_FILES} files")
    documents: list[tuple[str, Node]] = []
    start = 0
    for size in sizes:
        documents.append(_load(data[start : start + size]))
        start += size
    notes: list[list[str]] = []
    catalog = _catalog(0, documents, links, notes, ())
    if documents[0][0] == "profile" and not any(True for _ in controls(catalog)):
        why = "; ".join(reason for _, reason in notes[:2])
        raise BadInputError(
            "selects nothing of what it draws on" + (f" ({why})" if why else ""), hint="Give the catalog that it names."
        )
    return rows_of(catalog, notes)


def _catalog(
    at: int,
    documents: list[tuple[str, Node]],
    links: dict[str, dict[str, int]],
    notes: list[list[str]],
    above: tuple[int, ...],
) -> Node:
    kind, document = documents[at]
    if kind == "catalog":
        return document
    if at in above or len(above) >= MAX_PROFILES:
        raise BadInputError(f"imports profiles in a circle, or more than {MAX_PROFILES} deep")

    def source(href: str) -> Node:
        target = links.get(str(at), {}).get(href)
        if target is None:
            raise BadInputError(f"imports {href[:80]}, which was not given")
        return _catalog(target, documents, links, notes, (*above, at))

    return resolve(document, source, notes)


def _load(data: bytes) -> tuple[str, Node]:
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"<"):
        document = load_xml(data)
    elif head.startswith(b"{"):
        document = load_json(data)
    else:
        document = load_yaml(data)
    if not isinstance(document, dict):
        raise BadInputError("is not an OSCAL document")
    for kind in ("catalog", "profile"):
        if isinstance(document.get(kind), dict):
            return kind, document[kind]
    other = next((name for name in document if name in _OTHER_MODELS), "")
    if other:
        raise BadInputError(f"is an OSCAL {other}; only catalogs and profiles hold requirements")
    raise BadInputError("is not an OSCAL catalog or profile")


def _hrefs(profile: Node) -> list[str]:
    return list(dict.fromkeys(str(order.get("href", "")) for order in nodes(profile, "imports")))


def _names(profile: Node, href: str) -> list[str]:
    """File names behind an import; `#uuid` means a resource of the back matter, which may name several forms."""
    if not href.startswith("#"):
        return [_file_name(href)]
    for resource in nodes(profile.get("back-matter") or {}, "resources"):
        if str(resource.get("uuid", "")) == href[1:]:
            return [_file_name(str(link.get("href", ""))) for link in nodes(resource, "rlinks")]
    return []


def _file_name(href: str) -> str:
    return href.partition("#")[0].partition("?")[0].replace("\\", "/").rpartition("/")[2]


def bundle(files: list[bytes]) -> tuple[bytes, list[int]]:
    """Join files for `parse`: their bytes and their sizes."""
    return b"".join(files), [len(data) for data in files]
