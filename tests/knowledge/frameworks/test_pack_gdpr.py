"""GDPR pack: ids, article titles and time limits against Regulation (EU) 2016/679."""

from pathlib import Path

import pytest
import yaml

PACK = Path(__file__).resolve().parents[3] / "knowledge" / "frameworks" / "data" / "gdpr-security.yaml"

# article -> (title, paragraphs, {paragraph: number of lettered points})
ARTICLES = {
    24: ("Responsibility of the controller", 3, {}),
    25: ("Data protection by design and by default", 3, {}),
    28: ("Processor", 10, {3: 8}),
    30: ("Records of processing activities", 5, {1: 7, 2: 4}),
    32: ("Security of processing", 4, {1: 4}),
    33: ("Notification of a personal data breach to the supervisory authority", 5, {3: 4}),
    34: ("Communication of a personal data breach to the data subject", 4, {3: 3}),
    35: ("Data protection impact assessment", 11, {3: 3, 7: 4}),
    36: ("Prior consultation", 5, {3: 6}),
    37: ("Designation of the data protection officer", 7, {1: 3}),
    38: ("Position of the data protection officer", 6, {}),
    39: ("Tasks of the data protection officer", 2, {1: 5}),
    46: ("Transfers subject to appropriate safeguards", 5, {2: 6, 3: 2}),
}
# Addressed to authorities, Member States or the Commission, or only a permission: never assessed.
NOT_ASSESSED = {
    "Art. 24(3)", "Art. 25(3)", "Art. 28(5)", "Art. 28(6)", "Art. 28(7)", "Art. 28(8)", "Art. 32(3)", "Art. 34(4)",
    "Art. 35(4)", "Art. 35(5)", "Art. 35(6)", "Art. 35(8)", "Art. 35(10)", "Art. 36(2)", "Art. 36(4)", "Art. 36(5)",
    "Art. 37(3)", "Art. 37(6)", "Art. 46(2)(a)", "Art. 46(3)(a)", "Art. 46(3)(b)", "Art. 46(4)", "Art. 46(5)",
}  # fmt: skip


@pytest.fixture(scope="module")
def rows():
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(PACK.read_text(encoding="utf-8"), Loader=loader)["requirements"]


def expected_ids():
    yield from ("Art. 5(1)(f)", "Art. 5(2)")
    for number, (_, paragraphs, points) in ARTICLES.items():
        if number == 46:
            yield "Art. 45(1)"
        for paragraph in range(1, paragraphs + 1):
            yield f"Art. {number}({paragraph})"
            for letter in "abcdefghijklm"[: points.get(paragraph, 0)]:
                yield f"Art. {number}({paragraph})({letter})"


def test_ids_are_those_of_the_regulation_in_order(rows):
    assert [r["id"] for r in rows if r["kind"] != "article"] == list(expected_ids())


def test_article_titles(rows):
    titles = {r["id"]: r["title"] for r in rows if r["kind"] == "article"}
    assert {n: titles[f"Art. {n}"] for n in ARTICLES} == {n: title for n, (title, _, _) in ARTICLES.items()}
    assert titles["Art. 5"] == "Principles relating to processing of personal data"
    assert titles["Art. 44"] == "General principle for transfers"
    assert titles["Art. 45"] == "Transfers on the basis of an adequacy decision"
    assert all(r.get("title_ours") for r in rows if r["kind"] != "article")


def test_what_is_assessed(rows):
    assert {r["id"] for r in rows if r["kind"] != "article" and not r.get("assessable")} == NOT_ASSESSED
    assert sum(1 for r in rows if r.get("assessable")) == 110


def test_time_limits(rows):
    by_id = {r["id"]: r for r in rows}
    assert "72 hours" in by_id["Art. 33(1)"]["summary"]
    assert by_id["Art. 33(1)"]["attributes"]["time_limit"] == "PT72H"
    assert "8 weeks" in by_id["Art. 36(2)"]["summary"]
    assert "6 weeks" in by_id["Art. 36(2)"]["summary"]
    assert "250" in by_id["Art. 30(5)"]["summary"]


def test_tree_and_texts(rows):
    seen, texts = set(), set()
    for row in rows:
        assert row["id"] not in seen
        assert row.get("parent") is None or row["parent"] in seen
        seen.add(row["id"])
        assert row["summary"].strip()
        if row.get("assessable"):
            assert 2 <= len(row["keywords"]) <= 8
            text = f"{row['title']} {row['summary']}".lower()
            assert not [k for k in row["keywords"] if k.lower() in text]
            assert row["question"].strip()
        for key in ("summary", "question"):
            if key in row:
                assert row[key] not in texts
                texts.add(row[key])
