"""Builds the demo clinic's own policy as a Word file, formatted as an office would have it."""

from __future__ import annotations

import io
from datetime import datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import docx
import yaml
from docx.shared import Cm, Pt, RGBColor

if TYPE_CHECKING:
    from docx.document import Document

FILE_NAME = "Vendor Risk Policy.docx"


def policy_docx(name: str, at: datetime) -> bytes:
    """The Word file of a policy in the demo's data.

    Args:
        name: path under the data folder, such as `northgate/vendor-risk-policy.yaml`.
        at: what the file says of when it was made; the same moment gives the same bytes.
    """
    text: dict[str, Any] = yaml.safe_load(files("ui.demo").joinpath("data", name).read_text(encoding="utf-8"))
    document = docx.Document()
    document.core_properties.title = text["title"]
    document.core_properties.author = "Practice manager"
    document.core_properties.created = document.core_properties.modified = at.replace(tzinfo=None)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Georgia", Pt(10.5)
    normal.paragraph_format.space_after = Pt(6)
    for level, size in ((1, 13), (2, 11)):
        style = document.styles[f"Heading {level}"]
        style.font.name, style.font.size = "Georgia", Pt(size)
        style.font.color.rgb = RGBColor(0x1F, 0x5C, 0x4A)
    section = document.sections[0]
    section.left_margin = section.right_margin = Cm(2.5)
    section.header.paragraphs[0].text = text["subtitle"]
    document.add_paragraph(text["title"], style="Title")
    for number, chapter in enumerate(text["sections"], start=1):
        document.add_heading(f"{number} {chapter['heading']}", level=1)
        for at_clause, clause in enumerate(chapter["clauses"], start=1):
            paragraph = document.add_paragraph()
            if "lead" in clause:
                paragraph.add_run(f"{number}.{at_clause} {clause['lead']}.").bold = True
                paragraph.add_run(f" {clause['text']}")
            else:
                paragraph.add_run(clause["text"])
    _table(document, text["table"])
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _table(document: Document, text: dict[str, Any]) -> None:
    document.add_heading(text["heading"], level=2)
    table = document.add_table(rows=1, cols=len(text["columns"]), style="Light Grid Accent 3")
    for cell, words in zip(table.rows[0].cells, text["columns"], strict=True):
        cell.text = words
    for row in text["rows"]:
        for cell, words in zip(table.add_row().cells, row, strict=True):
            cell.text = words
