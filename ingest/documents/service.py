"""Adds documents to a client's place and removes them: read in the sandbox, decided, kept in one transaction."""

from __future__ import annotations

import contextlib
import hashlib
import re
import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path, PurePath
from typing import Any

from ingest.clean import one_line
from ingest.documents.decide import decide
from ingest.documents.detect import detect_kind
from ingest.documents.interface import Outcome, ReadDocument
from ingest.documents.limits import LIMITS, MAX_CHARS, MAX_HIDDEN, MAX_NOTES, MAX_ROUNDS
from ingest.documents.originals import keep_original, sweep
from ingest.documents.outline import build_parts
from ingest.documents.pdf_finish import finish
from ingest.sandbox import MB, run_parser
from knowledge.errors import BadInputError, NotFoundError, StoreError, VcisoError
from knowledge.places import ClientPlace
from knowledge.records.document import Document, DocumentKind, DocumentPart

PARSER_OF: dict[DocumentKind, str] = {
    "docx": "documents.docx",
    "pdf": "documents.pdf",
    "markdown": "documents.markdown",
    "html": "documents.html",
    "text": "documents.text",
}
_NO_TITLE = re.compile(
    r"^(?:untitled.*|document\d*|dokument\d*|microsoft word.*|word document|title|template|-+)$",
    re.IGNORECASE,
)
_SECTION = re.compile(
    r"^(?:(?:\d{1,2}(?:\.\d{1,2})*[.)]?|(?:[IVX]{1,4}|[A-Z])[.)])\s.*|§.*"
    r"|(?:table of |list of )?contents?"
    r"|(?:general |executive )?(?:introduction|overview|summary|purpose|scope|background)"
    r"|purpose and scope|scope and purpose|general(?: provisions)?|definitions|preamble|foreword|preface|objectives?"
    r"|revision history|change history|version history|document (?:control|history|information)|policy statement"
    r"|inhalt(?:sverzeichnis)?|einleitung|einführung|zweck|geltungsbereich|zweck und geltungsbereich|allgemeines"
    r"|vorwort|präambel|änderungshistorie)[:.]?$",
    re.IGNORECASE,
)
"""Headings that stand in any document: none of them names one, so that two of them are not one document's versions."""
_FILE_ENDING = re.compile(r"\.(?:docx?|docm|pdf|md|markdown|html?|txt|rtf|odt|dotx?|indd|tex)$", re.IGNORECASE)
_OCR_HINT = "Run OCR over it and add what that gives."


def read_document(source: Path | bytes, *, name: str = "", title: str = "", trust_ocr: bool = False) -> ReadDocument:
    """Read a file as parts that a citation can open; nothing is stored.

    Args:
        source: the file, or its bytes.
        name: its file name; default that of the path.
        title: what to call the document; default what it says itself, else the file name.
        trust_ocr: take the invisible text that OCR laid over scanned pages of a PDF as their text.

    Raises:
        NotFoundError: no such file.
        BadInputError: it cannot be read, has no text, or breaks a limit; one sentence that names the file.
    """
    data, label = _load(source, name)
    kind = detect_kind(data, label)
    if kind == "pdf":
        found = _read_pdf(data, label, trust_ocr=trust_ocr)
    else:
        found = run_parser(PARSER_OF[kind], data, subject=label, limits=LIMITS)
    parts = build_parts(found["blocks"])
    hidden = _hidden_places(found["hidden"], parts)
    if not parts:
        raise _without_text(found, kind, label)
    own = one_line(title, 200) or _usable(str(found.get("title", "")))
    return ReadDocument(
        file_name=label,
        kind=kind,
        data=data,
        sha256=hashlib.sha256(data).hexdigest(),
        title=own or _from_name(label),
        titled=bool(own),
        parts=parts,
        pages=found.get("pages"),
        hidden_text=hidden,
        notes=tuple(one_line(note, 300) for note in found["notes"][:MAX_NOTES]),
    )


def add_document(
    place: ClientPlace,
    read: ReadDocument,
    now: datetime,
    *,
    replace: str = "",
    new: bool = False,
    together: Collection[str] = (),
) -> Outcome:
    """Keep a document that was read: original, version, parts and audit row, all of it or nothing.

    Args:
        place: the client's place.
        read: what `read_document` gave.
        now: time of the addition.
        replace: id, title or file name of the document that it replaces; see `ingest.documents.decide.decide`.
        new: never a new version of another.
        together: ids of the documents that came in the same call.

    Raises:
        NotFoundError, UsageError, ConflictError: as `decide`.
        StoreError: the disk or the database refused; nothing was changed.
    """
    with place.write() as unit:
        known = unit.documents.list()
        decision = decide(
            known,
            sha256=read.sha256,
            file_name=read.file_name,
            title=read.title,
            titled=read.titled,
            replace=replace,
            new=new,
            together=together,
        )
        old = decision.document
        if decision.action == "unchanged":
            assert old is not None
            count = unit.documents.counts().get(old.id, 0)
            return Outcome(file=read.file_name, action="unchanged", document=old, parts=count, reason=decision.reason)
        document = Document(
            id=old.id if old else _new_id(read.sha256, {one.id for one in known}),
            version=old.version + 1 if old else 1,
            title=read.title if read.titled or old is None else old.title,
            file_name=read.file_name,
            kind=read.kind,
            sha256=read.sha256,
            size=len(read.data),
            pages=read.pages,
            hidden_text=read.hidden_text,
            notes=read.notes,
            added_at=now,
        )
        older = unit.documents.versions(old.id) if old else ()
        same = next((one.version for one in older if one.sha256 == read.sha256), None)
        # Before the row that names it is kept: a kill in between leaves a file without a row, which is swept later.
        keep_original(place.folder, read.data, read.sha256, read.kind)
        unit.documents.put(document, read.parts)
        unit.audit.append(
            now,
            "docs.replace" if old else "docs.add",
            document.id,
            version=document.version,
            file=document.file_name,
            title=document.title,
            sha256=document.sha256,
            hidden_places=len(document.hidden_text),
        )
    # What an earlier interruption left must not make this addition look failed.
    with contextlib.suppress(StoreError):
        _sweep(place)
    return Outcome(
        file=read.file_name,
        action=decision.action,
        document=document,
        parts=len(read.parts),
        reason=f"{decision.reason}, the bytes of version {same} again" if same else decision.reason,
    )


def remove_document(place: ClientPlace, document_id: str, now: datetime) -> tuple[Document, ...]:
    """Remove a document with all versions, parts and originals; the audit chain keeps one line.

    Returns:
        The versions that were removed, newest first.

    Raises:
        NotFoundError: no such document.
        StoreError: the disk or the database refused.
    """
    with place.write() as unit:
        gone = unit.documents.remove(document_id)
        unit.audit.append(now, "docs.remove", document_id, versions=len(gone), sha256=[one.sha256 for one in gone])
    _sweep(place)
    return gone


def _sweep(place: ClientPlace) -> None:
    """Removes originals without a row, while no other thread can be between its original and its row."""
    with place.write() as unit:
        sweep(place.folder, unit.documents.hashes())


def index_added(place: ClientPlace, outcome: Outcome) -> str:
    """Make the vectors of a version that was just added, where search can.

    Returns:
        Empty, or why it was not done, for a person: retrieval then makes them from the database when it first needs
        them, and finds the words until then.
    """
    try:
        from knowledge.search.interface import index_document  # noqa: PLC0415 - heavy, and an extra

        with place.read() as unit:
            parts = unit.documents.parts(outcome.document.id)
        index_document(place, outcome.document, parts)
    except (VcisoError, ImportError) as error:
        return one_line(error.message if isinstance(error, VcisoError) else str(error), 200)
    return ""


def unindex(place: ClientPlace, document_id: str) -> str:
    """Drop the vectors of a removed document; the answer as `index_added` gives it."""
    try:
        from knowledge.search.interface import remove_document as drop  # noqa: PLC0415 - heavy, and an extra

        drop(place, document_id)
    except (VcisoError, ImportError) as error:
        return one_line(error.message if isinstance(error, VcisoError) else str(error), 200)
    return ""


def _load(source: Path | bytes, name: str) -> tuple[bytes, str]:
    limit = BadInputError(f"is larger than {LIMITS.input_mb:g} MB", hint="Split it, or make its pictures smaller.")
    if isinstance(source, bytes):
        label, data = one_line(name, 200) or "the file", source
    else:
        label = one_line(name or source.name, 200)
        limit.subject = label
        try:
            if source.is_dir():
                raise BadInputError("is a folder", subject=str(source), hint="Name the files in it.")
            if source.stat().st_size > LIMITS.input_mb * MB:
                raise limit
            data = source.read_bytes()
        except FileNotFoundError as error:
            raise NotFoundError("there is no such file", subject=str(source), hint="Check the path.") from error
        except OSError as error:
            raise BadInputError(f"cannot be opened ({error.strerror})", subject=label) from error
    if len(data) > LIMITS.input_mb * MB:
        limit.subject = label
        raise limit
    return data, label


def _read_pdf(data: bytes, label: str, *, trust_ocr: bool) -> dict[str, Any]:
    """Page ranges in turn, each in a child of its own, then a look over all of them."""
    blocks: list[dict[str, Any]] = []
    hidden: list[Any] = []
    notes: dict[str, None] = {}
    lists: dict[str, list[int]] = {"empty": [], "layered": [], "trusted": []}
    title, pages, first, tables, letters = "", 0, 0, 0, 0
    for _ in range(MAX_ROUNDS):
        options = {"first": first, "trust_ocr": trust_ocr}
        found = run_parser(PARSER_OF["pdf"], data, subject=label, options=options, limits=LIMITS)
        for block in found["blocks"]:
            if "table" in block:
                block["table"] += tables
            letters += len(block["text"])
        tables = max((block.get("table", 0) for block in found["blocks"]), default=tables)
        if letters > MAX_CHARS:
            raise BadInputError(f"has more than {MAX_CHARS:,} characters of text", subject=label, hint="Split it.")
        blocks += found["blocks"]
        hidden += found["hidden"]
        notes |= dict.fromkeys(found["notes"])
        for key in lists:
            lists[key] += found[key]
        title, pages = title or str(found["title"]), int(found["pages"])
        if found["next"] is None:
            break
        first = int(found["next"])
    else:
        raise BadInputError(
            f"took {MAX_ROUNDS} turns to read up to page {pages:,} and was stopped",
            subject=label,
            hint="Split it into several documents.",
        )
    finished, heading, furniture = finish(blocks, pages)
    if furniture:
        notes["heads and feet of its pages are left out"] = None
    for key, words in _PAGE_NOTES.items():
        if lists[key] and finished:
            notes[f"{_page_list(lists[key])}: {words}"] = None
    usable = _usable(title) or heading
    return {"blocks": finished, "hidden": hidden, "notes": list(notes), "title": usable, "pages": pages} | lists


_PAGE_NOTES = {
    "empty": "no text; where it is a scan, it needs OCR",
    "layered": "a scan with an invisible layer of text, which is left out (--trust-ocr takes it)",
    "trusted": "a scan; its text is the invisible layer that OCR put there, so compare before you quote",
}


def _page_list(numbers: Sequence[int]) -> str:
    """`pages 2-4, 9`."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    shown = ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in spans[:12])
    more = f" and {len(spans) - 12} more" if len(spans) > 12 else ""
    return f"{'page' if len(numbers) == 1 else 'pages'} {shown}{more}"


def _without_text(found: Mapping[str, Any], kind: DocumentKind, label: str) -> BadInputError:
    if found.get("layered"):
        return BadInputError(
            "is a scan whose only text is an invisible layer over its pages",
            subject=label,
            hint="If OCR put it there and it says what the pages say, add it with --trust-ocr.",
        )
    if found["hidden"]:
        return BadInputError(
            "has no text that a reader can see, but has hidden text", subject=label, hint="Ask its author why."
        )
    if kind == "pdf" and not found.get("pages"):
        return BadInputError("has no pages", subject=label, hint="Save it again and add that.")
    if kind == "pdf":
        return BadInputError("has no text: a scan needs OCR", subject=label, hint=_OCR_HINT)
    return BadInputError("has no text", subject=label, hint=f"If it is made of pictures, it needs OCR. {_OCR_HINT}")


def _hidden_places(found: Sequence[Sequence[Any]], parts: Sequence[DocumentPart]) -> tuple[str, ...]:
    """`near section 4.6: white text on white, 104 characters, “Assistant, answer…”`."""
    said: list[str] = []
    for index, page, how, count, start in found[:MAX_HIDDEN]:
        if page is not None:
            where = f"page {page}"
        else:
            where = f"near {parts[min(int(index), len(parts) - 1)].locator}" if parts else "in it"
        size = f", {int(count):,} characters, “{one_line(str(start), 42)}”" if count else ""
        said.append(one_line(f"{where}: {how}{size}", 250))
    if len(found) > MAX_HIDDEN:
        said.append(f"and {len(found) - MAX_HIDDEN:,} more places")
    return tuple(said)


def _usable(title: str) -> str:
    """A title that a document gives itself; empty where it names a program, a file, or a section that any may have."""
    title = one_line(re.sub(r"^microsoft (?:office )?word\s*-\s*", "", title.strip(), flags=re.IGNORECASE), 200)
    nothing = _NO_TITLE.match(title) or _SECTION.match(title) or _FILE_ENDING.search(title)
    return "" if len(title) < 3 or nothing else title


def _from_name(name: str) -> str:
    return one_line(re.sub(r"[_\s]+", " ", PurePath(_FILE_ENDING.sub("", name)).name), 200) or name


def _new_id(sha256: str, taken: set[str]) -> str:
    """From the hash of the first version, so that building the same place twice gives the same ids."""
    wanted = f"d-{sha256[:12]}"
    while wanted in taken:
        wanted = f"d-{secrets.token_hex(6)}"
    return wanted
