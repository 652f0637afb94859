"""CISO Assistant libraries and tables of our own writing, and how the text of a shipped pack is recognised."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from ingest.frameworks.detect import detect_format
from ingest.frameworks.recognise import recognise
from ingest.frameworks.service import FrameworkImport, read_framework
from knowledge.errors import BadInputError, UsageError
from knowledge.frameworks.catalogue import shipped
from knowledge.frameworks.ids import Known, Unknown, lookup
from knowledge.frameworks.loader import Pack, framework_ids, load_pack
from knowledge.records.framework import Requirement

LIBRARY = """
urn: urn:acme:risk:library:house
locale: en
ref_id: HOUSE
name: House rules
copyright: Acme, all rights reserved
version: 4
publication_date: '2026-01-05'
provider: Acme
objects:
  reference_controls:
  - {urn: 'urn:acme:f:1', ref_id: RC.1, name: Locks}
  framework:
    urn: urn:acme:risk:framework:house
    ref_id: HOUSE
    name: House rules
    requirement_nodes:
    - {urn: 'urn:acme:n:doors', assessable: false, depth: 1, name: Doors}
    - urn: urn:acme:n:4.10
      parent_urn: urn:acme:n:doors
      ref_id: 4.10
      assessable: true
      depth: 2
      name: Lock
      description: Doors are locked.
      annotation: Any lock will do.
      typical_evidence: A key.
      implementation_groups: [B, A]
      questions:
        urn:acme:q:1: {type: text, text: Which doors?}
    - {urn: 'urn:acme:n:4.1', parent_urn: 'urn:acme:n:ghost', ref_id: 4.1, assessable: true, name: Shut}
    - {urn: 'urn:acme:n:again', ref_id: 4.1, assessable: true, name: Another}
"""

Read = Callable[..., FrameworkImport]


@pytest.fixture
def read(now: datetime) -> Read:
    def take(data: bytes | str, **options: Any) -> FrameworkImport:
        raw = data.encode() if isinstance(data, str) else data
        return read_framework(raw, now, name=str(options.pop("name", "f")), **options)

    return take


def reasons(found: FrameworkImport) -> str:
    return "\n".join(f"{note.subject}: {note.reason}" for note in found.report.notes)


def test_a_library(read: Read) -> None:
    found = read(LIBRARY)
    head = found.framework
    assert (head.id, head.version, head.publisher, head.urn) == (
        "house-rules-4",
        "4",
        "Acme",
        "urn:acme:risk:framework:house",
    )
    assert (head.licence, str(head.published)) == ("Acme, all rights reserved", "2026-01-05")
    rows = {row.id: row for row in found.requirements}
    assert list(rows) == ["doors", "4.10", "4.1", "again"], "an id such as 4.10 is not read as a number"
    lock = rows["4.10"]
    assert (lock.parent, lock.title, lock.statement) == ("doors", "Lock", "Doors are locked.")
    assert lock.guidance == "Any lock will do.\n\nA key."
    assert lock.question == "Which doors?"
    assert lock.listed("implementation_groups") == ("B", "A")
    assert not rows["doors"].assessable
    assert "reference controls in it were not read" in reasons(found)
    assert "4.1: stands under a row that is not above it" in reasons(found)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("urn: x\nname: y\nobjects: {threats: []}\n", "holds no framework"),
        ("urn: x\nname: y\nobjects: [1]\n", "not a CISO Assistant library"),
        ("urn: x\nname: y\nobjects: {framework: {name: z}}\n", "without requirements"),
        ("urn: x\nname: [unclosed\n", "is not YAML"),
        ("urn: x\nname: y\nobjects: !!python/object/apply:os.system ['true']\n", "not a CISO Assistant library"),
        ("urn: x\nname: &a [1]\nobjects: [" + "*a, " * 60 + "]\n", "60 aliases"),
    ],
)
def test_a_bad_library_is_one_sentence(read: Read, text: str, words: str) -> None:
    with pytest.raises(BadInputError, match=words):
        read(text)


TABLE = """Rules of the house;;;
Rule no;Rule;Family;Related controls
Requirement ID;Requirement Title;Category;Related
1;Doors;;
1.1;Lock: always;;
A-7;Gates;Outside;1.1, 2
A-8;Moats;Outside;None
;no id;;
1.1;Twice;;
"""


def test_a_table_with_a_preface_and_headings(read: Read) -> None:
    found = read(TABLE, title="House")
    rows = {row.id: row for row in found.requirements}
    assert list(rows) == ["1", "1.1", "Outside", "A-7", "A-8"]
    assert rows["1.1"].parent == "1", "the id says where it stands"
    assert (rows["A-7"].parent, rows["Outside"].assessable) == ("Outside", False)
    assert rows["A-7"].listed("related") == ("1.1", "2")
    assert "related" not in rows["A-8"].attributes
    assert found.framework.text_depth == "titles"
    assert "1 rows without an id" in reasons(found)
    assert "row 9: 1.1 stands there twice" in reasons(found)


def test_columns_by_mapping_ids_with_text_and_withdrawn_rows(read: Read) -> None:
    table = (
        'What,Group,Extra\n,"GATES (GT): all gates",\n"GT-1: Gates are shut.",,x\n'
        '"GT-2: [Withdrawn: Incorporated into GT-1.]",,y\n'
    )
    found = read(table, mapping={"what": "id", "Group": "parent", "Extra": "-"}, title="House")
    rows = {row.id: row for row in found.requirements}
    assert list(rows) == ["GT", "GT-1", "GT-2"]
    assert rows["GT"].statement == "all gates"
    assert (rows["GT-1"].parent, rows["GT-1"].statement) == ("GT", "Gates are shut.")
    assert rows["GT-2"].withdrawn_sentence == "Withdrawn: incorporated into GT-1."
    assert [use.field for use in found.report.columns] == ["id", "parent", ""]


def node(tail: str, parent: str = "", ref_id: str = "", text: str = "") -> str:
    base = "urn:acme:risk:req_node:house"
    fields = [f"urn: '{base}:{tail}'", f"assessable: {'true' if text else 'false'}"]
    fields += [f"parent_urn: '{base}:{parent}'"] if parent else []
    fields += [f"ref_id: '{ref_id}'"] if ref_id else []
    fields += [f"description: {text}"] if text else []
    return f"    - {{{', '.join(fields)}}}\n"


def test_points_without_a_number_are_named_by_the_end_of_their_urn(read: Read) -> None:
    head = LIBRARY[: LIBRARY.index("    - {urn: 'urn:acme:n:doors'")]
    points = [
        node("3", ref_id="3"),
        node("3:1", "3", text="a"),
        node("3:1:1", "3:1", text="b"),
        node("4", ref_id="4"),
        node("4:1", "4", text="c"),
        node("4:2", "4", ref_id="4", text="d"),
    ]
    found = read(head + "".join(points))
    rows = {row.id: (row.parent, row.statement) for row in found.requirements}
    assert rows == {
        "3": ("", ""),
        "3:1": ("3", "a"),
        "3:1:1": ("3:1", "b"),
        "4": ("", ""),
        "4:1": ("4", "c"),
        "4:2": ("4", "d"),
    }
    assert "left out" not in reasons(found)


def test_long_titles_that_begin_alike_are_copies_of_their_own(read: Read) -> None:
    begin = "Kompendium der Anforderungen für die Sicherheit von Informationen in Behörden"
    ids = {
        read("id,text\nA-1,x\n", title=f"{begin}, {end}").framework.id for end in ("Anwendungen", "Netze", "Betrieb")
    }
    assert len(ids) == 3
    assert all(i.startswith("kompendium-der-anforderungen-fur-die-sicherheit") and len(i) <= 60 for i in ids)


def test_a_title_that_is_the_id_of_a_shipped_framework_is_no_obstacle(read: Read) -> None:
    assert read("id,text\nX-1,y\n", title="NIST CSF 2.0").framework.id == "nist-csf-2.0-copy"


def test_another_edition_is_not_the_text_of_the_pack(read: Read) -> None:
    pack = load_pack("nist-sp-800-171-r3")
    lines = "".join(f"{row.id},{row.title},words\n" for row in pack.assessable)
    for title, extends in (
        ("NIST SP 800-171 revision 2", ""),
        ("NIST SP-800-171 r2", ""),
        ("NIST SP 800-171 Rev. 3", pack.id),
        ("NIST SP 800-171", pack.id),
    ):
        found = read(f"id,title,text\n{lines}", title=title)
        assert found.framework.extends == extends, title
    assert found.framework.short == pack.framework.short
    some = "".join(f"{row.id},{row.title},words\n" for row in pack.assessable[:20])
    assert read(f"id,title,text\n{some}", title="NIST SP 800-171 for us").framework.short == "NIST SP 800-171 for us"


def test_a_library_without_a_framework_says_what_it_holds(read: Read) -> None:
    text = LIBRARY.replace("  framework:\n", "  risk_matrix:\n")
    with pytest.raises(BadInputError, match="holds no framework, only reference controls, risk matrix"):
        read(text)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"mapping": {"A": "id", "B": "id"}}, UsageError, "id is said of two columns"),
        ({"mapping": {"Nope": "id"}}, UsageError, "no column 'Nope'"),
        ({"mapping": {"A": "colour"}}, UsageError, "no field 'colour'"),
        ({}, BadInputError, "no column is understood"),
    ],
)
def test_a_mapping_that_does_not_fit(read: Read, options: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        read("A,B\n1,2\n", **options)


def test_a_group_in_a_merged_cell_holds_all_its_rows(read: Read) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (
        ["Domain", "Ref", "Text"],
        ["Access", "A1", "a"],
        [None, "A2", "b"],
        ["Backup", "B1", "c"],
        [None, "B2", "d"],
    ):
        sheet.append(line)
    sheet.merge_cells("A2:A3")
    stream = io.BytesIO()
    book.save(stream)
    rows = {row.id: row.parent for row in read(stream.getvalue(), name="m.xlsx").requirements}
    assert rows == {"Access": "", "A1": "Access", "A2": "Access", "Backup": "", "B1": "Backup", "B2": "Backup"}
    by_id = read("id,parent,text\nA,,a\nB,A,b\nC,,c\n")
    assert [row.parent for row in by_id.requirements] == ["", "A", ""]


def test_german_headers(read: Read) -> None:
    found = read(
        "Ziffer;Überschrift;Anforderung;Erläuterung\n1.1;Zugang;Der Zugang wird geprüft.;Jährlich.\n1.2;x;y;z\n"
    )
    first = found.requirements[0]
    assert (first.id, first.title, first.statement, first.guidance) == (
        "1.1",
        "Zugang",
        "Der Zugang wird geprüft.",
        "Jährlich.",
    )


def test_a_sheet_of_a_workbook(read: Read) -> None:
    book = openpyxl.Workbook()
    book.create_sheet("Notes", 0).append(["nothing here"])
    sheet = book.create_sheet("Rules")
    for line in (["Identifier", "Title", "Text"], ["R-1", "Doors", "Shut."], ["R-2", "Gates", "Locked."]):
        sheet.append(line)
    stream = io.BytesIO()
    book.save(stream)
    found = read(stream.getvalue(), sheet="Rules", title="House")
    assert [(row.id, row.statement) for row in found.requirements] == [("R-1", "Shut."), ("R-2", "Locked.")]
    with pytest.raises(UsageError, match="for tables"):
        read(LIBRARY, sheet="Rules")


def test_formats_by_content() -> None:
    assert detect_format(b"PK\x03\x04...", "x") == "xlsx"
    assert detect_format(b"\xef\xbb\xbf  <catalog/>", "x.csv") == "oscal"
    assert detect_format(b"catalog:\n  uuid: x\n", "x") == "oscal"
    assert detect_format(LIBRARY.encode(), "x") == "ciso-assistant"
    assert detect_format(b"id,title\n1,x\n", "x.yaml") == "csv"
    with pytest.raises(BadInputError, match="is a JSON list"):
        detect_format(b'[ {"id": 1}]', "x.json")


PUBLISHERS_TITLES = {
    "cis-controls-8.1",
    "iso-27001-2022",
    "nist-sp-800-171-r3",
    "nist-sp-800-53-r5",
    "hipaa-security-rule",
}


def own(framework: str, **change: Any) -> list[Requirement]:
    return [row.model_copy(update=change) for row in load_pack(framework).requirements]


@pytest.mark.parametrize("framework", [i for i in framework_ids() if i != "tx-ramp"])
def test_a_pack_is_recognised_by_ids_and_name_or_titles(framework: str) -> None:
    head, rows = load_pack(framework).framework, own(framework)
    named = recognise(head.title, rows)
    assert named is not None
    assert named.id == framework
    if framework in PUBLISHERS_TITLES:
        by_titles = recognise("Some table", rows)
        assert by_titles is not None
        assert by_titles.id == framework


def test_numbers_alone_are_not_recognised() -> None:
    rows = own("cis-controls-8.1", title="Our own rule")
    assert recognise("Rules of the house", rows) is None
    assert recognise("CIS Controls", rows[:3]) is None


def test_a_recognised_copy_takes_the_packs_spelling_and_its_extra_rows_make_no_id_known(read: Read) -> None:
    lines = [f"{row.id.lower().replace('-0', '-')},Text of {row.id}" for row in load_pack("nist-csf-2.0").assessable]
    found = read("\n".join(["id,text", *lines, "PR.AC-1,Old one"]), title="NIST CSF 2.0")
    assert found.framework.extends == "nist-csf-2.0"
    assert found.framework.id == "nist-csf-2.0-text"
    assert found.report.beyond_pack == 1
    copy = Pack(found.framework, found.requirements)
    row = copy.get("PR.AA-01")
    assert row is not None
    assert row.statement == "Text of PR.AA-01"
    old = copy.get("PR.AC-1")
    assert old is not None
    assert not old.assessable
    catalogue = shipped().with_imported([copy])
    assert isinstance(lookup("PR.AC-1", catalogue=catalogue), Unknown)
    assert isinstance(lookup("pr.aa-1", catalogue=catalogue), Known)


def test_a_selection_may_hold_more_than_the_pack(read: Read) -> None:
    lines = [f"{row.id},{row.title}" for row in load_pack("nist-sp-800-53-r5").assessable]
    found = read("\n".join(["id,title", *lines, "AC-2(12),Account Monitoring"]), title="SP 800-53")
    catalogue = shipped().with_imported([Pack(found.framework, found.requirements)])
    known = lookup("ac-2.12", "nist-sp-800-53-r5", catalogue=catalogue)
    assert isinstance(known, Known)
    assert known.match.framework.id == found.framework.id == "sp-800-53", "titles alone are not the text of the pack"


def test_a_table_cut_off_is_refused(read: Read, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="cut off"):
        read('id,text\n1,a\n2,"never closed\n3,b\n')


def _book(*sheets: tuple[str, list[list[str]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def test_a_cover_sheet_is_passed_over(now: datetime) -> None:
    data = _book(
        ("Cover", [["Our licensed copy"], ["Do not share"]]),
        (
            "Controls",
            [["Ref No.", "Control name", "Wording"], ["A-1", "Doors", "Doors are locked."], ["A-2", "Keys", "."]],
        ),
    )
    found = read_framework(data, now, name="copy.xlsx")
    assert [row.id for row in found.requirements] == ["A-1", "A-2"]
    assert any("Controls was read" in note.reason for note in found.report.notes)
    with pytest.raises(BadInputError, match="no column is understood"):
        read_framework(data, now, name="copy.xlsx", sheet="Cover")


def test_ids_are_seen_by_their_look_where_no_header_says_so(now: datetime) -> None:
    text = b"Thema;Kontrolle;Titel\nZutritt;K-1.1;Tueren\nZutritt;K-1.2;Schluessel\nNetz;K-2.1;Firewall\n"
    found = read_framework(text, now, name="haus.csv")
    assert [row.id for row in found.requirements] == ["K-1.1", "K-1.2", "K-2.1"]
    assert {(use.column, use.field, use.reason) for use in found.report.columns} >= {
        ("Kontrolle", "id", "its cells look like ids"),
        ("Titel", "title", "header"),
    }


@pytest.mark.parametrize(
    "text",
    [
        b"source,target\nPR.AA-01,AC-2\nPR.AA-01,AC-3\nPR.AA-02,AC-2\nPR.AA-02,AC-3\n",
        b"first,second\nred apples,one\ngreen pears,two\n",
    ],
)
def test_a_table_without_a_column_of_ids_is_refused(text: bytes, now: datetime) -> None:
    with pytest.raises(BadInputError, match="no column is understood as the id"):
        read_framework(text, now, name="pairs.csv")
