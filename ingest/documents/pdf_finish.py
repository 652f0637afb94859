"""Looks over all pages of a PDF: which blocks are headings, and which only the head or foot of every page (pure)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ingest.documents.outline import heading_number

_BIGGER = 1.12
"""Letters so much larger than those of most of the text make a heading."""
_MAX_HEADING = 180
_PAGE_NUMBER = re.compile(r"^(?:page|seite|p\.)?\s*\d{1,4}\s*(?:(?:of|/|von|\|)\s*\d{1,4})?$", re.IGNORECASE)
_DIGITS = re.compile(r"\d+")


def finish(blocks: Sequence[Mapping[str, Any]], pages: int) -> tuple[list[dict[str, Any]], str, bool]:
    """Blocks ready for the outline.

    Args:
        blocks: of all rounds, as `ingest.documents.pdf_file.parse` gives them.
        pages: number of pages.

    Returns:
        The blocks, headings marked; the largest heading of the first page (empty where there is none); and whether
        heads or feet of pages were left out.
    """
    kept = [dict(block) for block in blocks]
    repeated = _repeated(kept, pages)
    before = len(kept)
    kept = [block for block in kept if not (block.get("edge") and _is_furniture(block, repeated))]
    left_out = len(kept) < before
    body = _body_size(kept)
    bold_body = _mostly_bold(kept, body)
    large = sorted({_size(b) for b in kept if _may_head(b) and _size(b) >= body * _BIGGER}, reverse=True)
    title, title_size = "", body * _BIGGER
    for block in kept:
        level = _level(block, body, large, bold_body=bold_body)
        if not level:
            continue
        if block.get("page") == 1 and _size(block) > title_size:
            title, title_size = str(block["text"]), _size(block)
        block["kind"], block["level"] = "heading", level
        block.pop("table", None)
    return kept, title, left_out


def _level(block: Mapping[str, Any], body: float, large: Sequence[float], *, bold_body: bool) -> int:
    if not _may_head(block):
        return 0
    text = f"{block.get('label', '')} {block['text']}".strip()
    big = _size(block) >= body * _BIGGER
    bold = bool(block.get("bold")) and not bold_body
    if not (big or (bold and not text.endswith((".", ",", ";")))):
        return 0
    number = heading_number(text)
    if number and number[0].isdigit():
        return min(number.count(".") + 1, 6)
    rank = large.index(_size(block)) + 1 if big and _size(block) in large else len(large) + 1
    return min(rank, 6)


def _may_head(block: Mapping[str, Any]) -> bool:
    text = str(block["text"])
    if block["kind"] == "table-row" or len(text) > _MAX_HEADING or int(block.get("lines", 1)) > 3:
        return False
    if block["kind"] == "list-item" and not str(block.get("label", "")).rstrip(".)").isalnum():
        return False
    return any(char.isalpha() for char in text)


def _size(block: Mapping[str, Any]) -> float:
    return round(float(block.get("size", 0)) * 2) / 2


def _body_size(blocks: Sequence[Mapping[str, Any]]) -> float:
    letters: Counter[float] = Counter()
    for block in blocks:
        letters[_size(block)] += len(str(block["text"]))
    return letters.most_common(1)[0][0] if letters else 0.0


def _mostly_bold(blocks: Sequence[Mapping[str, Any]], body: float) -> bool:
    same = [block for block in blocks if _size(block) == body]
    total = sum(len(str(block["text"])) for block in same)
    return sum(len(str(block["text"])) for block in same if block.get("bold")) > 0.5 * total


def _repeated(blocks: Sequence[Mapping[str, Any]], pages: int) -> set[str]:
    """Texts at the edge of a page, digits aside, that stand on most pages."""
    seen: dict[str, set[int]] = {}
    for block in blocks:
        if block.get("edge"):
            seen.setdefault(_pattern(block), set()).add(int(block.get("page") or 0))
    return {text for text, on in seen.items() if len(on) >= max(3, 0.4 * pages)}


def _is_furniture(block: Mapping[str, Any], repeated: set[str]) -> bool:
    return _pattern(block) in repeated or bool(_PAGE_NUMBER.match(str(block["text"])))


def _pattern(block: Mapping[str, Any]) -> str:
    return _DIGITS.sub("#", str(block["text"]).casefold())
