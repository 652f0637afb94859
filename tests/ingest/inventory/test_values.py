"""Words of inventories as values."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.inventory.interface import RawRow
from ingest.inventory.values import (
    asset_values,
    criticality,
    exposure,
    kind,
    one_line,
    parse_tools,
    supplier_values,
    tool_text,
)
from knowledge.records.asset import ToolUsed


@pytest.mark.parametrize(
    ("text", "scale", "value"),
    [
        ("Critical", "", "critical"),
        ("HIGH", "", "high"),
        ("mittel", "", "medium"),
        ("élevée", "", "high"),
        ("Crítico", "", "critical"),
        ("1 - Critical", "", "critical"),
        ("High (4)", "", "high"),
        ("P1", "", "critical"),
        ("Tier 3", "", "medium"),
        ("5", "1-5", "critical"),
        ("1", "1-5", "low"),
        ("1", "5-1", "critical"),
        ("5", "5-1", "low"),
        ("3", "1-3", "high"),
        ("7", "1-10", "high"),
        ("6", "1-5", None),
        ("purple", "", None),
        ("", "", "unknown"),
        ("n/a", "", "unknown"),
    ],
)
def test_criticality(text: str, scale: str, value: str | None) -> None:
    assert criticality(text, scale) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("internet-facing", "internet"),
        ("Internet Facing", "internet"),
        ("DMZ", "internet"),
        ("public", "internet"),
        ("yes", "internet"),
        ("TRUE", "internet"),
        ("öffentlich", "internet"),
        ("DMZ (web zone)", "internet"),
        ("public and internal", "internet"),
        ("not internet-facing", "internal"),
        ("No", "internal"),
        ("LAN", "internal"),
        ("VPN only", "internal"),
        ("air-gapped", "isolated"),
        ("isoliert", "isolated"),
        ("", "unknown"),
        ("unknown", "unknown"),
        ("blue", None),
        ("not public yet internal", None),
    ],
)
def test_exposure(text: str, value: str | None) -> None:
    assert exposure(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Firewall", "network"),
        ("Server, virtual", "hardware"),
        ("Windows Server", "hardware"),
        ("Betriebssystem", "operating-system"),
        ("operating-system", "operating-system"),
        ("Logiciel", "application"),
        ("SaaS", "saas"),
        ("library", "library"),
        ("teapot", None),
        ("", "unknown"),
    ],
)
def test_kind(text: str, value: str | None) -> None:
    assert kind(text) == value


@pytest.mark.parametrize(
    ("text", "tools"),
    [
        (
            "N-able N-central; ConnectWise ScreenConnect",
            [("N-able", "N-central", ""), ("ConnectWise", "ScreenConnect", "")],
        ),
        ("N-able N-central 2026.3", [("N-able", "N-central", "2026.3")]),
        ("Palo Alto Networks GlobalProtect", [("Palo Alto Networks", "GlobalProtect", "")]),
        ("Remote Desktop Manager", [("", "Remote Desktop Manager", "")]),
        ("TeamViewer", [("", "TeamViewer", "")]),
        ("Progress: MOVEit Transfer 2023.0.1", [("Progress", "MOVEit Transfer", "2023.0.1")]),
        ("Fortinet / FortiGate", [("Fortinet", "FortiGate", "")]),
        ("Veeam Backup, SimpleHelp", [("Veeam", "Backup", ""), ("", "SimpleHelp", "")]),
        ("Microsoft Exchange Server 2019", [("Microsoft", "Exchange Server", "2019")]),
        ("TeamViewer\nTeamViewer", [("", "TeamViewer", "")]),
        (" ; -- ;", []),
    ],
)
def test_tools_are_taken_apart(text: str, tools: list[tuple[str, str, str]]) -> None:
    assert [(t.vendor, t.product, t.version) for t in parse_tools(text)] == tools


@settings(deadline=None)
@given(st.lists(st.text("abcN- 19.:/;", max_size=12), max_size=4))
def test_tools_written_out_read_back(pieces: list[str]) -> None:
    tools = parse_tools("; ".join(pieces))
    assert all(parse_tools(tool_text(tool)) == (tool,) for tool in tools if ":" not in tool.vendor)


def test_a_tool_that_would_split_elsewhere_is_written_with_a_colon() -> None:
    tool = ToolUsed(vendor="Arctic Shore", product="Probe")
    assert tool_text(tool) == "Arctic Shore: Probe"
    assert parse_tools(tool_text(tool)) == (tool,)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_one_line_is_one_visible_line_and_stable(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert line == line.strip()
    assert one_line(line) == line
    line.encode()


def test_hidden_and_direction_signs_go() -> None:
    assert one_line("Forti\u200bOS\u202e 7\u00a0.4\x00\uffff") == "FortiOS 7 .4"


def test_what_is_not_understood_is_left_empty_with_a_remark() -> None:
    row = RawRow(
        "row 2",
        {"name": "x", "criticality": "purple", "exposure": "?!", "cpe": "cpe:nonsense", "purl": "log4j", "host": "N/A"},
    )
    values = asset_values(row)
    assert values.fields["criticality"] == values.fields["exposure"] == "unknown"
    assert values.fields["cpe"] == values.fields["purl"] == values.fields["host"] == ""
    assert [remark.split()[0] for remark in values.remarks] == ["criticality", "purl", "cpe"]


def test_identifiers_fill_what_the_row_does_not_say() -> None:
    values = asset_values(RawRow("row 2", {"name": "gw", "version": "", "cpe": "cpe:/o:fortinet:fortios:7.4.9"}))
    assert values.fields["vendor"] == "fortinet"
    assert values.fields["product"] == "fortios"
    assert values.fields["version"] == "7.4.9"
    assert values.fields["kind"] == "operating-system"
    assert {"vendor", "product", "kind"} <= values.weak
    purl = asset_values(RawRow("row 3", {"purl": "pkg:npm/%40angular/core@15.0.1"}))
    assert (purl.fields["product"], purl.fields["version"], purl.fields["name"]) == ("core", "15.0.1", "core")


def test_too_long_fields_are_left_out_and_notes_are_cut() -> None:
    values = asset_values(RawRow("row 2", {"name": "x", "owner": "o" * 1001, "notes": "n" * 5000}))
    assert values.fields["owner"] == ""
    assert len(values.fields["notes"]) == 1000
    assert "1,001 characters" in values.remarks[0]


def test_a_supplier_row() -> None:
    values = supplier_values(
        RawRow(
            "row 2",
            {"name": " Brightline IT ", "domain": "https://www.Brightline.example/x", "tools": "N-able N-central"},
        )
    )
    assert values.fields["name"] == "Brightline IT"
    assert values.fields["domain"] == "brightline.example"
    assert values.tools == (ToolUsed(vendor="N-able", product="N-central"),)
