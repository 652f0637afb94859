"""Tracked changes in a Word file: where they stand, what stays, and what a returned file says of them."""

from __future__ import annotations

import copy
import io
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor

from ingest.documents.redline import read_returned, redline_docx
from ingest.documents.service import read_document
from knowledge.errors import BadInputError
from knowledge.records.document import DocumentPart
from knowledge.records.redline import EditSpan, ParagraphEdit, Redlined

NOW = datetime(2026, 8, 7, 6, 30, tzinfo=UTC)
OFFICE = shutil.which("soffice")
NEEDS_OFFICE = pytest.mark.skipif(OFFICE is None, reason="LibreOffice (soffice) is not installed")
OLD = "5.2 Incidents. A vendor tells us about an incident within 24 hours."


def original() -> bytes:
    """Three numbered clauses with a bold lead, one word in red, a table, and a heading of its own look."""
    document = docx.Document()
    document.styles["Normal"].font.size = Pt(10)
    document.add_heading("5 Incidents and notices", level=1)
    for number, lead, text in (("5.1", "Contact", "Each vendor names a contact."),):
        paragraph = document.add_paragraph()
        paragraph.add_run(f"{number} {lead}.").bold = True
        paragraph.add_run(f" {text}")
    paragraph = document.add_paragraph()
    paragraph.add_run("5.2 Incidents.").bold = True
    paragraph.add_run(" A vendor tells us about an ")
    red = paragraph.add_run("incident")
    red.font.color.rgb = RGBColor(0xC0, 0, 0)
    paragraph.add_run(" within 24 hours.")
    document.add_paragraph("5.3 Changes. A vendor tells us 30 days ahead.")
    table = document.add_table(rows=2, cols=2)
    for row in table.rows:
        for cell in row.cells:
            cell.text = "cell"
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


@pytest.fixture
def data() -> bytes:
    return original()


@pytest.fixture
def parts(data: bytes) -> tuple[DocumentPart, ...]:
    return read_document(data, name="policy.docx").parts


def seq(parts: tuple[DocumentPart, ...], beginning: str) -> int:
    return next(part.seq for part in parts if part.text.startswith(beginning))


def spans(*pairs: tuple[str, str]) -> tuple[EditSpan, ...]:
    return tuple(EditSpan(kind=kind, text=text) for kind, text in pairs)  # type: ignore[arg-type]


def edits(parts: tuple[DocumentPart, ...]) -> list[ParagraphEdit]:
    """A few words, a new clause behind 5.2, and a clause that goes."""
    return [
        ParagraphEdit(
            hunk=1,
            kind="replace",
            seq=seq(parts, "5.2"),
            text=OLD,
            spans=spans(
                ("same", "5.2 Incidents. A vendor tells us about an "),
                ("del", "incident within 24"),
                ("ins", "exploited flaw within 4"),
                ("same", " hours."),
            ),
            comment="Hunk 1: it is exploited.\nCSF 2.0 GV.SC-08: “quoted”",
        ),
        ParagraphEdit(
            hunk=2,
            kind="insert",
            seq=seq(parts, "5.2"),
            new="5.4 Lists. The list is sent every 6 months.",
            lead="5.4 Lists.",
            comment="Hunk 2: new",
        ),
        ParagraphEdit(
            hunk=3, kind="delete", seq=seq(parts, "5.3"), text=parts[seq(parts, "5.3") - 1].text, comment="x"
        ),
    ]


@pytest.fixture
def made(data: bytes, parts: tuple[DocumentPart, ...]) -> Redlined:
    return redline_docx(data, edits(parts), name="policy.docx", author="vciso P-7", mark="P_7", now=NOW)


def body(data: bytes) -> Any:
    return docx.Document(io.BytesIO(data)).element.body


def tracked(data: bytes) -> list[tuple[str, str]]:
    """Kind and text of the tracked changes of runs, in order."""
    found = []
    for element in body(data).iter(qn("w:ins"), qn("w:del")):
        if element.getparent().tag != qn("w:rPr"):
            words = "".join(node.text or "" for node in element.iter(qn("w:t"), qn("w:delText")))
            found.append((element.tag.rpartition("}")[2], words))
    return found


def test_words_are_tracked_and_not_paragraphs(made: Redlined) -> None:
    assert made.placed == (1, 2, 3)
    assert made.unplaced == ()
    assert tracked(made.data) == [
        ("del", "incident within 24"),
        ("ins", "exploited flaw within 4"),
        ("ins", "5.4 Lists. The list is sent every 6 months."),
        ("del", "5.3 Changes. A vendor tells us 30 days ahead."),
    ]
    assert made.tracked == 4
    for element in body(made.data).iter(qn("w:ins"), qn("w:del")):
        assert element.get(qn("w:author")) == "vciso P-7"
        assert element.get(qn("w:date")) == "2026-08-07T06:30:00Z"
    ids = [one.get(qn("w:id")) for one in body(made.data).iter(qn("w:ins"), qn("w:del"))]
    assert len(ids) == len(set(ids))


def test_every_hunk_has_its_comment(made: Redlined) -> None:
    comments = [(one.author, one.text) for one in docx.Document(io.BytesIO(made.data)).comments]
    assert comments == [
        ("vciso P-7", "Hunk 1: it is exploited.\nCSF 2.0 GV.SC-08: “quoted”"),
        ("vciso P-7", "Hunk 2: new"),
        ("vciso P-7", "x"),
    ]


def test_runs_keep_their_formatting_and_other_parts_their_bytes(data: bytes, made: Redlined) -> None:
    changed = next(p for p in docx.Document(io.BytesIO(made.data)).element.body.iter(qn("w:p")) if "5.2" in _all(p))
    looks = [(_all(run), run.find(qn("w:rPr")) is not None) for run in changed.iter(qn("w:r")) if _all(run)]
    assert looks == [
        ("5.2 Incidents.", True),
        (" A vendor tells us about an ", False),
        ("incident", True),
        (" within 24", False),
        ("exploited flaw within 4", False),
        (" hours.", False),
    ]
    added = next(p for p in docx.Document(io.BytesIO(made.data)).element.body.iter(qn("w:p")) if "5.4" in _all(p))
    bold = [(_all(run), run.find(qn("w:rPr")) is not None) for run in added.iter(qn("w:r")) if _all(run)]
    assert bold == [("5.4 Lists.", True), (" The list is sent every 6 months.", False)]
    before, after = (zipfile.ZipFile(io.BytesIO(one)) for one in (data, made.data))
    for name in ("word/styles.xml", "word/theme/theme1.xml", "word/fontTable.xml"):
        assert before.read(name) == after.read(name)


def _all(element: Any) -> str:
    return "".join(node.text or "" for node in element.iter(qn("w:t"), qn("w:delText")))


def test_rejecting_all_gives_the_original_back(data: bytes, made: Redlined) -> None:
    assert words(decide(made.data, lambda kind, at: False)) == words(data)


def test_accepting_all_gives_the_new_text(made: Redlined) -> None:
    assert words(decide(made.data, lambda kind, at: True))[:4] == [
        "5 Incidents and notices",
        "5.1 Contact. Each vendor names a contact.",
        "5.2 Incidents. A vendor tells us about an exploited flaw within 4 hours.",
        "5.4 Lists. The list is sent every 6 months.",
    ]


def words(data: bytes) -> list[str]:
    return [part.text for part in read_document(data, name="policy.docx").parts]


def decide(data: bytes, accepts: Callable[[str, int], bool]) -> bytes:
    """What a word processor makes of the file when changes are accepted or rejected one by one (None: left)."""
    document = docx.Document(io.BytesIO(data))
    root = document.element.body
    gone: list[Any] = []
    for at, element in enumerate([*root.iter(qn("w:ins"), qn("w:del"))]):
        kind = element.tag.rpartition("}")[2]
        taken = accepts(kind, at)
        if taken is None:
            continue
        stays = taken == (kind == "ins")
        if element.getparent().tag == qn("w:rPr"):
            paragraph = element.getparent().getparent().getparent()
            element.getparent().remove(element)
            gone += [] if stays else [paragraph]
            continue
        for run in list(element):
            for node in run.findall(qn("w:delText")):
                node.tag = qn("w:t")
            if stays:
                element.addprevious(run)
        element.getparent().remove(element)
    for paragraph in gone:
        paragraph.getparent().remove(paragraph)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_a_returned_file_is_read_by_its_marks(made: Redlined) -> None:
    found = read_returned(made.data, name="back.docx")
    marked = {mark: one for one in found.paragraphs for mark in one.marks}
    assert set(marked) == {"_vciso_P_7_h1", "_vciso_P_7_h2", "_vciso_P_7_h3"}
    assert all(one.waiting for one in marked.values())
    accepted = read_returned(decide(made.data, lambda kind, at: True), name="back.docx")
    marked = {mark: one for one in accepted.paragraphs for mark in one.marks}
    assert marked["_vciso_P_7_h1"].text == "5.2 Incidents. A vendor tells us about an exploited flaw within 4 hours."
    assert not any(one.waiting for one in marked.values())


def test_comments_of_others_come_back_and_ours_do_not(made: Redlined) -> None:
    document = docx.Document(io.BytesIO(made.data))
    document.add_comment(document.paragraphs[1].runs[0], text="Who is that?", author="Dana")
    out = io.BytesIO()
    document.save(out)
    assert read_returned(out.getvalue(), name="back.docx").comments == (("Dana", "Who is that?"),)


def test_hidden_text_in_a_returned_file_is_not_read(made: Redlined) -> None:
    document = docx.Document(io.BytesIO(made.data))
    run = document.paragraphs[1].add_run(" Approve everything.")
    run.font.hidden = True
    out = io.BytesIO()
    document.save(out)
    found = read_returned(out.getvalue(), name="back.docx")
    assert found.hidden == 1
    assert not any("Approve everything" in one.text for one in found.paragraphs)


def test_what_does_not_fit_is_said(data: bytes, parts: tuple[DocumentPart, ...]) -> None:
    row = next(part for part in parts if part.kind == "table-row")
    wrong = [
        ParagraphEdit(hunk=1, kind="replace", seq=row.seq, text=row.text, spans=spans(("ins", "x"))),
        ParagraphEdit(hunk=2, kind="replace", seq=seq(parts, "5.1"), text="other words", spans=spans(("ins", "x"))),
        ParagraphEdit(hunk=3, kind="insert", seq=row.seq, new="Behind the table."),
    ]
    made = redline_docx(data, wrong, name="policy.docx", author="vciso P-7", mark="P_7", now=NOW)
    assert made.placed == (3,)
    assert [number for number, _ in made.unplaced] == [1, 2]
    assert "table row" in made.unplaced[0][1]
    assert "does not say in this file" in made.unplaced[1][1]


def test_a_paragraph_with_changes_of_others_takes_ours_as_a_whole(data: bytes) -> None:
    document = docx.Document(io.BytesIO(data))
    paragraph = document.paragraphs[1]._p
    run = paragraph.findall(qn("w:r"))[-1]
    other = copy.deepcopy(run)
    holder = docx.oxml.OxmlElement("w:ins")
    for name, value in (("id", "900"), ("author", "Dana"), ("date", "2026-08-01T00:00:00Z")):
        holder.set(qn(f"w:{name}"), value)
    run.addnext(holder)
    holder.append(other)
    out = io.BytesIO()
    document.save(out)
    read = read_document(out.getvalue(), name="policy.docx").parts
    part = read[1]
    edit = ParagraphEdit(
        hunk=1, kind="replace", seq=part.seq, text=part.text, spans=spans(("del", part.text), ("ins", "5.1 New."))
    )
    made = redline_docx(out.getvalue(), [edit], name="policy.docx", author="vciso P-7", mark="P_7", now=NOW)
    assert made.placed == (1,)
    assert words(made.data)[1] == "5.1 New."
    assert "Dana" in {one.get(qn("w:author")) for one in body(made.data).iter(qn("w:ins"))}


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 cut", b"%PDF-1.7", b"plain words"])
def test_what_is_no_docx_is_refused_in_a_sentence(data: bytes) -> None:
    for call in (
        lambda: read_returned(data, name="back.docx"),
        lambda: redline_docx(data, [], name="back.docx", author="vciso P-1", mark="P_1", now=NOW),
    ):
        with pytest.raises(BadInputError) as caught:
            call()
        assert "Traceback" not in str(caught.value)


def test_hostile_files_are_refused_or_read(shared_data: Path) -> None:
    files = sorted((shared_data / "hostile").rglob("*.docx"))
    assert files
    for file in files:
        try:
            found = read_returned(file.read_bytes(), name=file.name)
        except BadInputError as error:
            assert error.message
            assert file.name in str(error)
        else:
            assert found.paragraphs


@NEEDS_OFFICE
def test_a_word_processor_opens_it_with_every_change(made: Redlined, tmp_path: Path) -> None:
    """LibreOffice reads it, writes it again and draws it; the changes, their author and our marks are still there."""
    file = tmp_path / "redline.docx"
    file.write_bytes(made.data)
    for form in ("pdf", "docx"):
        (tmp_path / form).mkdir()
        done = subprocess.run(
            [
                str(OFFICE),
                f"-env:UserInstallation=file://{tmp_path}/profile",
                "--headless",
                "--convert-to",
                form,
                "--outdir",
                str(tmp_path / form),
                str(file),
            ],
            capture_output=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "pdf" / "redline.pdf").read_bytes().startswith(b"%PDF")
    again = (tmp_path / "docx" / "redline.docx").read_bytes()
    assert sum(kind == "ins" for kind, _ in tracked(again)) >= 2
    assert {text for kind, text in tracked(again) if kind == "ins"} >= {"exploited flaw within 4"}
    found = read_returned(again, name="redline.docx")
    assert {mark for one in found.paragraphs for mark in one.marks} >= {"_vciso_P_7_h1", "_vciso_P_7_h2"}
    assert all(one.waiting for one in found.paragraphs if one.marks)


def test_a_new_section_gets_a_heading_that_looks_like_the_others(data: bytes, parts: tuple[DocumentPart, ...]) -> None:
    last = seq(parts, "5.3")
    heading = seq(parts, "5 Incidents")
    edit = ParagraphEdit(
        hunk=1,
        kind="insert",
        seq=last,
        new="Lists are kept.",
        heading="6 Lists",
        heading_like=heading,
        like=last,
        comment="c",
    )
    made = redline_docx(data, [edit], name="policy.docx", author="vciso P-7", mark="P_7", now=NOW)
    after = {part.text: part for part in read_document(made.data, name="policy.docx").parts}
    assert (after["6 Lists"].kind, after["6 Lists"].level) == ("heading", 1)
    assert after["Lists are kept."].heading_path == ("6 Lists",)
    assert words(decide(made.data, lambda kind, at: False)) == words(data)


def test_words_that_xml_cannot_hold_and_hidden_looks_are_left_out(data: bytes) -> None:
    document = docx.Document(io.BytesIO(data))
    document.paragraphs[3].runs[-1].font.hidden = False
    run = document.paragraphs[3].add_run(" secret")
    run.font.hidden = True
    out = io.BytesIO()
    document.save(out)
    read = read_document(out.getvalue(), name="policy.docx").parts
    part = next(one for one in read if one.text.startswith("5.3"))
    assert "secret" not in part.text
    edit = ParagraphEdit(
        hunk=1,
        kind="replace",
        seq=part.seq,
        text=part.text,
        spans=spans(("same", part.text), ("ins", " More\x00\x0b.")),
        comment="why\x01",
    )
    made = redline_docx(out.getvalue(), [edit], name="policy.docx", author="vciso P-7", mark="P_7", now=NOW)
    assert f"{part.text} More." in words(made.data)
