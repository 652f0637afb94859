"""What an import does with each row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.inventory.interface import Plan, RawRow
from ingest.inventory.kinds import ASSETS, THIRD_PARTIES, is_derived_id, purl_base
from ingest.inventory.plan import plan_rows, same_origin
from knowledge.records.asset import Asset, ThirdParty

NOW = datetime(2026, 8, 7, 6, 30, tzinfo=UTC)
LATER = NOW + timedelta(days=30)


def rows(*values: dict[str, str]) -> list[RawRow]:
    return [RawRow(f"row {number}", value) for number, value in enumerate(values, start=2)]


def plan(
    values: list[dict[str, str]], existing: tuple[Asset, ...] = (), now: datetime = NOW, **options: Any
) -> Plan[Asset]:
    return plan_rows(ASSETS, rows(*values), existing, now, **{"origin": "list.csv", **options})


def applied(existing: tuple[Asset, ...], planned: Plan[Asset]) -> tuple[Asset, ...]:
    """The records after the plan was carried out."""
    kept = {record.id: record for record in existing if record.id not in planned.retire}
    return tuple((kept | {record.id: record for record in planned.put}).values())


FIREWALL = {"id": "FW-01", "name": "FW-01", "vendor": "Fortinet", "product": "FortiOS", "version": "7.4.8"}
LIBRARY = {"name": "core", "product": "core", "version": "1.0", "purl": "pkg:npm/core@1.0"}


def test_a_new_version_updates_by_the_own_id() -> None:
    first = plan([FIREWALL])
    second = plan([FIREWALL | {"version": "7.4.9"}], first.put, LATER)
    [change] = second.outcomes[0].changes
    assert (change.field, change.old, change.new) == ("version", "7.4.8", "7.4.9")
    assert [(record.id, record.version, record.updated_at) for record in second.put] == [("FW-01", "7.4.9", LATER)]


def test_without_an_id_a_new_version_still_updates() -> None:
    first = plan([LIBRARY])
    assert is_derived_id(first.put[0].id)
    second = plan([LIBRARY | {"version": "2.0", "purl": "pkg:npm/core@2.0"}], first.put, LATER)
    assert [outcome.action for outcome in second.outcomes] == ["update"]
    assert second.put[0].id == first.put[0].id


def test_the_same_file_again_changes_nothing() -> None:
    first = plan([FIREWALL, LIBRARY])
    second = plan([FIREWALL, LIBRARY], first.put, LATER, origin="renamed.csv")
    assert [outcome.action for outcome in second.outcomes] == ["unchanged", "unchanged"]
    assert not second.changes_anything


def test_two_versions_of_one_library_are_two_assets_and_stay_two() -> None:
    both = [LIBRARY, LIBRARY | {"version": "2.0"}]
    first = plan(both)
    assert len(first.put) == 2
    again = plan(list(reversed(both)), first.put)
    assert not again.changes_anything
    one_upgraded = plan([LIBRARY, LIBRARY | {"version": "2.1"}], first.put)
    assert [(o.action, [c.new for c in o.changes]) for o in one_upgraded.outcomes] == [
        ("unchanged", []),
        ("update", ["2.1"]),
    ]


def test_an_empty_cell_never_blanks_what_is_known_and_says_so() -> None:
    first = plan([FIREWALL | {"owner": "Dana", "exposure": "dmz"}])
    second = plan([FIREWALL | {"owner": "", "exposure": "unknown", "version": "-"}], first.put, LATER)
    assert not second.changes_anything
    assert second.outcomes[0].kept == ("owner", "exposure", "version")
    third = plan([FIREWALL], first.put, LATER)
    assert third.outcomes[0].kept == (), "a column that is not there is no blank"


def test_what_is_worked_out_from_a_cpe_never_replaces_what_a_person_wrote() -> None:
    first = plan([{"id": "S1", "name": "db", "vendor": "Oracle Corp", "product": "MySQL"}])
    second = plan([{"id": "S1", "name": "db", "cpe": "cpe:/a:oracle:mysql:8.0.36"}], first.put)
    assert {change.field for change in second.outcomes[0].changes} == {"cpe", "version"}
    assert second.put[0].vendor == "Oracle Corp"


def test_a_repeated_row_is_reported_with_the_row_that_counts() -> None:
    result = plan([FIREWALL, FIREWALL, FIREWALL | {"owner": "Ann"}])
    assert [outcome.action for outcome in result.outcomes] == ["insert", "skip", "skip"]
    assert result.outcomes[1].reason == "repeats row 2"
    assert "another owner" in result.outcomes[2].reason


def test_an_id_that_stands_on_several_products_loses_none_of_them() -> None:
    host = {"id": "SRV-1", "name": "srv1"}
    values = [host | {"product": product} for product in ("nginx", "OpenSSH", "PostgreSQL")]
    first = plan(values)
    assert [record.id for record in first.put] == ["SRV-1", "SRV-1~2", "SRV-1~3"]
    assert "several rows" in first.outcomes[1].reason
    again = plan(list(reversed(values)), first.put)
    assert not again.changes_anything


def test_a_row_that_names_nothing_is_skipped_with_a_reason() -> None:
    result = plan([{"name": "", "version": "1.0", "host": "-"}])
    assert [(o.action, o.where) for o in result.outcomes] == [("skip", "row 2")]
    assert "no name" in result.outcomes[0].reason


def test_signs_count_in_names() -> None:
    result = plan([{"name": name} for name in ("C", "C++", "C#", "c")])
    assert [outcome.action for outcome in result.outcomes] == ["insert", "insert", "insert", "skip"]


def test_columns_that_come_later_complete_the_record() -> None:
    first = plan([{"name": "FW-01", "product": "FortiOS"}])
    second = plan([{"name": "FW-01", "vendor": "Fortinet", "product": "FortiOS", "version": "7.4.9"}], first.put)
    assert [outcome.action for outcome in second.outcomes] == ["update"]
    own = plan([{"id": "X-9", "name": "FW-01", "product": "FortiOS"}], first.put)
    assert own.outcomes[0].id == first.put[0].id
    assert "calls it X-9" in own.outcomes[0].reason


def test_a_row_with_an_own_id_never_takes_a_record_with_another_one() -> None:
    first = plan([FIREWALL])
    second = plan([FIREWALL | {"id": "FW-02"}], first.put)
    assert [(outcome.action, outcome.id) for outcome in second.outcomes] == [("insert", "FW-02")]


def test_missing_ones_are_listed_and_only_retired_when_asked() -> None:
    first = plan([FIREWALL, LIBRARY], origin="cmdb-2026-07.csv")
    kept = plan([FIREWALL], first.put, origin="cmdb-2026-08.csv")
    assert [(gone.name, gone.retired) for gone in kept.absent] == [("core", False)]
    assert kept.retire == ()
    retired = plan([FIREWALL], first.put, origin="cmdb-2026-08.csv", retire_missing=True)
    assert retired.retire == (first.put[1].id,)
    other_list = plan([FIREWALL], first.put, origin="scan.xml", retire_missing=True)
    assert other_list.absent == ()


def test_nothing_is_retired_when_a_row_could_not_be_read() -> None:
    first = plan([FIREWALL, LIBRARY])
    result = plan([FIREWALL, {"version": "1"}], first.put, retire_missing=True)
    assert result.retire == ()
    assert [gone.retired for gone in result.absent] == [False]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("inventory-2026-07.csv", "inventory-2026-08.csv", True),
        ("inventory_20260731.xlsx", "inventory_20260831.xlsx", True),
        ("Inventory.csv", "inventory (1).csv", True),
        ("scan-host1.xml", "scan-host2.xml", False),
        ("10.0.0.1.xml", "10.0.0.2.xml", False),
        ("a.csv", "b.csv", False),
    ],
)
def test_issues_of_one_list(one: str, other: str, same: bool) -> None:
    assert same_origin(one, other) is same


@pytest.mark.parametrize(
    ("purl", "base"),
    [
        ("pkg:npm/%40angular/core@15.0.1", "pkg:npm/%40angular/core"),
        ("pkg:npm/@angular/core", "pkg:npm/@angular/core"),
        ("pkg:deb/debian/curl@7.50.3-1?arch=i386#x", "pkg:deb/debian/curl"),
        ("", ""),
    ],
)
def test_purl_without_its_version(purl: str, base: str) -> None:
    assert purl_base(purl) == base


def test_suppliers_are_one_whatever_the_legal_form() -> None:
    first = plan_rows(
        THIRD_PARTIES, rows({"name": "Brightline IT GmbH", "tools": "N-able N-central"}), (), NOW, origin="s"
    )
    second = plan_rows(
        THIRD_PARTIES,
        rows({"name": "Brightline IT", "tools": "N-able N-central; TeamViewer"}),
        first.put,
        LATER,
        origin="s",
    )
    changes = {change.field: (change.old, change.new) for change in second.outcomes[0].changes}
    assert changes["tools"] == ("N-able N-central", "N-able N-central; TeamViewer")
    assert len(second.put) == 1


def test_insert_only_leaves_known_suppliers_alone() -> None:
    known = ThirdParty(id="t-1", name="Acme", service="hosting", updated_at=NOW)
    result = plan_rows(
        THIRD_PARTIES, rows({"name": "ACME Inc", "service": "API"}), [known], NOW, origin="s", insert_only=True
    )
    assert result.put == ()


WORDS = st.sampled_from(["", "a", "b", "A", "c++", "-", "x y"])
ROWS = st.lists(
    st.fixed_dictionaries(
        {"name": WORDS, "product": WORDS, "version": st.sampled_from(["", "1", "2", "3"])},
        optional={"id": st.sampled_from(["", "1", "2", "1~2"]), "host": WORDS, "vendor": WORDS, "owner": WORDS},
    ),
    max_size=8,
)


@settings(deadline=None)
@given(ROWS)
def test_every_row_has_one_outcome_and_a_second_run_changes_nothing(values: list[dict[str, str]]) -> None:
    first = plan(values)
    assert [outcome.where for outcome in first.outcomes] == [row.where for row in rows(*values)]
    assert all(outcome.reason for outcome in first.outcomes if outcome.action == "skip")
    assert len({record.id for record in first.put}) == len(first.put) == first.count("insert")
    assert not plan(values, first.put, LATER).changes_anything


@settings(deadline=None)
@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_never_makes_a_second_run_write(values: list[dict[str, str]], random: Any) -> None:
    # Rows that repeat one another are decided by their order; take one of each.
    first = plan(values)
    counted = [value for value, outcome in zip(values, first.outcomes, strict=True) if outcome.action == "insert"]
    random.shuffle(counted)
    assert not plan(counted, first.put, LATER).changes_anything


@settings(deadline=None)
@given(ROWS, ROWS)
def test_no_import_ever_blanks_a_known_field(one: list[dict[str, str]], two: list[dict[str, str]]) -> None:
    first = plan(one).put
    after = {record.id: record for record in applied(first, plan(two, first, LATER))}
    for record in first:
        for name in ASSETS.fields:
            if getattr(record, name) not in ("", "unknown"):
                assert getattr(after[record.id], name) not in ("", "unknown")


ANY_TEXT = st.text(max_size=20) | st.sampled_from(
    ["pkg:", "pkg:npm/@1", "pkg:a/b@%ff?x=y#", "cpe:/a:%", "cpe:2.3:o:*:-:\\\\:"]
)
ANY_ROW = st.dictionaries(
    st.sampled_from(("id", *ASSETS.fields)), ANY_TEXT | ANY_TEXT.map(lambda t: t * 60), max_size=14
)


@settings(deadline=None, max_examples=200)
@given(st.lists(ANY_ROW, max_size=4), st.lists(ANY_ROW, max_size=4))
def test_whatever_stands_in_the_cells_the_records_are_valid(
    one: list[dict[str, str]], two: list[dict[str, str]]
) -> None:
    first = plan(one)
    second = plan(two, first.put, LATER)
    for record in (*first.put, *second.put):
        assert Asset.model_validate(record.model_dump()) == record
        record.model_dump_json().encode()
