"""The ISO 27001:2022 pack has every numbered clause of 4 to 10 and all 93 Annex A controls."""

import csv
import os
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
PACK = ROOT / "knowledge" / "frameworks" / "data" / "iso-27001-2022.yaml"
SHARED = Path(os.environ.get("VCISO_SHARED", ROOT.parent / "shared"))
TITLES = SHARED / "data" / "frameworks" / "crosswalk" / "iso27001_2022_ids_titles.csv"

# Clause -> its numbered sub-clauses, in order.
CLAUSES = {
    "4": ["4.1", "4.2", "4.3", "4.4"],
    "5": ["5.1", "5.2", "5.3"],
    "6": ["6.1", "6.1.1", "6.1.2", "6.1.3", "6.2", "6.3"],
    "7": ["7.1", "7.2", "7.3", "7.4", "7.5", "7.5.1", "7.5.2", "7.5.3"],
    "8": ["8.1", "8.2", "8.3"],
    "9": ["9.1", "9.2", "9.2.1", "9.2.2", "9.3", "9.3.1", "9.3.2", "9.3.3"],
    "10": ["10.1", "10.2"],
}
THEMES = {"A.5": 37, "A.6": 8, "A.7": 14, "A.8": 34}

# Where the list we compare with differs from the standard's own title (capitals, spelling, an added word).
LIST_DIFFERS = {
    "6.1.2": "Information security risk assessment",
    "7.5": "Documented information",
    "7.5.2": "Creating and updating",
    "8": "Operation",
    "A.5": "Organizational controls",
    "A.7.6": "Working in secure areas",
}


@pytest.fixture(scope="module")
def rows() -> list[dict]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document = yaml.load(PACK.read_text(encoding="utf-8"), Loader=loader)
    assert document["framework"]["id"] == PACK.stem
    return document["requirements"]


def test_structure_is_the_published_one(rows):
    clauses = [item for clause, parts in CLAUSES.items() for item in [clause, *parts]]
    controls = [
        item for theme, count in THEMES.items() for item in [theme, *(f"{theme}.{n}" for n in range(1, count + 1))]
    ]
    assert [row["id"] for row in rows] == clauses + controls
    assert sum(row["kind"] == "control" for row in rows) == 93
    assert all(isinstance(row["id"], str) for row in rows), "10.1 must not be read as a number"


def test_parents_come_first_and_leaves_are_assessable(rows):
    parents = {row["parent"] for row in rows if "parent" in row}
    seen: set[str] = set()
    for row in rows:
        if "." in row["id"].removeprefix("A."):
            assert row["parent"] == row["id"].rpartition(".")[0]
            assert row["parent"] in seen
        else:
            assert "parent" not in row
        assert bool(row.get("assessable")) is (row["id"] not in parents), row["id"]
        seen.add(row["id"])
    assert sum(bool(row.get("assessable")) for row in rows) == 30 + 93


def test_every_row_is_written_and_none_twice(rows):
    texts = [row["summary"] for row in rows] + [row["question"] for row in rows if row.get("assessable")]
    assert all(len(text.split()) >= 4 for text in texts)
    assert len({text.casefold() for text in texts}) == len(texts)
    assert all(2 <= len(row["keywords"]) <= 8 for row in rows if row.get("assessable"))


def test_titles_match_the_list(rows):
    if not TITLES.exists():
        pytest.skip(f"list of ids and titles not found at {TITLES}")
    with TITLES.open(encoding="utf-8", newline="") as lines:
        listed = {entry["id"]: entry["title"] for entry in csv.DictReader(lines)}
    assert {row["id"] for row in rows} == listed.keys() - {"core", "annex-a"}
    for row in rows:
        assert row["title"] == LIST_DIFFERS.get(row["id"], listed[row["id"]])
