"""Reads an audience list from a CSV or XLSX file, in the sandbox that inventories are read in."""

from __future__ import annotations

from pathlib import Path

from advisor.attestation.audience import Audience, read_audience
from ingest.inventory.detect import detect_format
from ingest.sandbox import DEFAULT_LIMITS, MB, run_parser
from knowledge.errors import BadInputError, NotFoundError
from knowledge.records.source import Skip


def audience_file(file: Path) -> Audience:
    """The people of a list.

    Raises:
        NotFoundError: no such file.
        BadInputError: not a table, beyond a limit, or it names nobody who can be asked.
    """
    try:
        if file.is_file() and file.stat().st_size > DEFAULT_LIMITS.input_mb * MB:
            raise BadInputError(f"is larger than {DEFAULT_LIMITS.input_mb:g} MB", subject=file.name)
        data = file.read_bytes()
    except FileNotFoundError:
        raise NotFoundError("there is no such file", subject=str(file)) from None
    except OSError as error:
        raise BadInputError(f"cannot be opened ({error.strerror})", subject=file.name) from None
    return audience_of(data, file.name)


def audience_of(data: bytes, name: str) -> Audience:
    """As `audience_file`, of bytes that were uploaded."""
    kind = detect_format(data, name)
    if kind not in ("csv", "xlsx"):
        raise BadInputError("is not a table", subject=name, hint="Give a CSV or XLSX file with name, email and group.")
    found = run_parser(f"inventory.{kind}", data, subject=name, options={})
    audience = read_audience([(int(number), cells) for number, cells in found["lines"]], name)
    told = {skip.subject for skip in audience.skipped}
    notes = tuple(
        Skip(subject=str(where), reason=str(reason)) for where, reason in found["notes"] if str(where) not in told
    )
    return Audience(audience.people, audience.skipped + notes)
