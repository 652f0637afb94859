"""Heading paths and locators."""

from __future__ import annotations

import pytest

from ingest.documents.outline import build_parts, heading_number
from ingest.documents.pdf_finish import finish


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("4 Access", "4"),
        ("4.6. Leavers", "4.6"),
        ("Section 4.6: Leavers", "4.6"),
        ("§ 8a Nachweise", "8a"),
        ("Article 21 Measures", "21"),
        ("Annex A Controls", "Annex A"),
        ("A.5.1 Policies", "A.5.1"),
        ("IV. Scope", "IV"),
        ("2026 in review", ""),
        ("Access", ""),
        ("I am a heading", ""),
        ("Part of the plan", ""),
    ],
)
def test_numbers_of_headings(text: str, number: str) -> None:
    assert heading_number(text) == number


def test_headings_and_places() -> None:
    blocks = [
        {"kind": "paragraph", "text": "Before all."},
        {"kind": "paragraph", "text": "Second."},
        {"kind": "heading", "text": "4 Access", "level": 1},
        {"kind": "heading", "text": "Leavers", "level": 3},
        {"kind": "paragraph", "text": "Only one."},
        {"kind": "table-row", "text": "a | b", "table": 1},
        {"kind": "heading", "text": "Movers", "level": 2},
        {"kind": "paragraph", "text": "First."},
        {"kind": "list-item", "text": "x"},
        {"kind": "paragraph", "text": "Then 4.6 is named."},
        {"kind": "paragraph", "text": "4.7 A clause."},
        {"kind": "paragraph", "text": "More of it."},
        {"kind": "paragraph", "text": "99.5 % of the time."},
        {"kind": "heading", "text": "Annex A Terms", "level": 1},
        {"kind": "footnote", "text": "See there.", "label": "footnote 1"},
    ]
    parts = build_parts(blocks)
    assert [one.locator for one in parts] == [
        "paragraph 1",
        "paragraph 2",
        "section 4",
        "section “Leavers”",
        "section “Leavers”",
        "section “Leavers”, table 1, row 1",
        "section “Movers”",
        "section “Movers”, paragraph 1",
        "section “Movers”, bullet 1",
        "section “Movers”, paragraph 2",
        "section 4.7",
        "section 4.7, paragraph 2",
        "section 4.7, paragraph 3",
        "Annex A",
        "footnote 1",
    ]
    assert parts[4].heading_path == ("4 Access", "Leavers")
    assert parts[6].heading_path == ("4 Access",)
    assert parts[13].heading_path == ()
    assert [one.seq for one in parts] == list(range(1, len(blocks) + 1))


def test_pages_count_paragraphs_anew_where_there_are_no_headings() -> None:
    blocks = [{"kind": "paragraph", "text": text, "page": page} for text, page in (("a", 1), ("b", 1), ("c", 2))]
    assert [one.locator for one in build_parts(blocks)] == [
        "page 1, paragraph 1",
        "page 1, paragraph 2",
        "page 2, paragraph 1",
    ]


def test_only_what_repeats_at_the_edge_is_left_out_of_a_pdf() -> None:
    def block(text: str, page: int, *, edge: bool = False) -> dict[str, object]:
        return {"kind": "paragraph", "text": text, "page": page, "edge": edge, "size": 11, "bold": False, "lines": 1}

    blocks = [block(f"Policy v2, page {n}", n, edge=True) for n in range(1, 5)]
    blocks += [
        block("A sentence at the top of one page.", 2, edge=True),
        block("Same words.", 1),
        block("Same words.", 2),
    ]
    kept, title, left_out = finish(blocks, 4)
    assert [one["text"] for one in kept] == ["A sentence at the top of one page.", "Same words.", "Same words."]
    assert (title, left_out) == ("", True)
