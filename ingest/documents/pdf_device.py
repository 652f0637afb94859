"""Receives what a PDF page draws: words with place, size and colour, and whether a reader can see them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from pdfminer.pdfdevice import PDFTextDevice
from pdfminer.pdffont import PDFUnicodeNotDefined
from pdfminer.pdfinterp import PDFGraphicState, PDFPageInterpreter, PDFResourceManager, PDFTextState
from pdfminer.pdfpage import PDFPage
from pdfminer.pdftypes import PDFObjRef, PDFStream, resolve1
from pdfminer.psparser import PSLiteral
from pdfminer.utils import Matrix, apply_matrix_pt, mult_matrix

from ingest.documents.colors import WHITE, Rgb, from_cmyk, unseen
from ingest.documents.limits import MAX_PAGE_CHARS
from knowledge.errors import BadInputError

_SPACE = 0.18
"""A shift inside a string of more than this part of the letter size is a space between words."""
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})
_MAX_PAINTED = 3_000
_UNKNOWN = "\ufffd"
_BOLD = ("bold", "black", "heavy", "semibold", "demi")
Box = tuple[float, float, float, float]


@dataclass(slots=True)
class Run:
    """One string that a page draws, in points from the lower left corner of the page as it is shown."""

    text: str
    x0: float
    x1: float
    y: float
    """Of the baseline."""
    size: float
    """Height of the letters."""
    bold: bool
    angle: int
    """Of the writing, in degrees: 0 runs to the right."""
    hidden: str
    """How a reader is kept from seeing it; empty where it can be seen."""


class PageDevice(PDFTextDevice):
    """Collects the runs of one page at a time; `begin_page` starts anew."""

    def __init__(self, manager: PDFResourceManager) -> None:
        super().__init__(manager)
        self.runs: list[Run] = []
        self.images = 0.0
        """Part of the page that pictures cover, 0 to 1 and above where they lie over each other."""
        self.unreadable = 0
        """Characters whose font does not say which they are."""
        self.width = self.height = 0.0
        self.marked: list[bool] = []
        """Open marked-content sections; True for one of a layer that is switched off."""
        self._chars = 0
        self._fonts: dict[int, tuple[Any, dict[int, tuple[str, float]]]] = {}
        self._painted: list[tuple[Box, Rgb | None]] = []
        self._crop: Box = (0, 0, 0, 0)
        self._outer: list[Matrix | None] = []
        self._page = 0

    def begin_page(self, page: PDFPage, ctm: Matrix) -> None:
        """Forgets the page before."""
        self.runs, self._painted, self.marked, self._outer = [], [], [], []
        self.images, self.unreadable, self._chars = 0.0, 0, 0
        self._page += 1
        self._crop = _box(ctm, page.cropbox)
        self.width, self.height = self._crop[2] - self._crop[0], self._crop[3] - self._crop[1]

    def begin_figure(self, name: str, bbox: Any, matrix: Matrix) -> None:
        """A form begins; its matrix ends with it."""
        del name, bbox, matrix
        self._outer.append(self.ctm)

    def end_figure(self, name: str) -> None:
        """A form ends."""
        del name
        if self._outer and (outer := self._outer.pop()) is not None:
            self.set_ctm(outer)

    def paint_path(self, graphicstate: PDFGraphicState, stroke: bool, fill: bool, evenodd: bool, path: Any) -> None:
        """Remembers what is filled, for the text that comes over it."""
        del stroke, evenodd
        if not fill or self.ctm is None or len(self._painted) >= _MAX_PAINTED:
            return
        points = [p for step in path for p in zip(step[1::2], step[2::2], strict=False)]
        if points:
            xs, ys = [float(x) for x, _ in points], [float(y) for _, y in points]
            box = _box(self.ctm, (min(xs), min(ys), max(xs), max(ys)))
            color = _rgb(graphicstate.ncolor, graphicstate.ncs) if len(path) <= 6 else None
            self._painted.append((box, color))

    def render_image(self, name: str, stream: PDFStream) -> None:
        """A picture: what is written over it can be seen, for all we know."""
        del name, stream
        if self.ctm is None:
            return
        x0, y0, x1, y1 = box = _box(self.ctm, (0, 0, 1, 1))
        area = max(self.width * self.height, 1.0)
        self.images += max(0.0, (x1 - x0) * (y1 - y0)) / area
        if len(self._painted) < _MAX_PAINTED:
            self._painted.append((box, None))

    def shade(self) -> None:
        """A colour gradient; where it ends is not known, so it lies behind everything that follows."""
        if len(self._painted) < _MAX_PAINTED:
            self._painted.append((self._crop, None))

    def render_string(self, textstate: PDFTextState, seq: Any, ncs: Any, graphicstate: PDFGraphicState) -> None:
        """One string with its shifts."""
        del ncs
        font = textstate.font
        if font is None or self.ctm is None:
            return
        matrix = mult_matrix(textstate.matrix, self.ctm)
        size, scaling = float(textstate.fontsize), textstate.scaling * 0.01
        vertical = font.is_vertical()
        wordspace = 0.0 if font.is_multibyte() else textstate.wordspace * scaling
        charspace = textstate.charspace * scaling
        x, y = textstate.linematrix
        start, words = (x, y), []
        # The font is kept beside its glyphs, so that its id is not given to another.
        _, glyphs = self._fonts.setdefault(id(font), (font, {}))
        for piece in seq:
            if isinstance(piece, int | float):
                shift = -piece * 0.001 * size * scaling
                x, y = (x, y + shift) if vertical else (x + shift, y)
                if shift > _SPACE * abs(size) * scaling and not vertical:
                    words.append(" ")
                continue
            if not isinstance(piece, bytes):
                continue
            advance = 0.0
            for cid in font.decode(piece):
                letter, width = glyphs.get(cid) or self._glyph(font, glyphs, cid)
                words.append(letter)
                self.unreadable += letter == _UNKNOWN
                advance += width * size * scaling + charspace
                if cid == 32:
                    advance += wordspace
            x, y = (x, y + advance) if vertical else (x + advance, y)
        self._chars += len(words)
        if self._chars > MAX_PAGE_CHARS:
            raise BadInputError(f"draws more than {MAX_PAGE_CHARS:,} characters on page {self._page}")
        textstate.linematrix = (x, y)
        self._add("".join(words), matrix, (start, (x, y)), textstate, graphicstate)

    def _glyph(self, font: Any, glyphs: dict[int, tuple[str, float]], cid: int) -> tuple[str, float]:
        """What a character code shows, and its width in parts of the letter size; remembered for the font."""
        try:
            letter = str(font.to_unichr(cid)).translate(_LIGATURES)
        except PDFUnicodeNotDefined:
            letter = _UNKNOWN
        glyphs[cid] = letter, float(font.char_width(cid))
        return glyphs[cid]

    def _add(
        self,
        text: str,
        matrix: Matrix,
        ends: tuple[tuple[float, float], tuple[float, float]],
        textstate: PDFTextState,
        graphicstate: PDFGraphicState,
    ) -> None:
        if not text:
            return
        start, end = ends
        a, b, c, d, _, _ = matrix
        size = abs(textstate.fontsize) * math.hypot(c, d)
        wide = abs(textstate.fontsize) * math.hypot(a, b) * abs(textstate.scaling) * 0.01
        x0, y0 = apply_matrix_pt(matrix, (start[0], start[1] + textstate.rise))
        x1, y1 = apply_matrix_pt(matrix, (end[0], end[1] + textstate.rise))
        angle = round(math.degrees(math.atan2(b, a))) % 360 if (a or b) else 0
        name = str(getattr(textstate.font, "fontname", "")).lower()
        hidden = self._how_hidden(textstate, graphicstate, min(size, wide), (x0, y0, x1, y1)) if text.strip() else ""
        bold = any(mark in name for mark in _BOLD) or textstate.render == 2
        if angle == 0:
            self.runs.append(Run(text, x0, max(x0, x1), y0, size, bold, angle, hidden))
        else:
            # Turned text is laid out along its own direction, so that its lines come together too.
            turn = math.radians(-angle)
            u0, v0 = _turned(x0, y0, turn)
            u1, _ = _turned(x1, y1, turn)
            self.runs.append(Run(text, u0, max(u0, u1), v0, size, bold, angle, hidden))

    def _how_hidden(self, textstate: PDFTextState, graphicstate: PDFGraphicState, size: float, at: Box) -> str:
        if any(self.marked):
            return "text of a layer that is switched off"
        if textstate.render in (3, 7):
            return "invisible text (render mode 3)"
        if size <= 1.0:
            return f"text of {size:.2g} pt"
        x0, y0, x1, y1 = at
        left, low, right, high = self._crop
        if max(x0, x1) < left or min(x0, x1) > right or max(y0, y1) + size < low or min(y0, y1) > high:
            return "text outside the page"
        stroked = textstate.render in (1, 5)
        color = _rgb(graphicstate.scolor, graphicstate.scs) if stroked else _rgb(graphicstate.ncolor, graphicstate.ncs)
        if color is None:
            return ""
        behind = self._behind((x0 + x1) / 2, (y0 + y1) / 2 + size * 0.3)
        if behind is None or not unseen(color, behind):
            return ""
        return "white text on white" if behind == WHITE else "text in the colour of what is behind it"

    def _behind(self, x: float, y: float) -> Rgb | None:
        """The colour painted last at a point; None where it is not known."""
        for (x0, y0, x1, y1), color in reversed(self._painted):
            if x0 <= x <= x1 and y0 <= y <= y1:
                return color
        return WHITE


class Interpreter(PDFPageInterpreter):
    """The interpreter of pdfminer, which also tells the device of gradients and of layers that are switched off."""

    layers_off: frozenset[int] = frozenset()

    def do_sh(self, name: object) -> None:
        """Paints a gradient."""
        del name
        assert isinstance(self.device, PageDevice)
        self.device.shade()

    def do_BMC(self, tag: Any) -> None:  # noqa: N802 - named after the operator
        """Begins a marked section."""
        assert isinstance(self.device, PageDevice)
        self.device.marked.append(False)
        super().do_BMC(tag)

    def do_BDC(self, tag: Any, props: Any) -> None:  # noqa: N802 - named after the operator
        """Begins a marked section with properties, such as that of a layer."""
        assert isinstance(self.device, PageDevice)
        off = False
        if isinstance(tag, PSLiteral) and tag.name == "OC" and isinstance(props, PSLiteral) and self.layers_off:
            named = resolve1(self.resources.get("Properties")) or {}
            layer = named.get(props.name) if isinstance(named, dict) else None
            off = isinstance(layer, PDFObjRef) and layer.objid in self.layers_off
        self.device.marked.append(off)
        super().do_BDC(tag, props)

    def do_EMC(self) -> None:  # noqa: N802 - named after the operator
        """Ends a marked section."""
        assert isinstance(self.device, PageDevice)
        if self.device.marked:
            self.device.marked.pop()
        super().do_EMC()


def _rgb(color: Any, space: Any) -> Rgb | None:
    """A colour by the number of its parts; None for patterns and inks of their own."""
    name = str(getattr(space, "name", ""))
    if name in ("Pattern", "Separation", "DeviceN", "Indexed", "Lab"):
        return None
    parts = color if isinstance(color, tuple | list) else (color,)
    if not all(isinstance(part, int | float) for part in parts):
        return None
    values = [min(max(float(part), 0.0), 1.0) for part in parts]
    if len(values) == 1:
        return values[0], values[0], values[0]
    if len(values) == 3:
        return values[0], values[1], values[2]
    return from_cmyk(*values) if len(values) == 4 else None


def _box(matrix: Matrix, box: Any) -> Box:
    x0, y0, x1, y1 = box
    corners = [apply_matrix_pt(matrix, (float(x), float(y))) for x in (x0, x1) for y in (y0, y1)]
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return min(xs), min(ys), max(xs), max(ys)


def _turned(x: float, y: float, by: float) -> tuple[float, float]:
    return x * math.cos(by) - y * math.sin(by), x * math.sin(by) + y * math.cos(by)
