"""Applies one `alter` of an OSCAL profile to one control: removes by any criterion, adds at any place (pure)."""

from __future__ import annotations

import copy
from typing import Any

from ingest.frameworks.limits import MAX_LEVELS
from ingest.frameworks.oscal_text import Node, listed, nodes

# What a criterion compares, by the kind of item: https://pages.nist.gov/OSCAL/resources/concepts/processing/profile-resolution/
_CRITERIA: dict[str, str] = {"by-name": "name", "by-class": "class", "by-id": "id", "by-ns": "ns"}
_KINDS: dict[str, str] = {"param": "params", "prop": "props", "link": "links", "part": "parts"}


def alter(control: Node, change: Node) -> list[str]:
    """Change a control in place; gives the ids of places that it does not have."""
    missing: list[str] = []
    for order in nodes(change, "removes"):
        if not _remove(control, order, 0):
            missing.append(str(order.get("by-id") or order.get("by-name") or "remove"))
    for order in nodes(change, "adds"):
        place = str(order.get("by-id", "") or "")
        if place and place != control.get("id"):
            if not _add_at(control, place, order, 0):
                missing.append(place)
        else:
            _add_inside(control, order)
    return missing


def _remove(node: Node, order: Node, level: int) -> bool:
    """Remove what meets every criterion, at any depth below a control but not in the controls inside it."""
    if level > MAX_LEVELS:
        return False
    wanted = {field: order[name] for name, field in _CRITERIA.items() if name in order}
    only = _KINDS.get(str(order.get("by-item-name", "")), "")
    done = False
    for kind in _KINDS.values():
        items = nodes(node, kind)
        if not items:
            continue
        if (wanted or only) and (not only or only == kind):
            kept = [item for item in items if not all(item.get(field) == value for field, value in wanted.items())]
            done = done or len(kept) < len(items)
            node[kind] = items = kept
        for item in items:
            done = _remove(item, order, level + 1) or done
    return done


def _add_at(node: Node, place: str, order: Node, level: int) -> bool:
    """Find the parameter or part of an id, and add inside it or beside it."""
    if level > MAX_LEVELS:
        return False
    for kind in ("params", "parts"):
        items = nodes(node, kind)
        for at, item in enumerate(items):
            if item.get("id") != place:
                if _add_at(item, place, order, level + 1):
                    return True
                continue
            position = str(order.get("position", "ending"))
            if position in ("before", "after"):
                cut = at if position == "before" else at + 1
                node[kind] = [*items[:cut], *_items(order, kind), *items[cut:]]
            else:
                _add_inside(item, order)
            return True
    return False


def _add_inside(node: Node, order: Node) -> None:
    first = str(order.get("position", "ending")) in ("starting", "before")
    if order.get("title"):
        node["title"] = order["title"]
    for kind in _KINDS.values():
        new = _items(order, kind)
        if new:
            node[kind] = [*new, *listed(node, kind)] if first else [*listed(node, kind), *new]


def _items(order: Node, kind: str) -> list[Any]:
    return copy.deepcopy(nodes(order, kind))
