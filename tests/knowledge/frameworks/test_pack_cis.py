"""The CIS Controls 8.1 pack has all 18 controls and 153 safeguards with their published attributes."""

from collections import Counter
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
PACK = ROOT / "knowledge" / "frameworks" / "data" / "cis-controls-8.1.yaml"

# Safeguards per control: (in all, in IG1, in IG2), from the implementation group tables of the CIS guide.
COUNTS = {
    1: (5, 2, 4),
    2: (7, 3, 6),
    3: (14, 6, 12),
    4: (12, 7, 11),
    5: (6, 4, 6),
    6: (8, 5, 7),
    7: (7, 4, 7),
    8: (12, 3, 11),
    9: (7, 2, 6),
    10: (7, 3, 7),
    11: (5, 4, 5),
    12: (8, 1, 7),
    13: (11, 0, 6),
    14: (9, 8, 9),
    15: (7, 1, 4),
    16: (14, 0, 11),
    17: (9, 3, 8),
    18: (5, 0, 3),
}
ASSET_CLASSES = {"Data", "Devices", "Documentation", "Network", "Software", "Users"}
FUNCTIONS = {"Govern", "Identify", "Protect", "Detect", "Respond", "Recover"}


@pytest.fixture(scope="module")
def rows() -> list[dict]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document = yaml.load(PACK.read_text(encoding="utf-8"), Loader=loader)
    assert document["framework"]["id"] == PACK.stem
    return document["requirements"]


@pytest.fixture(scope="module")
def safeguards(rows) -> list[dict]:
    return [row for row in rows if row["kind"] == "safeguard"]


def test_structure_is_the_published_one(rows):
    expected = []
    for control, (count, _, _) in COUNTS.items():
        expected += [str(control), *(f"{control}.{n}" for n in range(1, count + 1))]
    assert [row["id"] for row in rows] == expected
    assert len(expected) == 18 + 153


def test_parents_come_first_and_only_safeguards_are_assessable(rows):
    for row in rows:
        control, dot, _ = row["id"].partition(".")
        assert bool(row.get("assessable")) is bool(dot)
        assert row.get("parent") == (control if dot else None)


def test_implementation_groups_are_cumulative_and_counted(safeguards):
    for control, (count, ig1, ig2) in COUNTS.items():
        groups = [row["attributes"]["implementation_groups"] for row in safeguards if row["parent"] == str(control)]
        assert all(group == ["IG1", "IG2", "IG3"][-len(group) :] for group in groups)
        assert len(groups) == count
        assert sum("IG1" in group for group in groups) == ig1
        assert sum("IG2" in group for group in groups) == ig2
    totals = Counter(group for row in safeguards for group in row["attributes"]["implementation_groups"])
    assert totals == {"IG1": 56, "IG2": 130, "IG3": 153}


def test_asset_class_and_function_are_known(safeguards):
    assert {row["attributes"]["asset_class"] for row in safeguards} == ASSET_CLASSES
    assert {row["attributes"]["security_function"] for row in safeguards} == FUNCTIONS


@pytest.mark.parametrize(
    ("number", "phrases"),
    [
        ("4.3", ["15 minutes", "2 minutes"]),
        ("4.10", ["20 tries", "10 on tablets"]),
        ("5.1", ["quarterly"]),
        ("5.2", ["8 characters with MFA", "14 without"]),
        ("5.3", ["45 days"]),
        ("7.3", ["monthly"]),
        ("7.5", ["quarterly", "with and without"]),
        ("7.6", ["monthly"]),
        ("8.4", ["two"]),
        ("8.10", ["90 days"]),
        ("8.11", ["weekly"]),
        ("11.2", ["weekly"]),
        ("11.5", ["quarterly"]),
        ("13.11", ["monthly"]),
        ("14.1", ["at hire", "yearly"]),
        ("18.2", ["yearly"]),
    ],
)
def test_numbers_and_times_are_kept(safeguards, number, phrases):
    summary = next(row["summary"] for row in safeguards if row["id"] == number)
    for phrase in phrases:
        assert phrase.casefold() in summary.casefold()


def test_every_row_is_written_and_none_twice(rows, safeguards):
    texts = [row["summary"] for row in rows] + [row["question"] for row in safeguards]
    assert all(len(text.split()) >= 5 for text in texts)
    assert len({text.casefold() for text in texts}) == len(texts)
    assert all(2 <= len(row["keywords"]) <= 8 for row in safeguards)
