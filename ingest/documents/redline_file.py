"""Puts tracked changes with comments into a DOCX, and reads a returned one; runs in the child process."""

from __future__ import annotations

import base64
import copy
import io
from typing import Any

import docx
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from ingest.documents.blocks import Collector
from ingest.documents.docx_archive import Archive, child, name, value
from ingest.documents.docx_file import Reader
from ingest.documents.docx_runs import Runs
from ingest.documents.redline_runs import (
    Stamp,
    delete_runs,
    fit_for_xml,
    folded,
    inserted,
    simple,
    split_before,
    units_of,
)
from knowledge.errors import BadInputError

MARK = "_vciso_"
"""Our bookmarks begin so; Word does not show a bookmark that begins with an underscore."""
AUTHOR = "vciso "
MAX_COMMENTS = 500


class _Placed(Collector):
    """Collects blocks and remembers the paragraph that each came from."""

    def __init__(self) -> None:
        super().__init__()
        self.current: Any = None
        self.sources: list[Any] = []

    def add(self, *args: Any, **options: Any) -> None:
        super().add(*args, **options)
        if len(self.blocks) > len(self.sources):
            self.sources.append(self.current)


class _PlacedReader(Reader):
    def __init__(self, archive: Archive) -> None:
        super().__init__(archive)
        self.placed = _Placed()
        self.out = self.placed
        self.runs = Runs(self.out, self.styles)

    def paragraph(self, element: Any, behind: str) -> None:
        self.placed.current = element
        super().paragraph(element, behind)

    def table(self, element: Any, behind: str, depth: int) -> None:
        self.placed.current = None
        super().table(element, behind, depth)
        self.placed.current = None


def write(data: bytes, options: dict[str, Any]) -> dict[str, Any]:
    """Track changes in a DOCX.

    Args:
        data: the file.
        options: `edits` (`ParagraphEdit` as JSON, in order), `author`, `date` (ISO 8601), `prefix` of bookmarks.

    Returns:
        `docx` in base64, `placed`, `unplaced`, `tracked`.

    Raises:
        BadInputError: damaged, encrypted, or beyond a limit (named).
    """
    archive = Archive(data)
    main = archive.read(archive.main_part())
    assert main is not None  # `main_part` found it; a document type was refused while it was read
    document = docx.Document(io.BytesIO(data))
    return _Writer(document, _PlacedReader(archive), options).run()


class _Writer:
    def __init__(self, document: Any, reader: _PlacedReader, options: dict[str, Any]) -> None:
        self._document = document
        body = document.element.body
        for element in list(body):
            reader.block(element, "")
        self._sources = reader.placed.sources
        self._texts = [block["text"] for block in reader.placed.blocks]
        self._options = options
        used = [one.get(qn("w:id")) or "" for one in document.element.iter(qn("w:ins"), qn("w:del"))]
        marks = [one.get(qn("w:id")) or "" for one in document.element.iter(qn("w:bookmarkStart"))]
        highest = max((int(one) for one in (*used, *marks) if one.isdigit() and len(one) < 9), default=0)
        self._stamp = Stamp(options["author"], options["date"], highest + 1)
        self._behind: dict[int, Any] = {}

    def run(self) -> dict[str, Any]:
        placed: list[int] = []
        unplaced: list[tuple[int, str]] = []
        for edit in self._options["edits"]:
            reason = self._insert(edit) if edit["kind"] == "insert" else self._change(edit)
            if reason:
                unplaced.append((edit["hunk"], reason))
            else:
                placed.append(edit["hunk"])
        out = io.BytesIO()
        self._document.save(out)
        encoded = base64.b64encode(out.getvalue()).decode("ascii")
        return {"docx": encoded, "placed": placed, "unplaced": unplaced, "tracked": self._stamp.count}

    def _source(self, seq: int) -> Any:
        return self._sources[seq - 1] if 1 <= seq <= len(self._sources) else None

    def _change(self, edit: dict[str, Any]) -> str:
        paragraph = self._source(edit["seq"])
        if paragraph is None:
            return "it stands in a table row, which is changed by hand"
        if self._texts[edit["seq"] - 1] != edit["text"]:
            return "the paragraph does not say in this file what the policy says"
        units = units_of(paragraph)
        text, places = folded(units)
        if edit["kind"] == "delete":
            self._delete(paragraph, units)
        elif text == edit["text"] and simple(units):
            self._spans(units, places, edit["spans"])
        else:
            new = "".join(span["text"] for span in edit["spans"] if span["kind"] != "del")
            runs = list(dict.fromkeys(unit.run for unit in units))
            delete_runs(runs, self._stamp)
            paragraph.append(inserted(new, runs[0] if runs else None, self._stamp))
        self._mark(paragraph, edit)
        return ""

    def _delete(self, paragraph: Any, units: list[Any]) -> None:
        delete_runs(list(dict.fromkeys(unit.run for unit in units)), self._stamp)
        self._mark_end(paragraph, "del")

    def _spans(self, units: list[Any], places: list[int], spans: list[dict[str, str]]) -> None:
        """Deletes and inserts inside a paragraph, from its end to its beginning, so that what stands before holds."""
        at = sum(len(span["text"]) for span in spans if span["kind"] != "ins")
        for number in range(len(spans) - 1, -1, -1):
            kind, text = spans[number]["kind"], spans[number]["text"]
            if kind == "same":
                at -= len(text)
            elif kind == "del":
                begin, end = at - len(text), at
                self._delete_between(units, places, begin, end)
                at = begin
            else:
                self._insert_at(units, places, at, text)

    def _delete_between(self, units: list[Any], places: list[int], begin: int, end: int) -> None:
        first = places[begin]
        last = places[end] if end < len(places) else len(units)
        if end >= len(places):
            last = places[-1] + 1
        if last < len(units):
            split_before(units[last], units)
        split_before(units[first], units)
        delete_runs(list(dict.fromkeys(unit.run for unit in units[first:last])), self._stamp)

    def _insert_at(self, units: list[Any], places: list[int], at: int, text: str) -> None:
        """Puts an insertion before the character `at`, in the type of what stands, or stood, before it."""
        if at < len(places):
            unit = units[places[at]]
            split_before(unit, units)
            like = units[places[at - 1]].run if at else unit.run
            self._target(unit.run).addprevious(inserted(text, like, self._stamp))
        else:
            unit = units[places[-1]]
            following = units[places[-1] + 1 :]
            if following and following[0].run is unit.run:
                split_before(following[0], units)
            self._target(unit.run).addnext(inserted(text, unit.run, self._stamp))

    @staticmethod
    def _target(run: Any) -> Any:
        parent = run.getparent()
        return parent if parent.tag == qn("w:del") else run

    def _insert(self, edit: dict[str, Any]) -> str:
        anchor = self._anchor(edit["seq"])
        if anchor is None:
            return "there is no paragraph in this file behind which it could go"
        behind = self._behind.get(id(anchor), anchor)
        model = self._source(edit["like"]) if edit["like"] else None
        model = anchor if model is None else model
        if edit["heading"]:
            heading_model = self._source(edit["heading_like"]) if edit["heading_like"] else None
            heading = self._paragraph(edit["heading"], "", heading_model if heading_model is not None else model)
            behind.addnext(heading)
            behind = heading
        paragraph = self._paragraph(edit["new"], edit["lead"], model)
        behind.addnext(paragraph)
        self._behind[id(anchor)] = paragraph
        self._mark(paragraph, edit)
        return ""

    def _anchor(self, seq: int) -> Any:
        """The paragraph of that part, or the nearest one before it that stands in the text itself."""
        body = self._document.element.body
        for number in range(min(seq, len(self._sources)), 0, -1):
            source = self._sources[number - 1]
            if source is not None and source.getparent() is body:
                return source
        return None

    def _paragraph(self, text: str, lead: str, model: Any) -> Any:
        """A new tracked paragraph that looks like another one."""
        paragraph = OxmlElement("w:p")
        properties = model.find(qn("w:pPr"))
        if properties is not None:
            copied = copy.deepcopy(properties)
            for tag in ("w:sectPr", "w:pPrChange", "w:rPr"):
                for gone in copied.findall(qn(tag)):
                    copied.remove(gone)
            paragraph.append(copied)
        self._mark_end(paragraph, "ins")
        runs = list(dict.fromkeys(unit.run for unit in units_of(model)))
        first, last = (runs[0], runs[-1]) if runs else (None, None)
        if lead and text.startswith(lead) and first is not last:
            element = inserted(lead, first, self._stamp)
            element.append(inserted(text[len(lead) :], last, Stamp("", "", 0))[0])
            paragraph.append(element)
        else:
            paragraph.append(inserted(text, last, self._stamp))
        return paragraph

    def _mark_end(self, paragraph: Any, kind: str) -> None:
        """Tracks the paragraph mark, so that rejecting or accepting takes the whole paragraph."""
        properties = paragraph.find(qn("w:pPr"))
        if properties is None:
            properties = OxmlElement("w:pPr")
            paragraph.insert(0, properties)
        look = properties.find(qn("w:rPr"))
        if look is None:
            look = OxmlElement("w:rPr")
            behind = [properties.find(qn(tag)) for tag in ("w:sectPr", "w:pPrChange")]
            following = next((one for one in behind if one is not None), None)
            if following is not None:
                following.addprevious(look)
            else:
                properties.append(look)
        look.insert(0, self._stamp.put(OxmlElement(f"w:{kind}")))

    def _mark(self, paragraph: Any, edit: dict[str, Any]) -> None:
        """Our hidden bookmark around the paragraph's words, and the comment on what changed in it."""
        begin = 1 if paragraph.find(qn("w:pPr")) is not None else 0
        changed = [
            one for one in paragraph.iter(qn("w:ins"), qn("w:del")) if one.get(qn("w:author")) == self._stamp.author
        ]
        changed = [one for one in changed if one.getparent().tag != qn("w:rPr")]
        if edit["comment"] and changed:
            self._comment(changed[0], changed[-1], edit["comment"])
        if edit["hunk"]:
            start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
            for one in (start, end):
                one.set(qn("w:id"), str(self._stamp.next_id))
            start.set(qn("w:name"), f"{MARK}{self._options['prefix']}_h{edit['hunk']}")
            self._stamp.next_id += 1
            paragraph.insert(begin, start)
            paragraph.append(end)

    def _comment(self, first: Any, last: Any, text: str) -> None:
        author = self._stamp.author
        comment = self._document.part._comments_part.comments.add_comment(
            text=fit_for_xml(text), author=author, initials="vc"
        )
        comment._comment_elm.set(qn("w:date"), self._stamp.date)
        number = str(comment.comment_id)
        start, end = OxmlElement("w:commentRangeStart"), OxmlElement("w:commentRangeEnd")
        for one in (start, end):
            one.set(qn("w:id"), number)
        run, reference = OxmlElement("w:r"), OxmlElement("w:commentReference")
        reference.set(qn("w:id"), number)
        run.append(reference)
        first.addprevious(start)
        last.addnext(end)
        end.addnext(run)


def read(data: bytes, options: dict[str, Any]) -> dict[str, Any]:
    """Read what a returned DOCX says.

    Args:
        data: the file.
        options: none are used.

    Returns:
        `paragraphs` (`ReturnedParagraph` as JSON), `hidden`, `comments`.

    Raises:
        BadInputError: damaged, encrypted, or beyond a limit (named).
    """
    del options
    archive = Archive(data)
    root = archive.read(archive.main_part())
    body = child(root, "w:body")
    if body is None:
        raise BadInputError("has no text in it", hint="Save it as DOCX in Word and try again.")
    reader = _PlacedReader(archive)
    for element in body:
        reader.block(element, "")
    texts: dict[int, str] = {}
    rows: list[dict[str, Any]] = []
    for block, source in zip(reader.placed.blocks, reader.placed.sources, strict=True):
        if source is None:
            rows.append({"text": block["text"]})
        else:
            texts.setdefault(id(source), block["text"])
    paragraphs: list[dict[str, Any]] = []
    for element in body.iter():
        if name(element.tag) != "w:p":
            continue
        marks = [value(one, "name") or "" for one in element.iter() if name(one.tag) == "w:bookmarkStart"]
        ours = [one for one in marks if one.startswith(MARK)]
        text = texts.get(id(element), "")
        if text or ours:
            paragraphs.append({"marks": ours, "text": text, "waiting": _waiting(element)})
    comments = _comments(archive, reader.folder)
    hidden = len(reader.placed.result()["hidden"])
    return {"paragraphs": [*paragraphs, *rows], "hidden": hidden, "comments": comments}


def _waiting(paragraph: Any) -> bool:
    return any(
        name(one.tag) in ("w:ins", "w:del") and (value(one, "author") or "").startswith(AUTHOR)
        for one in paragraph.iter()
    )


def _comments(archive: Archive, folder: str) -> list[tuple[str, str]]:
    root = archive.read(f"{folder}comments.xml")
    found: list[tuple[str, str]] = []
    for one in root if root is not None else ():
        author = value(one, "author") or ""
        text = " ".join("".join(t.text or "" for t in one.iter() if name(t.tag) == "w:t").split())
        if text and not author.startswith(AUTHOR):
            found.append((author[:200], text[:2_000]))
    return found[:MAX_COMMENTS]
