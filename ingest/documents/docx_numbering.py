"""Computes the numbers that Word shows before headings and list items, so that "section 4.6" is what a reader sees."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from ingest.documents.docx_archive import child, name, value
from ingest.documents.docx_styles import is_on

_LEVELS = 9
_PLACE = re.compile(r"%([1-9])")
_MAX = 30_000
_ROMAN_LETTERS = ("m", "cm", "d", "cd", "c", "xc", "l", "xl", "x", "ix", "v", "iv", "i")
_ROMAN = dict(zip((1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1), _ROMAN_LETTERS, strict=True))


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a list: where it starts and how it is written."""

    start: int = 1
    form: str = "decimal"
    text: str = ""
    style: str = ""
    restart: int | None = None
    """The level (1-based) whose number starts this one anew; 0: none; None: every higher one."""
    legal: bool = False
    """All numbers in it are written in digits."""

    @property
    def shown(self) -> bool:
        """Whether it is a number at all, not a bullet."""
        return self.form not in ("bullet", "none")


@dataclass
class _List:
    levels: dict[int, Level]
    counters: list[int | None] = field(default_factory=lambda: [None] * _LEVELS)


class Numbering:
    """The lists of a document; `label` counts on as paragraphs come in reading order."""

    def __init__(self, root: Element | None) -> None:
        self._lists: dict[str, _List] = {}
        self._instances: dict[str, tuple[str, dict[int, Level], dict[int, int]]] = {}
        self._overridden: set[tuple[str, int]] = set()
        abstract = {value(e, "abstractNumId") or "": e for e in _all(root, "w:abstractNum")}
        by_style = {value(child(e, "w:styleLink")) or "": key for key, e in abstract.items()}
        for key, element in abstract.items():
            linked = value(child(element, "w:numStyleLink"))
            source = abstract[by_style[linked]] if linked and linked in by_style else element
            self._lists[key] = _List(_levels(source))
        for number in _all(root, "w:num"):
            own: dict[int, Level] = {}
            starts: dict[int, int] = {}
            for override in _all(number, "w:lvlOverride"):
                depth = _whole(value(override, "ilvl"), 0)
                if (inner := child(override, "w:lvl")) is not None:
                    own[depth] = _level(inner)
                if (start := child(override, "w:startOverride")) is not None:
                    starts[depth] = _whole(value(start), 1)
            list_id = value(child(number, "w:abstractNumId")) or ""
            self._instances[value(number, "numId") or ""] = (list_id, own, starts)

    def level_of_style(self, num_id: str, style_id: str) -> int:
        """The level that is linked to a paragraph style, 0-based; 0 where none is."""
        list_id, own, _ = self._instances.get(num_id, ("", {}, {}))
        levels = (self._lists[list_id].levels if list_id in self._lists else {}) | own
        return next((depth for depth, level in levels.items() if level.style == style_id), 0)

    def is_outline(self, num_id: str) -> bool:
        """Whether its second level repeats the number of the first (`4.6`), as the clauses of a policy do."""
        list_id, own, _ = self._instances.get(num_id, ("", {}, {}))
        levels = (self._lists[list_id].levels if list_id in self._lists else {}) | own
        return "%1" in levels.get(1, Level()).text and levels.get(0, Level()).shown

    def label(self, num_id: str, depth: int) -> tuple[bool, str]:
        """Counts one paragraph of a list.

        Returns:
            Whether it is in a list at all, and its number as a reader sees it; empty for a bullet.
        """
        list_id, own, starts = self._instances.get(num_id, ("", {}, {}))
        found = self._lists.get(list_id)
        if found is None or not 0 <= depth < _LEVELS:
            return False, ""
        levels = found.levels | own
        level = levels.get(depth, Level())
        counters = found.counters
        if depth in starts and (num_id, depth) not in self._overridden:
            self._overridden.add((num_id, depth))
            counters[depth] = starts[depth]
        else:
            current = counters[depth]
            counters[depth] = level.start if current is None else min(current + 1, _MAX)
        for deeper in range(depth + 1, _LEVELS):
            restart = levels.get(deeper, Level()).restart
            if restart is None or (restart > 0 and depth + 1 <= restart):
                counters[deeper] = None
        if not level.shown:
            return True, ""

        def written(place: re.Match[str]) -> str:
            at = int(place[1]) - 1
            other = levels.get(at, Level())
            count = counters[at]
            if count is None:
                count = counters[at] = other.start
            return write_number(count, "decimal" if level.legal else other.form)

        return True, _PLACE.sub(written, level.text).strip()


def write_number(count: int, form: str) -> str:
    """A number in one of Word's formats; formats of other scripts are written in digits."""
    if form in ("upperRoman", "lowerRoman") and 0 < count < 4000:
        digits, rest = "", count
        for size, letters in _ROMAN.items():
            while rest >= size:
                digits, rest = digits + letters, rest - size
        return digits.upper() if form == "upperRoman" else digits
    if form in ("upperLetter", "lowerLetter") and 0 < count <= 780:
        letter = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)
        return letter.upper() if form == "upperLetter" else letter
    if form == "decimalZero":
        return f"{count:02}"
    if form in ("bullet", "none"):
        return ""
    return str(count)


def _levels(element: Element) -> dict[int, Level]:
    return {_whole(value(inner, "ilvl"), 0): _level(inner) for inner in _all(element, "w:lvl")}


def _level(element: Element) -> Level:
    restart = child(element, "w:lvlRestart")
    legal = child(element, "w:isLgl")
    return Level(
        start=_whole(value(child(element, "w:start")), 1),
        form=value(child(element, "w:numFmt")) or "decimal",
        text=(value(child(element, "w:lvlText")) or "")[:60],
        style=value(child(element, "w:pStyle")) or "",
        restart=None if restart is None else _whole(value(restart), 0),
        legal=legal is not None and is_on(value(legal)),
    )


def _all(element: Element | None, wanted: str) -> list[Element]:
    return [inner for inner in element if name(inner.tag) == wanted] if element is not None else []


def _whole(text: str | None, default: int) -> int:
    try:
        return max(0, min(int(text or ""), _MAX))
    except ValueError:
        return default
