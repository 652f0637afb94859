"""Turns OSCAL XML into the shape that OSCAL JSON has, as far as catalogs and profiles need it (pure)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree as SafeXml
from defusedxml.common import DefusedXmlException

from ingest.frameworks.limits import MAX_LEVELS
from knowledge.errors import BadInputError

Node = dict[str, Any]

# Element -> key of the list that it goes into; https://pages.nist.gov/OSCAL-Reference/models/
_LISTS: dict[str, str] = {
    "group": "groups",
    "control": "controls",
    "param": "params",
    "prop": "props",
    "link": "links",
    "part": "parts",
    "resource": "resources",
    "rlink": "rlinks",
    "import": "imports",
    "include-controls": "include-controls",
    "exclude-controls": "exclude-controls",
    "matching": "matching",
    "set-parameter": "set-parameters",
    "alter": "alters",
    "remove": "removes",
    "add": "adds",
    "constraint": "constraints",
    "insert-controls": "insert-controls",
    "party": "parties",
}
_OBJECTS = frozenset(
    {"catalog", "profile", "metadata", "back-matter", "select", "citation", "merge", "modify", "custom"}
)
_TEXT_LISTS: dict[str, str] = {"value": "values", "choice": "choice", "with-id": "with-ids"}
_BLOCKS = frozenset({"p", "ul", "ol", "li", "table", "tr", "pre", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"})


def load_xml(data: bytes) -> Node:
    """Read an OSCAL XML document; gives `{"catalog": {...}}` or `{"profile": {...}}`.

    Raises:
        BadInputError: not XML, XML with a document type, or another kind of document.
    """
    try:
        root = SafeXml.fromstring(data, forbid_dtd=True)
    except DefusedXmlException as error:
        raise BadInputError(
            "declares a document type or entities, which OSCAL does not need; refused unread"
        ) from error
    except (ParseError, ValueError, LookupError) as error:
        raise BadInputError(f"is not well-formed XML ({error})") from error
    name = _name(root)
    if name not in ("catalog", "profile"):
        raise BadInputError(f"is XML with the root '{name}', not an OSCAL catalog or profile")
    return {name: _object(root, 0)}


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _object(element: Element, level: int) -> Node:
    if level > MAX_LEVELS * 2:
        raise BadInputError("is nested too deeply to be read")
    made: Node = dict(element.attrib)
    prose: list[str] = []
    for child in element:
        name = _name(child)
        if name in _BLOCKS:
            prose.append(_block(child))
        elif name in _TEXT_LISTS:
            made.setdefault(_TEXT_LISTS[name], []).append(_inline(child))
        elif name == "guideline":
            made.setdefault("guidelines", []).append({"prose": _prose(child)})
        elif name in ("as-is", "flat", "include-all"):
            made[name] = True if name == "as-is" else {}
        elif name in _LISTS:
            made.setdefault(_LISTS[name], []).append(_object(child, level + 1))
        elif name in _OBJECTS:
            made[name] = _object(child, level + 1)
        else:
            # title, label, usage, description, remarks, text, version ...: a line, or paragraphs.
            made[name] = _prose(child) if any(_name(part) in _BLOCKS for part in child) else _inline(child)
    if prose:
        made["prose"] = "\n\n".join(text for text in prose if text)
    return made


def _prose(element: Element) -> str:
    return "\n\n".join(text for text in map(_block, element) if text)


def _block(element: Element) -> str:
    """Paragraphs, list items and table rows as lines of text."""
    name = _name(element)
    if name in ("ul", "ol"):
        return "\n".join(f"- {_inline(item)}" for item in element)
    if name == "table":
        rows = [row for row in element.iter() if _name(row) == "tr"]
        return "\n".join(" | ".join(_inline(cell) for cell in row) for row in rows)
    return _inline(element)


def _inline(element: Element) -> str:
    text = "".join(_pieces(element, lambda child: _name(child) == "br"))
    return re.sub(r"\s+", " ", text).strip()


def _pieces(element: Element, is_break: Callable[[Element], bool]) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if _name(child) == "insert":
            yield f"{{{{ insert: {child.get('type', 'param')}, {child.get('id-ref', child.get('param-id', ''))} }}}}"
        elif is_break(child):
            yield " "
        else:
            yield from _pieces(child, is_break)
        yield child.tail or ""
