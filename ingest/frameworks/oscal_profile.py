"""Resolves an OSCAL profile: selects controls from what it imports, then applies its modifications (pure).

After https://pages.nist.gov/OSCAL/resources/concepts/processing/profile-resolution/, in OSCAL's JSON shape. As NIST's
own resolver does, a control that is selected without its parent brings the parent along; it is marked as context here.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

from ingest.frameworks.limits import MAX_LEVELS
from ingest.frameworks.oscal_alter import alter
from ingest.frameworks.oscal_text import Node, Texts, all_params, controls, listed, nodes

CONTEXT = "vciso-context"
"""Key of a control that is there only because one below it was selected."""

Source = Callable[[str], Node]


def resolve(profile: Node, source: Source, notes: list[list[str]]) -> Node:
    """The catalog that a profile stands for.

    Args:
        profile: the object under `profile`.
        source: gives the resolved catalog for an import's href.
        notes: takes [where, remark] for what could not be applied.
    """
    catalog: Node = {"metadata": profile.get("metadata", {}), "groups": [], "controls": []}
    resources = nodes(profile.get("back-matter") or {}, "resources")
    seen: set[str] = set()
    for order in nodes(profile, "imports"):
        origin = copy.deepcopy(source(str(order.get("href", ""))))
        chosen = _chosen(order, origin, notes)
        twice = chosen & seen
        if twice:
            notes.append(["imports", f"{len(twice)} controls come from two imports; the first one counts"])
        seen |= chosen
        _prune(origin, chosen - twice)
        catalog["groups"] += nodes(origin, "groups")
        catalog["controls"] += nodes(origin, "controls")
        catalog["params"] = [*listed(catalog, "params"), *nodes(origin, "params")]
        resources += nodes(origin.get("back-matter") or {}, "resources")
    catalog["back-matter"] = {"resources": resources}
    _merge(catalog, profile.get("merge") or {})
    _modify(catalog, profile.get("modify") or {}, notes)
    return catalog


def _chosen(order: Node, origin: Node, notes: list[list[str]]) -> set[str]:
    """Ids that one import selects."""
    there = _by_id(origin)
    if "include-all" in order or not nodes(order, "include-controls"):
        included = set(there)
    else:
        included = _matching(nodes(order, "include-controls"), there, notes)
    return included - _matching(nodes(order, "exclude-controls"), there, notes)


def _by_id(catalog: Node) -> dict[str, Node]:
    return {str(control["id"]): control for control in controls(catalog) if control.get("id")}


def _matching(selectors: list[Node], there: dict[str, Node], notes: list[list[str]]) -> set[str]:
    found: set[str] = set()
    for selector in selectors:
        ids = [str(i) for i in listed(selector, "with-ids")]
        missing = [i for i in ids if i not in there]
        if missing:
            notes.append(["imports", f"{len(missing)} selected controls are not in the catalog: {_some(missing)}"])
        hits = {i for i in ids if i in there}
        for pattern in (str(match.get("pattern", "")) for match in nodes(selector, "matching")):
            hits |= {i for i in there if fnmatchcase(i, pattern)}
        if str(selector.get("with-child-controls", "no")) == "yes":
            hits |= {str(c["id"]) for i in list(hits) for c in controls(there[i]) if c.get("id")}
        found |= hits
    return found


def _prune(node: Node, chosen: set[str], level: int = 0) -> bool:
    """Keep groups and controls that are chosen or hold something chosen; whether anything is left."""
    if level > MAX_LEVELS:
        return False
    node["groups"] = [group for group in nodes(node, "groups") if _prune(group, chosen, level + 1)]
    kept = []
    for control in nodes(node, "controls"):
        below = _prune(control, chosen, level + 1)
        if str(control.get("id")) in chosen:
            kept.append(control)
        elif below:
            control[CONTEXT] = True
            kept.append(control)
    node["controls"] = kept
    return bool(node["groups"] or kept)


def _merge(catalog: Node, merge: Node) -> None:
    """`flat` drops the groups, `custom` builds new ones; `as-is`, and nothing said, keep the groups of the source."""
    if "flat" in merge:
        catalog["controls"] = [c for holder in _group_tree(catalog) for c in nodes(holder, "controls")]
        catalog["groups"] = []
    elif isinstance(merge.get("custom"), dict):
        built = _custom(merge["custom"], _by_id(catalog), 0)
        catalog["groups"], catalog["controls"] = built["groups"], built["controls"]


def _group_tree(node: Node) -> list[Node]:
    return [node, *(inner for group in nodes(node, "groups") for inner in _group_tree(group))]


def _custom(order: Node, there: dict[str, Node], level: int) -> Node:
    made: Node = {key: order[key] for key in ("id", "class", "title", "props", "parts") if key in order}
    chosen: list[Node] = []
    for selector in nodes(order, "insert-controls"):
        include = nodes(selector, "include-controls")
        wanted = set(there) if "include-all" in selector or not include else _matching(include, there, [])
        wanted -= _matching(nodes(selector, "exclude-controls"), there, [])
        # Each control stands alone where the profile puts it; those inside it come with their own id.
        chosen += [{**control, "controls": []} for i, control in there.items() if i in wanted]
    made["controls"] = chosen
    made["groups"] = (
        [_custom(group, there, level + 1) for group in nodes(order, "groups")] if level < MAX_LEVELS else []
    )
    return made


def _modify(catalog: Node, modify: Node, notes: list[list[str]]) -> None:
    texts = Texts(all_params(catalog))
    missing: list[str] = []
    for setting in nodes(modify, "set-parameters"):
        param = texts.param(str(setting.get("param-id", "")))
        if param is None:
            missing.append(str(setting.get("param-id", "")))
            continue
        for name, value in setting.items():
            if name in ("props", "links"):
                param[name] = [*listed(param, name), *listed(setting, name)]
            elif name != "param-id":
                param[name] = value
    if missing:
        notes.append(["set-parameters", f"{len(missing)} parameters are not in the catalog: {_some(missing)}"])
    there = _by_id(catalog)
    absent: list[str] = []
    places: list[str] = []
    for change in nodes(modify, "alters"):
        control = there.get(str(change.get("control-id", "")))
        if control is None:
            absent.append(str(change.get("control-id", "")))
            continue
        places += alter(control, change)
    if absent:
        notes.append(["alters", f"{len(absent)} altered controls are not in the selection: {_some(absent)}"])
    if places:
        notes.append(["alters", f"{len(places)} places to change are not in the catalog: {_some(places)}"])


def _some(ids: list[Any]) -> str:
    return ", ".join(map(str, ids[:5])) + (", ..." if len(ids) > 5 else "")
