"""FIRST's daily EPSS scores (CSV, plain or gzip)."""

from __future__ import annotations

import csv
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ingest.sources.envelope import envelope
from ingest.sources.fields import cve_id
from knowledge.errors import BadInputError

PARSER_VERSION = 1
ACCEPT = "application/gzip, text/csv"


@dataclass(frozen=True, slots=True)
class Config:
    """Bounds of one day's file (280,000 rows and 10 MB in 2026)."""

    inflated_bytes: int = 64 * 1024 * 1024
    max_rows: int = 2_000_000
    max_bad_rows: int = 1_000


CONFIG = Config()
_CVE = re.compile(r"CVE-\d{4}-\d{4,12}")
_SCORE_DATE = re.compile(r"score_date:\s*(\d{4}-\d{2}-\d{2})")
_ALIASES = {"cve": ("cve", "cve_id", "cveid"), "epss": ("epss", "epss_score", "score"), "percentile": ("percentile",)}


def parse(data: bytes, options: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG001 - one signature for all parsers
    """Read a score file.

    Returns:
        An envelope without records but with `rows`: lists of CVE id, score and percentile (both 0 to 1) and the day
        (ISO, or null where neither the comment line nor a date column names it).

    Raises:
        BadInputError: not such a file, or cut short.
    """
    if data[:2] == b"\x1f\x8b":
        data = _inflate(data)
    text = _text(data)
    lines = (line for line in text.splitlines() if line.strip())
    scored_on, header, rest = _header(lines)
    columns = _columns(header)
    skipped: list[tuple[str, str]] = []
    rows: dict[str, list[Any]] = {}
    for number, cells in enumerate(csv.reader(rest), 1):
        if len(rows) >= CONFIG.max_rows or len(skipped) > CONFIG.max_bad_rows:
            raise BadInputError(f"has more than {CONFIG.max_rows} rows, or {CONFIG.max_bad_rows} that cannot be read")
        try:
            row = _row(cells, columns, scored_on)
        except (ValueError, IndexError) as error:
            skipped.append(
                (f"row {number}", str(error)[:120] if isinstance(error, ValueError) else "has too few cells")
            )
            continue
        if row[0] in rows:
            skipped.append((row[0], "is scored twice; the first row was taken"))
        else:
            rows[row[0]] = row
    if not rows and skipped:
        raise BadInputError("has no row that can be read as a score")
    return envelope(
        [],
        outcome="read" if rows else "empty",
        sentence="" if rows else "is a score file without a single row",
        skipped=skipped,
        rows=list(rows.values()),
    )


def _inflate(data: bytes) -> bytes:
    parts: list[bytes] = []
    total = 0
    while data[:2] == b"\x1f\x8b":
        member = zlib.decompressobj(wbits=31)
        try:
            part = member.decompress(data, CONFIG.inflated_bytes - total + 1)
        except zlib.error:
            raise BadInputError("says it is gzip, and it is not") from None
        total += len(part)
        if total > CONFIG.inflated_bytes:
            raise BadInputError(f"inflates to more than {CONFIG.inflated_bytes // 1_048_576} MB")
        if not member.eof:
            raise BadInputError("breaks off in the middle of its gzip data")
        parts.append(part)
        data = member.unused_data
    return b"".join(parts)


def _text(data: bytes) -> str:
    if not data.strip(b"\xef\xbb\xbf \r\n\t\x00"):
        raise BadInputError("is empty")
    if data.lstrip()[:1] in (b"<", b"{"):
        raise BadInputError("is not a CSV file but a web page or JSON")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInputError("is not text in UTF-8") from None


def _header(lines: Iterator[str]) -> tuple[str | None, str, Iterator[str]]:
    scored_on = None
    for line in lines:
        if not line.startswith("#"):
            return scored_on, line, lines
        if found := _SCORE_DATE.search(line):
            scored_on = _day(found[1])
    raise BadInputError("has only comment lines")


def _columns(header: str) -> dict[str, int]:
    names = [name.strip().lower() for name in header.split(",")]
    columns = {
        key: next((names.index(alias) for alias in aliases if alias in names), -1) for key, aliases in _ALIASES.items()
    }
    if missing := [key for key, index in columns.items() if index < 0]:
        raise BadInputError(f"has no column '{missing[0]}' (its first line: {header[:80]!r})")
    columns["date"] = names.index("date") if "date" in names else -1
    return columns


def _row(cells: list[str], columns: dict[str, int], scored_on: str | None) -> list[Any]:
    cve = cells[columns["cve"]]
    if not _CVE.fullmatch(cve):
        cve = cve_id(cve)
    on = _day(cells[columns["date"]].strip()) if columns["date"] >= 0 else scored_on
    return [cve, _share(cells[columns["epss"]]), _share(cells[columns["percentile"]]), on]


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:  # also false for NaN
        raise ValueError(f"'{text[:20]}' is not between 0 and 1")
    return value


def _day(text: str) -> str:
    return date.fromisoformat(text[:10]).isoformat()
