"""PCI DSS pack: structure, dates and applicability of v4.0.1; the wording must be ours, so only facts are checked."""

import datetime
import re
from pathlib import Path

import pytest
import yaml

PACK = Path(__file__).resolve().parents[3] / "knowledge" / "frameworks" / "data" / "pci-dss-4.0.1.yaml"

# Defined-approach requirements under each section, deeper ones (x.y.z.n) counted too.
COUNTS = {
    "1.1": 2, "1.2": 8, "1.3": 3, "1.4": 5, "1.5": 1,
    "2.1": 2, "2.2": 7, "2.3": 2,
    "3.1": 2, "3.2": 1, "3.3": 6, "3.4": 2, "3.5": 4, "3.6": 5, "3.7": 9,
    "4.1": 2, "4.2": 4,
    "5.1": 2, "5.2": 4, "5.3": 6, "5.4": 1,
    "6.1": 2, "6.2": 5, "6.3": 3, "6.4": 3, "6.5": 6,
    "7.1": 2, "7.2": 7, "7.3": 3,
    "8.1": 2, "8.2": 8, "8.3": 12, "8.4": 3, "8.5": 1, "8.6": 3,
    "9.1": 2, "9.2": 5, "9.3": 5, "9.4": 10, "9.5": 5,
    "10.1": 2, "10.2": 9, "10.3": 4, "10.4": 5, "10.5": 1, "10.6": 3, "10.7": 3,
    "11.1": 2, "11.2": 2, "11.3": 6, "11.4": 7, "11.5": 3, "11.6": 1,
    "12.1": 4, "12.2": 1, "12.3": 4, "12.4": 3, "12.5": 4, "12.6": 5, "12.7": 1, "12.8": 5, "12.9": 2, "12.10": 8,
    "A1.1": 4, "A1.2": 3, "A2.1": 3,
    "A3.1": 4, "A3.2": 10, "A3.3": 4, "A3.4": 1, "A3.5": 1,
}  # fmt: skip
# The 51 requirements of v4.0 that were best practice until 31 March 2025.
FUTURE_DATED = [
    "3.2.1", "3.3.2", "3.3.3", "3.4.2", "3.5.1.1", "3.5.1.2", "3.6.1.1", "4.2.1", "4.2.1.1", "5.2.3.1", "5.3.2.1",
    "5.3.3", "5.4.1", "6.3.2", "6.4.2", "6.4.3", "7.2.4", "7.2.5", "7.2.5.1", "8.3.6", "8.3.10.1", "8.4.2", "8.5.1",
    "8.6.1", "8.6.2", "8.6.3", "9.5.1.2.1", "10.4.1.1", "10.4.2.1", "10.7.2", "10.7.3", "11.3.1.1", "11.3.1.2",
    "11.4.7", "11.5.1.1", "11.6.1", "12.3.1", "12.3.3", "12.3.4", "12.5.2.1", "12.5.3", "12.6.2", "12.6.3.1",
    "12.6.3.2", "12.10.4.1", "12.10.5", "12.10.7", "A1.1.1", "A1.1.4", "A1.2.3", "A3.3.1",
]  # fmt: skip
SERVICE_PROVIDERS = [
    "3.6.1.1", "3.7.9", "8.2.3", "8.3.10", "8.3.10.1", "10.7.1", "11.4.6", "11.4.7", "11.5.1.1", "12.4.1", "12.4.2",
    "12.4.2.1", "12.5.2.1", "12.5.3", "12.9.1", "12.9.2", "A1.1.1", "A1.1.2", "A1.1.3", "A1.1.4", "A1.2.1",
    "A1.2.2", "A1.2.3", "A2.1.2", "A2.1.3",
]  # fmt: skip


@pytest.fixture(scope="module")
def rows():
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(PACK.read_text(encoding="utf-8"), Loader=loader)["requirements"]


def attribute(rows, name):
    return [r["id"] for r in rows if r.get("attributes", {}).get(name)]


def test_requirements_and_sections(rows):
    assert [r["id"] for r in rows if r["kind"] == "requirement"] == [str(n) for n in range(1, 13)]
    assert [r["id"] for r in rows if r["kind"] == "appendix"] == ["A1", "A2", "A3"]
    assert [r["id"] for r in rows if r["kind"] == "section"] == list(COUNTS)


def test_counts_per_section(rows):
    def section(row_id):
        return ".".join(row_id.split(".")[:2])

    defined = [r["id"] for r in rows if r["kind"] == "defined_requirement"]
    assert {s: sum(1 for i in defined if section(i) == s) for s in COUNTS} == COUNTS
    assert sum(n for s, n in COUNTS.items() if not s.startswith("A")) == 250
    assert [r["id"] for r in rows if r.get("assessable")] == defined


def test_ids_are_consecutive_and_parents_follow_from_ids(rows):
    ids = {r["id"] for r in rows}
    for row in rows:
        head, _, last = row["id"].rpartition(".")
        if head:
            assert row["parent"] == head
            assert int(last) == 1 or f"{head}.{int(last) - 1}" in ids
        else:
            assert "parent" not in row


def test_future_dated_requirements(rows):
    assert len(FUTURE_DATED) == 51
    assert attribute(rows, "effective") == FUTURE_DATED
    assert {r["attributes"]["effective"] for r in rows if "effective" in r.get("attributes", {})} == {
        datetime.date(2025, 3, 31)
    }


def test_service_provider_requirements(rows):
    assert attribute(rows, "service_providers_only") == SERVICE_PROVIDERS
    assert attribute(rows, "issuers_only") == ["3.3.3"]
    assert attribute(rows, "superseded_by") == ["6.4.1", "8.3.10", "10.7.1"]


def test_frequencies_and_limits(rows):
    by_id = {r["id"]: r for r in rows}
    for row_id, words in {
        "1.2.7": "six months",
        "8.2.6": "90 days",
        "8.2.8": "15 minutes",
        "8.3.4": "10 invalid attempts",
        "8.3.6": "12 characters",
        "8.3.7": "last four",
        "10.5.1": "12 months",
        "11.3.1": "three months",
        "11.3.2.1": "CVSS 4.0",
        "11.5.2": "weekly",
        "6.3.3": "one month",
    }.items():
        assert words in by_id[row_id]["summary"]


def test_titles_are_ours_and_short(rows):
    for row in rows:
        assert row["title_ours"] is True
        assert len(re.findall(r"\w+", row["title"])) <= 10


def test_tree_and_texts(rows):
    seen, texts = set(), set()
    for row in rows:
        assert row["id"] not in seen
        assert row.get("parent") is None or row["parent"] in seen
        seen.add(row["id"])
        assert row["summary"].strip()
        if row.get("assessable"):
            assert row["question"].strip()
            assert 2 <= len(row["keywords"]) <= 8
            text = f"{row['title']} {row['summary']}".lower()
            assert not [k for k in row["keywords"] if k.lower() in text]
        for key in ("summary", "question"):
            if key in row:
                assert row[key] not in texts
                texts.add(row[key])
