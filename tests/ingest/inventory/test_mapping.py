"""Which column means which field."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.inventory.interface import Subject
from ingest.inventory.mapping import COLUMNS, guess_columns, map_table, unique_headers
from knowledge.errors import BadInputError, UsageError


def fields(header: list[str], *rows: list[str], subject: Subject = "assets", **overrides: str) -> dict[str, str]:
    uses = guess_columns(unique_headers(header), rows, subject, overrides)
    return {use.column: use.field for use in uses}


def test_english_headers() -> None:
    header = [
        "Asset ID",
        "Hostname",
        "Manufacturer",
        "Product Name",
        "Installed Version",
        "Internet facing",
        "Cost centre",
    ]
    assert list(fields(header).values()) == ["id", "host", "vendor", "product", "version", "exposure", ""]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            ["Inventarnummer", "Bezeichnung", "Hersteller", "Produkt", "Kritikalität", "Eigentümer"],
            ["id", "name", "vendor", "product", "criticality", "owner"],
        ),
        (
            ["Nom", "Éditeur", "Logiciel", "Version", "Criticité", "Propriétaire"],
            ["name", "vendor", "product", "version", "criticality", "owner"],
        ),
        (
            ["Nombre", "Fabricante", "Producto", "Versión", "Criticidad", "Proveedor"],
            ["name", "vendor", "product", "version", "criticality", "provided_by"],
        ),
    ],
)
def test_german_french_and_spanish_headers(header: list[str], expected: list[str]) -> None:
    assert list(fields(header).values()) == expected


def test_a_longer_header_is_known_by_its_main_word() -> None:
    found = fields(["Name", "Asset criticality (1)", "Business system owner", "Vendor contact", "Product id"])
    assert list(found.values()) == ["name", "criticality", "owner", "", ""]


def test_severity_and_other_words_near_ours_are_not_taken() -> None:
    found = fields(["cve_id", "target_ref", "component_name", "raw_severity", "fix_versions", "environment"])
    assert list(found.values()) == ["", "host", "product", "", "", ""]


def test_content_tells_where_the_header_does_not() -> None:
    header = ["a", "b", "c", "d"]
    rows = [["pkg:npm/x@1", "cpe:/a:x:y:1", "10.0.0.1", "DMZ"], ["pkg:npm/y@1", "cpe:/a:x:z", "::1", "internet-facing"]]
    assert list(fields(header, *rows).values()) == ["purl", "cpe", "host", "exposure"]


def test_one_field_is_filled_by_one_column_and_the_other_is_reported() -> None:
    uses = guess_columns(["Hostname", "IP address"], [], "assets", {})
    assert [use.field for use in uses] == ["host", ""]
    assert "another column fills" in uses[1].reason


def test_what_a_person_says_wins() -> None:
    found = fields(["Hersteller", "Typ", "Version"], Hersteller="owner", typ="-")
    assert found == {"Hersteller": "owner", "Typ": "", "Version": "version"}


@pytest.mark.parametrize(
    "overrides", [{"Nope": "name"}, {"Name": "nope"}, {"Name": "name", "Host": "name"}, {"Name": "criticality:high"}]
)
def test_a_mapping_that_cannot_be_is_refused(overrides: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        guess_columns(["Name", "Host"], [], "assets", overrides)


def test_suppliers_have_their_own_words() -> None:
    header = ["Vendor", "Service", "Risk tier", "Security contact", "Contract clause", "Website", "Tools used"]
    expected = ["name", "service", "criticality", "contact", "contract", "domain", "tools"]
    assert list(fields(header, subject="suppliers").values()) == expected


def test_repeated_and_blank_headers_get_names() -> None:
    assert unique_headers(["asset", "", "asset", "asset"]) == ["asset", "column 2", "asset (2)", "asset (3)"]


def test_titles_above_the_header_are_passed_over() -> None:
    lines = [(1, ["Asset list 2026"]), (3, ["Name", "Vendor", "Version"]), (4, ["FW-01", "Fortinet", "7.4.9"])]
    table = map_table(lines, "assets", {}, "list.csv")
    assert [(row.where, dict(row.values)) for row in table.rows] == [
        ("row 4", {"name": "FW-01", "vendor": "Fortinet", "version": "7.4.9"})
    ]
    assert "line 3" in table.notes[0].reason


@pytest.mark.parametrize(
    ("header", "numbers", "override", "scale"),
    [
        ("Criticality", "1 2 5", {}, "1-5"),
        ("Criticality", "1 2 3", {}, "1-3"),
        ("Tier", "1 2 4", {}, "4-1"),
        ("Criticality", "1 2 5", {"Criticality": "criticality:5-1"}, "5-1"),
        ("Criticality", "high low 5", {}, None),
    ],
)
def test_numbers_of_criticality_get_a_scale(
    header: str, numbers: str, override: dict[str, str], scale: str | None
) -> None:
    lines = [(1, ["Name", header])] + [(n + 2, [f"a{n}", word]) for n, word in enumerate(numbers.split())]
    table = map_table(lines, "assets", override, "list.csv")
    assert table.rows[0].hints.get("criticality") == scale
    assert bool(table.notes) == (scale is not None and not override)


def test_a_table_without_names_is_refused_and_says_which_columns_it_has() -> None:
    with pytest.raises(BadInputError, match="'colour', 'size'") as caught:
        map_table([(1, ["colour", "size"]), (2, ["red", "4"])], "assets", {}, "list.csv")
    assert "--map" in caught.value.hint


@settings(deadline=None)
@given(
    st.lists(st.text(max_size=20) | st.sampled_from([w for ws in COLUMNS["assets"].values() for w in ws]), max_size=12),
    st.lists(st.lists(st.text(max_size=10), max_size=12), max_size=4),
    st.sampled_from(["assets", "suppliers"]),
)
def test_every_column_is_accounted_for_and_no_field_twice(
    header: list[str], rows: list[list[str]], subject: Subject
) -> None:
    uses = guess_columns(unique_headers(header), rows, subject, {})
    assert [use.column for use in uses] == unique_headers(header)
    filled = [use.field for use in uses if use.field]
    assert len(filled) == len(set(filled))
    assert set(filled) <= set(COLUMNS[subject])
    assert all(use.reason for use in uses)


@settings(deadline=None)
@given(st.permutations(["Asset ID", "Name", "Hersteller", "Produkt", "Version", "Exposure", "Colour"]))
def test_the_order_of_columns_changes_nothing(header: list[str]) -> None:
    expected = {
        "Asset ID": "id",
        "Name": "name",
        "Hersteller": "vendor",
        "Produkt": "product",
        "Version": "version",
        "Exposure": "exposure",
        "Colour": "",
    }
    assert fields(header) == expected
