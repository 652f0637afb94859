"""The CSF 2.0 pack has NIST's exact structure, and words of our own."""

import os
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
PACK = ROOT / "knowledge" / "frameworks" / "data" / "nist-csf-2.0.yaml"
SHARED = Path(os.environ.get("VCISO_SHARED", ROOT.parent / "shared"))
CATALOGUE = SHARED / "data" / "frameworks" / "nist" / "NIST_CSF_v2.0_catalog.xml"
OSCAL = {"o": "http://csrc.nist.gov/ns/oscal/1.0"}
FUNCTIONS = ["GV", "ID", "PR", "DE", "RS", "RC"]

# Subcategories per category, from NIST CSWP 29, appendix A. The numbering has gaps where 1.1 rows were withdrawn.
SUBCATEGORIES = {
    "GV.OC": [1, 2, 3, 4, 5],
    "GV.RM": [1, 2, 3, 4, 5, 6, 7],
    "GV.RR": [1, 2, 3, 4],
    "GV.PO": [1, 2],
    "GV.OV": [1, 2, 3],
    "GV.SC": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    "ID.AM": [1, 2, 3, 4, 5, 7, 8],
    "ID.RA": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    "ID.IM": [1, 2, 3, 4],
    "PR.AA": [1, 2, 3, 4, 5, 6],
    "PR.AT": [1, 2],
    "PR.DS": [1, 2, 10, 11],
    "PR.PS": [1, 2, 3, 4, 5, 6],
    "PR.IR": [1, 2, 3, 4],
    "DE.CM": [1, 2, 3, 6, 9],
    "DE.AE": [2, 3, 4, 6, 7, 8],
    "RS.MA": [1, 2, 3, 4, 5],
    "RS.AN": [3, 6, 7, 8],
    "RS.CO": [2, 3],
    "RS.MI": [1, 2],
    "RC.RP": [1, 2, 3, 4, 5, 6],
    "RC.CO": [3, 4],
}


@pytest.fixture(scope="module")
def rows() -> list[dict]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document = yaml.load(PACK.read_text(encoding="utf-8"), Loader=loader)
    assert document["framework"]["id"] == PACK.stem
    return document["requirements"]


@pytest.fixture(scope="module")
def catalogue() -> dict[str, dict]:
    """NIST's catalogue: id -> class, title, text, active."""
    if not CATALOGUE.exists():
        pytest.skip(f"NIST catalogue not found at {CATALOGUE}")
    found = {}
    for node in ElementTree.parse(CATALOGUE).getroot().iter():
        if node.tag.rpartition("}")[2] not in ("group", "control"):
            continue
        parts = node.findall("o:part", OSCAL)
        found[node.get("id")] = {
            "class": node.get("class"),
            "title": " ".join(node.findtext("o:title", "", OSCAL).split()),
            "text": " ".join(" ".join("".join(part.itertext()).split()) for part in parts),
            # Withdrawn rows of CSF 1.1 are still in the file; only rows in force have implementation examples.
            "active": any(part.get("name") == "example" for part in parts),
            "risk_party": [
                {"1st": "first", "3rd": "third"}[prop.get("value")]
                for prop in node.findall("o:prop", OSCAL)
                if prop.get("name") == "risk-party"
            ],
        }
    return found


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower().replace("’", "").replace("'", ""))


def runs(text: str, length: int = 8) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[i : i + length]) for i in range(len(found) - length + 1)}


def test_structure_is_the_published_one(rows):
    assert [row["id"] for row in rows if row["kind"] == "function"] == FUNCTIONS
    assert [row["id"] for row in rows if row["kind"] == "category"] == list(SUBCATEGORIES)
    expected = [f"{category}-{number:02d}" for category, numbers in SUBCATEGORIES.items() for number in numbers]
    assert [row["id"] for row in rows if row["kind"] == "subcategory"] == expected
    assert (len(FUNCTIONS), len(SUBCATEGORIES), len(expected)) == (6, 22, 106)


def test_parents_come_first_and_only_subcategories_are_assessable(rows):
    seen: set[str] = set()
    for row in rows:
        assert row["id"] not in seen
        if row["kind"] == "function":
            assert "parent" not in row
        else:
            assert row["parent"] in seen
            assert row["id"].startswith(row["parent"])
        assert bool(row.get("assessable")) is (row["kind"] == "subcategory")
        seen.add(row["id"])


def test_every_row_is_written_and_none_twice(rows):
    texts = [row["summary"] for row in rows] + [row["question"] for row in rows if row.get("assessable")]
    assert all(len(text.split()) >= 5 for text in texts)
    assert len({text.casefold() for text in texts}) == len(texts)
    assert all(2 <= len(row["keywords"]) <= 8 for row in rows if row.get("assessable"))


def test_ids_titles_and_risk_party_match_the_catalogue(rows, catalogue):
    active = {i for i, entry in catalogue.items() if entry["class"] == "subcategory" and entry["active"]}
    assert {row["id"] for row in rows if row["kind"] == "subcategory"} == active
    for row in rows:
        entry = catalogue[row["id"]]
        assert entry["class"] == row["kind"]
        if row["kind"] == "subcategory":
            assert row["title_ours"] is True
            assert row.get("attributes", {}).get("risk_party", []) == entry["risk_party"]
        else:
            assert row["title"].casefold() == entry["title"].casefold()


def test_words_are_ours(rows, catalogue):
    published = set().union(*(runs(entry["text"]) for entry in catalogue.values()))
    for row in rows:
        assert not runs(row["summary"]) & published, row["id"]
        assert not runs(row.get("question", "")) & published, row["id"]
