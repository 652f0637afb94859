"""NIS2 pack: ids, article titles and reporting times against Directive (EU) 2022/2555, Articles 20-23."""

from pathlib import Path

import pytest
import yaml

PACK = Path(__file__).resolve().parents[3] / "knowledge" / "frameworks" / "data" / "nis2-directive.yaml"

TITLES = {
    "Art. 20": "Governance",
    "Art. 21": "Cybersecurity risk-management measures",
    "Art. 22": "Union level coordinated security risk assessments of critical supply chains",
    "Art. 23": "Reporting obligations",
}
IDS = (
    ["Art. 20", "Art. 20(1)", "Art. 20(2)", "Art. 21", "Art. 21(1)", "Art. 21(2)"]
    + [f"Art. 21(2)({c})" for c in "abcdefghij"]
    + ["Art. 21(3)", "Art. 21(4)", "Art. 21(5)", "Art. 22", "Art. 22(1)", "Art. 22(2)", "Art. 23", "Art. 23(1)"]
    + ["Art. 23(2)", "Art. 23(3)", "Art. 23(3)(a)", "Art. 23(3)(b)", "Art. 23(4)"]
    + [f"Art. 23(4)({c})" for c in "abcd"]
    + [f"Art. 23(4)(d)({n})" for n in ("i", "ii", "iii", "iv")]
    + ["Art. 23(4)(e)"]
    + [f"Art. 23({n})" for n in range(5, 12)]
)


@pytest.fixture(scope="module")
def rows():
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(PACK.read_text(encoding="utf-8"), Loader=loader)["requirements"]


def test_ids_and_titles(rows):
    assert [r["id"] for r in rows] == IDS
    assert {r["id"]: r["title"] for r in rows if r["kind"] == "article"} == TITLES
    assert all(r.get("title_ours") for r in rows if r["kind"] != "article")


def test_reporting_times_are_exact(rows):
    by_id = {r["id"]: r for r in rows}
    limits = {i: r["attributes"]["time_limit"] for i, r in by_id.items() if r.get("attributes")}
    assert limits == {
        "Art. 23(4)(a)": "PT24H",
        "Art. 23(4)(b)": "PT72H",
        "Art. 23(4)(d)": "P1M",
        "Art. 23(4)(e)": "P1M",
    }
    assert "within 24 hours of becoming aware" in by_id["Art. 23(4)(a)"]["summary"]
    assert "within 72 hours of becoming aware" in by_id["Art. 23(4)(b)"]["summary"]
    assert "one month after the incident notification" in by_id["Art. 23(4)(d)"]["summary"]
    assert "within 24 hours" in by_id["Art. 23(4)"]["summary"]  # trust service providers


def test_only_demands_on_entities_are_assessed(rows):
    assessed = {r["id"] for r in rows if r.get("assessable")}
    authorities = {"Art. 21(5)", "Art. 22(1)", "Art. 22(2)"} | {f"Art. 23({n})" for n in (5, 6, 8, 9, 10, 11)}
    assert assessed == set(IDS) - set(TITLES) - authorities


def test_tree_and_texts(rows):
    seen, texts = set(), set()
    for row in rows:
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
