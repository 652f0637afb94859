"""Whether a text can be seen on what lies behind it: colours and their contrast (pure)."""

from __future__ import annotations

import re

Rgb = tuple[float, float, float]
"""Red, green, blue, each 0 to 1."""

WHITE: Rgb = (1.0, 1.0, 1.0)
BLACK: Rgb = (0.0, 0.0, 0.0)
MIN_CONTRAST = 1.1
"""Below it no reader sees the text: #F5F5F5 on white is 1.09, the palest grey of office themes (#F2F2F2) 1.12."""

_HEX = re.compile(r"^#?([0-9a-fA-F]{6}|[0-9a-fA-F]{3})$")
_FUNCTION = re.compile(r"^rgba?\(\s*(\d+)\s*[, ]\s*(\d+)\s*[, ]\s*(\d+)\s*(?:[,/]\s*([\d.]+)(%?)\s*)?\)$")
_NAMED: dict[str, str] = {
    "white": "ffffff",
    "black": "000000",
    "red": "ff0000",
    "green": "008000",
    "blue": "0000ff",
    "yellow": "ffff00",
    "cyan": "00ffff",
    "magenta": "ff00ff",
    "gray": "808080",
    "grey": "808080",
    "silver": "c0c0c0",
    "navy": "000080",
    "snow": "fffafa",
    "ivory": "fffff0",
    "ghostwhite": "f8f8ff",
    "whitesmoke": "f5f5f5",
    "darkblue": "00008b",
    "darkred": "8b0000",
    "darkgreen": "006400",
    "lightgray": "d3d3d3",
    "lightgrey": "d3d3d3",
    "darkgray": "a9a9a9",
    "darkcyan": "008b8b",
    "darkmagenta": "8b008b",
    "darkyellow": "808000",
}


def parse_color(text: str) -> Rgb | None:
    """A colour as CSS or Word writes it (`FFFFFF`, `#fff`, `rgb(1, 2, 3)`, `white`); None where it is none of these."""
    text = text.strip().lower()
    text = _NAMED.get(text, text)
    if found := _HEX.match(text):
        digits = found[1] if len(found[1]) == 6 else "".join(c * 2 for c in found[1])
        return int(digits[:2], 16) / 255, int(digits[2:4], 16) / 255, int(digits[4:], 16) / 255
    if found := _FUNCTION.match(text):
        return min(int(found[1]), 255) / 255, min(int(found[2]), 255) / 255, min(int(found[3]), 255) / 255
    return None


def is_transparent(text: str) -> bool:
    """Whether a CSS colour lets everything through."""
    text = text.strip().lower()
    found = _FUNCTION.match(text)
    return text == "transparent" or (found is not None and found[4] is not None and float(found[4] or 0) == 0)


def contrast(one: Rgb, other: Rgb) -> float:
    """Contrast ratio, 1 (equal) to 21 (WCAG 2.2, "contrast ratio": https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def unseen(text: Rgb, behind: Rgb) -> bool:
    """Whether text of one colour is lost on the other."""
    return contrast(text, behind) < MIN_CONTRAST


def from_cmyk(c: float, m: float, y: float, k: float) -> Rgb:
    """The plain conversion, without a colour profile; parts 0 to 1."""
    return (1 - min(1, c + k), 1 - min(1, m + k), 1 - min(1, y + k))


def _luminance(color: Rgb) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
