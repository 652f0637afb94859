"""CSAF documents with product tree, relationships and VEX; and the lists that lead to them."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from ingest.sandbox import run_parser_many
from ingest.sources import csaf, csaf_index
from knowledge.errors import BadInputError
from knowledge.records.advisory import Advisory

DOCUMENT: dict[str, Any] = {
    "document": {
        "category": "csaf_vex",
        "csaf_version": "2.0",
        "title": "Flaw in Widget",
        "publisher": {"category": "vendor", "name": "Example", "namespace": "https://psirt.example"},
        "tracking": {
            "id": "EX-2026-1", "version": "2", "status": "final",
            "initial_release_date": "2026-08-01T10:00:00Z", "current_release_date": "2026-08-03T10:00:00+02:00",
        },
        "distribution": {"tlp": {"label": "WHITE"}},
        "notes": [{"category": "summary", "text": "In short."}],
        "references": [
            {"category": "self", "url": "https://psirt.example/ex-2026-1.json"},
            {"category": "self", "url": "https://psirt.example/ex-2026-1"},
        ],
    },
    "product_tree": {
        "branches": [
            {
                "category": "vendor", "name": "Example",
                "branches": [
                    {
                        "category": "product_name", "name": "Widget",
                        "branches": [
                            {"category": "product_version", "name": "1.0",
                             "product": {"product_id": "P1", "name": "Widget 1.0",
                                         "product_identification_helper": {"cpe": "cpe:2.3:a:example:widget:1.0"}}},
                            {"category": "product_version_range", "name": "vers:semver/<1.5",
                             "product": {"product_id": "P2", "name": "Widget before 1.5"}},
                        ],
                    }
                ],
            }
        ],
        "full_product_names": [{"product_id": "OS", "name": "Example OS 7"}],
        "relationships": [
            {"category": "default_component_of", "product_reference": "P1", "relates_to_product_reference": "OS",
             "full_product_name": {"product_id": "OS:P1", "name": "Widget 1.0 as part of Example OS 7"}},
            {"category": "default_component_of", "product_reference": "NO", "relates_to_product_reference": "OS",
             "full_product_name": {"product_id": "OS:NO", "name": "dangling"}},
        ],
        "product_groups": [{"group_id": "G", "product_ids": ["P1", "P2"]}],
    },
    "vulnerabilities": [
        {
            "cve": "CVE-2026-1111",
            "notes": [{"category": "description", "text": "A flaw."}],
            "product_status": {"known_affected": ["P2"], "known_not_affected": ["OS:P1"], "bogus": ["P1"]},
            "flags": [{"label": "vulnerable_code_not_present", "product_ids": ["OS:P1"]}],
            "remediations": [{"category": "vendor_fix", "details": "Update.", "group_ids": ["G"],
                              "url": "https://psirt.example/fix"}],
            "scores": [{"cvss_v3": {"baseScore": 9.8}}, {"products": [], "cvss_v2": {"baseScore": 5}}],
        }
    ],
}  # fmt: skip


def advisory(document: Any = DOCUMENT) -> Advisory:
    return Advisory.model_validate(csaf.parse(json.dumps(document).encode(), {})["records"][0])


def changed(*path: Any, value: Any) -> Any:
    document = copy.deepcopy(DOCUMENT)
    spot = document
    for key in path[:-1]:
        spot = spot[key]
    spot[path[-1]] = value
    return document


def test_document() -> None:
    found = advisory()
    assert found.id == "https://psirt.example::EX-2026-1"
    assert (found.category, found.tlp, found.summary) == ("csaf_vex", "WHITE", "In short.")
    assert found.updated_at.isoformat() == "2026-08-03T08:00:00+00:00"
    assert found.url == "https://psirt.example/ex-2026-1"


def test_product_tree_is_flattened_and_relationships_composed() -> None:
    products = {product.product_id: product for product in advisory().products}
    assert set(products) == {"P1", "P2", "OS", "OS:P1", "OS:NO"}
    assert (products["P1"].vendor, products["P1"].product, products["P1"].version) == ("Example", "Widget", "1.0")
    assert products["P2"].version_range == "vers:semver/<1.5"
    composed = products["OS:P1"]
    assert (composed.product, composed.version, composed.name) == (
        "Widget",
        "1.0",
        "Widget 1.0 as part of Example OS 7",
    )
    assert composed.cpe == "cpe:2.3:a:example:widget:1.0"
    assert products["OS:NO"].name == "dangling"
    skipped = csaf.parse(json.dumps(DOCUMENT).encode(), {})["skipped"]
    assert skipped == [("OS:NO", "refers to product NO, which is not there")]


def test_status_flags_and_remediations() -> None:
    (one,) = advisory().vulnerabilities
    assert one.status == {"known_affected": ("P2",), "known_not_affected": ("OS:P1",)}
    assert one.justifications == {"vulnerable_code_not_present": ("OS:P1",)}
    assert one.remediations[0].product_ids == ("P1", "P2")
    assert (one.cvss_score, one.description) == (9.8, "A flaw.")


def deep_tree() -> list[Any]:
    branch: dict[str, Any] = {"category": "product_name", "name": "x"}
    for _ in range(60):
        branch = {"category": "product_family", "name": "x", "branches": [branch]}
    return [branch]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({}, "no 'document.csaf_version'"),
        (changed("document", "csaf_version", value="2.1"), "CSAF 2.1"),
        (changed("document", "tracking", value={}), "tracking"),
        (changed("document", "publisher", value="x"), "publisher"),
        (changed("document", "tracking", "current_release_date", value="soon"), "isoformat"),
        (changed("document", "tracking", "status", value="odd"), "status"),
        (changed("product_tree", "branches", value=[1]), "not a CSAF 2.0"),
        (changed("product_tree", "branches", value=deep_tree()), "deeper than 30"),
        (changed("vulnerabilities", 0, "scores", 0, "cvss_v3", "baseScore", value=11), "less than or equal"),
        (changed("vulnerabilities", value={"a": 1}), "valid list"),
    ],
)
def test_what_is_no_document_says_so(document: Any, words: str) -> None:
    with pytest.raises(BadInputError, match=words):
        csaf.parse(json.dumps(document).encode(), {})


def test_a_bad_cve_id_is_noted_and_the_rest_kept() -> None:
    result = csaf.parse(json.dumps(changed("vulnerabilities", 0, "cve", value="CVE-?")).encode(), {})
    assert ("vulnerability", "'CVE-?' is not a CVE id") in [tuple(skip) for skip in result["skipped"]]
    assert "cve_id" not in result["records"][0]["vulnerabilities"][0]


def test_all_real_documents(shared_data: Path) -> None:
    paths = sorted(path for path in (shared_data / "csaf").rglob("*.json") if path.is_file())
    results = run_parser_many("source.csaf", [(path.name, path.read_bytes()) for path in paths])
    read = {
        path: Advisory.model_validate(r["records"][0])
        for path, r in zip(paths, results, strict=True)
        if isinstance(r, dict)
    }
    refused = [path.name for path, r in zip(paths, results, strict=True) if isinstance(r, BadInputError)]
    assert (len(paths), len(read)) == (78, 62)
    assert all(("ROLIE" in n or "aggregator" in n or "provider" in n or n.startswith("example-0")) for n in refused)
    for path, found in read.items():
        ids = {product.product_id for product in found.products}
        named = {p for v in found.vulnerabilities for group in v.status.values() for p in group}
        assert named <= ids, path.name
    vex = [a for p, a in read.items() if "sec-vex" in p.name]
    assert any(v.justifications for a in vex for v in a.vulnerabilities)


# ---- lists

BASE = "https://psirt.example/.well-known/csaf/provider-metadata.json"


def index(data: Any, url: str = BASE) -> dict[str, Any]:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return csaf_index.parse(raw, {"url": url})


def test_provider_metadata_gives_public_rolie_feeds_before_directories() -> None:
    feeds = [
        {"tlp_label": "WHITE", "url": "https://psirt.example/white.json"},
        {"tlp_label": "AMBER", "url": "https://psirt.example/amber.json"},
        {"url": 7},
    ]
    found = index({"distributions": [{"rolie": {"feeds": feeds}}, {"directory_url": "https://psirt.example/d/"}]})
    assert found["indexes"] == ["https://psirt.example/white.json"]
    found = index({"distributions": [{"directory_url": "https://psirt.example/d/"}]})
    assert found["indexes"] == ["https://psirt.example/d/changes.csv"]


def test_rolie_feed_and_changes_come_newest_first_with_absolute_addresses() -> None:
    entries = [
        {"updated": "2026-08-01T10:00:00Z", "content": {"src": "2026/a.json"}},
        {"updated": "2026-08-02T10:00:00Z", "content": {"src": "https://psirt.example/b.json"}},
        {"updated": "2026-08-02T10:00:00Z", "content": {"src": "file:///etc/passwd"}},
        {"title": "x"},
    ]
    found = index({"feed": {"entry": entries}}, "https://psirt.example/csaf/feed.json")
    assert [url for url, _ in found["documents"]] == [
        "https://psirt.example/b.json",
        "https://psirt.example/csaf/2026/a.json",
    ]
    assert len(found["skipped"]) == 2
    lines = b'"2026/a.json","2026-08-01T10:00:00Z"\n"2026/b.json","2026-08-02T10:00:00Z"\n\nREADME,x\n'
    found = index(lines, "https://psirt.example/d/changes.csv")
    assert found["documents"][0] == ("https://psirt.example/d/2026/b.json", "2026-08-02T10:00:00+00:00")
    assert found["skipped"] == [("line 4", "names no JSON document")]
    assert index(b"2026/a.json\n", "https://psirt.example/d/index.txt")["documents"] == [
        ("https://psirt.example/d/2026/a.json", "")
    ]


@pytest.mark.parametrize(
    "data", [b"", b"<html>.json</html>", b"\xff\xfe.json", b"{}", b'{"feed": 1}', b'{"distributions": []}', b"words"]
)
def test_what_is_no_list_says_so(data: bytes) -> None:
    with pytest.raises(BadInputError):
        index(data)


def test_restricted_lists_of_a_service_are_left_out(shared_data: Path) -> None:
    found = index((shared_data / "csaf/oasis/ROLIE__example-02-service.json").read_bytes())
    assert found["indexes"] == ["https://psirt.domain.tld/advisories/csaf/feed-tlp-white.json"]
