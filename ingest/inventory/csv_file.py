"""Parses a CSV file (comma, semicolon, tab or bar; UTF-8, UTF-16 or Windows-1252) into numbered lines of cells."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator
from typing import Any

from ingest.inventory.limits import MAX_CELL_CHARS, MAX_CELLS, MAX_COLUMNS, MAX_ROWS
from knowledge.errors import BadInputError

_DELIMITERS = ",;\t|"
_DELIMITER_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_SAMPLE_CHARS = 64_000
_SAMPLE_ROWS = 25
# Put after the text: when the last field has swallowed it, a quotation mark was never closed.
_END = "\ue000end of the table\ue000"
_MAX_NOTES = 200


def parse(data: bytes, options: dict[str, Any]) -> dict[str, Any]:
    """Read a CSV file.

    Args:
        data: the file.
        options: `delimiter` (one character) and `encoding`, each guessed where it is missing.

    Returns:
        `lines`: list of [line number, cells], blank lines left out; `notes`: list of [where, remark]; `incomplete`:
        whether rows were lost; `encoding` and `delimiter` as used.

    Raises:
        BadInputError: not text, or more rows, columns or cells than the limits allow.
    """
    notes: list[list[str]] = []
    text, encoding = decode(data, str(options.get("encoding", "")))
    if encoding not in ("utf-8", "utf-8-sig"):
        notes.append(["encoding", f"read as {encoding}"])
    if "\0" in text:
        notes.append(["content", f"{text.count(chr(0)):,} NUL characters were taken out"])
        text = text.replace("\0", "")
    delimiter = str(options.get("delimiter", "")) or sniff_delimiter(text)
    lines, incomplete = _lines(text, delimiter, notes)
    if len(notes) > _MAX_NOTES:
        notes = [*notes[:_MAX_NOTES], ["content", f"{len(notes) - _MAX_NOTES:,} more remarks of this kind"]]
    return {
        "lines": lines,
        "notes": notes,
        "incomplete": incomplete,
        "encoding": encoding,
        "delimiter": _DELIMITER_NAMES.get(delimiter, delimiter),
    }


def decode(data: bytes, encoding: str = "") -> tuple[str, str]:
    """Decode bytes by their mark, else by what fits: UTF-8, UTF-16 without a mark, Windows-1252.

    Raises:
        BadInputError: no text in any of these, or an unknown encoding was asked for.
    """
    if encoding:
        try:
            return data.decode(encoding), encoding
        except (LookupError, UnicodeDecodeError) as error:
            raise BadInputError(
                f"is not text in {encoding}", hint="Leave the encoding out to have it guessed."
            ) from error
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(name, errors="replace"), name
    head = data[:2000]
    pairs = len(head) // 2
    for name, nul in (("utf-16-le", head[1::2].count(0)), ("utf-16-be", head[0::2].count(0))):
        if pairs > 2 and nul > 0.6 * pairs and head.count(0) < 1.5 * nul:
            return data.decode(name, errors="replace"), name
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    odd = sum(byte < 9 or 13 < byte < 32 for byte in head)
    if odd > 0.05 * len(head):
        raise BadInputError("is not a text file", hint="Save the table as CSV or XLSX.")
    return data.decode("cp1252", errors="replace"), "windows-1252"


def sniff_delimiter(text: str) -> str:
    """Choose the delimiter that splits the first rows most evenly into most columns; a comma where none does."""
    # A cut last line would count as an uneven row.
    sample = text[:_SAMPLE_CHARS]
    sample = sample[: sample.rfind("\n") + 1] if len(text) > _SAMPLE_CHARS and "\n" in sample else sample

    def score(delimiter: str) -> tuple[float, int]:
        widths: list[int] = []
        for row in _reader(sample, delimiter):
            if any(cell.strip() for cell in row):
                widths.append(len(row))
            if len(widths) >= _SAMPLE_ROWS:
                break
        width, rows = Counter(w for w in widths if w > 1).most_common(1)[0] if any(w > 1 for w in widths) else (0, 0)
        return (rows / max(len(widths), 1), width)

    scores = {delimiter: score(delimiter) for delimiter in _DELIMITERS}
    best = max(_DELIMITERS, key=lambda delimiter: scores[delimiter])
    return best if scores[best][1] > 1 else ","


def _reader(text: str, delimiter: str) -> Iterator[list[str]]:
    csv.field_size_limit(max(len(text), 131_072) + 1)
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _lines(text: str, delimiter: str, notes: list[list[str]]) -> tuple[list[list[Any]], bool]:
    lines: list[list[Any]] = []
    cells_read = 0
    width = 0
    start = 1
    reader = csv.reader(io.StringIO(f"{text}\n{_END}\n", newline=""), delimiter=delimiter)
    csv.field_size_limit(len(text) + len(_END) + 131_072)
    for row in reader:
        number, start = start, reader.line_num + 1
        if row == [_END]:
            return lines, False
        if any(_END in cell for cell in row):
            lost = reader.line_num - number - text.endswith(("\n", "\r"))
            notes.append(
                [f"line {number}", f"a quotation mark is never closed; {lost:,} line(s) from there were not read"]
            )
            return lines, True
        if not any(cell.strip() for cell in row):
            continue
        if len(row) > MAX_COLUMNS:
            raise BadInputError(f"line {number} has {len(row):,} columns; the limit is {MAX_COLUMNS}")
        cells_read += len(row)
        if len(lines) >= MAX_ROWS or cells_read > MAX_CELLS:
            raise BadInputError(
                f"has more than {MAX_ROWS:,} rows or {MAX_CELLS:,} cells", hint="Split it into several files."
            )
        width = width or len(row)
        lines.append([number, _cells(row, number, width, notes)])
    return lines, False


def _cells(row: list[str], number: int, width: int, notes: list[list[str]]) -> list[str]:
    """Note what is odd about a row, and cut cells that no field could hold."""
    if len(row) < width:
        notes.append(
            [f"line {number}", f"has {len(row)} cells where the first line has {width}; the rest count as empty"]
        )
    elif any(cell.strip() for cell in row[width:]):
        notes.append(
            [f"line {number}", f"has {len(row)} cells where the first line has {width}; the extra ones have no column"]
        )
    for index, cell in enumerate(row):
        if len(cell) > MAX_CELL_CHARS:
            notes.append(
                [f"line {number}", f"cell {index + 1} has {len(cell):,} characters; cut to {MAX_CELL_CHARS:,}"]
            )
            row[index] = cell[:MAX_CELL_CHARS]
    return row
