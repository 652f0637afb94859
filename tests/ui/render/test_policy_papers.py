"""Policies as files: what they say, in which styles, and that hostile text and templates stay harmless."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from docx import Document
from docx.shared import RGBColor
from pdfminer.high_level import extract_text
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfparser import PDFParser

from knowledge.errors import BadInputError, NotFoundError
from ui.render.policy_docx import paper_docx
from ui.render.policy_html import paper_html
from ui.render.policy_markdown import paper_markdown
from ui.render.policy_paper import Grid, Heading, Item, Note, Paper, Para, text_blocks
from ui.render.policy_pdf import paper_pdf
from ui.render.policy_xlsx import Sheet, workbook

AT = datetime(2026, 8, 7, 6, 30, tzinfo=UTC)
HOSTILE = (
    "</style><script>alert(1)</script><img src=x onerror=y> [a](http://evil.example) ![](http://evil.example/x) =1+1"
)


def paper(*more: object, stamp: str = "") -> Paper:
    blocks = [
        Heading("4 Leavers"),
        *text_blocks(
            "The desk disables accounts.\n- first one\n2. then two\nIn the end.", lead="Leavers.", number="4.6"
        ),
        Note("Leaver tickets", lead="Evidence:"),
        Grid(("Requirement", "State"), tuple((f"A.5.{n}", "met") for n in range(1, 60)), (3, 1), caption="Coverage"),
        *more,
    ]
    return Paper(
        client="Northgate Family Clinic",
        title="Access Control Policy",
        subtitle="Version 3",
        facts=(("Approved", "6 August 2026 by Dana Whitfield"), ("SHA-256", "ab" * 32)),
        blocks=tuple(blocks),  # type: ignore[arg-type]
        running="Version 3 · approved 6 August 2026 by Dana Whitfield · SHA-256 abababababababab",
        at=AT,
        subject="Access",
        keywords=("policy",),
        values={"version": "3", "sha256_short": "abababababababab"},
        stamp=stamp,
    )


def test_blocks_of_a_clause() -> None:
    assert text_blocks("One\ntwo.\n\n- a\n1. b\nEnd.", lead="L.", number="1.1") == [
        Para("One two.", lead="L.", number="1.1"),
        Item("a"),
        Item("b", number="1."),
        Para("End.", inner=True),
    ]
    assert text_blocks("- a", number="2") == [Para("", number="2"), Item("a")]


def test_word_file_has_real_styles_properties_fields_and_repeating_heads() -> None:
    document = Document(io.BytesIO(paper_docx(paper(stamp="DRAFT"))))
    styles = {p.text.split("\t")[0][:12]: p.style.name for p in document.paragraphs if p.text}
    assert styles["Access Contr"] == "Title"
    assert styles["4 Leavers"] == "Heading 1"
    assert styles["4.6"] == "Policy Clause"
    assert styles["Evidence: Le"] == "Policy Note"
    assert styles["In the end."] == "Policy Clause Text"
    assert document.core_properties.title == "Access Control Policy"
    assert document.core_properties.created.replace(tzinfo=UTC) == AT
    foot = document.sections[0].footer._element.xml
    assert "abababababababab" in foot
    assert " PAGE " in foot
    assert " NUMPAGES " in foot
    grid = document.tables[1]
    assert len(grid.rows) == 60
    assert "w:tblHeader" in grid.rows[0]._tr.xml
    assert all("w:cantSplit" in row._tr.xml for row in grid.rows[:3])


def template(tmp_path: Path, *paragraphs: str) -> Path:
    from PIL import Image

    logo = io.BytesIO()
    Image.new("RGB", (20, 10), (10, 90, 60)).save(logo, "PNG")
    document = Document()
    document.styles["Heading 1"].font.color.rgb = RGBColor(10, 90, 60)
    head = document.sections[0].header.paragraphs[0]
    head.add_run().add_picture(io.BytesIO(logo.getvalue()))
    head.add_run("House style {{ti")
    head.add_run("tle}}")
    document.sections[0].footer.paragraphs[0].text = "Confidential {{client}}"
    for said in paragraphs:
        document.add_paragraph(said)
    file = tmp_path / "template.docx"
    document.save(str(file))
    return file


def test_a_clients_template_keeps_its_styles_logo_head_and_text(tmp_path: Path) -> None:
    file = template(tmp_path, "Letterhead, version {{version}}", "{{content}}", "Signature block")
    document = Document(io.BytesIO(paper_docx(paper(), template=file)))
    texts = [p.text for p in document.paragraphs]
    assert texts[0] == "Letterhead, version 3"
    assert texts[-1] == "Signature block"
    assert texts.index("4 Leavers") < len(texts) - 1
    assert "{{content}}" not in texts
    assert document.styles["Heading 1"].font.color.rgb == RGBColor(10, 90, 60)
    head = document.sections[0].header
    assert "w:drawing" in head._element.xml
    assert "Access Control Policy" in head.paragraphs[0].text
    foot = " ".join(p.text for p in document.sections[0].footer.paragraphs)
    assert foot.startswith("Confidential Northgate Family Clinic")
    assert "SHA-256 abababababababab" in foot


def test_without_a_place_for_the_text_the_templates_text_is_replaced(tmp_path: Path) -> None:
    document = Document(io.BytesIO(paper_docx(paper(), template=template(tmp_path, "Lorem ipsum"))))
    assert "Lorem ipsum" not in [p.text for p in document.paragraphs]
    assert "w:drawing" in document.sections[0].header._element.xml


def test_a_template_that_numbers_its_headings_does_not_number_ours(tmp_path: Path) -> None:
    document = Document(io.BytesIO(paper_docx(paper(), template=template(tmp_path))))
    heading = next(p for p in document.paragraphs if p.text == "4 Leavers")
    assert heading._p.pPr.numPr.numId.val == 0


def test_templates_that_cannot_be_used_are_refused_in_a_line(tmp_path: Path) -> None:
    good = template(tmp_path, "x").read_bytes()

    def with_part(name: str, content: bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(good)) as old, zipfile.ZipFile(out, "w") as new:
            for info in old.infolist():
                new.writestr(info.filename, content if info.filename == name else old.read(info))
            if name not in old.namelist():
                new.writestr(name, content)
        return out.getvalue()

    cases = {
        "text": (b"plain text", "not a Word document"),
        "zip": (with_part("[Content_Types].xml", b"<x/>"), "not a Word document"),
        "macro": (with_part("word/vbaProject.bin", b"x"), "macros"),
        "dtd": (with_part("word/styles.xml", b'<!DOCTYPE a [<!ENTITY e "x">]><a/>'), "document type declaration"),
    }
    for name, (data, reason) in cases.items():
        file = tmp_path / f"{name}.docx"
        file.write_bytes(data)
        with pytest.raises(BadInputError, match=reason):
            paper_docx(paper(), template=file)
    with pytest.raises(NotFoundError):
        paper_docx(paper(), template=tmp_path / "none.docx")


def test_pdf_has_text_bookmarks_pages_and_properties_and_is_reproducible() -> None:
    made = paper_pdf(paper())
    assert made.data == paper_pdf(paper()).data
    said = extract_text(io.BytesIO(made.data))
    assert "Page 1 of 2" in said
    assert "Page 2 of 2" in said
    assert said.count("Requirement") == 2, "the table's head repeats on its second page"
    document = PDFDocument(PDFParser(io.BytesIO(made.data)))
    assert [str(title) for _, title, *_ in document.get_outlines()] == ["4 Leavers"]
    assert b"FiraSans" in made.data
    assert made.notes == ()


def test_pdf_says_which_signs_no_font_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.render.policy_fonts._system_fonts", tuple)
    made = paper_pdf(paper(Para("Łódź Ελλάδα Київ fine, 漢 not")))
    assert made.notes == ("no font at hand has U+6F22: set VCISO_PDF_FONTS to a font file that does",)
    assert "Łódź Ελλάδα Київ fine" in extract_text(io.BytesIO(made.data))


def test_hostile_text_stays_text() -> None:
    made = paper(Para(HOSTILE), Grid(("a",), ((HOSTILE,),), (1,)), Item(HOSTILE), Heading(HOSTILE))
    html = paper_html(made)
    assert "<script" not in html
    assert "<img" not in html
    assert "http://evil" not in html
    assert html.count("</style>") == 1
    markdown = paper_markdown(made)
    assert "](http" not in markdown
    assert "<script" not in markdown
    assert paper_docx(made)
    assert paper_pdf(made).data.startswith(b"%PDF")


def test_cells_that_look_like_formulas_are_text() -> None:
    formulas = ("=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://evil.example")', "a\x00b")
    book = workbook([Sheet("S", formulas, (formulas,), (9,) * 6, lead=("=2+2",))], title="T", author="A", at=AT)
    sheet = openpyxl.load_workbook(io.BytesIO(book))["S"]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert len(cells) == 13
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.quotePrefix for cell in cells)


@pytest.mark.slow
def test_the_word_file_opens_in_libreoffice(tmp_path: Path) -> None:
    soffice = shutil.which("soffice")
    if soffice is None:
        pytest.skip("LibreOffice is not installed")
    (tmp_path / "a.docx").write_bytes(paper_docx(paper(), template=template(tmp_path, "{{content}}")))
    command = [soffice, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "pdf"]
    subprocess.run(
        [*command, "--outdir", str(tmp_path), str(tmp_path / "a.docx")], check=True, timeout=110, capture_output=True
    )
    said = extract_text(str(tmp_path / "a.pdf"))
    assert "4 Leavers" in said
    assert "SHA-256 abababababababab" in said
    assert "Page 1 of" in said
