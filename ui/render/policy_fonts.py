"""Which typefaces a PDF embeds: ours for Latin, Greek and Cyrillic, the machine's or the user's for other scripts."""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

FAMILY: Final = "Fira Sans"
FACES: Final[dict[str, tuple[int, str]]] = {"": (400, "normal"), "B": (600, "normal")}
"""fpdf2's name of a style -> weight and slant; a paper is set in these two."""

# Looked for by name in the system's font folders, in this order: wide coverage first.
_KNOWN: Final = (
    "DejaVuSans.ttf",
    "NotoSans-Regular.ttf",
    "NotoSansCJK-Regular.ttc",
    "NotoSansSymbols2-Regular.ttf",
    "NotoSansArabic-Regular.ttf",
    "NotoSansHebrew-Regular.ttf",
    "NotoSansDevanagari-Regular.ttf",
    "NotoSansThai-Regular.ttf",
    "Arial Unicode.ttf",
    "arialuni.ttf",
    "segoeui.ttf",
    "seguisym.ttf",
    "msyh.ttc",
    "msgothic.ttc",
    "malgun.ttf",
    "DroidSansFallbackFull.ttf",
)
_FOLDERS: Final = {
    "win32": ("C:/Windows/Fonts",),
    "darwin": ("/System/Library/Fonts", "/System/Library/Fonts/Supplemental", "/Library/Fonts", "~/Library/Fonts"),
}
_UNIX: Final = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")

# A sign that our typeface lacks and that reads the same when written in others.
_SAME: Final = str.maketrans(
    {
        "\u2010": "-",
        "\u2011": "-",
        "\u202f": "\u00a0",
        "\u2007": "\u00a0",
        "\u00ad": None,
        "\u200b": None,
        "\ufeff": None,
    }
)


@dataclass(frozen=True, slots=True)
class Fallback:
    """A further font file that has some of the signs."""

    path: Path
    number: int
    """Of the face in a collection."""


@dataclass(frozen=True, slots=True)
class Fonts:
    """What a text needs."""

    faces: dict[str, Path]
    fallbacks: tuple[Fallback, ...]
    missing: tuple[str, ...]
    """Signs that no font at hand has; they are left blank."""


def drawable(text: str) -> str:
    """Text without control and invisible format signs, and with like signs for a few that our typeface lacks."""
    return "".join(c for c in text.translate(_SAME) if c == "\n" or unicodedata.category(c) not in {"Cc", "Cf", "Cs"})


def fonts_for(lines: Iterable[str], more: Sequence[Path] = ()) -> Fonts:
    """The fonts that draw these lines.

    Args:
        lines: every text of the document.
        more: font files of the user, asked before the machine's.
    """
    faces = _faces()
    wanted = {c for line in lines for c in drawable(line) if c != "\n"}
    open_signs = {c for c in wanted if ord(c) not in _signs(faces[""], 0)}
    fallbacks: list[Fallback] = []
    for path in (*more, *(_system_fonts() if open_signs else ())):
        if not open_signs:
            break
        for number in range(_count(path)):
            found = {c for c in open_signs if ord(c) in _signs(path, number)}
            if found:
                fallbacks.append(Fallback(path, number))
                open_signs -= found
                break
    return Fonts(faces, tuple(fallbacks), tuple(sorted(open_signs)))


@lru_cache(maxsize=1)
def _faces() -> dict[str, Path]:
    import fontpkg  # noqa: PLC0415 - reads the metadata of installed packages

    return {name: fontpkg.path(FAMILY, weight=weight, style=style) for name, (weight, style) in FACES.items()}


@lru_cache(maxsize=64)
def _signs(path: Path, number: int) -> frozenset[int]:
    from fontTools.ttLib import TTFont, TTLibError  # noqa: PLC0415

    try:
        with TTFont(path, fontNumber=number, lazy=True) as font:
            return frozenset(font.getBestCmap() or ())
    except (OSError, TTLibError):
        return frozenset()


@lru_cache(maxsize=64)
def _count(path: Path) -> int:
    """Faces in a font file; 1 but for a collection."""
    from fontTools.ttLib import TTCollection, TTLibError  # noqa: PLC0415

    if path.suffix.lower() != ".ttc":
        return 1
    try:
        with TTCollection(path, lazy=True) as collection:
            return len(collection.fonts)
    except (OSError, TTLibError):
        return 0


@lru_cache(maxsize=1)
def _system_fonts() -> tuple[Path, ...]:
    found: dict[str, Path] = {}
    wanted = {name.casefold() for name in _KNOWN}
    for folder in _FOLDERS.get(sys.platform, _UNIX):
        for place, _, names in os.walk(Path(folder).expanduser()):
            for name in names:
                if name.casefold() in wanted:
                    found.setdefault(name.casefold(), Path(place) / name)
    return tuple(found[name.casefold()] for name in _KNOWN if name.casefold() in found)
