"""Exports: no live formula, and the same values when they come back."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.inventory import csv_file, xlsx_file
from ingest.inventory.export import assets_table, suppliers_table, to_csv, to_xlsx
from ingest.inventory.inert import make_inert, restore
from ingest.inventory.mapping import map_table
from ingest.inventory.service import plan_assets, plan_third_parties, read_inventory
from ingest.inventory.values import one_line, parse_tools
from knowledge.records.asset import Asset, ThirdParty

NOW = datetime(2026, 8, 7, 6, 30, tzinfo=UTC)
TRICKY = [
    "=1+1",
    "'=1+1",
    "''=1+1",
    "+1+1",
    "-2+3",
    "@SUM(1)",
    "＝1+1",
    '"=1+1"',
    ";=1+1",
    "|=1",
    "%=1",
    '=1+1";=1+1',
    "a;=cmd|' /C calc'!A0",
    "x, @y",
    "'quoted'",
    "it's",
    "7.10",
    "007",
    "TRUE",
    "1e5",
    "2026-08-07",
]
LIVE = re.compile(r"^[\s\"]*[=+\-@＝＋－＠]")

CELL = st.text(st.sampled_from("=+-@'\";|%,\t\n ab1＝＋"), max_size=12) | st.sampled_from(TRICKY)


@settings(deadline=None)
@given(CELL)
def test_marks_come_off_as_they_went_on(text: str) -> None:
    assert restore(make_inert(text)) == text


@settings(deadline=None)
@given(CELL)
def test_no_cell_starts_a_formula_whatever_the_separator(text: str) -> None:
    inert = make_inert(text)
    for separator in ";,\t|\r\n":
        assert not any(LIVE.match(piece) for piece in inert.split(separator))


@pytest.mark.parametrize(
    "text", ["FortiOS", "7.4.9", "pkg:npm/%40angular/core@1", "cpe:2.3:a:x:y:-:*:*:*:*:*:*:*", "it's"]
)
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert make_inert(text) == text


def assets(names: list[str]) -> list[Asset]:
    return [
        Asset(id=f"A-{n}", name=name, owner=name, product=name, version="7.10", notes=name, updated_at=NOW)
        for n, name in enumerate(names)
    ]


def test_c30_csv_comes_back_unchanged_through_the_real_import() -> None:
    known = assets(TRICKY)
    data = to_csv(assets_table(known))
    for row in csv.reader(io.StringIO(data.decode("utf-8-sig"))):
        assert not any(LIVE.match(cell) for cell in row)
    planned = plan_assets(read_inventory(data, name="export.csv"), known, (), NOW)
    assert planned.report.unchanged == len(TRICKY)
    assert not planned.assets.changes_anything
    fresh = plan_assets(read_inventory(data, name="export.csv"), (), (), NOW)
    assert [(a.id, a.name, a.notes, a.version) for a in fresh.assets.put] == [
        (a.id, a.name, a.notes, a.version) for a in known
    ]


def test_c30_xlsx_holds_text_only_and_comes_back_unchanged() -> None:
    known = assets(TRICKY)
    data = to_xlsx(assets_table(known))
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.quotePrefix for cell in cells)
    planned = plan_assets(read_inventory(data, name="export.xlsx"), known, (), NOW)
    assert planned.report.unchanged == len(TRICKY)


def test_a_foreign_csv_keeps_its_apostrophes() -> None:
    inventory = read_inventory(b'name,owner\n"\'=1+1",o\n', name="theirs.csv")
    assert inventory.rows[0].values["name"] == "'=1+1"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text(max_size=30).map(one_line).filter(lambda t: t and t.casefold() not in {"na", "none"}), max_size=5)
)
def test_any_name_survives_both_formats(names: list[str]) -> None:
    known = assets(names)
    table = assets_table(known)
    from_csv = csv_file.parse(to_csv(table), {})["lines"]
    mapped = map_table([(n, cells) for n, cells in from_csv], "assets", {}, "x")
    assert mapped.own_export
    assert [restore(row.values["name"]) for row in mapped.rows] == names
    from_xlsx = xlsx_file.parse(to_xlsx(table), {})["lines"]
    assert [row.values["name"] for row in map_table([(n, c) for n, c in from_xlsx], "assets", {}, "x").rows] == names


def test_suppliers_come_back_with_their_tools() -> None:
    known = [
        ThirdParty(
            id="t-1",
            name="Brightline IT",
            criticality="critical",
            contract="clause 7.2: answers within 24 h",
            tools=parse_tools("N-able N-central 2026.3; Remote Desktop Manager; TeamViewer; Arctic Wolf Agent"),
            updated_at=NOW,
        )
    ]
    for data in (to_csv(suppliers_table(known)), to_xlsx(suppliers_table(known))):
        planned = plan_third_parties(read_inventory(data, name="x", subject="suppliers"), known, NOW)
        assert planned.report.unchanged == 1
        fresh = plan_third_parties(read_inventory(data, name="x", subject="suppliers"), (), NOW)
        assert fresh.third_parties.put[0].tools == known[0].tools


def test_an_empty_export_has_its_header() -> None:
    assert to_csv(suppliers_table([])).decode("utf-8-sig").startswith('"vciso_id","name","service"')
