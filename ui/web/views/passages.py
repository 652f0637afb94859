"""A cited passage opened at its place: a document's part with its neighbours, or a requirement with its text."""

from __future__ import annotations

import re
from collections.abc import Sequence

import streamlit as st
from markupsafe import Markup

from knowledge.errors import NotFoundError
from knowledge.records.answer import Answer
from knowledge.records.base import ClientId
from knowledge.records.document import Document, DocumentPart
from knowledge.records.search import Passage
from ui.app.catalogue import catalogue_of
from ui.app.text import block, inert, rows
from ui.web.views.frame import View, act, show

AROUND = 4
"""Parts of a document before and after the cited one."""
_DOC = re.compile(r"^doc:(?P<id>[^:]+):(?P<version>\d+):(?P<seq>\d+)")


@st.dialog("Passage", width="large")
def opened(client_id: ClientId, answer: Answer, passage_id: str, quotes: Sequence[str]) -> None:
    """Opens a passage of an answer.

    Args:
        client_id: whose place it was searched in.
        answer: keeps the passage as it was.
        passage_id: which one.
        quotes: what the answer quotes from it, verbatim.
    """
    kept = next((hit.passage for hit in answer.hits if hit.passage.id == passage_id), None)
    if kept is None:
        st.info("This passage was not kept with the answer.")
        return
    found = _DOC.match(passage_id)
    if found:
        place = found["id"], int(found["version"]), int(found["seq"])
        act(client_id, lambda view: _document(view, kept, place, quotes))
    elif kept.kind == "requirement":
        act(client_id, lambda view: _requirement(view, kept, quotes))
    else:
        _as_kept(kept, quotes)


def _document(view: View, kept: Passage, at: tuple[str, int, int], quotes: Sequence[str]) -> None:
    document_id, version, seq = at
    try:
        with view.places.client(view.client.id) as place, place.read() as unit:
            document = unit.documents.get(document_id, version)
            parts = unit.documents.parts(document_id, version)
            newest = unit.documents.get(document_id).version
    except NotFoundError:
        st.warning("The document is no longer here; this is the passage as it was kept with the answer.")
        _as_kept(kept, quotes)
        return
    _heading(f"{document.title}, {kept.locator}")
    if newest != version:
        st.caption(f"Version {version}, as quoted; the current one is version {newest}.")
    show(block(document_parts(document, parts, seq, kept.text, quotes)))


def document_parts(
    document: Document, parts: Sequence[DocumentPart], seq: int, passage: str, quotes: Sequence[str]
) -> Markup:
    """The parts that a passage is made of, marked, with their neighbours in reading order."""
    cited = [part for part in parts if part.seq >= seq and part.text.strip() and part.text.strip() in passage]
    last = cited[-1].seq if cited else seq
    own = {part.seq for part in cited} or {seq}
    shown = [part for part in parts if seq - AROUND <= part.seq <= last + AROUND]
    lines = [
        Markup('<div class="vc-part {}">{}</div>').format(
            "cited" if part.seq in own else "", _part(part, quotes if part.seq in own else ())
        )
        for part in shown
    ]
    path = " › ".join(shown[0].heading_path) if shown else ""
    head = Markup('<p class="vc-dim vc-small">{}</p>').format(inert(path)) if path else Markup("")
    where = f"{document.file_name}, version {document.version}"
    return head + Markup("").join(lines) + Markup('<p class="vc-facts">{}</p>').format(inert(where))


def _part(part: DocumentPart, quotes: Sequence[str]) -> Markup:
    text = marked(part.text, quotes)
    return Markup("<strong>{}</strong>").format(text) if part.kind == "heading" else text


def marked(text: str, quotes: Sequence[str]) -> Markup:
    """Text with the quotations in it marked; white space may differ."""
    spans: list[tuple[int, int]] = []
    for quote in quotes:
        words = [re.escape(word) for word in quote.split()]
        if words and (found := re.search(r"\s+".join(words), text)):
            spans.append(found.span())
    out, at = Markup(""), 0
    for start, end in sorted(spans):
        if start < at:
            continue
        out += inert(text[at:start]) + _space(text, start) + Markup("<mark>{}</mark>").format(inert(text[start:end]))
        out += _space(text, end + 1)
        at = end
    return out + inert(text[at:])


def _space(text: str, at: int) -> str:
    """The blank that `inert` strips at the end of a piece."""
    return " " if 0 < at <= len(text) and text[at - 1].isspace() else ""


def _requirement(view: View, kept: Passage, quotes: Sequence[str]) -> None:
    catalogue, _ = catalogue_of(view.places, view.client.id)
    pack = catalogue.pack(kept.framework)
    row = next((one for one in pack.requirements if one.id == kept.requirement_id), None)
    if row is None:
        _as_kept(kept, quotes)
        return
    _heading(f"{pack.framework.short} {row.id}")
    path = " › ".join(one.title or one.id for one in pack.path(row.id))
    show(
        block(
            Markup('<p class="vc-dim vc-small">{}</p>').format(inert(path)),
            rows(
                [
                    ("Title", row.title),
                    ("In short", marked(row.summary, quotes) if row.summary else ""),
                    ("Text", Markup("<br>").join(marked(line, quotes) for line in row.statement.splitlines())),
                    ("An assessor asks", row.question),
                    ("Licence", pack.framework.licence),
                ]
            ),
        )
    )


def _as_kept(kept: Passage, quotes: Sequence[str]) -> None:
    _heading(kept.title)
    show(
        block(
            Markup('<p class="vc-dim vc-small">{}</p>').format(inert(kept.locator)),
            Markup("").join(Markup("<p>{}</p>").format(marked(line, quotes)) for line in kept.text.splitlines()),
        )
    )


def _heading(text: str) -> None:
    show(block(Markup("<h3>{}</h3>").format(inert(text)), kind="vc-item"))
