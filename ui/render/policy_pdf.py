"""A paper as PDF: embedded fonts, bookmarks, page x of y, tables that wrap; no word processor needed."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from ui.render.policy_fonts import Fonts, drawable, fonts_for
from ui.render.policy_paper import Block, Grid, Heading, Item, Note, Paper, Para, plain_lines

INK: Final = (27, 39, 51)
DARK: Final = (18, 32, 46)
GREY: Final = (85, 99, 111)
LINE: Final = (190, 200, 209)
BAND: Final = (235, 240, 245)
STAMP: Final = (166, 27, 27)

MARGIN: Final = 22.0
HANG: Final = 13.0
"""Width of a clause's number, mm."""
BODY: Final = 10.0
SMALL: Final = 8.2
LEAD: Final = 5.1
"""Line height of body text, mm."""
SIZES: Final = {1: 14.0, 2: 11.5, 3: 10.0}


@dataclass(frozen=True, slots=True)
class Pdf:
    """A PDF file and what a reader should know of it."""

    data: bytes
    notes: tuple[str, ...]


def paper_pdf(paper: Paper, *, fonts: Sequence[Path] = ()) -> Pdf:
    """The paper as PDF. The same paper gives the same bytes.

    Args:
        paper: what to print.
        fonts: font files for signs that the built-in typeface lacks.
    """
    chosen = fonts_for(plain_lines(paper), fonts)
    sheet = _sheet_class()(paper, chosen)
    sheet.add_page()
    _title(sheet, paper)
    blocks = list(paper.blocks)
    for index, block in enumerate(blocks):
        _draw(sheet, block, blocks[index + 1] if index + 1 < len(blocks) else None)
    notes = []
    if chosen.missing:
        signs = ", ".join(f"U+{ord(c):04X}" for c in chosen.missing[:8])
        more = f" and {len(chosen.missing) - 8} more" if len(chosen.missing) > 8 else ""
        notes.append(f"no font at hand has {signs}{more}: set VCISO_PDF_FONTS to a font file that does")
    return Pdf(bytes(sheet.output()), tuple(notes))


@lru_cache(maxsize=1)
def _sheet_class() -> Any:
    """The page class; made on first use, since fpdf2 takes a third of a second to import."""
    from fpdf import FPDF  # noqa: PLC0415
    from fpdf.fonts import TTFFont  # noqa: PLC0415

    # Subsetting tells of every table that it drops.
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    # Signs that no font has are told by us, once a file.
    logging.getLogger("fpdf").setLevel(logging.ERROR)

    widths: dict[tuple[str, float, str], tuple[int, float]] = {}

    class Measured(TTFFont):
        """Measures a growing line by its last sign: the library adds up the line anew at each, half of its time."""

        __slots__ = ()

        def get_text_width(self, text: str, font_size_pt: float, text_shaping_params: Any) -> tuple[int, float]:
            """Number of signs and width in points."""
            if text_shaping_params or not text:
                return super().get_text_width(text, font_size_pt, text_shaping_params)
            found = widths.get((self.fontkey, font_size_pt, text))
            if found is None:
                before = widths.get((self.fontkey, font_size_pt, text[:-1]))
                added = super().get_text_width(text[-1] if before else text, font_size_pt, None)
                found = (before[0] + added[0], before[1] + added[1]) if before else added
                widths[self.fontkey, font_size_pt, text] = found
            return found

    class Sheet(FPDF):
        """Pages with a head and a foot."""

        def __init__(self, paper: Paper, fonts: Fonts) -> None:
            super().__init__(orientation="landscape" if paper.wide else "portrait", format=paper.page)
            self.paper = paper
            for style, path in fonts.faces.items():
                self.add_font("Body", style, path)
            for font in self.fonts.values():
                if type(font) is TTFFont:
                    font.__class__ = Measured
            widths.clear()
            names = []
            for number, fallback in enumerate(fonts.fallbacks):
                names.append(f"More{number}")
                self.add_font(names[-1], "", fallback.path, collection_font_number=fallback.number)
            if names:
                self.set_fallback_fonts(names, exact_match=False)
            self.set_margins(MARGIN, 24, MARGIN)
            self.set_auto_page_break(auto=True, margin=22)
            self.set_title(drawable(paper.title))
            self.set_author(drawable(paper.author or paper.client))
            self.set_subject(drawable(paper.subject))
            self.set_keywords(drawable(", ".join(paper.keywords)))
            self.set_creator("vciso")
            self.set_creation_date(paper.at)
            self.set_lang("en")

        def header(self) -> None:
            """Client on the left, title on the right; nothing over the title of the first page."""
            if self.page_no() == 1:
                return
            self.set_xy(MARGIN, 11)
            self.set_font("Body", "", SMALL)
            self.set_text_color(*GREY)
            half = self.epw / 2
            self.cell(half, 5, _cut(self, drawable(self.paper.client), half - 3))
            self.cell(half, 5, _cut(self, drawable(self.paper.title), half - 3), align="R")
            self.set_draw_color(*LINE)
            self.line(MARGIN, 17, self.w - MARGIN, 17)
            self.set_xy(MARGIN, 24)

        def footer(self) -> None:
            """Version, approval and hash on the left, the page on the right."""
            self.set_draw_color(*LINE)
            self.set_line_width(0.2)
            self.line(MARGIN, self.h - 17, self.w - MARGIN, self.h - 17)
            self.set_xy(MARGIN, self.h - 15)
            self.set_font("Body", "", SMALL)
            self.set_text_color(*GREY)
            self.cell(self.epw - 30, 5, _cut(self, drawable(self.paper.running), self.epw - 32))
            self.cell(30, 5, f"Page {self.page_no()} of {{nb}}", align="R")

    return Sheet


def _cut(sheet: Any, text: str, width: float) -> str:
    line = " ".join(text.split())
    if sheet.get_string_width(line) <= width:
        return line
    while line and sheet.get_string_width(line + "…") > width:
        line = line[:-1]
    return line.rstrip() + "…"


def _title(sheet: Any, paper: Paper) -> None:
    _font(sheet, "", 10.5, GREY)
    sheet.multi_cell(0, 6, drawable(paper.client), align="L", new_x="LMARGIN", new_y="NEXT")
    _font(sheet, "B", 21, DARK)
    sheet.multi_cell(0, 9.5, drawable(paper.title), align="L", new_x="LMARGIN", new_y="NEXT")
    _font(sheet, "", 10.5, GREY)
    sheet.multi_cell(0, 6, drawable(paper.subtitle), align="L", new_x="LMARGIN", new_y="NEXT")
    if paper.stamp:
        sheet.ln(1)
        _font(sheet, "B", 10.5, STAMP)
        sheet.multi_cell(0, 6, drawable(paper.stamp), align="L", new_x="LMARGIN", new_y="NEXT")
    sheet.ln(3)
    if paper.facts:
        _facts(sheet, paper.facts)
        sheet.ln(2)


def _facts(sheet: Any, facts: Sequence[tuple[str, str]]) -> None:
    from fpdf.fonts import FontFace  # noqa: PLC0415

    _font(sheet, "", 9, INK)
    sheet.set_draw_color(*LINE)
    label = FontFace(color=GREY)
    with sheet.table(
        col_widths=(1, 3),
        first_row_as_headings=False,
        borders_layout="HORIZONTAL_LINES",
        text_align="LEFT",
        v_align="TOP",
        line_height=4.6,
        padding=(1.1, 1.5),
        align="LEFT",
    ) as table:
        for name, value in facts:
            row = table.row()
            row.cell(drawable(name), style=label)
            row.cell(drawable(value))


def _font(sheet: Any, style: str, size: float, color: tuple[int, int, int]) -> None:
    sheet.set_font("Body", style, size)
    sheet.set_text_color(*color)


def _room(sheet: Any, height: float) -> None:
    """A new page where less than `height` mm is left, so that a heading never ends one."""
    if sheet.get_y() + height > sheet.h - sheet.b_margin:
        sheet.add_page()


def _draw(sheet: Any, block: Block, following: Block | None) -> None:
    match block:
        case Heading():
            _heading(sheet, block)
        case Para():
            _para(sheet, block, keep=isinstance(following, Item | Note))
        case Item():
            _item(sheet, block)
        case Note():
            _note(sheet, block)
        case Grid():
            _grid(sheet, block)


def _heading(sheet: Any, block: Heading) -> None:
    size = SIZES[block.level]
    above = {1: 5.0, 2: 3.5, 3: 2.5}[block.level]
    _room(sheet, above + size * 0.5 + 16)
    if sheet.get_y() > sheet.t_margin + 0.1:
        sheet.ln(above)
    sheet.start_section(drawable(block.text), level=block.level - 1, strict=False)
    _font(sheet, "B", size, DARK)
    sheet.multi_cell(0, size * 0.48, drawable(block.text), align="L", new_x="LMARGIN", new_y="NEXT")
    sheet.ln(1.6)


def _para(sheet: Any, block: Para, *, keep: bool) -> None:
    _room(sheet, LEAD * (3 if keep else 2))
    if block.number:
        _font(sheet, "", BODY, GREY)
        sheet.cell(HANG, LEAD, drawable(block.number))
    if block.number or block.inner:
        sheet.set_left_margin(MARGIN + HANG)
        sheet.set_x(MARGIN + HANG)
    if block.lead:
        _font(sheet, "B", BODY, DARK)
        sheet.write(LEAD, drawable(block.lead) + (" " if block.text else ""))
    _font(sheet, "", BODY, INK)
    if block.text:
        sheet.write(LEAD, drawable(block.text))
    sheet.set_left_margin(MARGIN)
    sheet.set_x(MARGIN)
    sheet.ln(LEAD + 1.6)


def _item(sheet: Any, block: Item) -> None:
    _room(sheet, LEAD)
    _font(sheet, "", BODY, INK)
    sheet.set_x(MARGIN + HANG)
    sheet.cell(6, LEAD, drawable(block.number) or "•")
    sheet.set_left_margin(MARGIN + HANG + 6)
    sheet.multi_cell(0, LEAD, drawable(block.text), align="L", new_x="LMARGIN", new_y="NEXT")
    sheet.set_left_margin(MARGIN)
    sheet.set_x(MARGIN)
    sheet.ln(0.9)


def _note(sheet: Any, block: Note) -> None:
    sheet.set_y(sheet.get_y() - 0.6)
    sheet.set_left_margin(MARGIN + HANG)
    sheet.set_x(MARGIN + HANG)
    if block.lead:
        _font(sheet, "B", SMALL, GREY)
        sheet.write(4.1, drawable(block.lead) + " ")
    _font(sheet, "", SMALL, GREY)
    sheet.write(4.1, drawable(block.text))
    sheet.set_left_margin(MARGIN)
    sheet.set_x(MARGIN)
    sheet.ln(4.1 + 1.8)


def _grid(sheet: Any, block: Grid) -> None:
    from fpdf.fonts import FontFace  # noqa: PLC0415

    _room(sheet, 24)
    if block.caption:
        _font(sheet, "B", 9, DARK)
        sheet.multi_cell(0, 5, drawable(block.caption), align="L", new_x="LMARGIN", new_y="NEXT")
        sheet.ln(0.8)
    _font(sheet, "", SMALL, INK)
    sheet.set_draw_color(*LINE)
    sheet.set_line_width(0.2)
    head = FontFace(emphasis="BOLD", color=DARK, fill_color=BAND)
    with sheet.table(
        col_widths=block.widths,
        headings_style=head,
        text_align="LEFT",
        v_align="TOP",
        line_height=4.0,
        padding=(1.1, 1.4),
        align="LEFT",
    ) as table:
        row = table.row()
        for cell in block.head:
            row.cell(drawable(cell))
        for cells in block.rows:
            row = table.row()
            for cell in cells:
                row.cell(drawable(cell) or "–")
    sheet.ln(3)
