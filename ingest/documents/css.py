"""How much of CSS is needed to know that a reader of a page does not see an element (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ingest.documents.colors import WHITE, Rgb, is_transparent, parse_color, unseen

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_SIMPLE = re.compile(r"^([a-z][a-z0-9]*|\*)?((?:[.#][\w-]+)*)$")
_PART = re.compile(r"[.#][\w-]+")
_SCREEN = re.compile(r"@media\s+(?:only\s+)?(?:screen|all)\s*\{")
_MAX_RULES = 2_000
_MAX_RULE = 10_000
_LENGTH = re.compile(r"^(-?[\d.]+)(px|pt|em|rem|%|cm|mm|in|ex|ch|vw|vh)?$")
_POINTS = {"px": 0.75, "pt": 1.0, "em": 12.0, "rem": 12.0, "%": 0.12, "cm": 28.3, "mm": 2.83, "in": 72.0, "ex": 6.0}


@dataclass(frozen=True, slots=True)
class Look:
    """What an element passes on to those inside it."""

    color: Rgb | None = (0.0, 0.0, 0.0)
    """None: not known."""
    behind: Rgb | None = WHITE
    """None: not known, a picture for one."""
    invisible: bool = False
    """By `visibility`, which an element inside may undo."""
    how: str = ""
    """How the element and all in it are hidden; empty where they are not."""

    @property
    def hidden(self) -> str:
        """How letters are hidden, in words; empty where they can be seen."""
        if self.how:
            return self.how
        if self.invisible:
            return "an element with visibility:hidden"
        if self.color is not None and self.behind is not None and unseen(self.color, self.behind):
            return "white text on white" if self.behind == WHITE else "text in the colour of what is behind it"
        return ""


class Sheet:
    """Rules of a page's own style elements whose selectors are a tag, classes or an id; others are left aside."""

    def __init__(self, css: str) -> None:
        self._rules: dict[str, list[tuple[str, frozenset[str], dict[str, str]]]] = {}
        count = 0
        for rule in _without_other_media(_COMMENT.sub("", css)).split("}"):
            selectors, brace, body = rule.rpartition("{")
            if not brace or len(rule) > _MAX_RULE:
                continue
            for selector in selectors.rpartition("{")[2].split(","):
                found = _SIMPLE.match(selector.strip().lower())
                if not found or count >= _MAX_RULES:
                    continue
                count += 1
                marks = frozenset(_PART.findall(found[2]))
                key = min(marks) if marks else (found[1] or "*")
                self._rules.setdefault(key, []).append((found[1] or "*", marks, declarations(body)))

    def style_of(self, tag: str, attributes: Mapping[str, str]) -> dict[str, str]:
        """The declarations that hold for an element, its own `style` last."""
        marks = {f".{name}" for name in attributes.get("class", "").lower().split()}
        if attributes.get("id"):
            marks.add(f"#{attributes['id'].lower()}")
        style: dict[str, str] = {}
        for key in ("*", tag, *sorted(marks)):
            for wanted, needed, rule in self._rules.get(key, ()):
                if wanted in ("*", tag) and needed <= marks:
                    style |= rule
        return style | declarations(attributes.get("style", ""))


def declarations(body: str) -> dict[str, str]:
    """`name: value` pairs, lower case, without `!important`."""
    found: dict[str, str] = {}
    for part in _COMMENT.sub("", body).lower().split(";"):
        name, colon, text = part.partition(":")
        if colon:
            found[name.strip()] = text.replace("!important", "").strip()
    return found


def look_of(above: Look, style: Mapping[str, str], attributes: Mapping[str, str]) -> Look:
    """The look of an element.

    Args:
        above: of the element around it.
        style: its declarations.
        attributes: of the element.
    """
    how = above.how or _how(style, attributes)
    invisible = above.invisible
    if "visibility" in style:
        invisible = style["visibility"] in ("hidden", "collapse")
    color = above.color
    text = style.get("color") or attributes.get("color") or ""
    if is_transparent(text):
        how = how or "transparent text"
    elif text and text not in ("inherit", "unset", "initial", "currentcolor"):
        color = parse_color(text)
    behind = above.behind
    ground = style.get("background-color") or style.get("background") or attributes.get("bgcolor") or ""
    if "url(" in ground or "gradient" in ground or style.get("background-image", "none") != "none":
        behind = None
    elif ground and not is_transparent(ground) and ground not in ("none", "inherit", "initial", "unset"):
        behind = next((c for word in [ground, *ground.split()] if (c := parse_color(word)) is not None), None)
    return Look(color, behind, invisible, how)


def _how(style: Mapping[str, str], attributes: Mapping[str, str]) -> str:
    if "hidden" in attributes or style.get("display") == "none":
        return "an element that is not displayed"
    if attributes.get("aria-hidden") == "true":
        return "an element with aria-hidden"
    size = _points(style.get("font-size", ""))
    if size is not None and size <= 1.0:
        return f"text of {size:.2g} pt"
    opacity = _points(style.get("opacity", ""))
    if opacity is not None and opacity < 0.05:
        return "an element that is transparent"
    for name in ("text-indent", "left", "top", "margin-left", "margin-top"):
        shift = _points(style.get(name, ""))
        if shift is not None and shift < -500:
            return "text outside the page"
    sides = [_points(style.get(name, "")) for name in ("width", "height", "max-width", "max-height")]
    if style.get("overflow", "").startswith(("hidden", "clip")) and any(s is not None and s <= 1.5 for s in sides):
        return "an element of no size"
    clip = re.sub(r"\s+", "", style.get("clip", "") + style.get("clip-path", ""))
    if re.search(r"rect\(0(?:px)?,?0(?:px)?,?0(?:px)?,?0(?:px)?\)|rect\(1px,1px,1px,1px\)|inset\((?:50|100)%\)", clip):
        return "an element of no size"
    if re.search(r"scale[xy]?\(0(?:\.0+)?[,)]", style.get("transform", "")):
        return "an element of no size"
    return ""


def _points(text: str) -> float | None:
    found = _LENGTH.match(text.strip())
    if not found:
        return None
    try:
        return float(found[1]) * _POINTS.get(found[2] or "", 1.0)
    except ValueError:
        return None


def _without_other_media(css: str) -> str:
    """Drops rules that hold only for paper or for small screens; those for screens stay."""
    css = _SCREEN.sub("", css)
    kept: list[str] = []
    at = 0
    while (start := css.find("@media", at)) >= 0:
        kept.append(css[at:start])
        depth, at = 0, start
        for at in range(start, len(css)):
            depth += {"{": 1, "}": -1}.get(css[at], 0)
            if css[at] == "}" and depth <= 0:
                break
        at += 1
    return "".join([*kept, css[at:]])
