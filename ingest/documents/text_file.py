"""Parses plain text: paragraphs, lists, and headings that are numbered, in capitals or underlined."""

from __future__ import annotations

import re
from typing import Any

from ingest.documents.blocks import Collector
from ingest.documents.outline import heading_number
from ingest.inventory.csv_file import decode

_BULLET = re.compile(r"^(?:[-*•‣◦▪–]|\d{1,3}[.)]|\(?[a-z]{1,2}[.)]|\([ivx]{1,5}\))\s+")
_BULLET_MARK = re.compile(r"^[-*•‣◦▪–]\s+")
_LABEL = re.compile(r"^(\d{1,3}[.)]|\(?[a-z]{1,2}[.)]|\([ivx]{1,5}\))\s+")
_CLAUSE = re.compile(r"^(?:§\s*)?(?:\d{1,3}|[A-Z])(?:\.\d{1,3}){1,5}[.):]?\s+\S")
_RULE = re.compile(r"^(=+|-{3,}|~{3,}|_{3,}|\*{3,})\s*$")
_MAX_HEADING = 90


def parse(data: bytes, options: dict[str, Any]) -> dict[str, Any]:
    """Read a text file.

    Args:
        data: UTF-8, UTF-16 or Windows-1252.
        options: none are used.

    Returns:
        What `Collector.result` gives, with `title`.

    Raises:
        BadInputError: not text, or beyond a limit.
    """
    del options
    text, encoding = decode(data)
    out = Collector()
    if not encoding.startswith("utf-8"):
        out.note(f"read as {encoding}")
    title = ""
    for lines in _chunks(text):
        level = _heading_level(lines)
        if level:
            out.add("heading", lines[0], level=level)
            title = title or lines[0].strip()
        for kind, label, words in _items(lines[1:] if level else lines):
            if kind == "list-item":
                out.add("list-item", words, label=label)
            else:
                out.add("paragraph", words)
    return out.result(title=title)


def _chunks(text: str) -> list[list[str]]:
    """Lines between blank lines."""
    found: list[list[str]] = [[]]
    for line in text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n").split("\n"):
        if line.strip():
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return [lines for lines in found if lines]


def _heading_level(lines: list[str]) -> int:
    """Of the chunk's first line: 1 to 6; 0 where it is no heading."""
    first = lines[0].strip()
    if len(first) > _MAX_HEADING or _RULE.match(first) or _BULLET_MARK.match(first):
        return 0
    if len(lines) > 1 and _RULE.match(lines[1].strip()):
        return 1 if lines[1].lstrip().startswith("=") else 2
    if len(lines) > 1 or first.endswith((".", ";", ",", ":", "?", "!")):
        return 0
    number = heading_number(first)
    letters = [char for char in first if char.isalpha()]
    if number and letters and letters[0].isupper():
        return min(number.count(".") + 1, 6)
    return 1 if len(letters) > 3 and first == first.upper() else 0


def _items(lines: list[str]) -> list[tuple[str, str, str]]:
    """(kind, label, words): wrapped lines are joined; a bullet or a clause number begins a new one."""
    found: list[tuple[str, str, str]] = []
    for line in lines:
        bare = line.strip()
        if _RULE.match(bare):
            continue
        if _CLAUSE.match(bare):
            found.append(("paragraph", "", bare))
        elif _BULLET.match(bare):
            label = _LABEL.match(bare)
            found.append(("list-item", label[1] if label else "", _BULLET.sub("", bare, count=1)))
        elif found:
            kind, mark, words = found[-1]
            found[-1] = (kind, mark, f"{words} {bare}")
        else:
            found.append(("paragraph", "", bare))
    return found
