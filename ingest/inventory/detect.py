"""Says what kind of inventory a file is, by its content; the name decides nothing (pure)."""

from __future__ import annotations

import re

from ingest.inventory.interface import Format
from knowledge.errors import BadInputError

_HEAD = 65_536
_NAME = re.compile(r"<(?:[\w.\-]+:)?([\w.\-]+)")


def detect_format(data: bytes, name: str) -> Format:
    """Recognise a file.

    Args:
        data: the file.
        name: what a person calls it; only used in the error.

    Raises:
        BadInputError: empty, or of a kind that is no inventory; the sentence says what it seems to be.
    """
    if not data.strip(b"\0\t\r\n \xef\xbb\xbf\xff\xfe"):
        raise BadInputError("is empty", subject=name)
    for mark, what, hint in _FOREIGN:
        if data.startswith(mark):
            raise BadInputError(what, subject=name, hint=hint)
    if data.startswith(b"PK\x03\x04"):
        return "xlsx"
    head = _text(data[:_HEAD]).lstrip("\ufeff \t\r\n")
    if head.startswith("<"):
        return _xml(head, name)
    if head.startswith("{"):
        return _json(_text(data), name)
    if head.startswith("["):
        raise BadInputError("is a JSON list", subject=name, hint="CycloneDX and SPDX documents are JSON objects.")
    return "csv"


def _xml(head: str, name: str) -> Format:
    found = _root(head)
    if found == "nmaprun":
        return "nmap"
    if found == "bom":
        return "cyclonedx"
    raise BadInputError(
        f"is XML with the root {found[:60]!r}, neither an nmap report nor CycloneDX",
        subject=name,
        hint="Use nmap -oX, or export the bill of materials as CycloneDX.",
    )


def _root(head: str) -> str:
    """Give the name of the first element: past the declaration, comments and a document type."""
    at = head.find("<")
    while at >= 0:
        end = next((close for start, close in _ASIDE if head.startswith(start, at)), "")
        if not end:
            name = _NAME.match(head, at)
            return name[1] if name else "nothing"
        if end == ">" and "[" in head[at : head.find(">", at) + 1]:
            end = "]"
        close = head.find(end, at)
        at = head.find("<", close) if close >= 0 else -1
    return "nothing"


def _json(text: str, name: str) -> Format:
    if re.search(r'"bomFormat"\s*:\s*"CycloneDX"', text):
        return "cyclonedx"
    if re.search(r'"spdxVersion"\s*:\s*"', text) or '"https://spdx.org/rdf/3' in text:
        return "spdx"
    raise BadInputError(
        "is JSON but neither CycloneDX nor SPDX", subject=name, hint="Export the inventory as CycloneDX, CSV or XLSX."
    )


def _text(data: bytes) -> str:
    """Decode well enough to recognise marks; the parser decodes for good."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    return data.decode("utf-8", errors="replace")


_ASIDE = (("<!--", "-->"), ("<?", "?>"), ("<!", ">"))
_FOREIGN: tuple[tuple[bytes, str, str], ...] = (
    (
        b"\xd0\xcf\x11\xe0",
        "is in the old Excel format (XLS) or encrypted",
        "Save it as XLSX without a password, or as CSV.",
    ),
    (b"%PDF", "is a PDF", "Export the table itself as CSV or XLSX."),
    (b"\x1f\x8b", "is compressed (gzip)", "Unpack it first."),
    (b"\x89PNG", "is a picture", "Export the table itself as CSV or XLSX."),
    (b"\xff\xd8\xff", "is a picture", "Export the table itself as CSV or XLSX."),
)
