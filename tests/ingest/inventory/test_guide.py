"""docs/guide/assets.md says what the code does."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from ingest.inventory import limits
from ingest.inventory.mapping import COLUMNS
from ingest.inventory.service import plan_assets, plan_third_parties, read_inventory
from ingest.sandbox import DEFAULT_LIMITS

GUIDE = (Path(__file__).resolve().parents[3] / "docs" / "guide" / "assets.md").read_text(encoding="utf-8")
ASSETS, SUPPLIERS = re.findall(r"```csv\n(.*?)```", GUIDE, re.DOTALL)
NOW = datetime(2026, 8, 7, 6, 30, tzinfo=UTC)


def test_the_example_inventory_imports_whole() -> None:
    result = plan_assets(read_inventory(ASSETS.encode(), name="example.csv"), (), (), NOW)
    assert all(use.field for use in result.report.columns)
    assert not result.report.notes
    assert [(a.id, a.kind, a.exposure, a.criticality, a.version) for a in result.assets.put] == [
        ("FW-01", "network", "internet", "high", "7.4.9"),
        ("LB-01", "network", "internet", "critical", ""),
        ("EHR-01", "application", "internal", "critical", "7.0.2"),
    ]
    assert [party.name for party in result.third_parties.put] == ["Brightline IT"]


def test_the_example_of_suppliers_imports_whole() -> None:
    inventory = read_inventory(SUPPLIERS.encode(), name="example.csv", subject="suppliers")
    result = plan_third_parties(inventory, (), NOW)
    assert all(use.field for use in result.report.columns)
    tools = [(tool.vendor, tool.product, tool.version) for party in result.third_parties.put for tool in party.tools]
    assert tools == [("N-able", "N-central", ""), ("ConnectWise", "ScreenConnect", ""), ("", "WordPress", "7.0.2")]


def test_every_field_and_limit_is_in_the_guide() -> None:
    for fields in COLUMNS.values():
        assert not {field for field in fields if f"`{field}`" not in GUIDE}
    numbers = (limits.MAX_ROWS, limits.MAX_COLUMNS, limits.MAX_CELLS, limits.MAX_WORKBOOK_CELLS, limits.MAX_COMPONENTS)
    for number in (*numbers, limits.MAX_HOSTS, DEFAULT_LIMITS.memory_mb):
        assert f"{number:,}" in GUIDE
    assert f"{DEFAULT_LIMITS.input_mb:g} MB a file" in GUIDE
    assert f"deeper than {limits.MAX_DEPTH} levels" in GUIDE
