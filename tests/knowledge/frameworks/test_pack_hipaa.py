"""HIPAA pack and its crosswalk: counts and ids against 45 CFR part 164 and the matrix in Appendix A to subpart C."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
DATA = ROOT / "knowledge" / "frameworks" / "data"
SHARED = Path(os.environ.get("VCISO_SHARED", ROOT.parent / "shared"))
CATALOGUE_53 = SHARED / "data/frameworks/nist/oscal/NIST_SP-800-53_rev5_catalog-min_v1.0.0.json"

STANDARDS = [
    "164.308(a)(1)", "164.308(a)(2)", "164.308(a)(3)", "164.308(a)(4)", "164.308(a)(5)", "164.308(a)(6)",
    "164.308(a)(7)", "164.308(a)(8)", "164.308(b)(1)", "164.310(a)(1)", "164.310(b)", "164.310(c)", "164.310(d)(1)",
    "164.312(a)(1)", "164.312(b)", "164.312(c)(1)", "164.312(d)", "164.312(e)(1)", "164.314(a)(1)", "164.314(b)(1)",
    "164.316(a)", "164.316(b)(1)",
]  # fmt: skip
REQUIRED = [
    "164.308(a)(1)(ii)(A)", "164.308(a)(1)(ii)(B)", "164.308(a)(1)(ii)(C)", "164.308(a)(1)(ii)(D)",
    "164.308(a)(4)(ii)(A)", "164.308(a)(6)(ii)", "164.308(a)(7)(ii)(A)", "164.308(a)(7)(ii)(B)",
    "164.308(a)(7)(ii)(C)", "164.308(b)(3)", "164.310(d)(2)(i)", "164.310(d)(2)(ii)", "164.312(a)(2)(i)",
    "164.312(a)(2)(ii)", "164.314(a)(2)(i)", "164.314(a)(2)(ii)", "164.314(a)(2)(iii)", "164.314(b)(2)",
    "164.316(b)(2)(i)", "164.316(b)(2)(ii)", "164.316(b)(2)(iii)",
]  # fmt: skip
ADDRESSABLE = [
    "164.308(a)(3)(ii)(A)", "164.308(a)(3)(ii)(B)", "164.308(a)(3)(ii)(C)", "164.308(a)(4)(ii)(B)",
    "164.308(a)(4)(ii)(C)", "164.308(a)(5)(ii)(A)", "164.308(a)(5)(ii)(B)", "164.308(a)(5)(ii)(C)",
    "164.308(a)(5)(ii)(D)", "164.308(a)(7)(ii)(D)", "164.308(a)(7)(ii)(E)", "164.310(a)(2)(i)", "164.310(a)(2)(ii)",
    "164.310(a)(2)(iii)", "164.310(a)(2)(iv)", "164.310(d)(2)(iii)", "164.310(d)(2)(iv)", "164.312(a)(2)(iii)",
    "164.312(a)(2)(iv)", "164.312(c)(2)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)",
]  # fmt: skip


def load(path):
    return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@pytest.fixture(scope="module")
def rows():
    return load(DATA / "hipaa-security-rule.yaml")["requirements"]


@pytest.fixture(scope="module")
def crosswalk():
    return load(DATA / "crosswalks" / "hipaa-security-rule__nist-sp-800-53-r5.yaml")


def test_standards_and_specifications_are_those_of_the_matrix(rows):
    assert [r["id"] for r in rows if r["kind"] == "standard"] == STANDARDS
    for mark, ids in (("required", REQUIRED), ("addressable", ADDRESSABLE)):
        assert [r["id"] for r in rows if r.get("attributes", {}).get("specification") == mark] == ids
    specifications = {r["id"] for r in rows if r["kind"] == "implementation_specification"}
    assert specifications == set(REQUIRED) | set(ADDRESSABLE)


def test_sections(rows):
    sections = [r["id"] for r in rows if r["kind"] == "section"]
    security = ["164.302", "164.304", "164.306", "164.308", "164.310", "164.312", "164.314", "164.316", "164.318"]
    breach = ["164.400", "164.402", "164.404", "164.406", "164.408", "164.410", "164.412", "164.414"]
    assert sections == security + breach


def test_paragraphs_people_cite_are_known_but_not_assessed_twice(rows):
    by_id = {r["id"]: r for r in rows}
    cited = {f"164.308(a)({n})(i)" for n in (1, 3, 4, 5, 6, 7)} | {f"164.306(a)({n})" for n in (1, 2, 3, 4)}
    cited |= {f"164.314(a)(2)(i)({c})" for c in "ABC"} | {f"164.314(b)(2)({n})" for n in ("i", "ii", "iii", "iv")}
    letters = {
        "164.404": "abcd",
        "164.406": "abc",
        "164.408": "abc",
        "164.410": "abc",
        "164.412": "ab",
        "164.414": "ab",
    }
    cited |= {f"{section}({c})" for section, known in letters.items() for c in known}
    assert cited <= set(by_id)
    assert not [i for i in cited if by_id[i].get("assessable")]
    assert {r["attributes"]["text_at"] for r in rows if "text_at" in r.get("attributes", {})} <= cited


def test_time_limits_are_exact(rows):
    summary = {r["id"]: r["summary"] for r in rows}
    assert "6 years" in summary["164.316(b)(2)(i)"]
    for section in ("164.404", "164.406", "164.410"):
        assert "60 calendar days" in summary[section]
    assert "500 or more" in summary["164.408"]
    assert "more than 500 residents" in summary["164.406"]
    assert "30 days" in summary["164.412"]


def test_tree_and_texts(rows):
    seen, texts = set(), set()
    for row in rows:
        assert row["id"] not in seen
        assert row.get("parent") is None or row["parent"] in seen
        seen.add(row["id"])
        if row.get("assessable"):
            assert row["question"].strip()
            assert 2 <= len(row["keywords"]) <= 8
            text = f"{row['title']} {row['summary']}".lower()
            assert not [k for k in row["keywords"] if k.lower() in text]
        for key in ("summary", "question"):
            if key in row:
                assert row[key].strip()
                assert row[key] not in texts
                texts.add(row[key])


def test_crosswalk_rows_are_known_unique_and_cover_the_rule(rows, crosswalk):
    ids = {r["id"] for r in rows}
    pairs = [(m["from"], m["to"]) for m in crosswalk["mappings"]]
    assert max(Counter(pairs).values()) == 1
    assert {a for a, _ in pairs} <= ids
    assert set(STANDARDS + REQUIRED + ADDRESSABLE) <= {a for a, _ in pairs}
    assert {m["relationship"] for m in crosswalk["mappings"]} == {"intersects"}
    assert crosswalk["crosswalk"]["authority"] == "derived"
    assert ("164.308(a)(1)(ii)(A)", "RA-3") in pairs
    assert ("164.312(a)(2)(iii)", "AC-12") in pairs
    assert ("164.310(d)(2)(i)", "MP-6") in pairs


def test_crosswalk_targets_are_active_controls(crosswalk):
    if not CATALOGUE_53.exists():
        pytest.skip("the real SP 800-53r5 catalogue is not on this machine (set VCISO_SHARED)")
    active = set()

    def walk(controls):
        for control in controls:
            props = {p["name"]: p["value"] for p in control.get("props", [])}
            if props.get("status", "").lower() != "withdrawn":
                active.add(props["label"])
            walk(control.get("controls", []))

    for group in json.loads(CATALOGUE_53.read_text(encoding="utf-8"))["catalog"]["groups"]:
        walk(group["controls"])
    assert {m["to"] for m in crosswalk["mappings"]} <= active
