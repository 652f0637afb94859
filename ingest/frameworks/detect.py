"""Says what kind of framework file bytes are, by their content; the name decides nothing (pure)."""

from __future__ import annotations

import re
from typing import Literal

from knowledge.errors import BadInputError

Format = Literal["oscal", "ciso-assistant", "csv", "xlsx"]

_HEAD = 65_536
_JSON_LIST = re.compile(rb"\[\s*[\[{]")
_TOP_KEY = re.compile(rb"(?m)^([\w-]+)\s*:")


def detect_format(data: bytes, name: str) -> Format:
    """Recognise a file.

    Raises:
        BadInputError: empty, or of a kind that holds no framework (named).
    """
    head = data[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head:
        raise BadInputError("is empty", subject=name)
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    if head.startswith((b"<", b"{")):
        return "oscal"
    if _JSON_LIST.match(head):
        raise BadInputError("is a JSON list, and an OSCAL document is one object", subject=name)
    if head.startswith(b"%PDF"):
        raise BadInputError(
            "is a PDF", subject=name, hint="Import a table (CSV, XLSX) or OSCAL; add PDFs as documents of the client."
        )
    keys = {key.lower() for key in _TOP_KEY.findall(head)}
    if keys & {b"catalog", b"profile"}:
        return "oscal"
    if b"urn" in keys and keys & {b"objects", b"name", b"ref_id"}:
        return "ciso-assistant"
    return "csv"
