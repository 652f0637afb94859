"""DORA pack: chapters II to V of Regulation (EU) 2022/2554, paragraph by paragraph."""

from pathlib import Path

import pytest
import yaml

PACK = Path(__file__).resolve().parents[3] / "knowledge" / "frameworks" / "data" / "dora.yaml"

CHAPTERS = {
    "Chapter II": ("ICT risk management", range(5, 17)),
    "Chapter III": ("ICT-related incident management, classification and reporting", range(17, 24)),
    "Chapter IV": ("Digital operational resilience testing", range(24, 28)),
    "Chapter V": ("Managing of ICT third-party risk", range(28, 45)),
}
# article -> (paragraphs, {paragraph: number of lettered points}); articles 15, 20-23 and 31-44 have their own test
STRUCTURE = {
    5: (4, {2: 9}), 6: (10, {8: 8}), 8: (7, {}), 9: (4, {3: 4, 4: 6}), 10: (4, {}), 11: (11, {2: 5, 6: 2}),
    12: (7, {1: 2, 5: 3}), 13: (7, {2: 4}), 14: (3, {}), 16: (3, {1: 8}), 17: (3, {3: 6}), 18: (4, {1: 6}),
    19: (8, {4: 3}), 24: (6, {}), 25: (3, {}), 26: (11, {}), 27: (3, {1: 5, 2: 3}), 28: (10, {1: 2, 4: 5, 7: 4, 8: 3}),
    29: (2, {1: 2}), 30: (5, {2: 9, 3: 6}),
}  # fmt: skip


@pytest.fixture(scope="module")
def rows():
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(PACK.read_text(encoding="utf-8"), Loader=loader)["requirements"]


def test_chapters_and_articles(rows):
    assert {r["id"]: r["title"] for r in rows if r["kind"] == "chapter"} == {c: t for c, (t, _) in CHAPTERS.items()}
    for chapter, (_, numbers) in CHAPTERS.items():
        articles = [r["id"] for r in rows if r["kind"] == "article" and r["parent"] == chapter]
        assert articles == [f"Art. {n}" for n in numbers]


def test_paragraphs_and_points(rows):
    ids = [r["id"] for r in rows]
    for article, (paragraphs, points) in STRUCTURE.items():
        expected = []
        for paragraph in range(1, paragraphs + 1):
            expected.append(f"Art. {article}({paragraph})")
            expected += [f"Art. {article}({paragraph})({c})" for c in "abcdefghijk"[: points.get(paragraph, 0)]]
        actual = [i for i in ids if i.startswith(f"Art. {article}(")]
        assert [i for i in actual if i.count("(") < 3] == expected
    roman = [i for i in ids if i.count("(") == 3]
    wanted = [f"Art. 30(3)(e)({n})" for n in ("i", "ii", "iii", "iv")] + [f"Art. 30(3)(f)({n})" for n in ("i", "ii")]
    assert roman == wanted


def test_unnumbered_and_oversight_articles(rows):
    ids = [r["id"] for r in rows]
    assert [i for i in ids if i.startswith("Art. 7(")] == [f"Art. 7({c})" for c in "abcd"]
    later = [i for i in ids if "(" in i and int(i.split("(")[0][5:]) > 30]
    assert later == ["Art. 31(12)", "Art. 42(3)", "Art. 42(4)", "Art. 42(6)"]
    assessed_articles = {r["id"] for r in rows if r["kind"] == "article" and r.get("assessable")}
    assert assessed_articles == {"Art. 7", "Art. 23"}


def test_times(rows):
    by_id = {r["id"]: r for r in rows}
    limits = {i: r["attributes"]["time_limit"] for i, r in by_id.items() if "time_limit" in r.get("attributes", {})}
    assert limits == {
        "Art. 19(4)(a)": "PT4H",
        "Art. 19(4)(b)": "PT72H",
        "Art. 19(4)(c)": "P1M",
        "Art. 31(12)": "P12M",
        "Art. 42(4)": "P60D",
    }
    assert "within 4 hours" in by_id["Art. 19(4)(a)"]["summary"]
    assert "24 hours" in by_id["Art. 19(4)(a)"]["summary"]
    assert "every 3 years" in by_id["Art. 26(1)"]["summary"]
    yearly = {i for i, r in by_id.items() if r.get("attributes", {}).get("frequency") == "P1Y"}
    wanted = {"6(5)", "8(1)", "8(2)", "8(7)", "11(6)(a)", "13(5)", "24(6)", "28(3)"}
    assert yearly == {f"Art. {i}" for i in wanted}


def test_tree_and_texts(rows):
    seen, texts = set(), set()
    for row in rows:
        assert row["id"] not in seen
        assert row.get("parent") is None or row["parent"] in seen
        seen.add(row["id"])
        assert row["summary"].strip()
        assert bool(row.get("title_ours")) == (row["kind"] not in ("chapter", "article"))
        if row.get("assessable"):
            assert row["question"].strip()
            assert 2 <= len(row["keywords"]) <= 8
            text = f"{row['title']} {row['summary']}".lower()
            assert not [k for k in row["keywords"] if k.lower() in text]
        for key in ("summary", "question"):
            if key in row:
                assert row[key] not in texts
                texts.add(row[key])
    assert sum(1 for r in rows if r.get("assessable")) == 219
