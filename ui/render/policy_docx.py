"""A paper as DOCX: real Word styles, head and foot with version and page, in our own layout or a client's template."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, Final

from ui.render.policy_fonts import drawable
from ui.render.policy_paper import Block, Grid, Heading, Item, Note, Paper, Para

CLAUSE: Final = "Policy Clause"
INNER: Final = "Policy Clause Text"
ITEM: Final = "Policy Item"
NOTE: Final = "Policy Note"
CELL: Final = "Policy Table Text"
FACT: Final = "Policy Fact"

INK: Final = "1B2733"
DARK: Final = "12202E"
GREY: Final = "55636F"
BAND: Final = "EBF0F5"
LINE: Final = "BEC8D1"
STAMP: Final = "A61B1B"

HANG_CM: Final = 1.3


def paper_docx(paper: Paper, *, template: Path | None = None) -> bytes:
    """The paper as a Word document.

    Args:
        paper: what to print.
        template: a client's DOCX or DOTX: its styles, page, head, foot and logo stay. Where it has a paragraph
            `{{content}}` the text goes there and the rest of the template stays too, else its text is replaced.

    Raises:
        NotFoundError, BadInputError: the template is not there, or is no document that can be used.
    """
    from ui.render.policy_docx_template import new_document, open_template, take_place  # noqa: PLC0415

    if template is None:
        document = new_document(paper)
        add_styles(document, own=True)
        sink = _Sink(document, None)
        _own_head_and_foot(document, paper)
    else:
        document = open_template(template)
        add_styles(document, own=False)
        sink = _Sink(document, take_place(document, paper))
    _title(sink, paper)
    for block in paper.blocks:
        _draw(sink, block)
    sink.done()
    _properties(document, paper)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


class _Sink:
    """Puts paragraphs and tables at the end of a document, or before a given paragraph."""

    def __init__(self, document: Any, before: Any | None) -> None:
        self.document = document
        self._before = before
        # Looked up once: the library walks over all styles each time a paragraph is given one by name.
        self.style_ids = {style.name: style.style_id for style in document.styles}

    def paragraph(self, style: str) -> Any:
        paragraph = self.document.add_paragraph()
        paragraph._p.get_or_add_pPr().style = self.style_ids[style]
        if self._before is not None:
            self._before.addprevious(paragraph._p)
        return paragraph

    def table(self, rows: int, columns: int) -> Any:
        table = self.document.add_table(rows=rows, cols=columns)
        if self._before is not None:
            self._before.addprevious(table._tbl)
        return table

    def done(self) -> None:
        """Takes the marker paragraph away."""
        if self._before is not None:
            self._before.getparent().remove(self._before)


def _xml(tag: str, **attributes: str) -> Any:
    from docx.oxml import OxmlElement  # noqa: PLC0415
    from docx.oxml.ns import qn  # noqa: PLC0415

    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(qn(f"w:{name}"), value)
    return element


def add_styles(document: Any, *, own: bool) -> None:
    """Adds our paragraph styles where the document lacks them; `own` also sets the built-in ones to our look."""
    from docx.enum.style import WD_STYLE_TYPE  # noqa: PLC0415
    from docx.shared import Cm, Pt, RGBColor  # noqa: PLC0415

    styles = document.styles
    have = {style.name for style in styles}
    if own:
        _own_look(styles)
    base = styles["Normal"] if "Normal" in have else styles.default(WD_STYLE_TYPE.PARAGRAPH)

    def add(
        name: str,
        *,
        size: float = 0,
        left: float = 0,
        first: float = 0,
        before: float = 0,
        after: float = 6,
        color: str = "",
    ) -> None:
        if name in have:
            return
        style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = base
        style.quick_style = True
        fmt = style.paragraph_format
        fmt.left_indent, fmt.first_line_indent = Cm(left), Cm(first)
        fmt.space_before, fmt.space_after = Pt(before), Pt(after)
        if first:
            fmt.tab_stops.add_tab_stop(Cm(left))
        if size:
            style.font.size = Pt(size)
        if color:
            style.font.color.rgb = RGBColor.from_string(color)

    add(CLAUSE, left=HANG_CM, first=-HANG_CM)
    add(INNER, left=HANG_CM)
    add(ITEM, left=HANG_CM + 0.6, first=-0.6, after=3)
    add(NOTE, size=8.5, left=HANG_CM, after=4, color=GREY)
    add(CELL, size=8.5, before=2, after=2)
    add(FACT, size=9, before=2, after=2)
    for level in (1, 2, 3):
        if f"Heading {level}" not in have:
            style = styles.add_style(f"Heading {level}", WD_STYLE_TYPE.PARAGRAPH, builtin=True)
            style.base_style = base
            style.font.bold = True
            style.font.size = Pt({1: 14, 2: 12, 3: 11}[level])
            style.paragraph_format.keep_with_next = True
    if "Title" not in have:
        style = styles.add_style("Title", WD_STYLE_TYPE.PARAGRAPH, builtin=True)
        style.base_style = base
        style.font.size = Pt(22)
        style.font.bold = True


def _own_look(styles: Any) -> None:
    from docx.oxml.ns import qn  # noqa: PLC0415
    from docx.shared import Pt, RGBColor  # noqa: PLC0415

    normal = styles["Normal"]
    normal.font.name, normal.font.size = "Calibri", Pt(10.5)
    normal.font.color.rgb = RGBColor.from_string(INK)
    normal.paragraph_format.space_after = Pt(6)
    normal.paragraph_format.line_spacing = 1.12
    for name, size, before, after in (
        ("Title", 22, 0, 2),
        ("Heading 1", 14, 16, 5),
        ("Heading 2", 11.5, 11, 4),
        ("Heading 3", 10.5, 8, 3),
    ):
        style = styles[name]
        style.font.name, style.font.size, style.font.bold = "Calibri", Pt(size), True
        style.font.color.rgb = RGBColor.from_string(DARK)
        # The built-in headings name theme fonts, which win over the name set above.
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for attribute in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{attribute}"), None)
        fmt = style.paragraph_format
        fmt.space_before, fmt.space_after, fmt.keep_with_next = Pt(before), Pt(after), True
        borders = style.element.get_or_add_pPr().find(qn("w:pBdr"))
        if borders is not None:
            style.element.pPr.remove(borders)


def _own_head_and_foot(document: Any, paper: Paper) -> None:
    from docx.enum.text import WD_TAB_ALIGNMENT  # noqa: PLC0415
    from docx.shared import Pt, RGBColor  # noqa: PLC0415

    section = document.sections[0]
    width = section.page_width - section.left_margin - section.right_margin
    section.different_first_page_header_footer = True
    head = section.header.paragraphs[0]
    feet = (section.footer.paragraphs[0], section.first_page_footer.paragraphs[0])
    head.text = f"{drawable(paper.client)}\t{drawable(paper.title)}"
    for foot in feet:
        foot.add_run(f"{drawable(paper.running)}\tPage ")
        add_field(foot, "PAGE")
        foot.add_run(" of ")
        add_field(foot, "NUMPAGES")
    for paragraph, edge in ((head, "bottom"), *((foot, "top") for foot in feet)):
        stops = paragraph.paragraph_format.tab_stops
        for stop in ("Header", "Footer"):
            document.styles[stop].paragraph_format.tab_stops.clear_all()
        stops.add_tab_stop(width, WD_TAB_ALIGNMENT.RIGHT)
        borders = _xml("w:pBdr")
        borders.append(_xml(f"w:{edge}", val="single", sz="4", space="4", color=LINE))
        paragraph._p.get_or_add_pPr().append(borders)
        for run in paragraph.runs:
            run.font.size, run.font.color.rgb = Pt(8), RGBColor.from_string(GREY)


def add_field(paragraph: Any, code: str) -> None:
    """A field such as PAGE or NUMPAGES; word processors fill it when they lay out the page."""
    for kind in ("begin", "", "separate", "text", "end"):
        run = paragraph.add_run("1" if kind == "text" else "")
        if kind == "":
            text = _xml("w:instrText")
            text.text = f" {code} "
            run._r.append(text)
        elif kind != "text":
            run._r.append(_xml("w:fldChar", fldCharType=kind))


def _title(sink: _Sink, paper: Paper) -> None:
    from docx.shared import RGBColor  # noqa: PLC0415

    client = sink.paragraph(FACT)
    client.add_run(drawable(paper.client)).font.color.rgb = RGBColor.from_string(GREY)
    _unnumbered(sink.paragraph("Title")).add_run(drawable(paper.title))
    line = sink.paragraph(FACT)
    line.add_run(drawable(paper.subtitle)).font.color.rgb = RGBColor.from_string(GREY)
    if paper.stamp:
        stamp = sink.paragraph(FACT).add_run(drawable(paper.stamp))
        stamp.font.bold, stamp.font.color.rgb = True, RGBColor.from_string(STAMP)
    if paper.facts:
        sink.paragraph(FACT)
        rows = tuple((drawable(label), drawable(value)) for label, value in paper.facts)
        _fill_table(sink, None, rows, (1, 3), FACT)
        sink.paragraph(FACT)


def _draw(sink: _Sink, block: Block) -> None:
    match block:
        case Heading(text=text, level=level):
            _unnumbered(sink.paragraph(f"Heading {level}")).add_run(drawable(text))
        case Para(text=text, lead=lead, number=number, inner=inner):
            paragraph = sink.paragraph(CLAUSE if number else INNER if inner else "Normal")
            if number:
                paragraph.add_run(f"{drawable(number)}\t")
            if lead:
                paragraph.add_run(drawable(lead) + (" " if text else "")).bold = True
            paragraph.add_run(drawable(text))
            if not text:
                paragraph.paragraph_format.keep_with_next = True
        case Item(text=text, number=number):
            sink.paragraph(ITEM).add_run(f"{drawable(number) or '•'}\t{drawable(text)}")
        case Note(text=text, lead=lead):
            paragraph = sink.paragraph(NOTE)
            if lead:
                paragraph.add_run(drawable(lead) + " ").bold = True
            paragraph.add_run(drawable(text))
        case Grid():
            if block.caption:
                caption = sink.paragraph(FACT)
                caption.add_run(drawable(block.caption)).bold = True
                caption.paragraph_format.keep_with_next = True
            rows = tuple(tuple(drawable(cell) or "–" for cell in row) for row in block.rows)
            _fill_table(sink, tuple(drawable(cell) for cell in block.head), rows, block.widths, CELL)
            sink.paragraph(CELL)


def _unnumbered(paragraph: Any) -> Any:
    """Our headings carry their numbers as text: a template's automatic numbers would stand before them."""
    numbering = _xml("w:numPr")
    numbering.append(_xml("w:ilvl", val="0"))
    numbering.append(_xml("w:numId", val="0"))
    paragraph._p.get_or_add_pPr().insert_element_before(
        numbering, "w:suppressLineNumbers", "w:pBdr", "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )
    return paragraph


def _fill_table(
    sink: _Sink, head: tuple[str, ...] | None, rows: tuple[tuple[str, ...], ...], widths: tuple[int, ...], style: str
) -> None:
    """A table of fixed relative widths whose header row repeats and whose rows do not break over pages."""
    lines = ((head,) if head else ()) + rows
    table = sink.table(len(lines), len(widths))
    table.autofit = False
    section = sink.document.sections[-1]
    total = int(section.page_width - section.left_margin - section.right_margin)
    columns = [int(total * width / sum(widths)) for width in widths]
    for grid, width in zip(table.columns, columns, strict=True):
        grid.width = width
    table._tbl.tblPr.append(_borders(inside_vertical=head is not None))
    style_id = sink.style_ids[style]
    for line, row in zip(lines, table._tbl.tr_lst, strict=True):
        is_head = head is not None and line is head
        properties = row.get_or_add_trPr()
        properties.append(_xml("w:cantSplit"))
        if is_head:
            properties.append(_xml("w:tblHeader"))
        for text, cell, width in zip(line, row.tc_lst, columns, strict=True):
            _fill_cell(cell, text, width, style_id, shaded=is_head, bold=is_head)


def _fill_cell(cell: Any, text: str, width: int, style_id: str, *, shaded: bool, bold: bool) -> None:
    """Straight on the XML: going through the library's cells makes a wide table take seconds."""
    properties = cell.get_or_add_tcPr()
    cell.width = width
    if shaded:
        properties.append(_xml("w:shd", val="clear", color="auto", fill=BAND))
    paragraph = cell.p_lst[0]
    paragraph.get_or_add_pPr().style = style_id
    for number, line in enumerate(text.split("\n")):
        run = paragraph.add_r()
        if bold:
            run.get_or_add_rPr().append(_xml("w:b"))
        if number:
            run.append(_xml("w:br"))
        run.text = line if not number else run.text
        if number:
            run.add_t(line)


def _borders(*, inside_vertical: bool) -> Any:
    borders = _xml("w:tblBorders")
    sides = (
        ["top", "left", "bottom", "right", "insideH", "insideV"] if inside_vertical else ["top", "bottom", "insideH"]
    )
    for side in sides:
        borders.append(_xml(f"w:{side}", val="single", sz="4", space="0", color=LINE))
    return borders


def _properties(document: Any, paper: Paper) -> None:
    found = document.core_properties
    found.title = drawable(paper.title)[:250]
    found.subject = drawable(paper.subject)[:250]
    found.author = drawable(paper.author or paper.client)[:250]
    found.last_modified_by = found.author
    found.keywords = drawable(", ".join(paper.keywords))[:250]
    found.comments = drawable(paper.running)[:250]
    found.category = "Policy"
    found.created = found.modified = paper.at
    found.revision = 1
