"""Writes assets and third parties as CSV or XLSX in which no cell is a formula, ready to be imported again."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from ingest.inventory.inert import make_inert
from ingest.inventory.kinds import ASSETS, THIRD_PARTIES
from ingest.inventory.mapping import EXPORT_ID
from ingest.inventory.values import tool_text
from knowledge.records.asset import Asset, ThirdParty

ASSET_HEADER = (EXPORT_ID, *ASSETS.fields, "origin", "updated_at")
SUPPLIER_HEADER = (EXPORT_ID, *THIRD_PARTIES.fields, "origin", "updated_at")

Table = list[list[str]]
"""Header and rows, as text."""


def assets_table(records: Sequence[Asset]) -> Table:
    """Give assets as a table; `provided_by` is the supplier's id."""
    return _table(records, ASSET_HEADER)


def suppliers_table(records: Sequence[ThirdParty]) -> Table:
    """Give third parties as a table."""
    return _table(records, SUPPLIER_HEADER)


def to_csv(table: Table) -> bytes:
    """Give a table as CSV: UTF-8 with a mark, commas, every cell quoted, formulas made inert.

    Text that a spreadsheet could run carries an apostrophe (see ingest.inventory.inert). The header `vciso_id` tells
    the import that the apostrophes are ours, and it takes them off again.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    for row in table:
        writer.writerow([make_inert(cell) for cell in row])
    return out.getvalue().encode("utf-8-sig")


def to_xlsx(table: Table) -> bytes:
    """Give a table as a workbook of one sheet, every cell stored and marked as text, so that none is computed."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("inventory")
    for row in table:
        cells = []
        for text in row:
            cell = WriteOnlyCell(sheet, value=None)
            cell.value = ILLEGAL_CHARACTERS_RE.sub(" ", text)
            cell.data_type = "s"  # openpyxl takes text that starts with = for a formula
            cell.number_format = "@"
            cell.quotePrefix = True
            cells.append(cell)
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _table(records: Sequence[Asset | ThirdParty], header: Sequence[str]) -> Table:
    return [list(header), *([_cell(record, column) for column in header] for record in records)]


def _cell(record: Asset | ThirdParty, column: str) -> str:
    if column == EXPORT_ID:
        return record.id
    value: Any = getattr(record, column)
    if column == "updated_at":
        return str(value.isoformat(timespec="seconds"))
    return "; ".join(map(tool_text, value)) if column == "tools" else str(value)
