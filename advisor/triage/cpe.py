"""Reads CPE 2.2 URIs and CPE 2.3 formatted strings and compares their attributes (NISTIR 7695 and 7696)."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Literal
from urllib.parse import unquote

ANY = "*"
NA = "-"

Relation = Literal["equal", "superset", "subset", "disjoint", "undefined"]
"""What a source value is to a target value (NISTIR 7696, table 6-1)."""

MAX_LENGTH = 2_000


@dataclass(frozen=True, slots=True)
class Cpe:
    """A well-formed name. Values are lower case and keep the escapes of the formatted string (`\\&`, `\\:`)."""

    part: str = ANY
    vendor: str = ANY
    product: str = ANY
    version: str = ANY
    update: str = ANY
    edition: str = ANY
    language: str = ANY
    sw_edition: str = ANY
    target_sw: str = ANY
    target_hw: str = ANY
    other: str = ANY

    def formatted(self) -> str:
        """The CPE 2.3 formatted string."""
        return ":".join(("cpe", "2.3", *(getattr(self, f.name) for f in fields(self))))


def unescape(value: str) -> str:
    """The value as text: `backup_\\&_replication` -> `backup_&_replication`; ANY and NA give an empty text."""
    return "" if value in (ANY, NA) else re.sub(r"\\(.)", r"\1", value)


def has_wildcard(value: str) -> bool:
    """True for ANY and for a value with an unescaped `*` or `?`."""
    return ("*" in value or "?" in value) and bool(re.search(r"(?<!\\)(?:\\\\)*[*?]", value))


def _escape(text: str) -> str:
    return re.sub(r"([^a-z0-9_.\-?*])", r"\\\1", text)


def _from_uri(uri: str) -> Cpe | None:
    parts = uri[len("cpe:/") :].split(":")
    if not 1 <= len(parts) <= 7 or parts[0] not in ("a", "o", "h", ""):
        return None
    values = [_uri_value(part) for part in parts] + [ANY] * (7 - len(parts))
    packed = [ANY] * 4
    if len(parts) > 5 and parts[5].startswith("~"):  # NISTIR 7695, 6.1.2.1.2: extended attributes packed into edition
        pieces = parts[5].split("~")
        if len(pieces) != 6:
            return None
        values[5], packed = _uri_value(pieces[1]), [_uri_value(piece) for piece in pieces[2:]]
    return Cpe(*values, *packed)


def _uri_value(text: str) -> str:
    if text == "":
        return ANY
    if text == NA:
        return NA
    marked = text.lower().replace("%01", "\x01").replace("%02", "\x02")
    return _escape(unquote(marked)).replace("\\\x01", "?").replace("\\\x02", "*")


@lru_cache(maxsize=65_536)
def parse(text: str) -> Cpe | None:
    """Reads either form of a CPE name, any case; None where it is neither.

    Source: NISTIR 7695, sections 6.1 (URI binding) and 6.2 (formatted string binding).
    """
    text = text.strip().lower()
    if len(text) > MAX_LENGTH:
        return None
    if text.startswith("cpe:/"):
        return _from_uri(text)
    values = re.split(r"(?<!\\):", text)
    if values[:2] != ["cpe", "2.3"] or len(values) != 13 or "" in values:
        return None
    return Cpe(*values[2:])


def compare(source: str, target: str) -> Relation:
    """What the source value (a criterion) is to the target value (an asset), by NISTIR 7696, table 6-2."""
    if has_wildcard(target) and target != ANY:
        return "undefined"
    if source == target:
        return "equal"
    if source == ANY:
        return "superset"
    if target == ANY:
        return "subset"
    if NA in (source, target):
        return "disjoint"
    if has_wildcard(source):
        return "superset" if _pattern(source).fullmatch(unescape(target)) else "disjoint"
    return "equal" if unescape(source) == unescape(target) else "disjoint"


@lru_cache(maxsize=4_096)
def _pattern(value: str) -> re.Pattern[str]:
    out: list[str] = []
    for mark in re.findall(r"\\.|.", value):
        out.append(".*" if mark == "*" else "." if mark == "?" else re.escape(mark[-1]))
    return re.compile("".join(out))
