"""What a style of a DOCX passes on: colour, size, hiding, outline level, numbering, through the chain of its bases."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element

from ingest.documents.colors import WHITE, Rgb, parse_color, unseen
from ingest.documents.docx_archive import child, name, value

_OFF = {"0", "false", "off", "none"}
# Word keeps the English name of its own styles in every language; other programs write the localised one.
_HEADING_NAME = re.compile(
    r"^(?:heading|überschrift|titre|título|titolo|kop|rubrik|overskrift|otsikko|nagłówek|nadpis|заголовок|başlık|标题|見出し)"
    r"\s*([1-9])\b",
    re.IGNORECASE,
)
_TITLE_NAMES = {"title", "titel", "título", "titolo", "titre"}
_TOC_NAME = re.compile(r"^(?:toc|verzeichnis|tm|tdc|sommario)\s*\d|^(?:table of figures|toc heading)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RunLook:
    """How letters look; None: not said here."""

    hidden: bool | None = None
    color: str | None = None
    """Six hex digits, or `auto`."""
    half_points: float | None = None
    behind: str | None = None
    """Fill behind the letters: hex digits or the name of a highlight; empty: none."""
    bold: bool | None = None

    def over(self, below: RunLook) -> RunLook:
        """This look where it says something, the one below elsewhere."""
        return RunLook(
            below.hidden if self.hidden is None else self.hidden,
            below.color if self.color is None else self.color,
            below.half_points if self.half_points is None else self.half_points,
            below.behind if self.behind is None else self.behind,
            below.bold if self.bold is None else self.bold,
        )


@dataclass(frozen=True, slots=True)
class ParagraphLook:
    """What a paragraph is; None: not said here."""

    outline: int | None = None
    """0 to 8: a heading; 9: body text."""
    num_id: str | None = None
    num_level: int | None = None
    behind: str | None = None

    def over(self, below: ParagraphLook) -> ParagraphLook:
        """This look where it says something, the one below elsewhere."""
        return ParagraphLook(
            below.outline if self.outline is None else self.outline,
            below.num_id if self.num_id is None else self.num_id,
            below.num_level if self.num_level is None else self.num_level,
            below.behind if self.behind is None else self.behind,
        )


@dataclass(frozen=True, slots=True)
class Style:
    """A style with everything that it inherits."""

    id: str = ""
    name: str = ""
    run: RunLook = RunLook()
    paragraph: ParagraphLook = ParagraphLook()
    numbered_by: str = ""
    """Id of the style in the chain that brings the numbering; numbering levels are linked to it."""
    fills: bool = False
    """Of a table style: some of its cells are filled, so the colour behind a text is not known here."""

    @property
    def is_title(self) -> bool:
        """Whether it is the style of a document's title."""
        return self.name.casefold() in _TITLE_NAMES

    @property
    def is_contents(self) -> bool:
        """Whether it is the style of an entry of a table of contents."""
        return bool(_TOC_NAME.match(self.name))

    @property
    def heading_level(self) -> int:
        """1 to 9; 0 where it is no heading."""
        outline = self.paragraph.outline
        if outline is not None:
            return outline + 1 if 0 <= outline <= 8 else 0
        found = _HEADING_NAME.match(self.name)
        return int(found[1]) if found else 0


class Styles:
    """The styles of a document."""

    def __init__(self, root: Element | None) -> None:
        self._elements: dict[str, Element] = {}
        self._known: dict[tuple[str, str], Style] = {}
        self._defaults = RunLook()
        self._default_ids: dict[str, str] = {}
        for element in root if root is not None else ():
            kind = name(element.tag)
            if kind == "w:docDefaults":
                self._defaults = run_look(child(child(element, "w:rPrDefault"), "w:rPr"))
            elif kind == "w:style":
                style_id = value(element, "styleId") or ""
                self._elements[style_id] = element
                if is_on(value(element, "default"), missing=False):
                    self._default_ids[value(element, "type") or ""] = style_id

    def get(self, style_id: str | None, kind: str = "paragraph") -> Style:
        """A style with what it inherits; the default one of its kind where it is not named or unknown."""
        default = self._default_ids.get(kind, "") if kind == "paragraph" else ""
        wanted = style_id if style_id and style_id in self._elements else default
        key = (kind, wanted)
        if key not in self._known:
            # Only a paragraph stands on the defaults of the document; other styles lie over a paragraph's.
            self._known[key] = self._resolve(wanted, self._defaults if kind == "paragraph" else RunLook())
        return self._known[key]

    def _resolve(self, style_id: str, defaults: RunLook) -> Style:
        chain: list[str] = []
        at: str | None = style_id
        while at and at in self._elements and at not in chain and len(chain) < 20:
            chain.append(at)
            at = value(child(self._elements[at], "w:basedOn"))
        style = Style(run=defaults)
        for link in reversed(chain):
            element = self._elements[link]
            own = paragraph_look(child(element, "w:pPr"))
            title = value(child(element, "w:name")) or ""
            inherited = style.paragraph
            if own.outline is None and inherited.outline is None and (found := _HEADING_NAME.match(title)):
                own = replace(own, outline=int(found[1]) - 1)
            style = Style(
                id=link,
                name=title,
                run=run_look(child(element, "w:rPr")).over(style.run),
                paragraph=own.over(inherited),
                numbered_by=link if own.num_id is not None else style.numbered_by,
                fills=style.fills or any(name(e.tag) == "w:shd" and _fill(e) for e in element.iter()),
            )
        return style


def run_look(properties: Element | None) -> RunLook:
    """The look that a `w:rPr` gives."""
    hidden: bool | None = None
    bold: bool | None = None
    color = half_points = behind = None
    for element in properties if properties is not None else ():
        kind = name(element.tag)
        if kind == "w:vanish":
            hidden = is_on(value(element))
        elif kind == "w:b":
            bold = is_on(value(element))
        elif kind == "w:color":
            color = _color(element)
        elif kind == "w:sz":
            half_points = _number(value(element))
        elif kind == "w:shd":
            behind = _fill(element) or behind or ""
        elif kind == "w:highlight":
            highlight = value(element) or ""
            behind = "" if highlight == "none" else highlight
    return RunLook(hidden, color, half_points, behind, bold)


def paragraph_look(properties: Element | None) -> ParagraphLook:
    """The look that a `w:pPr` gives."""
    numbering = child(properties, "w:numPr")
    level = _number(value(child(numbering, "w:ilvl")))
    outline = _number(value(child(properties, "w:outlineLvl")))
    shade = child(properties, "w:shd")
    return ParagraphLook(
        None if outline is None else int(outline),
        value(child(numbering, "w:numId")),
        None if level is None else int(level),
        None if shade is None else _fill(shade),
    )


def cell_fill(properties: Element | None) -> str | None:
    """The fill of a table cell or box: hex digits, empty for none, None where nothing is said."""
    shade = child(properties, "w:shd")
    return None if shade is None else _fill(shade)


def how_hidden(look: RunLook, behind: str | None) -> str:
    """How a reader is kept from seeing letters, in words; empty where they can be seen.

    Args:
        look: of the letters.
        behind: fill of the paragraph, cell or page; empty or None: white paper; `?`: not known.
    """
    if look.hidden:
        return "text formatted as hidden"
    if look.half_points is not None and look.half_points <= 2:
        return f"text of {look.half_points / 2:g} pt"
    fill = look.behind or behind
    if look.color is None or look.color == "auto" or fill == "?":
        return ""
    color = parse_color(look.color)
    paper: Rgb | None = parse_color(fill) if fill else WHITE
    if color is None or paper is None or not unseen(color, paper):
        return ""
    return "white text on white" if paper == WHITE else "text in the colour of what is behind it"


def is_on(text: str | None, *, missing: bool = True) -> bool:
    """An on-off value as Word writes it; an element without a value is on."""
    return missing if text is None else text.lower() not in _OFF


def _color(element: Element) -> str:
    found = value(element) or ""
    theme = value(element, "themeColor") or ""
    if theme in ("background1", "light1") and parse_color(found) is None and not value(element, "themeShade"):
        return "FFFFFF"
    return found


def _fill(element: Element) -> str:
    """A shading's colour; patterns other than `clear` and `nil` mix two colours, which is read as unknown."""
    pattern, fill = value(element) or "clear", value(element, "fill") or ""
    if pattern == "solid":
        return value(element, "color") or "?"
    if pattern not in ("clear", "nil"):
        return "?"
    if fill in ("", "auto"):
        return "?" if value(element, "themeFill") else ""
    return fill


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text is not None and len(text) < 12 else None
    except ValueError:
        return None
