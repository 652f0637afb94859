"""CSAF product status, version ranges and VEX justifications against an asset."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from advisor.triage.advisories import advisory_keys, judge_advisory
from knowledge.records.advisory import Advisory, AdvisoryProduct, AdvisoryVulnerability
from knowledge.records.asset import Asset

NOW = datetime(2026, 8, 7, tzinfo=UTC)


def product(product_id: str, **more: str) -> AdvisoryProduct:
    return AdvisoryProduct(
        **{"product_id": product_id, "name": "Acme Pump Controller", "vendor": "Acme", "product": "Pump Controller"}
        | more
    )


def advisory(products: list[AdvisoryProduct], *vulnerabilities: AdvisoryVulnerability) -> Advisory:
    return Advisory(
        id="acme.example/ACME-1",
        tracking_id="ACME-1",
        publisher="Acme PSIRT",
        title="Pump Controller",
        published_at=NOW,
        updated_at=NOW,
        products=tuple(products),
        vulnerabilities=vulnerabilities,
    )


def about(cve: str = "CVE-2026-10002", **more: Any) -> AdvisoryVulnerability:
    status = {k: v for k, v in more.items() if k != "justifications"}
    return AdvisoryVulnerability(cve_id=cve, status=status, justifications=more.get("justifications", {}))


def pump(version: str, **more: str) -> Asset:
    fields: dict[str, Any] = {"id": "P-1", "name": "Ward pump", "vendor": "ACME Inc.", "product": "Pump_Controller"}
    return Asset.model_validate({**fields, "version": version, "updated_at": NOW, **more})


def kind(item: Advisory, asset: Asset) -> str:
    verdict = judge_advisory(item, asset)
    return verdict.kind if verdict else "none"


@pytest.mark.parametrize(
    ("range_text", "version", "expected"),
    [
        ("<=1.9.4.1", "1.9.4.1", "affected"),
        ("<=1.9.4.1", "1.9.4.2", "version-not-affected"),
        ("<3.2", "3.2", "version-not-affected"),
        ("vers:generic/>=2.9|<=4.1", "3.0", "affected"),
        ("vers:generic/>=2.9|<=4.1", "2.8", "version-not-affected"),
        ("vers:all/*", "", "affected"),
        ("all versions", "7", "affected"),
        ("<3.2", "", "version-unknown"),
        ("<8/30/2024", "9/1/2024", "version-unknown"),
        ("versions before the June update", "3", "version-unknown"),
    ],
)
def test_known_affected_ranges(range_text: str, version: str, expected: str) -> None:
    item = advisory([product("A", version_range=range_text)], about(known_affected=("A",)))
    assert kind(item, pump(version)) == expected


@pytest.mark.parametrize(
    ("status", "version", "expected"),
    [
        ("known_affected", "2.0", "affected"),
        ("known_affected", "2.1", "version-unknown"),  # a list of single versions says nothing of others
        ("first_affected", "2.1", "affected"),
        ("last_affected", "1.9", "affected"),
        ("fixed", "2.0", "version-not-affected"),
        ("first_fixed", "2.1", "version-not-affected"),
        ("known_not_affected", "2.0", "version-not-affected"),
        ("known_not_affected", "1.9", "version-unknown"),
        ("under_investigation", "2.0", "version-unknown"),
        ("recommended", "2.0", "none"),
    ],
)
def test_each_status(status: str, version: str, expected: str) -> None:
    item = advisory([product("A", version="2.0")], about(**{status: ("A",)}))
    assert kind(item, pump(version)) == expected


def test_a_fix_on_each_branch_does_not_clear_the_other() -> None:
    products = [
        product("A", version_range="vers:generic/>=1.0|<2.3"),
        product("F1", version="1.5"),
        product("F2", version="2.3"),
    ]
    item = advisory(products, about(known_affected=("A",), fixed=("F1", "F2")))
    assert kind(item, pump("2.0")) == "affected"
    assert kind(item, pump("1.5")) == "version-not-affected"
    verdict = judge_advisory(item, pump("2.0"))
    assert verdict is not None and "2.3" in verdict.fixed_in


def test_under_investigation_says_so() -> None:
    verdict = judge_advisory(advisory([product("A", version="2.0")], about(under_investigation=("A",))), pump("2.0"))
    assert verdict is not None and "Acme PSIRT does not say whether it is affected" in verdict.reason


def test_a_justification_is_the_reason() -> None:
    vex = about(known_not_affected=("A",), justifications={"vulnerable_code_not_in_execute_path": ("A",)})
    verdict = judge_advisory(advisory([product("A", version="2.0")], vex), pump("2.0"))
    assert verdict is not None and verdict.kind == "version-not-affected"
    assert verdict.reason.endswith("Its reason: the vulnerable code is never run.")


def test_the_most_pressing_vulnerability_decides_and_names_its_cves() -> None:
    item = advisory(
        [product("A", version="2.0")],
        about("CVE-2026-1", known_not_affected=("A",)),
        about("CVE-2026-2", known_affected=("A",)),
        about("CVE-2026-3", known_affected=("A",)),
    )
    verdict = judge_advisory(item, pump("2.0"))
    assert verdict is not None
    assert (verdict.kind, verdict.cve_ids) == ("affected", ("CVE-2026-2", "CVE-2026-3"))
    assert verdict.match.rule == "name-status"
    assert any(e.locator == "vulnerabilities[1].product_status.known_affected: A" for e in verdict.match.evidence)


@pytest.mark.parametrize(
    ("fields", "asset", "expected"),
    [
        ({"cpe": "cpe:2.3:a:acme:relay:4.1:*:*:*:*:*:*:*"}, {"cpe": "cpe:/a:acme:relay:4.1"}, "affected"),
        ({"purl": "pkg:pypi/relay@4.1"}, {"purl": "pkg:pypi/relay@4.1"}, "affected"),
        ({"purl": "pkg:pypi/relay@4.1"}, {"purl": "pkg:npm/relay@4.1"}, "none"),
        (
            {"purl": "pkg:rpm/redhat/relay@4.1-1.el9"},
            {"purl": "pkg:rpm/redhat/relay@4.1-1.el9?arch=x86_64"},
            "affected",
        ),
        ({"cpe": "cpe:2.3:a:acme:*:*:*:*:*:*:*:*:*"}, {"cpe": "cpe:/a:acme:relay:4.1"}, "none"),
    ],
)
def test_products_named_by_cpe_or_purl(fields: dict[str, str], asset: dict[str, str], expected: str) -> None:
    item = advisory([product("A", vendor="", product="", name="Relay", **fields)], about(known_affected=("A",)))
    assert kind(item, pump("", vendor="", product="", **asset)) == expected


def test_a_product_without_versions() -> None:
    item = advisory([product("A")], about(known_affected=("A",)))
    assert kind(item, pump("")) == "affected"
    item = advisory([product("A", name="Acme Pump Controller 2.x with kit 7")], about(known_affected=("A",)))
    assert kind(item, pump("2.0")) == "version-unknown"


def test_another_product_or_no_status_is_not_concerned() -> None:
    item = advisory([product("A", version="2.0")], about(known_affected=("B",)))
    assert kind(item, pump("2.0")) == "none"
    assert kind(advisory([product("A")], about(known_affected=("A",))), pump("2.0", product="Valve")) == "none"


def test_keys_are_those_of_the_tree() -> None:
    item = advisory([product("A"), product("B", vendor="", product="", purl="pkg:npm/relay@1")])
    assert advisory_keys(item) == {"n:acme/pumpcontroller", "p:npm/relay"}
