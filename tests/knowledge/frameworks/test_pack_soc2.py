"""The SOC 2 pack has all 61 trust services criteria, by number only, with titles and words of our own."""

from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
PACK = ROOT / "knowledge" / "frameworks" / "data" / "soc2-tsc-2017-rev2022.yaml"

# Criteria per series, from TSP section 100 (2017, points of focus revised 2022).
SERIES = {
    "CC": {"CC1": 5, "CC2": 3, "CC3": 4, "CC4": 2, "CC5": 3, "CC6": 8, "CC7": 5, "CC8": 1, "CC9": 2},
    "A": {"A1": 3},
    "C": {"C1": 2},
    "PI": {"PI1": 5},
    "P": {"P1": 1, "P2": 1, "P3": 2, "P4": 3, "P5": 2, "P6": 7, "P7": 1, "P8": 1},
}
# Series -> COSO principles, in the order of its criteria.
COSO = {"CC1": range(1, 6), "CC2": range(13, 16), "CC3": range(6, 10), "CC4": range(16, 18), "CC5": range(10, 13)}


@pytest.fixture(scope="module")
def rows() -> list[dict]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document = yaml.load(PACK.read_text(encoding="utf-8"), Loader=loader)
    assert document["framework"]["id"] == PACK.stem
    return document["requirements"]


def test_structure_is_the_published_one(rows):
    expected = []
    for category, series in SERIES.items():
        expected.append(category)
        for name, count in series.items():
            expected += [name, *(f"{name}.{n}" for n in range(1, count + 1))]
    assert [row["id"] for row in rows] == expected
    totals = {category: sum(series.values()) for category, series in SERIES.items()}
    assert totals == {"CC": 33, "A": 3, "C": 2, "PI": 5, "P": 18}


def test_parents_come_first_and_only_criteria_are_assessable(rows):
    parent_of = {name: category for category, series in SERIES.items() for name in series}
    for row in rows:
        series, dot, _ = row["id"].partition(".")
        assert bool(row.get("assessable")) is bool(dot)
        assert row.get("parent") == (series if dot else parent_of.get(row["id"]))


def test_every_coso_principle_is_named_once(rows):
    found = {
        row["id"]: row["attributes"]["coso_principle"] for row in rows if "coso_principle" in row.get("attributes", {})
    }
    expected = {f"{series}.{n}": p for series, principles in COSO.items() for n, p in enumerate(principles, 1)}
    assert found == expected
    assert sorted(found.values()) == list(range(1, 18))


def test_titles_are_ours_and_short(rows):
    for row in rows:
        assert row["title_ours"] is True
        assert len(row["title"].split()) <= 8, row["id"]
        assert not row["title"].startswith("The entity")


def test_every_row_is_written_and_none_twice(rows):
    criteria = [row for row in rows if row.get("assessable")]
    texts = [row["summary"] for row in rows] + [row["question"] for row in criteria]
    assert all(len(text.split()) >= 5 for text in texts)
    assert len({text.casefold() for text in texts}) == len(texts)
    assert all(2 <= len(row["keywords"]) <= 8 for row in criteria)
