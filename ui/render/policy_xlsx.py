"""Tables as a workbook in which no cell is a formula."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: lines of text on top, then a table with a filter."""

    name: str
    """At most 31 characters, none of `[]:*?/\\`."""
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]
    """In characters."""
    lead: tuple[str, ...] = ()


def workbook(sheets: Sequence[Sheet], *, title: str, author: str, at: datetime) -> bytes:
    """The sheets as XLSX; every cell is stored and marked as text, so that none is computed."""
    import openpyxl  # noqa: PLC0415
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side  # noqa: PLC0415
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    book = openpyxl.Workbook()
    for empty in book.worksheets:
        book.remove(empty)
    band = PatternFill("solid", fgColor="EBF0F5")
    side = Side(style="thin", color="BEC8D1")
    border = Border(left=side, right=side, top=side, bottom=side)
    for found in sheets:
        sheet = book.create_sheet(found.name)
        for column, width in enumerate(found.widths, start=1):
            sheet.column_dimensions[get_column_letter(column)].width = width
        for number, line in enumerate(found.lead, start=1):
            _put(sheet, number, 1, line)
            sheet.cell(number, 1).font = Font(bold=number == 1, size=14 if number == 1 else 10)
        top = len(found.lead) + (2 if found.lead else 1)
        for offset, row in enumerate((found.head, *found.rows)):
            for column, text in enumerate(row, start=1):
                _put(sheet, top + offset, column, text)
                cell = sheet.cell(top + offset, column)
                cell.alignment = Alignment(wrap_text=True, vertical="top")
                cell.border = border
                if offset == 0:
                    cell.font, cell.fill = Font(bold=True), band
        last = f"{get_column_letter(len(found.head))}{top + len(found.rows)}"
        sheet.auto_filter.ref = f"A{top}:{last}"
        sheet.freeze_panes = f"A{top + 1}"
        sheet.print_title_rows = f"{top}:{top}"
        sheet.page_setup.orientation, sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = "landscape", 1, 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.oddFooter.right.text = "Page &P of &N"
    book.properties.title, book.properties.creator = title, author
    book.properties.created = book.properties.modified = at.replace(tzinfo=None)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _put(sheet: object, row: int, column: int, text: str) -> None:
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE  # noqa: PLC0415

    cell = sheet.cell(row, column)  # type: ignore[attr-defined]
    cell.value = ILLEGAL_CHARACTERS_RE.sub(" ", text)[:32_000]
    cell.data_type = "s"  # openpyxl takes text that starts with = for a formula
    cell.number_format = "@"
    cell.quotePrefix = True
