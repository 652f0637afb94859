"""Chunks, words, acronyms and the question itself."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.frameworks.catalogue import shipped
from knowledge.records.document import Document, DocumentPart
from knowledge.search.acronyms import expand, table
from knowledge.search.chunks import PASSAGE_CHARS, document_passages, pieces
from knowledge.search.entries import without_brackets
from knowledge.search.lexical import Lexical, stem_words
from knowledge.search.question import read

HEAD = Document(
    id="d-000000000001", version=3, title="Policy", file_name="p.md", kind="markdown", sha256="0" * 64, size=1,
    added_at=datetime(2026, 8, 7, tzinfo=UTC),
)  # fmt: skip


@given(st.text(max_size=3_000), st.integers(20, 400))
@settings(max_examples=60, deadline=None)
def test_pieces_lose_nothing_and_keep_their_bound(text: str, limit: int) -> None:
    found = pieces(text, limit)
    assert all(0 < len(piece) <= limit for piece in found)
    assert "".join("".join(found).split()) == "".join(text.split())


def part(seq: int, text: str, path: tuple[str, ...] = ("A",), kind: str = "paragraph") -> DocumentPart:
    return DocumentPart(seq=seq, kind=kind, text=text, heading_path=path, locator=f"paragraph {seq}")  # type: ignore[arg-type]


def test_passages_stay_under_one_heading_and_say_where_they_stand() -> None:
    parts = [part(1, "A", (), "heading"), part(2, "One."), part(3, "Two."), part(4, "Other.", ("A", "B")), part(5, " ")]
    found = document_passages(HEAD, parts, "client")
    assert [(one.text, one.heading_path, one.locator) for one in found] == [
        ("One.\nTwo.", ("A",), "paragraph 2"),
        ("Other.", ("A", "B"), "paragraph 4"),
    ]
    assert found[0].id == "doc:d-000000000001:3:2"
    assert found[0].document_id == HEAD.id


def test_a_long_part_is_cut_and_its_passages_have_ids_of_their_own() -> None:
    found = document_passages(HEAD, [part(1, "A sentence of some length here. " * 100)], "client")
    assert len(found) > 2
    assert len({one.id for one in found}) == len(found)
    assert all(len(one.text) <= PASSAGE_CHARS for one in found)


def test_acronyms_both_ways_and_only_in_capitals_where_they_are_words() -> None:
    assert "multi-factor authentication" in expand("is MFA on?")
    assert expand("multi factor authentication for all") == ("MFA",)
    assert "incident response" in expand("our IR plan")
    assert expand("the air in dr house is ok") == ()
    assert len({row.short for row in table()}) == len(table())


def test_words_meet_in_any_form() -> None:
    lexical = Lexical(["Accounts are reviewed by managers.", "Multi-factor authentication.", "Fire doors."])
    assert lexical.scores("who reviewed an account").argmax() == 0
    assert lexical.scores("MFA").argmax() == 1
    assert lexical.matched("who reviews accounts here", 0) == ("reviews", "accounts")
    assert not lexical.scores("quantum").any()
    assert stem_words(["multi-factor"]) == [["multifactor", "multi", "factor"]]


def test_a_quotation_is_told_from_chance() -> None:
    lexical = Lexical(["screen individuals prior to authorizing access to the system", "access to the fire doors"])
    shares = lexical.phrases("Screen individuals prior to authorizing access to the system and rescreen them later")
    assert shares[0] > 0.5 > 0.2 > shares[1]
    assert not lexical.phrases("authorizing access").any()


def test_nothing_to_search_gives_nothing() -> None:
    assert Lexical([]).scores("backup").shape == (0,)
    assert not Lexical(["", "the of"]).scores("backup").any()


def test_nested_parameters_become_words() -> None:
    text = "within [Selection (one or more): [Assignment: organization-defined time period]; a week]"
    assert without_brackets(text) == "within time period; a week"


@pytest.mark.parametrize(
    ("query", "named", "mapping"),
    [
        ("what is AC-2?", [("nist-sp-800-53-r5", "AC-2")], False),
        ("how does AC-2 map to ISO 27001?", [("nist-sp-800-53-r5", "AC-2")], True),
        ("counterparts of A.5.1", [("iso-27001-2022", "A.5.1")], True),
        ("AC-99 please", [], False),
        ("who owns backups", [], False),
    ],
)
def test_what_a_question_names(query: str, named: list[tuple[str, str]], mapping: bool) -> None:
    asked = read(query, shipped())
    assert list(asked.named) == named
    assert asked.mapping is mapping
