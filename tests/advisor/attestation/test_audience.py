"""Audience lists as people send them: half-filled, doubled, in other languages, with formulas in them."""

from __future__ import annotations

import pytest

from knowledge.errors import BadInputError
from ui.audience import audience_of


def read(text: str, encoding: str = "utf-8") -> tuple[list[tuple[str, str, str]], dict[str, str]]:
    found = audience_of(text.encode(encoding), "people.csv")
    return [(p.name, p.email, p.group) for p in found.people], {s.subject: s.reason for s in found.skipped}


def test_half_filled_and_doubled_lines_are_told_with_reasons() -> None:
    people, skipped = read(
        "Name;E-Mail;Department\nDana Whitfield;DANA@northgate.example;Front desk\n;nobody@northgate.example;X\n"
        "Half Row;not-an-address;X\nNo Mail;;X\n;;X\nDana Again;dana@northgate.example;IT\nShort\n"
    )
    assert people == [("Dana Whitfield", "dana@northgate.example", "Front desk")]
    assert skipped["line 3"] == "nobody@northgate.example has no name"
    assert skipped["line 4"] == "'not-an-address' is not an e-mail address"
    assert skipped["line 5"] == "No Mail has no e-mail address"
    assert skipped["line 6"] == "has neither a name nor an e-mail address"
    assert skipped["line 7"] == "the address dana@northgate.example stands in line 2 already"
    assert skipped["line 8"] == "Short has no e-mail address"


def test_first_and_last_names_german_headers_and_other_encodings() -> None:
    people, _ = read("Vorname\tNachname\tE-Mail-Adresse\tAbteilung\nJürgen\tGroß\tj@k.example\tFertigung\n", "cp1252")
    assert people == [("Jürgen Groß", "j@k.example", "Fertigung")]


@pytest.mark.parametrize(
    "address",
    [
        "a@b",
        "a b@c.example",
        "a@b.example,c@d.example",
        "a@b.example\r\nBcc: x@y.example",
        "<a@b.example>",
        "@b.example",
        "a@-b.example",
        "a@b..example",
        f"{'a' * 65}@b.example",
    ],
)
def test_addresses_that_would_break_a_mail_are_refused(address: str) -> None:
    people, skipped = read(f'name,email\nGood One,good@b.example\nBad One,"{address}"\n')
    assert [email for _, email, _ in people] == ["good@b.example"]
    assert any("is not an e-mail address" in reason for reason in skipped.values())


def test_hidden_signs_and_line_breaks_go_out_of_names() -> None:
    people, _ = read('name,email\n"Mia\nOka\u202efor\u200b",mia@b.example\n\'=1+1 Bob,bob@b.example\n')
    assert [name for name, _, _ in people] == ["Mia Okafor", "=1+1 Bob"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty|nothing|no "),
        ("name,phone\nA B,1\n", "no column of e-mail addresses"),
        ("email\na@b.example\n", "no column of names"),
        ("name,email\nA B,nope\n", "names nobody who can be asked"),
    ],
)
def test_lists_that_name_nobody_are_refused(text: str, reason: str) -> None:
    with pytest.raises(BadInputError, match=reason):
        read(text)
