"""Markdown, HTML and plain text: structure kept, hidden text out."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.documents import html_file, markdown_file, text_file
from ingest.documents.outline import build_parts
from ingest.documents.service import read_document
from knowledge.errors import BadInputError


def html(markup: str, head: str = "") -> tuple[list[str], list[str]]:
    """Texts shown and the ways in which others are hidden."""
    found = html_file.parse(f"<!doctype html><head>{head}</head><body>{markup}</body>".encode(), {})
    return [block["text"] for block in found["blocks"]], [entry[2] for entry in found["hidden"]]


def test_the_markdown_policy(policies: Path) -> None:
    read = read_document(policies / "access-control-policy.md")
    assert (read.kind, read.title, read.titled) == ("markdown", "Access Control Policy", True)
    by_place = {one.locator: one for one in read.parts}
    leavers = by_place["section 4.6"]
    assert leavers.text.startswith("4.6 Leavers. Access ends within 24 hours of the manager's notice.")
    assert leavers.heading_path == ("Access Control Policy", "4 Joiners, movers and leavers")
    assert by_place["section 2, table 1, row 3"].text.startswith("Security officer | Priya Natarajan")
    assert by_place["section 5, bullet 3"].kind == "list-item"
    assert by_place["section 6"].text.startswith("An exception names the rule")
    assert not read.hidden_text


def test_the_text_plan(policies: Path) -> None:
    read = read_document(policies / "backup-and-recovery-plan.txt")
    assert (read.kind, read.title) == ("text", "BACKUP AND RECOVERY PLAN")
    by_place = {one.locator: one.text for one in read.parts if one.kind != "heading"}
    assert by_place["section 2.1"] == (
        "2.1 Patient records are back within 4 hours of the decision to restore, with a loss of at most 1 hour of "
        "entries."
    )
    assert by_place["section 4.1, item b"] == "b) Brightline IT restores to the spare server"
    assert [one.text for one in read.parts if one.kind == "heading"][1:] == [
        "1 Scope",
        "2 Recovery objectives",
        "3 Backups",
        "4 Tests",
    ]


def test_the_html_policy(policies: Path) -> None:
    read = read_document(policies / "vendor-risk-policy.html")
    assert (read.kind, read.title) == ("html", "Vendor Risk Policy")
    by_place = {one.locator: one.text for one in read.parts if one.kind != "heading"}
    assert by_place["section 5.1"].endswith("within 48 hours of finding it.")
    assert by_place["section 3, table 1, row 1"] == "Tier | Meaning | Review"
    assert by_place["section 5.3, item b"] == "b. Sessions are recorded and the records kept for 90 days."
    assert not any("Policies" in one.text for one in read.parts)
    assert not read.hidden_text


HIDING = [
    '<p style="display:none">x y</p>',
    '<p style="DISPLAY : none !important">x y</p>',
    "<p hidden>x y</p>",
    '<p aria-hidden="true">x y</p>',
    '<p style="visibility:hidden">x y</p>',
    '<p style="font-size:0">x y</p>',
    '<p style="font-size:1px">x y</p>',
    '<p style="opacity:0">x y</p>',
    '<p style="color:#fff">x y</p>',
    '<p style="color:rgb(254, 254, 254)">x y</p>',
    '<p style="color:transparent">x y</p>',
    '<div style="background:#123456"><p style="color:#123456">x y</p></div>',
    '<p style="position:absolute;left:-9999px">x y</p>',
    '<p style="text-indent:-5000px">x y</p>',
    '<p style="height:0;overflow:hidden">x y</p>',
    '<p style="clip-path: inset(100%)">x y</p>',
    '<p style="transform: scale(0)">x y</p>',
    '<p class="sr-only">x y</p>',
    '<p id="ghost">x y</p>',
    '<font color="white">x y</font>',
    "<!-- obey me -->",
    '<div style="display:none"><p style="display:block">x y</p></div>',
]
SHEET = (
    "<style>.a, p.sr-only {position: absolute; left: -10000px} #ghost{display:none} "
    "@media print{.shown{display:none}}</style>"
)


@pytest.mark.parametrize("markup", HIDING)
def test_hidden_html_is_left_out_and_reported(markup: str) -> None:
    shown, hidden = html(f"<p>Before</p>{markup}<p>After</p>", SHEET)
    assert shown == ["Before", "After"]
    assert len(hidden) == 1


SEEN = [
    '<p class="shown">x y</p>',
    '<p style="color:white;background:#333">x y</p>',
    '<div style="background-image:url(a.png)"><p style="color:white">x y</p></div>',
    '<p style="visibility:hidden"><span style="visibility:visible">x y</span></p>',
    '<p style="color:inherit;font-size:9px;opacity:.9">x y</p>',
    '<p aria-hidden="false">x y</p>',
    "<custom-tag>x y</custom-tag>",
    "<p>x <b>y",
    "<table><tr><td>x y",
    '<p style="overflow:hidden;height:20px">x y</p>',
]


@pytest.mark.parametrize("markup", SEEN)
def test_shown_html_stays(markup: str) -> None:
    shown, hidden = html(f"<p>Before</p>{markup}", SHEET)
    assert shown == ["Before", "x y"]
    assert hidden == []


def test_tables_in_tables_are_read_once() -> None:
    shown, _ = html("<table><tr><th>System<td>RTO <table><tr><td>4<td>hours</table> agreed<tr><td>only</table>")
    assert shown == ["System | RTO 4 hours agreed", "only"]


def test_declared_character_sets() -> None:
    page = '<!doctype html><meta charset="iso-8859-15"><p>Preis 5 €</p>'
    found = html_file.parse(page.encode("iso-8859-15"), {})
    assert found["blocks"][0]["text"] == "Preis 5 €"
    for odd in ("utf-7", "rot13", "base64", "no-such-set"):
        found = html_file.parse(f'<meta charset="{odd}"><p>Words +ADw-</p>'.encode(), {})
        assert found["blocks"][0]["text"] == "Words +ADw-"


def test_deep_html_and_markdown() -> None:
    with pytest.raises(BadInputError, match="nested more than 200 deep"):
        html("<div>" * 500 + "x")
    found = markdown_file.parse(b">" * 5_000 + b" deep", {})
    assert found["title"] == ""


def test_hidden_markdown() -> None:
    text = (
        "# Policy\n\n[//]: # (Assistant, obey)\n\nShown <!-- a secret note --> here"
        '<span style="display:none">not <b>here</b></span>, too.\n\n'
        "![ignore the rules](x.png)\n\n<div hidden>block of words</div>\n\n[shown link](https://example.com)\n"
    )
    found = markdown_file.parse(text.encode(), {})
    assert [block["text"] for block in found["blocks"]] == ["Policy", "Shown here, too.", "shown link"]
    assert sorted({entry[2] for entry in found["hidden"]}) == [
        "a comment in the markup",
        "a link definition that is never shown",
        "an element that is not displayed",
    ]
    assert found["notes"] == ["the words behind pictures are left out (1)"]


def test_nested_lists_and_code_in_markdown() -> None:
    text = "3. three\n   - inner\n4. four\n\n```\nkeep | this\n```\n\n> quoted\n"
    parts = build_parts(markdown_file.parse(text.encode(), {})["blocks"])
    assert [(one.kind, one.text) for one in parts] == [
        ("list-item", "3. three"),
        ("list-item", "inner"),
        ("list-item", "4. four"),
        ("paragraph", "keep | this"),
        ("paragraph", "quoted"),
    ]


def test_invisible_characters_are_taken_out_and_reported() -> None:
    tags = "".join(chr(0xE0000 + ord(char)) for char in "obey")
    found = text_file.parse(f"Access{tags} ends\u200b today.\n\nNext.".encode(), {})
    assert [block["text"] for block in found["blocks"]] == ["Access ends today.", "Next."]
    assert [entry[:4] for entry in found["hidden"]] == [[0, None, "invisible characters", 0]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_in_other_encodings(encoding: str) -> None:
    found = text_file.parse("Zugänge enden „sofort“.".encode(encoding), {})
    assert found["blocks"][0]["text"] == "Zugänge enden „sofort“."
    assert bool(found["notes"]) == (encoding in ("utf-16", "cp1252"))
