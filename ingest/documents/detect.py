"""Says what kind of document a file is, by its content; the name decides only between Markdown and text (pure)."""

from __future__ import annotations

import re

from knowledge.errors import BadInputError
from knowledge.records.document import DocumentKind

_MARKDOWN = (".md", ".markdown", ".mdown", ".mkd")
_HTML_NAMES = (".html", ".htm", ".xhtml")
_HTML_HEAD = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
_OFFICE_HINT = "Save it as DOCX or PDF and add that."
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_FOREIGN: tuple[tuple[bytes, str, str], ...] = (
    (b"{\\rtf", "is in the RTF format", _OFFICE_HINT),
    (b"\x89PNG", "is a picture", "Pictures need OCR first; add the text that it gives."),
    (b"\xff\xd8\xff", "is a picture", "Pictures need OCR first; add the text that it gives."),
    (b"GIF8", "is a picture", "Pictures need OCR first; add the text that it gives."),
    (b"II*\0", "is a picture (TIFF)", "Pictures need OCR first; add the text that it gives."),
    (b"MM\0*", "is a picture (TIFF)", "Pictures need OCR first; add the text that it gives."),
    (b"\x1f\x8b", "is compressed (gzip)", "Unpack it first."),
    (b"7z\xbc\xaf", "is an archive (7z)", "Unpack it first."),
    (b"Rar!", "is an archive (RAR)", "Unpack it first."),
    (b"\x7fELF", "is a program", "Choose a document."),
    (b"MZ", "is a program", "Choose a document."),
)
_ARCHIVES: tuple[tuple[bytes, str], ...] = (
    (b"xl/workbook", "is a workbook (XLSX)"),
    (b"ppt/presentation", "is a presentation (PPTX)"),
    (b"mimetypeapplication/vnd.oasis", "is an OpenDocument file"),
    (b"mimetypeapplication/epub", "is an e-book (EPUB)"),
)


def detect_kind(data: bytes, name: str) -> DocumentKind:
    """Recognise a file.

    Args:
        data: the file.
        name: its name.

    Raises:
        BadInputError: empty, encrypted, or of a kind that is not read; the sentence says what it seems to be.
    """
    if not data.strip(b"\0\t\r\n \xef\xbb\xbf\xff\xfe"):
        raise BadInputError("is empty", subject=name, hint="Check the file and add it again.")
    if data.startswith(b"PK\x03\x04"):
        return _archive(data, name)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise _old_office(data, name)
    if b"%PDF-" in data[:1024]:
        return "pdf"
    for mark, what, hint in _FOREIGN:
        if data.startswith(mark):
            raise BadInputError(what, subject=name, hint=hint)
    return _text_kind(data, name)


def _archive(data: bytes, name: str) -> DocumentKind:
    """By the names in it, read as bytes: the archive itself is opened in the child process only."""
    if b"word/" in data:
        return "docx"
    for mark, seems in _ARCHIVES:
        if mark in data:
            raise BadInputError(seems, subject=name, hint="Export it as PDF and add that.")
    raise BadInputError(
        "is a ZIP archive but not a Word document", subject=name, hint="Unpack it and add the documents in it."
    )


def _old_office(data: bytes, name: str) -> BadInputError:
    if _ENCRYPTED in data:
        return BadInputError("is encrypted", subject=name, hint="Save it without a password and add that.")
    return BadInputError("is an old Word document (DOC) or encrypted", subject=name, hint=_OFFICE_HINT)


def _text_kind(data: bytes, name: str) -> DocumentKind:
    ending = name.lower()
    head = data[:65_536]
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = head.decode("utf-16" if wide else "utf-8", errors="replace")
    if not wide and (b"\0" in head or _unprintable(text)):
        raise BadInputError("is not a document that can be read", subject=name, hint="DOCX, PDF, MD, HTML and TXT are.")
    if ending.endswith((".docx", ".docm", ".doc", ".pdf")):
        claimed = "PDF" if ending.endswith(".pdf") else "Word document"
        raise BadInputError(
            f"is not a {claimed}, whatever its name says", subject=name, hint="Check the file and add it again."
        )
    if ending.endswith(_HTML_NAMES) or _HTML_HEAD.match(text.lstrip("\ufeff")):
        return "html"
    return "markdown" if ending.endswith(_MARKDOWN) else "text"


def _unprintable(text: str) -> bool:
    odd = sum(ord(char) < 32 and char not in "\t\r\n\f\x1b" for char in text)
    return odd > len(text) / 50
