"""Parses a CycloneDX document (JSON or XML): components and services become assets, providers third parties."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree as SafeXml
from cyclonedx.exception import CycloneDxException
from cyclonedx.model.component import Component
from cyclonedx.model.service import Service
from defusedxml.common import DefusedXmlException

from ingest.inventory.json_text import load_object, objects, text_of
from ingest.inventory.limits import MAX_COMPONENTS, MAX_DEPTH
from knowledge.errors import BadInputError

KINDS: dict[str, str] = {
    "application": "application",
    "framework": "library",
    "library": "library",
    "container": "application",
    "platform": "application",
    "operating-system": "operating-system",
    "device": "hardware",
    "device-driver": "firmware",
    "firmware": "firmware",
    "data": "data",
    "machine-learning-model": "data",
}
"""CycloneDX component type -> our kind. Others (`file`, `cryptographic-asset`) are no products of their own."""

_TEXTS = ("name", "version", "group", "publisher", "cpe", "purl")
_REFUSED = (CycloneDxException, ValueError, TypeError, AttributeError, KeyError)
Node = dict[str, Any]


def parse(data: bytes, options: dict[str, Any]) -> dict[str, Any]:
    """Read a CycloneDX document of any version from 1.0 on.

    Each component goes through the CycloneDX library on its own, with the fields we use, so that one bad component
    never loses the rest: an unknown type or a bad package URL is left out with a remark.

    Args:
        data: the file.
        options: `part_of`, the name of the thing that the document describes, where the document does not say.

    Returns:
        `rows` and `suppliers`: lists of {where, values}; `skipped` and `notes`: lists of [where, reason]; `incomplete`.

    Raises:
        BadInputError: not CycloneDX, entities in XML, or more components than the limit.
    """
    root = (
        _from_xml(data) if data[:1000].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0").startswith(b"<") else load_object(data)
    )
    if not any(key in root for key in ("bomFormat", "components", "services", "metadata")):
        raise BadInputError("is not a CycloneDX document: it has neither components nor services")
    reader = _Reader(options)
    described = (
        objects([(root.get("metadata") or {}).get("component")]) if isinstance(root.get("metadata"), dict) else []
    )
    for node in described:
        reader.component(node, "metadata.component")
        reader.part_of = reader.part_of or text_of(node.get("name"))
    reader.walk(root, "components", reader.component)
    reader.walk(described[0] if described else {}, "components", reader.component, "metadata.component.")
    reader.walk(root, "services", reader.service)
    return {
        "rows": reader.rows,
        "suppliers": [{"where": where, "values": values} for where, values in reader.providers.values()],
        "skipped": reader.skipped,
        "notes": reader.notes,
        "incomplete": reader.incomplete,
    }


class _Reader:
    """Collects rows while the document is walked."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.part_of = text_of(options.get("part_of"))
        self.rows: list[dict[str, Any]] = []
        self.providers: dict[str, tuple[str, dict[str, str]]] = {}
        self.skipped: list[list[str]] = []
        self.notes: list[list[str]] = []
        self.incomplete = False

    def walk(self, root: Node, key: str, take: Any, prefix: str = "") -> None:
        """Visit what is nested under `key`, in document order, without recursion."""
        stack = [(node, f"{prefix}{key}[{i}]", 1) for i, node in reversed(list(enumerate(objects(root.get(key)))))]
        odd = len(root.get(key) or []) - len(objects(root.get(key))) if isinstance(root.get(key), list | None) else 1
        if odd:
            self.skipped.append([prefix + key, f"{odd} entries are not {key}"])
            self.incomplete = True
        while stack:
            node, where, depth = stack.pop()
            take(node, where)
            inner = objects(node.get(key))
            if inner and depth >= MAX_DEPTH:
                self.skipped.append([where, f"{key} nested deeper than {MAX_DEPTH} levels were not read"])
                self.incomplete = True
                continue
            stack += [(child, f"{where}.{key}[{i}]", depth + 1) for i, child in reversed(list(enumerate(inner)))]

    def _add(self, where: str, values: dict[str, str]) -> None:
        if len(self.rows) >= MAX_COMPONENTS:
            raise BadInputError(
                f"has more than {MAX_COMPONENTS:,} components and services", hint="Export one application at a time."
            )
        self.rows.append({"where": f"{where} {values['name'][:80]}", "values": values})

    def component(self, node: Node, where: str) -> None:
        """Read one component."""
        found = self._build(Component, _pruned(node, "supplier", "manufacturer", "manufacture"), where)
        if found is None:
            return
        if found.type.value not in KINDS and not (found.purl or found.cpe):
            self.skipped.append([f"{where} {found.name[:80]}", f"is a {found.type.value}, not a product"])
            return
        scoped = found.group if found.group and found.group.startswith("@") else ""
        name = f"{scoped}/{found.name}" if scoped else found.name
        vendors = (
            found.supplier and found.supplier.name,
            found.manufacturer and found.manufacturer.name,
            found.publisher,
        )
        values = {
            "name": f"{name} ({self.part_of})" if self.part_of else name,
            "kind": KINDS.get(found.type.value, "unknown") if text_of(node.get("type")) in KINDS else "unknown",
            "vendor": next((vendor for vendor in vendors if vendor), ""),
            "product": name,
            "version": found.version or "",
            "cpe": found.cpe or "",
            "purl": text_of(node.get("purl")) if found.purl else "",
        }
        self._add(where, values)

    def service(self, node: Node, where: str) -> None:
        """Read one service: an asset that somebody runs, and the provider that runs it."""
        found = self._build(Service, _pruned(node, "provider"), where)
        if found is None:
            return
        provider = (found.provider.name or "") if found.provider else ""
        endpoints = node.get("endpoints")
        first = text_of(endpoints[0]) if isinstance(endpoints, list) and endpoints else ""
        values = {
            "name": f"{found.name} ({self.part_of})" if self.part_of else found.name,
            "kind": "saas",
            "vendor": provider,
            "product": found.name,
            "version": found.version or "",
            "host": _host(first),
            "provided_by": provider,
        }
        self._add(where, values)
        if provider and found.provider:
            urls = [str(url) for url in found.provider.urls]
            known = self.providers.setdefault(
                provider.casefold(),
                (where, {"name": provider, "domain": _host(urls[0]) if urls else "", "service": ""}),
            )[1]
            if len(known["service"]) + len(found.name) < 300:
                known["service"] = f"{known['service']}; {found.name}" if known["service"] else found.name

    def _build(self, model: Any, node: Node, where: str) -> Any:
        """Build the library's object; where it refuses, leave out the field that it most often refuses, and say so."""
        if not node.get("name"):
            self.skipped.append([where, "has no name"])
            return None
        reason = ""
        for drop in ("", "purl", "type", "supplier", "manufacturer", "provider"):
            if drop and drop not in node:
                continue
            node.pop(drop, None)
            try:
                built = model.from_json(dict(node))
            except _REFUSED as error:
                reason = " ".join(str(error).split())[:120]
                continue
            if drop and reason:
                self.notes.append([f"{where} {node['name'][:80]}", f"read without its {drop}: {reason}"])
            return built
        self.skipped.append([f"{where} {node['name'][:80]}", f"is not a valid entry: {reason}"])
        self.incomplete = True
        return None


def _pruned(node: Node, *parties: str) -> Node:
    """Keep what we use, as the types that the format asks for."""
    kept: Node = {key: text for key in _TEXTS if (text := text_of(node.get(key)))}
    if text_of(node.get("type")) and "provider" not in parties:
        kept["type"] = text_of(node["type"])
    if "provider" in parties:
        kept = {key: value for key, value in kept.items() if key in ("name", "version", "group")}
    for party in parties:
        entity = node.get(party)
        if isinstance(entity, dict) and text_of(entity.get("name")):
            urls = entity.get("url")
            kept["manufacturer" if party == "manufacture" else party] = {
                "name": text_of(entity["name"]),
                "url": [text_of(url) for url in urls if text_of(url)] if isinstance(urls, list) else [],
            }
    return kept


def _host(url: str) -> str:
    try:
        return urlsplit(url if "//" in url else f"//{url}").hostname or ""
    except ValueError:
        return ""


def _from_xml(data: bytes) -> Node:
    """Give the XML form as the JSON form, the parts we use; entities and external references are refused."""
    try:
        root = SafeXml.fromstring(data)
    except DefusedXmlException as error:
        raise BadInputError("declares XML entities, which an inventory does not need; refused unread") from error
    except (ParseError, ValueError, LookupError) as error:
        raise BadInputError(f"is not well-formed XML ({error})", hint="Export it again; it may be cut off.") from error
    if _tag(root) != "bom":
        raise BadInputError(f"is XML but not CycloneDX: its root is {_tag(root)[:60]!r}")
    document: Node = {"bomFormat": "CycloneDX"}
    # Pairs of an element and the object that it fills; a list instead of recursion, as the depth is the file's.
    todo: list[tuple[Element, Node]] = [(root, document)]
    while todo:
        element, node = todo.pop()
        for child in element:
            _take(child, node, todo)
    return document


def _take(child: Element, node: Node, todo: list[tuple[Element, Node]]) -> None:
    tag = _tag(child)
    if tag in ("components", "services"):
        node[tag] = []
        for item in child:
            entry: Node = {key: item.get(key) for key in ("type",) if item.get(key)}
            node[tag].append(entry)
            todo.append((item, entry))
    elif tag == "metadata":
        node[tag] = {}
        todo.append((child, node[tag]))
    elif tag == "component":
        node[tag] = {key: child.get(key) for key in ("type",) if child.get(key)}
        todo.append((child, node[tag]))
    elif tag in ("supplier", "manufacturer", "manufacture", "provider"):
        texts = [(_tag(part), (part.text or "").strip()) for part in child]
        node[tag] = {
            "name": next((text for key, text in texts if key == "name"), ""),
            "url": [text for key, text in texts if key == "url"],
        }
    elif tag == "endpoints":
        node[tag] = [(part.text or "").strip() for part in child]
    elif tag in _TEXTS:
        node[tag] = (child.text or "").strip()


def _tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
