"""Real CSAF documents: each product of a tree, held as an asset, gets the verdict that its status says."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from advisor.triage.advisories import judge_advisory, product_keys
from ingest.sources.csaf import parse
from knowledge.errors import BadInputError
from knowledge.records.advisory import Advisory
from knowledge.records.asset import Asset

NOW = datetime(2026, 8, 7, tzinfo=UTC)
AGAINST = {"affected": {"version-not-affected"}, "cleared": {"affected"}}
CLEARED = {"fixed", "first_fixed", "known_not_affected"}


def advisories(folder: Path) -> list[Advisory]:
    found: list[Advisory] = []
    for path in sorted(folder.rglob("*.json")):
        try:
            records = parse(path.read_bytes(), {})["records"]
        except BadInputError:
            continue  # provider metadata and feeds lie beside the advisories
        found += [Advisory.model_validate(record) for record in records]
    return found


def test_no_status_is_turned_round(shared_data: Path) -> None:
    count: Counter[tuple[str, str]] = Counter()
    for advisory in advisories(shared_data / "csaf"):
        for product in advisory.products:
            statuses = {s for v in advisory.vulnerabilities for s, ids in v.status.items() if product.product_id in ids}
            side = (
                "affected" if statuses == {"known_affected"} else "cleared" if statuses and statuses <= CLEARED else ""
            )
            if not side or not product_keys(product):
                continue
            asset = Asset(
                id="A",
                name="A",
                vendor=product.vendor,
                product=product.product,
                version=product.version,
                cpe=product.cpe,
                purl=product.purl,
                updated_at=NOW,
            )
            verdict = judge_advisory(advisory, asset)
            assert verdict is not None, (advisory.id, product)
            assert verdict.kind not in AGAINST[side], (advisory.id, product, verdict.reason)
            count[(side, verdict.kind)] += 1
    assert count[("affected", "affected")] > 500
    assert count[("cleared", "version-not-affected")] > 50
