"""Small words of the brief: clean names, plurals, lists and dates as people say them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from typing import Final

MAX_NAME: Final = 80
"""Characters that a name out of an inventory or a feed may take in a sentence of ours."""

# Shown as nothing (or as a blank) although Unicode files them under letters, marks or symbols.
_BLANK: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
_SPACE: Final = re.compile(r"\s+")
_DROPPED: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_MARKS_IN_A_ROW: Final = 2

_NUMBERS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def plain(text: str, limit: int | None = None) -> str:
    """One line of visible text: no control, invisible, direction-changing or unassigned characters.

    White space of any kind, line breaks included, becomes one blank. More than two combining marks in a row are cut
    to two, so that stacked marks cannot cover a neighbouring line. With `limit`, the text is cut to that many
    characters and ends in an ellipsis.
    """
    if text.isascii() and text.isprintable():  # most text by far: nothing to drop, and a brief cleans a lot of it
        return _cut(_SPACE.sub(" ", text).strip(), limit)
    kept: list[str] = []
    marks = 0
    for char in text:
        category = unicodedata.category(char)
        if char.isspace() or category in {"Zl", "Zp", "Zs"}:
            kept.append(" ")
            marks = 0
            continue
        if category in _DROPPED or char in _BLANK or _is_variation_selector(char):
            continue
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if marks <= _MARKS_IN_A_ROW:
            kept.append(char)
    return _cut(_SPACE.sub(" ", "".join(kept)).strip(), limit)


def _cut(line: str, limit: int | None) -> str:
    return line if limit is None or len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _is_variation_selector(char: str) -> bool:
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def name(text: str) -> str:
    """A name out of an inventory, a catalogue or a feed, fit for a sentence."""
    return plain(text, MAX_NAME)


def number(count: int) -> str:
    """`no`, `one`, ... `ten`, then figures: as one writes in a letter."""
    return _NUMBERS[count] if 0 <= count < len(_NUMBERS) else f"{count:,}"


def counted(count: int, singular: str, plural: str | None = None) -> str:
    """`one item`, `three items`, `12 items`."""
    return f"{number(count)} {singular if count == 1 else plural or singular + 's'}"


def figures(count: int, singular: str, plural: str | None = None) -> str:
    """`1 item`, `3 items`: for lines of figures."""
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def listed(parts: Sequence[str], *, most: int | None = None, last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`; with `most`, the rest is counted: `a, b and 7 more`."""
    shown = list(parts)
    if most is not None and len(shown) > most:
        shown = [*shown[:most], f"{len(parts) - most:,} more"]
        last = "and"
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} {last} {shown[-1]}"


def capital(text: str) -> str:
    """First letter upper case."""
    return text[:1].upper() + text[1:]


def stop(text: str) -> str:
    """Full stop at the end; the first letter stays as it is, because a name may start with a small one."""
    line = text.strip()
    return line if not line or line[-1] in ".!?…" else line + "."


def sentence(text: str) -> str:
    """First letter upper case, full stop at the end."""
    return stop(capital(text.strip()))


def on_day(value: date, today: date) -> str:
    """`Monday 10 Aug`; with the year where it is not this one."""
    words = f"{value:%A} {value.day} {value:%b}"
    return words if value.year == today.year else f"{words} {value.year}"


def short_day(value: date, today: date) -> str:
    """`10 Aug`; with the year where it is not this one."""
    words = f"{value.day} {value:%b}"
    return words if value.year == today.year else f"{words} {value.year}"


def by_day(value: date, today: date) -> str:
    """`today (Friday 7 Aug)`, `tomorrow (Saturday 8 Aug)` or `Monday 10 Aug`."""
    gap = (value - today).days
    if gap in (0, 1):
        return f"{('today', 'tomorrow')[gap]} ({on_day(value, today)})"
    return on_day(value, today)


def days_over(value: date, today: date) -> str:
    """`one day over`, `12 days over`; empty where the day has not passed."""
    gap = (today - value).days
    return f"{counted(gap, 'day')} over" if gap > 0 else ""
