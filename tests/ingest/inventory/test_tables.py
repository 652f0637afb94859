"""CSV and XLSX, taken apart."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Sequence
from typing import Any

import openpyxl
import pytest

from ingest.inventory import csv_file, limits, xlsx_file
from knowledge.errors import BadInputError

TEXT = "name,owner\nFW-01,Dana Müller\nLB-01,\n"
LINES = [[1, ["name", "owner"]], [2, ["FW-01", "Dana Müller"]], [3, ["LB-01", ""]]]


def parse(data: bytes, **options: Any) -> dict[str, Any]:
    return csv_file.parse(data, options)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(encoding: str, newline: str) -> None:
    assert parse(TEXT.replace("\n", newline).encode(encoding))["lines"] == LINES


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(delimiter: str) -> None:
    found = parse(TEXT.replace(",", delimiter).encode())
    assert found["lines"] == LINES


def test_a_comma_in_text_does_not_outvote_the_semicolon() -> None:
    data = b"name;notes\na;one, two, three\nb;four, five, six\n"
    assert parse(data)["lines"][1] == [2, ["a", "one, two, three"]]


def test_ragged_rows_are_taken_with_a_note() -> None:
    found = parse(b"a,b,c\n1,2\n3,4,5,6\n7,8,9,\n")
    assert [line[1] for line in found["lines"]] == [
        ["a", "b", "c"],
        ["1", "2"],
        ["3", "4", "5", "6"],
        ["7", "8", "9", ""],
    ]
    assert [where for where, _ in found["notes"]] == ["line 2", "line 3"]
    assert not found["incomplete"]


def test_a_quote_that_never_closes_costs_the_rest_and_says_where() -> None:
    found = parse(b'a,b\n1,2\n"open,3\n4,5\n6,7\n')
    assert [line[0] for line in found["lines"]] == [1, 2]
    assert found["incomplete"]
    assert found["notes"][-1] == ["line 3", "a quotation mark is never closed; 3 line(s) from there were not read"]


def test_a_quoted_line_break_keeps_the_line_numbers() -> None:
    found = parse(b'a,b\n"x\ny",2\n\n3,4\n')
    assert [line[0] for line in found["lines"]] == [1, 2, 5]


def test_nul_characters_go_with_a_note() -> None:
    found = parse(b"a,b\n1,\x002\n")
    assert found["lines"][1] == [2, ["1", "2"]]
    assert "1 NUL" in found["notes"][0][1]


def test_a_huge_field_is_cut_with_a_note() -> None:
    found = parse(b"name,notes\nx," + b"y" * 2_000_000 + b"\n")
    assert len(found["lines"][1][1][1]) == limits.MAX_CELL_CHARS
    assert "2,000,000 characters" in found["notes"][0][1]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b",".join(b"c%d" % n for n in range(10_000)), "10,000 columns; the limit is 500"),
        (b"a\n" * (limits.MAX_ROWS + 1), "more than 50,000 rows"),
        (bytes(range(256)) * 20, "not a text file"),
    ],
)
def test_limits_are_named(data: bytes, words: str) -> None:
    with pytest.raises(BadInputError, match=words):
        parse(data)


def test_an_encoding_that_is_asked_for_must_fit() -> None:
    assert parse("é,b\n1,2".encode("latin-1"), encoding="latin-1")["lines"][0][1] == ["é", "b"]
    with pytest.raises(BadInputError, match="not text in ascii"):
        parse("é".encode(), encoding="ascii")


def workbook(rows: Sequence[Sequence[Any]], title: str = "Assets", **others: Sequence[Sequence[Any]]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    for name, content in others.items():
        extra = book.create_sheet(name)
        for row in content:
            extra.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def rewritten(data: bytes, part: str, content: bytes) -> bytes:
    """A workbook with one part replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(info.filename, content if info.filename == part else old.read(info))
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def test_cells_read_as_a_person_sees_them() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["name", "version", "since", "live", "count", "ratio"])
    sheet.append(["FW-01", 7.1, dt.date(2026, 8, 7), True, 5.0, 0.25])
    sheet["B2"].number_format = "0.00"
    sheet["A5"] = "LB-01"
    out = io.BytesIO()
    book.save(out)
    found = xlsx_file.parse(out.getvalue(), {})
    assert found["lines"][1] == [2, ["FW-01", "7.10", "2026-08-07", "yes", "5", "0.25"]]
    assert found["lines"][2] == [5, ["LB-01"]]


def test_the_sheet_can_be_chosen_and_the_others_are_named() -> None:
    data = workbook([["name"], ["a"]], Other=[["name"], ["b"]])
    found = xlsx_file.parse(data, {})
    assert (found["sheet"], found["lines"][1]) == ("Assets", [2, ["a"]])
    assert "'Other'" in found["notes"][0][1]
    assert xlsx_file.parse(data, {"sheet": "other"})["lines"][1] == [2, ["b"]]
    assert xlsx_file.parse(data, {"sheet": "2"})["lines"][1] == [2, ["b"]]
    with pytest.raises(BadInputError, match="no sheet 'third'") as caught:
        xlsx_file.parse(data, {"sheet": "third"})
    assert "'Assets', 'Other'" in caught.value.hint


def test_an_empty_first_sheet_is_passed_over() -> None:
    assert xlsx_file.parse(workbook([], Data=[["name"], ["x"]]), {})["sheet"] == "Data"


def test_formatting_far_away_is_no_content() -> None:
    xml = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:XFD1048576"/>'
        b'<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c><c r="XFD1" s="0"/></row>'
        b'<row r="2"><c r="A2" t="inlineStr"><is><t>x</t></is></c></row><row r="1048576"><c r="A1048576" s="0"/></row>'
        b"</sheetData></worksheet>"
    )
    found = xlsx_file.parse(rewritten(workbook([["name"]]), SHEET, xml), {})
    assert found["lines"] == [[1, ["name"]], [2, ["x"]]]


@pytest.mark.parametrize(
    ("xml", "words"),
    [
        (
            b'<worksheet><sheetData><row r="90000"><c r="A90000"><v>1</v></c></row></sheetData></worksheet>',
            "row 90,000",
        ),
        (b'<worksheet><sheetData><row r="1"><c r="XFD1"><v>1</v></c></row></sheetData></worksheet>', "column 16,384"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><worksheet/>", "document type"),
        ("<worksheet/>".encode("utf-16"), "not in UTF-8"),
        (b"<worksheet>" + b" " * 42_000_000 + b"</worksheet>", "inflates to 40 MB; the limit is 40 MB"),
        (b"<worksheet>" + b"<c/>" * 100_001 + b"</worksheet>", "100,001 cells"),
    ],
)
def test_workbooks_are_refused_before_they_are_opened(xml: bytes, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = rewritten(workbook([["name"]]), SHEET, xml)
    monkeypatch.setattr(openpyxl, "load_workbook", lambda *_, **__: pytest.fail("it was opened"))
    with pytest.raises(BadInputError, match=words):
        xlsx_file.parse(data, {})


def test_other_archives_and_damage_get_a_sentence() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(BadInputError, match="not a workbook"):
        xlsx_file.parse(out.getvalue(), {})
    with pytest.raises(BadInputError, match="cut off"):
        xlsx_file.parse(workbook([["name"]])[:500], {})
    with pytest.raises(BadInputError, match="damaged"):
        xlsx_file.parse(rewritten(workbook([["name"]]), "xl/workbook.xml", b"<workbook>"), {})
