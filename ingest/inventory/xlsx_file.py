"""Parses one sheet of a workbook (XLSX) into numbered lines of cells, after looking at its sizes unopened."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from typing import Any

import openpyxl
from openpyxl.cell.cell import Cell
from openpyxl.cell.read_only import EmptyCell, ReadOnlyCell
from openpyxl.utils import column_index_from_string

from ingest.inventory.limits import (
    MAX_CELL_CHARS,
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_PARTS,
    MAX_ROWS,
    MAX_SHEET_MB,
    MAX_WORKBOOK_CELLS,
    MAX_WORKBOOK_MB,
)
from knowledge.errors import BadInputError

# SyntaxError is what the XML parsers raise.
_DAMAGE = (KeyError, ValueError, TypeError, AttributeError, IndexError, SyntaxError, zipfile.BadZipFile, OSError)
_MB = 1024 * 1024
_CHUNK = 1024 * 1024
_OVERLAP = 200
# A cell that holds something: its element is not closed at once, as that of a merely formatted cell is.
_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})(\d{1,7})"(?:[^>]*[^/>])?>')
_ANY_CELL = re.compile(rb"<(?:\w+:)?c[ >/]")
_DTD = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)")
_DECIMALS = re.compile(r"^#?,?#*0\.(0+)$")


def parse(data: bytes, options: dict[str, Any]) -> dict[str, Any]:
    """Read one sheet of a workbook; formulas give the value that was last computed.

    Args:
        data: the file.
        options: `sheet`, a name or a number from 1; else the first visible sheet with content.

    Returns:
        `lines`, `notes`, `incomplete` as the CSV parser gives them, and `sheet`, the name of the sheet.

    Raises:
        BadInputError: not a workbook, no such sheet, or beyond a limit (named); nothing is inflated before the check.
    """
    extent = _check_archive(data)
    try:
        return _parse(data, str(options.get("sheet", "") or ""), extent)
    except _DAMAGE as error:
        raise BadInputError(
            "is a damaged workbook", hint="Open it in a spreadsheet program and save it again."
        ) from error


def _parse(data: bytes, wanted: str, extent: tuple[int, int]) -> dict[str, Any]:
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    notes: list[list[str]] = []
    sheets = _choose(book, wanted)
    lines: list[list[Any]] = []
    used = ""
    for sheet in sheets:
        lines, used = _read(sheet, extent, notes), str(sheet.title)
        if lines:
            break
    others = [s.title for s in book.worksheets if s.title != used]
    if others and not wanted:
        names = ", ".join(repr(name) for name in others[:8])
        notes.append([f"sheet {used}", f"was read; not read: {names}"])
    return {"lines": lines, "notes": notes, "incomplete": False, "sheet": used}


def _check_archive(data: bytes) -> tuple[int, int]:
    """Look at sizes and filled cells before anything is parsed; give the last filled row and column of any sheet."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile as error:
        raise BadInputError("is not a workbook (XLSX), or is cut off", hint="Save it again as XLSX or CSV.") from error
    parts = archive.infolist()
    if len(parts) > MAX_PARTS:
        raise BadInputError(f"has {len(parts):,} parts; the limit is {MAX_PARTS:,}")
    if not any(part.filename == "[Content_Types].xml" for part in parts):
        raise BadInputError("is a ZIP archive but not a workbook", hint="Unpack it and import the files in it.")
    for part in parts:
        if part.file_size > MAX_SHEET_MB * _MB:
            raise BadInputError(
                f"{part.filename} in it inflates to {part.file_size / _MB:,.0f} MB; the limit is {MAX_SHEET_MB:g} MB",
                hint="Save only the sheet with the inventory, as CSV.",
            )
        if part.flag_bits & 1:
            raise BadInputError("is encrypted", hint="Save it without a password.")
    total = sum(part.file_size for part in parts) / _MB
    if total > MAX_WORKBOOK_MB:
        raise BadInputError(f"inflates to {total:,.0f} MB; the limit is {MAX_WORKBOOK_MB:g} MB")
    checked = [part for part in parts if part.filename.endswith((".xml", ".rels"))]
    extents = [_scan(archive, part) for part in checked]
    rows = max((extent[0] for extent in extents), default=0)
    columns = max((extent[1] for extent in extents), default=0)
    cells = max((extent[2] for extent in extents), default=0)
    if cells > MAX_WORKBOOK_CELLS:
        raise BadInputError(
            f"has a sheet of {cells:,} cells, formatted ones included; the limit is {MAX_WORKBOOK_CELLS:,}",
            hint="Save that sheet as CSV, which may have more.",
        )
    # Writers may leave cell addresses out; then the limits bound the reading.
    return rows or MAX_ROWS + 1, columns or MAX_COLUMNS + 1


def _scan(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> tuple[int, int, int]:
    """Read a part as bytes: no DTD, and in a sheet no filled cell beyond the limits.

    Returns:
        Last filled row and column of a sheet and the number of its cells; zeros for another part.
    """
    sheet = part.filename.startswith("xl/worksheets/")
    rows = columns = cells = 0
    try:
        with archive.open(part) as stream:
            tail = b""
            while block := stream.read(_CHUNK):
                text = tail + block
                if b"\0" in block[:64]:
                    raise BadInputError(f"its part {part.filename} is not in UTF-8", hint="Save the workbook again.")
                if _DTD.search(text):
                    raise BadInputError(
                        f"its part {part.filename} declares a document type, which no spreadsheet program writes"
                    )
                if sheet:
                    row, column = _extent(text)
                    rows, columns = max(rows, row), max(columns, column)
                    cells += len(_ANY_CELL.findall(block))
                tail = text[-_OVERLAP:]
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError) as error:
        raise BadInputError(f"its part {part.filename} is damaged", hint="Save the workbook again.") from error
    return rows, columns, cells


def _extent(text: bytes) -> tuple[int, int]:
    """Give the last row and column of the filled cells in a piece of a sheet; 0, 0 without any."""
    cells = _CELL.findall(text)
    row = max((int(row) for _, row in cells), default=0)
    column = max(
        (column_index_from_string(letters.decode()) for letters in {letters for letters, _ in cells}), default=0
    )
    if row > MAX_ROWS or column > MAX_COLUMNS:
        raise BadInputError(
            f"has a filled cell in row {row:,}, column {column:,}; the limits are {MAX_ROWS:,} and {MAX_COLUMNS}",
            hint="Delete what stands far below or right of the table.",
        )
    return row, column


def _choose(book: openpyxl.Workbook, wanted: str) -> list[Any]:
    sheets = list(book.worksheets)
    if not sheets:
        raise BadInputError("has no sheet with cells")
    if not wanted:
        visible = [sheet for sheet in sheets if sheet.sheet_state == "visible"]
        return visible or sheets
    for position, sheet in enumerate(sheets, start=1):
        if sheet.title.casefold() == wanted.casefold() or str(position) == wanted:
            return [sheet]
    names = ", ".join(repr(sheet.title) for sheet in sheets[:20])
    raise BadInputError(f"has no sheet {wanted!r}", hint=f"Its sheets are: {names}.")


def _read(sheet: Any, extent: tuple[int, int], notes: list[list[str]]) -> list[list[Any]]:
    # The size that the sheet declares may be wrong either way; the scan has seen the real one.
    sheet.reset_dimensions()
    lines: list[list[Any]] = []
    cells = errors = 0
    for number, row in enumerate(sheet.iter_rows(max_row=extent[0], max_col=extent[1]), start=1):
        texts = [_text(cell) for cell in row]
        while texts and not texts[-1].strip():
            texts.pop()
        if not texts:
            continue
        if number > MAX_ROWS or len(texts) > MAX_COLUMNS:
            raise BadInputError(f"has more than {MAX_ROWS:,} rows or {MAX_COLUMNS} columns")
        cells += len(texts)
        if cells > MAX_CELLS:
            raise BadInputError(f"has more than {MAX_CELLS:,} cells", hint="Split it into several files.")
        errors += sum(getattr(cell, "data_type", "") == "e" for cell in row)
        for index, text in enumerate(texts):
            if len(text) > MAX_CELL_CHARS:
                notes.append(
                    [f"row {number}", f"cell {index + 1} has {len(text):,} characters; cut to {MAX_CELL_CHARS:,}"]
                )
                texts[index] = text[:MAX_CELL_CHARS]
        lines.append([number, texts])
    if errors:
        notes.append([f"sheet {sheet.title}", f"{errors:,} cells hold an error value (#N/A, #REF!) and count as empty"])
    return lines


def _text(cell: Cell | ReadOnlyCell | EmptyCell | Any) -> str:
    """Give a cell as a person sees it: 7.10 typed with two decimals stays 7.10, a day has no time of day."""
    value = cell.value
    if value is None or getattr(cell, "data_type", "") == "e":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        decimals = _DECIMALS.match(str(cell.number_format or ""))
        if decimals:
            return f"{value:.{len(decimals[1])}f}"
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ", "seconds")
    return str(value)
