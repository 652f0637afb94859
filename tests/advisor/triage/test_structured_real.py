"""The structured verdict on real records: the labelled bench, and versions at and beside every real range boundary."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version

from advisor.triage import cpe as cpe_names
from advisor.triage.index import AssetIndex
from advisor.triage.structured import judge_vulnerability
from advisor.triage.versions import NO_BOUND
from knowledge.records.asset import Asset
from knowledge.records.vulnerability import (
    AffectedProduct,
    AffectedVersion,
    ConfigNode,
    Configuration,
    CpeMatch,
    Vulnerability,
)

NOW = datetime(2026, 8, 7, tzinfo=UTC)
DOTTED = re.compile(r"\d{1,6}(\.\d{1,6})*")


def asset(key: str, version: str = "", cpe: str = "", vendor: str = "", product: str = "") -> Asset:
    return Asset(id=key, name=key, version=version, cpe=cpe, vendor=vendor, product=product, updated_at=NOW)


def match_of(raw: dict[str, Any]) -> CpeMatch:
    return CpeMatch(
        criteria=raw["criteria"],
        vulnerable=raw["vulnerable"],
        version_start_including=raw.get("versionStartIncluding", ""),
        version_start_excluding=raw.get("versionStartExcluding", ""),
        version_end_including=raw.get("versionEndIncluding", ""),
        version_end_excluding=raw.get("versionEndExcluding", ""),
    )


def cve(key: str, *matches: CpeMatch) -> Vulnerability:
    return Vulnerability(cve_id=key, configurations=(Configuration(nodes=(ConfigNode(matches=matches),)),))


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("identity", ["cpe", "name"])
def test_the_labelled_bench_is_matched_without_a_miss(shared_data: Path, identity: str) -> None:
    """306 CVEs x 150 assets: every labelled pair, and nothing else, by CPE alone and by vendor and product alone."""
    bench = shared_data / "bench/triage"
    clients: dict[str, list[Asset]] = {}
    for row in lines(bench / "cve_inventories.jsonl"):
        own = {"cpe": row["cpe"]} if identity == "cpe" else {"vendor": row["vendor"], "product": row["product"]}
        clients.setdefault(row["client"], []).append(asset(row["asset_id"], row["version"], **own))
    index = AssetIndex()
    for client, assets in clients.items():
        index.put(client, assets)
    wanted = {
        (row["client"], row["item_id"], row["asset_id"]): row["affected"] for row in lines(bench / "cve_labels.jsonl")
    }
    found: dict[tuple[str, str, str], str] = {}
    for row in lines(bench / "cve_configurations.jsonl"):
        item = cve(row["item_id"], *[match_of(m) for m in row["configurations"]])
        for client, verdict in index.judge(item):
            found[(client, row["item_id"], verdict.match.subject_id)] = verdict.kind
    assert set(found) == set(wanted)
    assert {pair for pair, kind in found.items() if kind == "affected"} == {p for p, yes in wanted.items() if yes}
    assert Counter(found.values())["version-unknown"] == 0


def nvd_matches(folder: Path) -> Iterator[CpeMatch]:
    """Every vulnerable criterion with a concrete product, of the 4,000 overrides and the records of osv's test data."""
    records: list[Any] = []
    with gzip.open(folder / "nvd_overrides_4000.jsonl.gz", "rt", encoding="utf-8") as file:
        records += [json.loads(line)["cve"] for line in file]
    for path in sorted((folder / "osv_nvd2").glob("*.json")):
        page = json.loads(path.read_text(encoding="utf-8"))
        entries = page.get("vulnerabilities", []) if isinstance(page, dict) else []
        records += [entry["cve"] for entry in entries if isinstance(entry, dict) and "cve" in entry]
    for record in records:
        for configuration in record.get("configurations", []):
            for node in configuration["nodes"]:
                yield from (match_of(m) for m in node["cpeMatch"] if m["vulnerable"] and _concrete(m["criteria"]))


def _concrete(criteria: str) -> bool:
    name = cpe_names.parse(criteria)
    return name is not None and not cpe_names.has_wildcard(name.product)


def judged(match: CpeMatch, version: str) -> str:
    name = cpe_names.parse(match.criteria)
    assert name is not None
    bare = cpe_names.Cpe(name.part, name.vendor, name.product, target_sw=name.target_sw, sw_edition=name.sw_edition)
    verdict = judge_vulnerability(cve("CVE-2026-1", match), asset("A", version, cpe=bare.formatted()))
    assert verdict is not None, match
    return verdict.kind


def neighbours(bound: str) -> list[str]:
    """Versions just below and just above a dotted one, none of them a shortened form."""
    parts = [int(p) for p in bound.split(".")]
    text = [".".join(map(str, [*parts, 1])), ".".join(map(str, [*parts[:-1], parts[-1] + 1]))]
    if parts[-1] > 0:
        text.append(".".join(map(str, [*parts[:-1], parts[-1] - 1, 999])))
    return text


def test_every_real_boundary_flips_the_verdict(shared_data: Path) -> None:
    """At each bound as written the verdict is what inclusive and exclusive say; nothing real is left unknown there."""
    count: Counter[str] = Counter()
    wrong: list[tuple[CpeMatch, str]] = []
    for match in nvd_matches(shared_data / "nvd"):
        bounds = {
            match.version_start_including: "affected",
            match.version_end_including: "affected",
            match.version_start_excluding: "version-not-affected",
            match.version_end_excluding: "version-not-affected",
        }
        start = match.version_start_including or match.version_start_excluding
        end = match.version_end_including or match.version_end_excluding
        if start and end and start == end:
            continue  # an empty or one-point range
        for bound, expected in bounds.items():
            if bound.lower() in NO_BOUND:
                continue
            kind = judged(match, bound)
            count[kind if kind == "version-unknown" else "right" if kind == expected else "wrong"] += 1
            if kind not in {expected, "version-unknown"}:
                wrong.append((match, bound))
    assert wrong == []
    assert count["right"] > 10_000
    assert count["version-unknown"] / count.total() < 0.02


def test_versions_beside_every_dotted_boundary(shared_data: Path) -> None:
    """Against an order that is not ours (packaging), just inside and just outside every range of plain numbers."""
    count: Counter[str] = Counter()
    for match in nvd_matches(shared_data / "nvd"):
        bounds = [
            b
            for b in (
                match.version_start_including,
                match.version_start_excluding,
                match.version_end_including,
                match.version_end_excluding,
            )
            if b
        ]
        if not bounds or not all(DOTTED.fullmatch(b) for b in bounds):
            continue
        for bound in bounds:
            for text in neighbours(bound):
                version = Version(text)
                inside = not (
                    (match.version_start_including and version < Version(match.version_start_including))
                    or (match.version_start_excluding and version <= Version(match.version_start_excluding))
                    or (match.version_end_including and version > Version(match.version_end_including))
                    or (match.version_end_excluding and version >= Version(match.version_end_excluding))
                )
                kind = judged(match, text)
                count[kind] += 1
                if kind != "version-unknown":
                    assert (kind == "affected") == inside, (match, text)
    assert min(count["affected"], count["version-not-affected"]) > 5_000
    assert count["version-unknown"] / count.total() < 0.02


def adp_records(folder: Path) -> Iterator[tuple[str, AffectedProduct]]:
    with gzip.open(folder / "compact_with_adp_cpe_2023_2024.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            for raw in record["adp"]:
                versions = tuple(
                    AffectedVersion(
                        version=v["version"],
                        status=v["status"],
                        less_than=v.get("lessThan", ""),
                        less_than_or_equal=v.get("lessThanOrEqual", ""),
                        version_type=v.get("versionType", ""),
                    )
                    for v in raw["versions"]
                )
                yield (
                    record["cve"],
                    AffectedProduct(
                        vendor=raw["vendor"],
                        product=raw["product"],
                        cpes=tuple(raw["cpes"]),
                        versions=versions,
                        provider="CISA-ADP",
                    ),
                )


@pytest.mark.slow
def test_what_cisa_adds_to_a_record_is_read(shared_data: Path) -> None:
    """Single versions, inclusive and exclusive ends of about 30,000 `affected` entries say what they say."""
    count: Counter[tuple[str, str]] = Counter()
    for cve_id, product in adp_records(shared_data / "vulnrichment"):
        if not (product.vendor and product.product) or product.vendor.lower() == "n/a":
            continue
        item = Vulnerability(cve_id=cve_id, affected=(product,))
        for entry in product.versions:
            end = entry.less_than or entry.less_than_or_equal
            version = end or entry.version
            # Another entry of the product may speak of the same version, so each is looked at alone.
            if entry.status != "affected" or entry.version_type == "git" or not DOTTED.fullmatch(version):
                continue
            alone = item.model_copy(update={"affected": (product.model_copy(update={"versions": (entry,)}),)})
            verdict = judge_vulnerability(alone, asset("A", version, vendor=product.vendor, product=product.product))
            assert verdict is not None, (cve_id, product)
            shape = "less-than" if entry.less_than else "up-to" if end else "single"
            count[(shape, verdict.kind)] += 1
    right = {"less-than": "version-not-affected", "up-to": "affected", "single": "affected"}
    for shape, expected in right.items():
        total = sum(n for (s, _), n in count.items() if s == shape)
        assert total > 3_000
        assert count[(shape, expected)] + count[(shape, "version-unknown")] == total, count
        assert count[(shape, expected)] / total > 0.98, count
