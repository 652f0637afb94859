"""TX-RAMP pack: the two baselines by count and id, and every id against NIST's SP 800-53 catalogue."""

import json
import os
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
PACK = ROOT / "knowledge" / "frameworks" / "data" / "tx-ramp.yaml"
SHARED = Path(os.environ.get("VCISO_SHARED", ROOT.parent / "shared"))
CATALOGUE = SHARED / "data/frameworks/nist/oscal/NIST_SP-800-53_rev5_catalog-min_v1.0.0.json"

LEVEL_1 = {
    "AC": 11, "AT": 4, "AU": 10, "CA": 8, "CM": 8, "CP": 6, "IA": 13, "IR": 8, "MA": 4, "MP": 4, "PE": 9, "PL": 3,
    "PS": 8, "RA": 4, "SA": 7, "SC": 8, "SI": 7,
}  # fmt: skip
LEVEL_2 = {
    "AC": 43, "AT": 5, "AU": 19, "CA": 15, "CM": 27, "CP": 24, "IA": 25, "IR": 18, "MA": 11, "MP": 10, "PE": 20,
    "PL": 6, "PS": 8, "RA": 10, "SA": 21, "SC": 32, "SI": 28,
}  # fmt: skip


@pytest.fixture(scope="module")
def pack():
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(PACK.read_text(encoding="utf-8"), Loader=loader)


@pytest.fixture(scope="module")
def rows(pack):
    return pack["requirements"]


@pytest.fixture(scope="module")
def catalogue():
    if not CATALOGUE.exists():
        pytest.skip("the real SP 800-53r5 catalogue is not on this machine (set VCISO_SHARED)")
    controls, prose = {}, []

    def parts(items):
        for part in items:
            prose.append(part.get("prose", ""))
            parts(part.get("parts", []))

    def walk(items):
        for control in items:
            props = {p["name"]: p["value"] for p in control.get("props", [])}
            controls[props["label"]] = (control["title"], props.get("status") == "withdrawn")
            parts(control.get("parts", []))
            walk(control.get("controls", []))

    for group in json.loads(CATALOGUE.read_text(encoding="utf-8"))["catalog"]["groups"]:
        walk(group["controls"])
    return controls, prose


def runs(text, n=8):
    words = re.findall(r"[a-z]+", text.lower())
    return {tuple(words[i : i + n]) for i in range(len(words) - n + 1)}


def of_level(rows, level):
    ids = [r["id"] for r in rows if level in r.get("attributes", {}).get("levels", [])]
    return Counter(i.split("-")[0] for i in ids)


def test_baselines_by_family(rows):
    assert of_level(rows, 1) == LEVEL_1
    assert of_level(rows, 2) == LEVEL_2
    assert (sum(LEVEL_1.values()), sum(LEVEL_2.values())) == (122, 322)
    assert [r["id"] for r in rows if r["kind"] == "family"] == list(LEVEL_2)


def test_the_pack_says_that_the_list_is_second_hand(pack):
    assert "confirm with DIR" in pack["framework"]["licence"]


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
            assert row["attributes"]["levels"] in ([1, 2], [2])
        for key in ("summary", "question"):
            if key in row:
                assert row[key] not in texts
                texts.add(row[key])


def test_ids_titles_and_withdrawals_equal_the_catalogue(rows, catalogue):
    controls, _ = catalogue
    for row in rows:
        if row["kind"] == "family":
            continue
        title, withdrawn = controls[row["id"]]
        attributes = row["attributes"]
        assert row["title"].lower() == title.lower()
        assert attributes.get("withdrawn_in_rev5", False) == withdrawn
        for target in attributes.get("rev5", []):
            assert not controls[target][1]
    assert sum(1 for r in rows if r.get("attributes", {}).get("withdrawn_in_rev5")) == 26


def test_wording_is_ours(rows, catalogue):
    _, prose = catalogue
    published = set()
    for text in prose:
        published |= runs(text)
    for row in rows:
        for key in ("summary", "question"):
            assert not runs(row.get(key, "")) & published, (row["id"], key)
