"""The text rules on real CVE records outside the bench: is the configuration's product found, and are its versions?"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from advisor.triage.cpe import parse, unescape
from advisor.triage.masks import mask_identifiers
from advisor.triage.subjects import ItemText, Subject
from advisor.triage.textmatch import TextMatcher
from advisor.triage.versions import Range, in_range, scheme_for

NAMED = ("affected", "version-unknown", "version-not-affected")

Name = tuple[str, str]


def first_half(key: str) -> bool:
    return hashlib.sha256(key.encode()).digest()[0] < 128


def stated(record: dict[str, Any]) -> dict[Name, list[Range]]:
    """Product -> its affected ranges, as the record's configurations state them."""
    found: dict[Name, list[Range]] = defaultdict(list)
    nodes = (node for one in record["cve"].get("configurations", ()) for node in one["nodes"])
    for match in (match for node in nodes for match in node["cpeMatch"] if match.get("vulnerable", True)):
        name = parse(match["criteria"])
        if name is None:
            continue
        key = (unescape(name.vendor).replace("_", " "), unescape(name.product).replace("_", " "))
        version = unescape(name.version)
        if version not in ("", "*", "-"):
            found[key].append(Range(exact=version))
            continue
        start, after = match.get("versionStartIncluding", ""), match.get("versionStartExcluding", "")
        end, before = match.get("versionEndIncluding", ""), match.get("versionEndExcluding", "")
        found[key].append(
            Range(start=start or after, start_inclusive=not after, end=end or before, end_inclusive=bool(end))
        )
    return found


def records(shared_data: Path, *, first: bool) -> dict[str, tuple[ItemText, dict[Name, list[Range]]]]:
    with (shared_data / "bench/triage/cve_items.jsonl").open(encoding="utf-8") as lines:
        bench = {json.loads(line)["item_id"] for line in lines}
    found = {}
    with gzip.open(shared_data / "nvd/nvd_overrides_4000.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            key, about = record["id"], record["_annotation"]
            told = about.get("description")
            if key not in bench and told and int(key[4:8]) >= 2024 and first_half(key) is first:
                links = tuple(about.get("references") or ())
                found[key] = (ItemText("cve", key, "", mask_identifiers(told), links), stated(record))
    return found


@pytest.mark.parametrize("first", [True, False])
def test_products_and_versions_of_real_records(shared_data: Path, first: bool) -> None:
    items = records(shared_data, first=first)
    bounds: dict[Name, set[str]] = defaultdict(set)
    for _, ranges in items.values():
        for name, mine in ranges.items():
            bounds[name] |= {text for rng in mine for text in (rng.start, rng.end, rng.exact) if text.strip("0.")}
    rows: dict[str, tuple[Name, str]] = {}
    for name in sorted(bounds):
        for version in sorted(bounds[name], key=lambda text: hashlib.sha256(text.encode()).hexdigest())[:2] or [""]:
            rows[f"A{len(rows)}"] = (name, version)
    matcher = TextMatcher.build(
        ("firm", Subject("asset", key, key, vendor, product, version))
        for key, ((vendor, product), version) in rows.items()
    )
    products: Counter[str] = Counter()
    versions: Counter[bool] = Counter()
    for item, ranges in items.values():
        told = {one.verdict.match.subject_id: one.verdict.kind for one in matcher.judge(item)}
        named = {rows[key][0] for key, kind in told.items() if kind in NAMED}
        products.update(hit=len(named & set(ranges)), wrong=len(named - set(ranges)), missed=len(set(ranges) - named))
        for key, kind in told.items():
            name, version = rows[key]
            if kind not in NAMED or name not in ranges or not version:
                continue
            answers = {in_range(version, rng, scheme_for(*name)) for rng in ranges[name]}
            if "yes" in answers or answers == {"no"}:
                versions[("yes" in answers) is (kind != "version-not-affected")] += 1
    precision = products["hit"] / (products["hit"] + products["wrong"])
    recall = products["hit"] / (products["hit"] + products["missed"])
    agreement = versions[True] / versions.total()
    # measured: .942 and .919, .841 and .845, .915 and .920 (first half, second half)
    assert (precision > 0.91, recall > 0.83, agreement > 0.905) == (True, True, True), (precision, recall, agreement)
