"""Parses a PDF page by page: what a reader sees, where text is hidden, which pages need OCR."""

from __future__ import annotations

import contextlib
import io
import itertools
import logging
import time
import zlib
from typing import Any

from pdfminer.pdfdocument import PDFDocument, PDFEncryptionError, PDFNoValidXRef, PDFPasswordIncorrect
from pdfminer.pdfexceptions import PDFException
from pdfminer.pdfinterp import PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser, PDFSyntaxError
from pdfminer.pdftypes import PDFObjRef, resolve1
from pdfminer.psexceptions import PSException
from pdfminer.utils import decode_text

from ingest.clean import one_line
from ingest.documents.blocks import Collector
from ingest.documents.limits import MAX_CONTENT_MB, MAX_PAGES, ROUND_SECONDS
from ingest.documents.pdf_device import Interpreter, PageDevice, Run
from ingest.documents.pdf_layout import Line, block_words, is_contents, make_blocks, make_lines, split_mark, vocabulary
from knowledge.errors import BadInputError

_SCANNED = 0.5
"""A page of which pictures cover more than this part may be a scan."""
_UNREADABLE = 0.3
_DAMAGE = (PDFException, PSException, ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError)
_DAMAGED = "is damaged or cut off"
_HINT = "Open it in a PDF program, save it again and add that."


def parse(data: bytes, options: dict[str, Any]) -> dict[str, Any]:
    """Read the pages of a PDF from one on, until they end or the time of one child is used.

    Args:
        data: the file.
        options: `first`, 0-based page to begin with; `trust_ocr`, whether the invisible text that OCR lays over a
            scanned page is taken as the page's text.

    Returns:
        What `Collector.result` gives; the blocks carry `size`, `bold`, `lines`, `edge` (at the top or foot of its
        page) for `ingest.documents.pdf_finish`. Further `title`, `pages` (counted so far), `next` (page to go on
        with, or None), `empty` (pages without any text) and `layered` (scanned pages with invisible text only).

    Raises:
        BadInputError: damaged, encrypted, or beyond a limit (named).
    """
    logging.disable(logging.CRITICAL)
    document = _open(data)
    first = int(options.get("first", 0))
    started = time.monotonic()
    reader = _Reader(document, trust_ocr=bool(options.get("trust_ocr")))
    try:
        pages = itertools.islice(PDFPage.create_pages(document), first, None)
        for number, page in enumerate(pages, start=first + 1):
            if number > MAX_PAGES:
                raise _too_many()
            reader.page(number, page)
            # By the clock too: on a busy machine little processor time takes long.
            if time.process_time() > ROUND_SECONDS or time.monotonic() - started > ROUND_SECONDS:
                return reader.result(number, number if next(pages, None) else None)
    except _DAMAGE as error:
        raise BadInputError(_DAMAGED, hint=_HINT) from error
    return reader.result(max(reader.last, first), None)


class _Reader:
    def __init__(self, document: PDFDocument, *, trust_ocr: bool) -> None:
        self.out = Collector()
        self.document = document
        self.trust_ocr = trust_ocr
        manager = PDFResourceManager()
        self.device = PageDevice(manager)
        self.interpreter = Interpreter(manager, self.device)
        Interpreter.layers_off = _layers_off(document)
        self.empty: list[int] = []
        self.layered: list[int] = []
        self.last = 0
        self._pages: list[tuple[int, float, list[Line]]] = []
        self._letters = self._unreadable = 0
        self._in_table = False

    def page(self, number: int, page: PDFPage) -> None:
        """Reads one page and lays it out; what is on it is added in `result`."""
        _check_size(number, page)
        self.interpreter.process_page(page)
        device, self.last = self.device, number
        shown = [run for run in device.runs if not run.hidden]
        unseen = [run for run in device.runs if run.hidden]
        words = any(run.text.strip() for run in shown)
        if not words and unseen and device.images > _SCANNED and all("mode 3" in run.hidden for run in unseen):
            self.layered.append(number)
            if self.trust_ocr:
                shown, unseen, words = unseen, [], True
        if not words and not unseen:
            self.empty.append(number)
        for how, text in _joined(unseen):
            self.out.hide(text, how, page=number)
        self._letters += sum(len(run.text) for run in shown)
        self._unreadable += device.unreadable
        self._pages.append((number, device.height, make_lines(shown)))

    def result(self, pages: int, following: int | None) -> dict[str, Any]:
        """Blocks of all pages of this round, with the words that hyphens part put together."""
        if self._unreadable > _UNREADABLE * max(self._letters, 1):
            raise BadInputError(
                "has fonts that do not say which letters they show",
                hint="It needs OCR: print it to pictures, run OCR, and add what that gives.",
            )
        if self._unreadable:
            self.out.note("{n} characters could not be read and stand as �", self._unreadable)
        known = vocabulary(line for _, _, lines in self._pages for line in lines)
        for number, height, lines in self._pages:
            for block in make_blocks(lines):
                self._add(number, height, block, known)
        if _has_script(self.document):
            self.out.note("it has JavaScript, which is not run")
        return self.out.result(
            title=_title(self.document),
            pages=pages,
            next=following,
            empty=self.empty,
            layered=[] if self.trust_ocr else self.layered,
            trusted=self.layered if self.trust_ocr else [],
        )

    def _add(self, number: int, height: float, block: Any, known: Any) -> None:
        text = block_words(block, known)
        if is_contents(text):
            self.out.note("its table of contents is left out")
            return
        before = len(self.out.blocks)
        if block.is_row:
            table = self.out.tables if self._in_table else self.out.next_table()
            self.out.add("table-row", text, page=number, table=table)
        else:
            item, label, words = split_mark(text)
            self.out.add("list-item" if item else "paragraph", words, label=label, page=number)
        if len(self.out.blocks) > before:
            self._in_table = block.is_row
            letters = sum(line.letters for line in block.lines)
            self.out.blocks[-1] |= {
                "size": round(block.lines[0].size, 1),
                "bold": sum(line.bold for line in block.lines) > 0.75 * letters,
                "lines": len(block.lines),
                "edge": block.bottom > 0.88 * height or block.top < 0.12 * height,
            }


def _open(data: bytes) -> PDFDocument:
    try:
        document = PDFDocument(PDFParser(io.BytesIO(data)), password="")
    except (PDFPasswordIncorrect, PDFEncryptionError) as error:
        raise BadInputError("is encrypted", hint="Save it without a password and add that.") from error
    except (PDFNoValidXRef, PDFSyntaxError, *_DAMAGE) as error:
        raise BadInputError(_DAMAGED, hint=_HINT) from error
    root = resolve1(document.catalog.get("Pages")) if document.catalog else None
    count = resolve1(root.get("Count")) if isinstance(root, dict) else None
    if isinstance(count, int) and count > MAX_PAGES:
        raise _too_many(count)
    return document


def _check_size(number: int, page: PDFPage) -> None:
    """Inflates the page's content only as far as the limit, before the interpreter would do it without one.

    Content of an encrypted file is left to the memory limit: it cannot be inflated before it is deciphered.
    """
    bound = int(MAX_CONTENT_MB * 1024 * 1024)
    total = 0
    for stream in page.contents:
        found = resolve1(stream)
        raw = getattr(found, "rawdata", None)
        if raw is None or found.decipher:
            continue
        for flt, _ in found.get_filters():
            if getattr(flt, "name", "") not in ("FlateDecode", "Fl") or len(raw) > bound:
                break
            with contextlib.suppress(zlib.error):
                raw = zlib.decompressobj().decompress(raw, bound + 1)
        total += len(raw)
        if total > bound:
            raise BadInputError(f"page {number} has more than {MAX_CONTENT_MB:g} MB of drawing instructions")


def _too_many(count: int = 0) -> BadInputError:
    said = f"has {count:,} pages" if count else f"has more than {MAX_PAGES:,} pages"
    return BadInputError(f"{said}; the limit is {MAX_PAGES:,}", hint="Split it into several documents.")


def _joined(runs: list[Run]) -> list[tuple[str, str]]:
    """(how, words) for each way in which text of a page is hidden."""
    found: dict[str, list[Run]] = {}
    for run in runs:
        found.setdefault(run.hidden, []).append(run)
    return [(how, " ".join(line.text for line in make_lines(same))) for how, same in found.items()]


def _title(document: PDFDocument) -> str:
    for info in document.info:
        title = resolve1(info.get("Title")) if isinstance(info, dict) else None
        if isinstance(title, bytes) and title.strip():
            return one_line(decode_text(title), 200)
    return ""


def _layers_off(document: PDFDocument) -> frozenset[int]:
    """Object numbers of the layers that a viewer does not show when it opens the document."""
    properties = resolve1(document.catalog.get("OCProperties"))
    default = resolve1(properties.get("D")) if isinstance(properties, dict) else None
    if not isinstance(properties, dict) or not isinstance(default, dict):
        return frozenset()

    def ids(listed: Any) -> set[int]:
        found = resolve1(listed)
        return {ref.objid for ref in found if isinstance(ref, PDFObjRef)} if isinstance(found, list) else set()

    off = ids(default.get("OFF"))
    if getattr(default.get("BaseState"), "name", "") == "OFF":
        off |= ids(properties.get("OCGs")) - ids(default.get("ON"))
    return frozenset(off)


def _has_script(document: PDFDocument) -> bool:
    action = resolve1(document.catalog.get("OpenAction"))
    if isinstance(action, dict) and getattr(resolve1(action.get("S")), "name", "") == "JavaScript":
        return True
    names = resolve1(document.catalog.get("Names"))
    return isinstance(names, dict) and "JavaScript" in names
