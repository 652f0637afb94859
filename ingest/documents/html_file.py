"""Parses an HTML page as a reader sees it: hidden elements are reported, navigation and scripts left out."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import nh3

from ingest.documents.blocks import BlockKind, Collector
from ingest.documents.css import Look, Sheet, look_of
from ingest.documents.limits import MAX_DEPTH
from ingest.inventory.csv_file import decode
from knowledge.errors import BadInputError


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_BLOCKS = _names(
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure "
    "footer form header hr legend li main ol p pre search section summary table tbody td tfoot th thead tr ul "
    "h1 h2 h3 h4 h5 h6"
)
_INLINE = _names(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark q ruby rb rt rp s samp small "
    "span strike strong sub sup time tt u var wbr br nobr"
)
_LEFT_OUT = _names(
    "script style template noscript iframe object embed svg math select textarea button audio video canvas head title "
    "nav applet frameset noframes datalist map"
)
_VOID = {"br", "hr", "wbr"}
_ATTRIBUTES = {"style", "hidden", "aria-hidden", "class", "id", "color", "bgcolor", "start", "value", "type"}
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
_ENDING = _names("p li td th tr dt dd option br hr img input meta link wbr col area base source track embed param")
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_CELL_PARTS = " | "


def parse(data: bytes, options: dict[str, Any]) -> dict[str, Any]:
    """Read an HTML page.

    Args:
        data: the page.
        options: none are used.

    Returns:
        What `Collector.result` gives, with `title`.

    Raises:
        BadInputError: not text, or beyond a limit.
    """
    del options
    out = Collector()
    title = add_html(out, _decode(data))
    return out.result(title=title)


def add_html(out: Collector, markup: str) -> str:
    """Adds the blocks of a page or of a piece of one to a collector.

    Returns:
        The text of its title element.
    """
    _check_depth(markup)
    raw = _Asides()
    raw.feed(markup)
    raw.close()
    for comment in raw.comments:
        out.hide(comment, "a comment in the markup")
    clean = nh3.clean(
        markup.encode("utf-8", "replace").decode("utf-8"),
        tags=set(_BLOCKS | _INLINE),
        clean_content_tags=set(_LEFT_OUT),
        attributes={"*": _ATTRIBUTES},
        link_rel=None,
    )
    walker = _Walker(out, Sheet("\n".join(raw.styles)))
    walker.feed(clean)
    walker.close()
    walker.flush()
    return " ".join("".join(raw.title).split())


def _decode(data: bytes) -> str:
    declared = _CHARSET.search(data[:4_096])
    if declared and not data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            codec = codecs.lookup(declared[1].decode("ascii"))
        except LookupError:
            return decode(data)[0]
        # Other "encodings" of Python are transformations, not character sets.
        if codec.name not in ("utf-7", "punycode", "idna", "unicode_escape", "raw_unicode_escape"):
            try:
                return data.decode(codec.name)
            except (UnicodeError, LookupError, TypeError, ValueError):
                return decode(data)[0]
    return decode(data)[0]


def _check_depth(markup: str) -> None:
    depth = 0
    for tag in _TAG.finditer(markup):
        if tag[2].lower() not in _ENDING:
            depth = max(0, depth + (-1 if tag[1] else 1))
        if depth > MAX_DEPTH:
            raise BadInputError(
                f"has elements nested more than {MAX_DEPTH} deep", hint="Save it as text or PDF and add that."
            )


class _Asides(HTMLParser):
    """What cleaning takes away and is still wanted: the title, style sheets, comments."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title: list[str] = []
        self.styles: list[str] = []
        self.comments: list[str] = []
        self._in = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag == "style" or (tag == "title" and not self.title):
            self._in = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self._in:
            self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in == "title":
            self.title.append(data[:1_000])
        elif self._in == "style":
            self.styles.append(data)

    def handle_comment(self, data: str) -> None:
        # Conditional comments and empty ones are no message to anyone.
        if re.search(r"\w{2,}\s+\w{2,}", data) and not data.lstrip().startswith("["):
            self.comments.append(data)


@dataclass(slots=True)
class _Open:
    tag: str
    look: Look
    count: int = 0
    """Of a numbered list: the last number."""
    form: str = ""


class _Walker(HTMLParser):
    """Walks markup that nh3 made well-formed and hands blocks to the collector."""

    def __init__(self, out: Collector, sheet: Sheet) -> None:
        super().__init__(convert_charrefs=True)
        self._out = out
        self._sheet = sheet
        self._open: list[_Open] = [_Open("", Look())]
        self._words: list[str] = []
        self._kind: BlockKind = "paragraph"
        self._level = 0
        self._label = ""
        self._row: list[list[str]] | None = None
        self._table = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: text or "" for name, text in attrs}
        if tag in _VOID:
            self._words.append(" ")
            return
        if tag in _BLOCKS:
            self._begin(tag, values)
        style = self._sheet.style_of(tag, values)
        look = look_of(self._open[-1].look, style, values)
        start = values.get("start", "")
        count = int(start) - 1 if start.lstrip("-").isdigit() and len(start) < 7 else 0
        self._open.append(_Open(tag, look, count, values.get("type", "1")))

    def handle_endtag(self, tag: str) -> None:
        if len(self._open) < 2 or self._open[-1].tag != tag:
            return
        if tag in _BLOCKS:
            self._end(tag)
        self._open.pop()

    def handle_data(self, data: str) -> None:
        how = self._open[-1].look.hidden
        if how:
            self._out.hide(data, how)
        elif self._row is not None and self._row:
            self._row[-1].append(data)
        else:
            self._words.append(data)

    def flush(self) -> None:
        """Ends the block at work."""
        text = "".join(self._words)
        if text.strip():
            self._out.add(self._kind, text, level=self._level, label=self._label)
            self._label = ""
        self._words = []

    def _begin(self, tag: str, values: dict[str, str]) -> None:
        if self._row is not None:  # inside a cell everything is one text
            if tag in ("td", "th") and not self._nested():
                self._row.append([])
            elif self._row:
                self._row[-1].append(" ")
            return
        self.flush()
        if tag == "table":
            self._table = 0
        elif tag == "tr":
            self._row = []
        elif tag in _HEADINGS:
            self._kind, self._level = "heading", _HEADINGS[tag]
        elif tag == "li":
            self._kind, self._level, self._label = "list-item", 0, self._number(values.get("value", ""))
        elif not any(one.tag == "li" for one in self._open):
            self._kind, self._level = "paragraph", 0

    def _end(self, tag: str) -> None:
        if self._row is not None:
            if tag == "tr" and not self._nested():
                self._end_row()
            elif self._row:
                self._row[-1].append(" ")
            return
        self.flush()
        inside = any(one.tag == "li" for one in self._open[:-1])
        self._kind, self._level = ("list-item" if inside else "paragraph"), 0
        if tag == "li":
            self._label = ""

    def _end_row(self) -> None:
        cells = [" ".join("".join(cell).split()) for cell in self._row or ()]
        self._row = None
        filled = [cell for cell in cells if cell]
        if len(filled) == 1:
            self._out.add("paragraph", filled[0])
        elif filled:
            self._table = self._table or self._out.next_table()
            self._out.add("table-row", _CELL_PARTS.join(cells), table=self._table)

    def _nested(self) -> bool:
        """Whether the row at work has another table inside it, open right now."""
        rows = [place for place, one in enumerate(self._open) if one.tag == "tr"]
        return bool(rows) and any(one.tag == "table" for one in self._open[rows[0] :])

    def _number(self, value: str) -> str:
        around = next((one for one in reversed(self._open) if one.tag in ("ol", "ul")), None)
        if around is None or around.tag == "ul":
            return ""
        around.count = int(value) if value.isdigit() and len(value) < 7 else around.count + 1
        if around.form in ("a", "A") and 0 < around.count <= 26:
            return f"{chr(ord(around.form) + around.count - 1)}."
        return f"{around.count}."
