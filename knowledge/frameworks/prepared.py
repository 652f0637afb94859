"""The shipped packs, tables and acronyms once more as JSON, read ten times faster than YAML; never newer than they.

A line for each file, and above them one that says where each begins: a question needs a few of them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

FILE = "prepared.jsonl"
ROWS = frozenset({"requirements", "mappings"})
"""What a document has besides its head."""


def document(file: Traversable) -> Any:
    """What a YAML file of the product says; None where the prepared copy is of another text or missing."""
    known = _known(file)
    if known is None:
        return None
    try:
        start, end = known["at"]
        return json.loads(_prepared()[1][start:end])
    except (KeyError, TypeError, ValueError):
        return None


def head(file: Traversable) -> Any:
    """The same without its rows."""
    known = _known(file)
    return known.get("head") if known is not None else None


def prepare(documents: Mapping[str, tuple[Traversable, Any]]) -> str:
    """The text of the prepared file: for each file name the SHA-256 of the YAML and what it says."""
    index: dict[str, Any] = {}
    lines: list[str] = []
    at = 0
    for name, (file, read) in sorted(documents.items()):
        line = _line(read)
        size = len(line.encode())
        top = {key: value for key, value in read.items() if key not in ROWS} if isinstance(read, dict) else None
        index[name] = {"sha256": file_sha256(file), "head": top, "at": [at, at + size]}
        lines.append(line)
        at += size
    return "".join([_line(index), *lines])


def _known(file: Traversable) -> Mapping[str, Any] | None:
    found = _prepared()[0].get(file.name)
    return found if isinstance(found, dict) and found.get("sha256") == file_sha256(file) else None


@cache
def _prepared() -> tuple[Mapping[str, Any], bytes]:
    try:
        return split((files("knowledge.frameworks") / "data" / FILE).read_bytes())
    except OSError:
        return {}, b""


def split(content: bytes) -> tuple[Mapping[str, Any], bytes]:
    """The index in the first line of the prepared file, and the lines below; nothing where there is no index."""
    first, _, rest = content.partition(b"\n")
    try:
        index = json.loads(first)
    except ValueError:
        return {}, b""
    return (index, rest) if isinstance(index, dict) else ({}, b"")


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_date) + "\n"


def file_sha256(file: Traversable) -> str:
    """SHA-256 of a file's bytes."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _date(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not written to {FILE}")
