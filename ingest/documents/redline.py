"""Writes tracked changes into a client's Word file and reads a returned one, each in the sandbox."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC, datetime

from ingest.documents.detect import detect_kind
from ingest.documents.limits import LIMITS
from ingest.sandbox import run_parser
from knowledge.errors import BadInputError
from knowledge.records.redline import ParagraphEdit, Redlined, ReturnedDocument


def redline_docx(
    data: bytes, edits: Sequence[ParagraphEdit], *, name: str, author: str, mark: str, now: datetime
) -> Redlined:
    """The same Word file with tracked changes and a comment for each hunk.

    Args:
        data: the client's original.
        edits: what changes, in the order of the text.
        name: of the file, for errors.
        author: of the changes, such as `vciso P-2`; read back by its first word.
        mark: part of the names of our bookmarks, letters, digits and `_`.
        now: time of the changes.

    Raises:
        BadInputError: not a DOCX, damaged, or beyond a limit.
    """
    if detect_kind(data, name) != "docx":
        raise BadInputError("is no DOCX, and only that has tracked changes", subject=name)
    options = {
        "edits": [edit.model_dump(mode="json") for edit in edits],
        "author": author,
        "date": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "prefix": mark,
    }
    found = run_parser("documents.redline", data, subject=name, options=options, limits=LIMITS)
    return Redlined(
        data=base64.b64decode(found["docx"]),
        placed=tuple(found["placed"]),
        unplaced=tuple((number, reason) for number, reason in found["unplaced"]),
        tracked=found["tracked"],
    )


def read_returned(data: bytes, *, name: str) -> ReturnedDocument:
    """What a Word file says that came back from its reviewer.

    Raises:
        BadInputError: not a DOCX, damaged, or beyond a limit.
    """
    if detect_kind(data, name) != "docx":
        raise BadInputError("is no DOCX", subject=name, hint="Save it as DOCX in Word and try again.")
    found = run_parser("documents.returned", data, subject=name, limits=LIMITS)
    return ReturnedDocument.model_validate({**found, "comments": tuple(map(tuple, found["comments"]))})
