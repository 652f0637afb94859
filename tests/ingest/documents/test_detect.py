"""The kind of a document is seen in its content."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ingest.documents.detect import detect_kind
from knowledge.errors import BadInputError


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (b"%PDF-1.7 ...", "x.txt", "pdf"),
        (b"\n\n%PDF-1.4", "x", "pdf"),
        (b"# Title\n\nwords", "policy.md", "markdown"),
        (b"# Title\n\nwords", "policy.txt", "text"),
        (b"<!DOCTYPE html><p>x", "policy.txt", "html"),
        (b"<!-- saved --><html><p>x", "x", "html"),
        (b"<p>x", "x.htm", "html"),
        ("Größe".encode("utf-16"), "x.txt", "text"),
        ("Größe".encode("cp1252"), "x.txt", "text"),
    ],
)
def test_kinds(data: bytes, name: str, kind: str) -> None:
    assert detect_kind(data, name) == kind


def test_a_word_file_whatever_its_name(make_docx: Callable[..., bytes]) -> None:
    assert detect_kind(make_docx("<w:p/>"), "x.bin") == "docx"


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "a.pdf", "is empty"),
        (b"\xef\xbb\xbf \r\n", "a.txt", "is empty"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "a.doc", "old Word document"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "a.docx", "is encrypted"),
        (b"{\\rtf1 x}", "a.rtf", "RTF"),
        (b"\x89PNG\r\n", "a.docx", "is a picture"),
        (b"\x1f\x8b\x08", "a.gz", "compressed"),
        (b"PK\x03\x04 xl/workbook.xml", "a.xlsx", "workbook"),
        (b"PK\x03\x04 ppt/presentation.xml", "a.pptx", "presentation"),
        (b"PK\x03\x04 mimetypeapplication/vnd.oasis.opendocument.text", "a.odt", "OpenDocument"),
        (b"PK\x03\x04 readme", "a.zip", "ZIP archive"),
        (b"hello", "a.docx", "is not a Word document"),
        (b"hello", "a.pdf", "is not a PDF"),
        (b"MZ\x90\0", "a.exe", "is a program"),
        (b"\0\1\2\3 x", "a.txt", "not a document"),
    ],
)
def test_what_is_refused(data: bytes, name: str, words: str) -> None:
    with pytest.raises(BadInputError, match=words) as caught:
        detect_kind(data, name)
    assert caught.value.subject == name
    assert caught.value.hint
