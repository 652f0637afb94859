"""The real inventories among the shared inputs: what is taken from each, and that a second import changes nothing."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.inventory.interface import AssetImport
from ingest.inventory.service import plan_assets, read_inventory
from knowledge.errors import BadInputError

NOW = datetime(2026, 8, 7, 6, 30, tzinfo=UTC)


def taken(path: Path) -> AssetImport:
    """Import a file into an empty place, twice; the second time must change nothing."""
    inventory = read_inventory(path)
    first = plan_assets(inventory, (), (), NOW)
    again = plan_assets(inventory, first.assets.put, first.third_parties.put, NOW + timedelta(days=1))
    assert not again.assets.changes_anything
    assert not again.third_parties.changes_anything
    report = first.report
    assert len(report.rows) == report.inserted + report.skipped == len(inventory.rows) + len(inventory.skipped)
    return first


@pytest.mark.parametrize(
    ("name", "assets", "suppliers"),
    [
        ("HBOM_PCIe-SATA-adapter-board_bom.json", 7, 0),
        ("OBOM_Example-1-Decoupled_obom.json", 2, 0),
        ("OBOM_Example-1-Standalone_bom.json", 905, 0),
        ("SBOM_dropwizard-1.3.15_bom.json", 168, 0),
        ("SBOM_keycloak-10.0.2_bom.json", 904, 0),
        ("SBOM_laravel-7.12.0_bom.1.4.json", 63, 0),
        ("SBOM_proton-bridge_proton-bridge-v1.8.0.bom.json", 202, 0),
        ("SaaSBOM_apigateway-microservices-datastores_bom.json", 7, 1),
    ],
)
def test_cyclonedx(shared_data: Path, name: str, assets: int, suppliers: int) -> None:
    result = taken(shared_data / "inventories" / "cyclonedx" / name)
    assert (result.report.inserted, result.report.skipped) == (assets, 0)
    assert len(result.third_parties.put) == suppliers


def test_saas_services_and_their_provider(shared_data: Path) -> None:
    result = taken(shared_data / "inventories" / "cyclonedx" / "SaaSBOM_apigateway-microservices-datastores_bom.json")
    [provider] = result.third_parties.put
    assert (provider.name, provider.domain) == ("Acme Inc", "example.com")
    assert Counter(asset.kind for asset in result.assets.put) == {"saas": 6, "application": 1}
    assert sum(asset.provided_by == provider.id for asset in result.assets.put) == 4


def test_the_32_nmap_reports(shared_data: Path) -> None:
    counts: Counter[str] = Counter()
    refused = []
    for path in sorted((shared_data / "inventories" / "nmap").glob("*.xml")):
        try:
            result = taken(path)
        except BadInputError as error:
            refused.append((error.subject, error.message))
            continue
        counts["files"] += 1
        counts["assets"] += result.report.inserted
        counts["services"] += sum(asset.kind == "service" for asset in result.assets.put)
        counts["cpe"] += sum(asset.cpe.startswith("cpe:2.3:") for asset in result.assets.put)
        assert all(asset.exposure == "unknown" for asset in result.assets.put)
    assert counts == {"files": 30, "assets": 106, "services": 58, "cpe": 23}
    assert [name for name, _ in refused] == ["defused_et_included.xml", "defused_et_local_includer.xml"]


def test_an_entity_attack_is_refused_unread_even_when_the_format_is_forced(shared_data: Path) -> None:
    path = shared_data / "inventories" / "nmap" / "defused_et_local_includer.xml"
    for kind in ("nmap", "cyclonedx"):
        with pytest.raises(BadInputError, match="XML entities"):
            read_inventory(path, kind=kind)  # type: ignore[arg-type]


def test_the_demo_tables(shared_data: Path) -> None:
    current = taken(shared_data / "inventories" / "demo_workspace_occurrences.csv")
    assert current.report.inserted == 32
    assert Counter(asset.exposure for asset in current.assets.put) == {"internal": 19, "internet": 13}
    assert {use.column for use in current.report.columns if not use.field} >= {"cve_id", "raw_severity", "fix_versions"}
    history = read_inventory(shared_data / "inventories" / "demo_workspace_occurrences_history_01.csv")
    later = plan_assets(history, current.assets.put, (), NOW)
    assert (later.report.inserted, later.report.unchanged) == (0, 8)
    assert later.report.absent == ()
