"""Opens a client's Word template: its styles, page, head, foot and logo stay, our text goes in."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from knowledge.errors import BadInputError, NotFoundError
from ui.render.policy_fonts import drawable
from ui.render.policy_paper import Paper

MAX_BYTES: Final = 64 << 20
"""Inflated size of a template."""
MAX_PARTS: Final = 2_000
CONTENT: Final = "{{content}}"
_PLACEHOLDER: Final = re.compile(r"\{\{\s*([a-z_0-9]+)\s*\}\}")
_DOTX: Final = b"application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml"
_DOCX: Final = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def new_document(paper: Paper) -> Any:
    """An empty document of ours with the paper's page."""
    from docx import Document  # noqa: PLC0415
    from docx.enum.section import WD_ORIENT  # noqa: PLC0415
    from docx.shared import Cm, Inches  # noqa: PLC0415

    document = Document()
    section = document.sections[0]
    width, height = (Cm(21.0), Cm(29.7)) if paper.page == "A4" else (Inches(8.5), Inches(11))
    if paper.wide:
        section.orientation = WD_ORIENT.LANDSCAPE
        width, height = height, width
    section.page_width, section.page_height = width, height
    section.left_margin = section.right_margin = Cm(2.2)
    section.top_margin, section.bottom_margin = Cm(2.4), Cm(2.2)
    section.header_distance = section.footer_distance = Cm(1.1)
    return document


def open_template(path: Path) -> Any:
    """A client's DOCX or DOTX.

    Raises:
        NotFoundError: there is no such file.
        BadInputError: not a Word document, one with macros, or beyond a limit.
    """
    from docx import Document  # noqa: PLC0415
    from docx.oxml.ns import qn  # noqa: PLC0415

    try:
        data = _checked(path.read_bytes(), path.name)
    except FileNotFoundError:
        raise NotFoundError("there is no such file", subject=str(path)) from None
    except OSError as error:
        raise BadInputError(f"cannot be opened ({error.strerror})", subject=path.name) from None
    try:
        document = Document(io.BytesIO(data))
        settings = document.settings.element
    # The library lets every kind of damage through as whatever it stumbled on.
    except Exception as error:  # noqa: BLE001
        raise BadInputError(
            f"is not a Word document that can be read ({type(error).__name__})",
            subject=path.name,
            hint="Save it as DOCX in Word and try again.",
        ) from None
    # A template on another machine would be fetched by whoever opens the policy.
    for attached in settings.findall(qn("w:attachedTemplate")):
        settings.remove(attached)
    rels = document.part._settings_part.rels
    for rel_id in [key for key, rel in rels.items() if rel.reltype.endswith("/attachedTemplate")]:
        del rels[rel_id]
    return document


def _checked(data: bytes, name: str) -> bytes:
    """The bytes within limits; a DOTX comes back as a DOCX."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            if len(infos) > MAX_PARTS or sum(info.file_size for info in infos) > MAX_BYTES:
                raise BadInputError(f"inflates beyond {MAX_BYTES >> 20} MB or {MAX_PARTS:,} parts", subject=name)
            names = {info.filename for info in infos}
            if "word/vbaProject.bin" in names:
                raise BadInputError("has macros in it", subject=name, hint="Save it as DOCX without macros.")
            for part in names:
                if part.endswith((".xml", ".rels")) and b"<!DOCTYPE" in archive.read(part)[:4096]:
                    raise BadInputError("has a document type declaration, which no word processor writes", subject=name)
            if "[Content_Types].xml" not in names or _DOTX not in archive.read("[Content_Types].xml"):
                return data
            out = io.BytesIO()
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as copy:
                for info in infos:
                    content = archive.read(info)
                    if info.filename == "[Content_Types].xml":
                        content = content.replace(_DOTX, _DOCX)
                    copy.writestr(info.filename, content)
            return out.getvalue()
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise BadInputError("is not a Word document", subject=name, hint=f"Give a DOCX or DOTX ({error}).") from None


def take_place(document: Any, paper: Paper) -> Any:
    """Fills placeholders, empties the body where no `{{content}}` says what to keep, and names the version in the foot.

    Returns:
        The paragraph element before which the text goes; it is taken away afterwards.
    """
    values = {"client": paper.client, "title": paper.title, **paper.values}
    body = document.element.body
    marker = None
    for paragraph in _paragraphs(document):
        if paragraph.text.strip() == CONTENT and paragraph._p.getparent() is body:
            marker = paragraph._p
        else:
            _fill(paragraph, values)
    if marker is None:
        for element in list(body):
            if not element.tag.endswith("}sectPr"):
                body.remove(element)
        marker = document.add_paragraph()._p
    _name_version(document, paper)
    return marker


def _paragraphs(document: Any) -> Iterator[Any]:
    """Every paragraph of the body, its tables, heads and feet."""
    from docx.oxml.ns import qn  # noqa: PLC0415
    from docx.text.paragraph import Paragraph  # noqa: PLC0415

    holders = [(document.element.body, document._body)]
    for section in document.sections:
        for part in (
            section.header,
            section.footer,
            section.first_page_header,
            section.first_page_footer,
            section.even_page_header,
            section.even_page_footer,
        ):
            if not part.is_linked_to_previous:
                holders.append((part._element, part))
    for element, parent in holders:
        for found in list(element.iter(qn("w:p"))):
            yield Paragraph(found, parent)


def _fill(paragraph: Any, values: dict[str, str]) -> None:
    """Replaces placeholders; one that Word cut over several runs is put together in the first of them."""
    if "{{" not in paragraph.text:
        return

    def value(found: re.Match[str]) -> str:
        return drawable(values.get(found[1], found[0]))

    # Setting a run's text would take a logo out of it.
    runs = [run for run in paragraph.runs if not run._r.xpath("./w:drawing|./w:pict|./w:object")]
    for run in runs:
        if _PLACEHOLDER.search(run.text):
            run.text = _PLACEHOLDER.sub(value, run.text)
    said = "".join(run.text for run in runs)
    whole = _PLACEHOLDER.sub(value, said)
    if whole != said:
        runs[0].text = whole
        for run in runs[1:]:
            run.text = ""


def _name_version(document: Any, paper: Paper) -> None:
    """Version, approval, hash and page at the foot, where the template's own feet do not name the version."""
    from docx.shared import Pt  # noqa: PLC0415

    from ui.render.policy_docx import add_field  # noqa: PLC0415 - draws with what this module opens

    section = document.sections[-1]
    feet = [section.footer]
    if section.different_first_page_header_footer:
        feet.append(section.first_page_footer)
    for foot in feet:
        text = " ".join(paragraph.text for paragraph in foot.paragraphs)
        if paper.values.get("sha256_short", "\0") in text:
            continue
        empty = [one for one in foot.paragraphs if not one.text.strip() and not one._p.xpath(".//w:drawing|.//w:pict")]
        paragraph = empty[-1] if empty else foot.add_paragraph()
        paragraph.add_run(drawable(paper.running))
        if "PAGE" not in "".join(code.text or "" for code in foot._element.xpath(".//w:instrText")):
            paragraph.add_run(" · Page ")
            add_field(paragraph, "PAGE")
            paragraph.add_run(" of ")
            add_field(paragraph, "NUMPAGES")
        for run in paragraph.runs:
            run.font.size = Pt(8)
