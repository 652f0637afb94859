"""Writes the parameters of an OSCAL catalog into its prose, choices inside choices included (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ingest.frameworks.limits import MAX_INSERTS, MAX_LEVELS, MAX_TEXT

Node = dict[str, Any]
_INSERT = re.compile(r"\{\{\s*(?:insert:\s*(?P<type>[\w-]+)\s*,)?\s*(?P<id>[^\s{},]+)\s*\}\}")
_BOLD = re.compile(r"\*\*([^*\n]{1,2000})\*\*")
_DEFINED = re.compile(r"organi[sz]ation(?:al|ally)?[- ]defined", re.IGNORECASE)
_LINK = re.compile(r"\[([^\[\]]{1,300})\]\([^()\s]{0,500}\)")


class Texts:
    """The parameters of one catalog, and the texts that use them.

    Rendered as NIST prints them: `[Assignment: organization-defined frequency]`, `[Selection (one or more): a; b]`; a
    value that is set stands in their place, a constraint behind them.
    """

    def __init__(self, params: Mapping[str, Node]) -> None:
        self._params = params
        self._aliases = {
            str(prop["value"]): param
            for param in params.values()
            for prop in listed(param, "props")
            if prop.get("name") == "alt-identifier" and prop.get("value")
        }
        self._written: dict[str, str] = {}
        self._open: set[str] = set()
        self.unknown: dict[str, None] = {}
        """Ids that a text inserts and the catalog does not have."""

    def param(self, param_id: str) -> Node | None:
        """A parameter by its id, or by the id it had in an earlier release."""
        return self._params.get(param_id) or self._aliases.get(param_id)

    def render(self, text: Any, depth: int = 0) -> str:
        """Prose with its parameters written in and its links reduced to their words."""

        def insert(found: re.Match[str]) -> str:
            if found["type"] not in (None, "param"):
                return found["id"]
            return self._assignment(found["id"], depth)

        plain = _INSERT.sub(insert, str(text or "")[:MAX_TEXT])[:MAX_TEXT]
        return plain if depth else _tidy(_BOLD.sub(r"\1", _LINK.sub(r"\1", plain)))

    def _assignment(self, param_id: str, depth: int) -> str:
        """A parameter as it stands in prose; each is written once, so that choices inside choices cannot multiply."""
        param = self.param(param_id)
        if param is None:
            self.unknown[param_id] = None
        if param is None or param_id in self._open or depth >= MAX_INSERTS:
            return f"[Assignment: {param_id}]"
        if param_id not in self._written:
            self._open.add(param_id)
            self._written[param_id] = self._write(param, param_id, depth)
            self._open.discard(param_id)
        return self._written[param_id]

    def _write(self, param: Node, param_id: str, depth: int) -> str:
        values = [str(value) for value in listed(param, "values")]
        if values:
            return self.render(", ".join(values), depth + 1)
        inside = self._choices(param, depth) or f"Assignment: {self._label(param, param_id, depth)}"
        limits = "; ".join(self._constraints(param, depth))
        return f"[{inside}; constraint: {limits}]" if limits else f"[{inside}]"

    def _choices(self, param: Node, depth: int) -> str:
        select = param.get("select")
        if not isinstance(select, dict):
            return ""
        choices = [self.render(choice, depth + 1).strip() for choice in listed(select, "choice")]
        many = " (one or more)" if select.get("how-many") == "one-or-more" else ""
        return f"Selection{many}: {'; '.join(choices)}"

    def _label(self, param: Node, param_id: str, depth: int) -> str:
        label = self.render(param.get("label") or param.get("usage") or "", depth + 1).strip()
        if not label:
            return param_id
        return label if _DEFINED.search(label) else f"organization-defined {label}"

    def _constraints(self, param: Node, depth: int) -> list[str]:
        """Constraints of the parameter, or of those that it gathers (release 5.1.1 splits parameters so)."""
        own = [c.get("description", "") for c in listed(param, "constraints") if isinstance(c, dict)]
        if not own:
            gathered = [p.get("value") for p in listed(param, "props") if p.get("name") == "aggregates"]
            for part_id in gathered:
                part = self._params.get(str(part_id), {})
                own += [c.get("description", "") for c in listed(part, "constraints") if isinstance(c, dict)]
        return list(dict.fromkeys(_tidy(self.render(text, depth + 1)).rstrip(".") for text in own if text))


def listed(node: Mapping[str, Any], name: str) -> list[Any]:
    """The list under a key; a single value counts as one, anything missing as none."""
    value = node.get(name)
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def nodes(node: Mapping[str, Any], name: str) -> list[Node]:
    """The objects in the list under a key."""
    return [value for value in listed(node, name) if isinstance(value, dict)]


def all_params(catalog: Node) -> dict[str, Node]:
    """Every parameter of a catalog by its id, those of groups included."""
    found: dict[str, Node] = {}
    for holder in holders(catalog):
        for param in nodes(holder, "params"):
            found.setdefault(str(param.get("id", "")), param)
    return found


def holders(node: Node, level: int = 0) -> Iterable[Node]:
    """A catalog, its groups and its controls, outermost first."""
    yield node
    if level < MAX_LEVELS:
        for name in ("groups", "controls"):
            for child in nodes(node, name):
                yield from holders(child, level + 1)


def controls(node: Node, level: int = 0) -> Iterable[Node]:
    """Every control under a catalog, a group or a control, in document order, each before those inside it."""
    if level > MAX_LEVELS:
        return
    for control in nodes(node, "controls"):
        yield control
        yield from controls(control, level + 1)
    for group in nodes(node, "groups"):
        yield from controls(group, level + 1)


def _tidy(text: str) -> str:
    lines = (re.sub(r"[ \t\xa0]+", " ", line).strip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
