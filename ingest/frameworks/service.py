"""Reads a framework file in the sandbox and makes a framework with requirements of it; a face stores what it gives."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import Field, ValidationError

from ingest.frameworks.detect import Format, detect_format
from ingest.frameworks.limits import MAX_FILES
from ingest.frameworks.oscal import bundle
from ingest.frameworks.recognise import SHARE, coverage, in_the_packs_words, mark_beyond, recognise
from ingest.frameworks.table import Line, guessed_columns, rows_of
from ingest.inventory.interface import ColumnUse
from ingest.inventory.values import one_line
from ingest.sandbox import DEFAULT_LIMITS, MB, run_parser
from knowledge.errors import BadInputError, ConflictError, IntegrityError, NotFoundError, UsageError
from knowledge.frameworks.loader import Pack, framework_ids
from knowledge.records.base import Record
from knowledge.records.framework import Framework, Part, Requirement
from knowledge.records.source import Skip

MAX_SLUG = 60
LICENCE = "Text as its publisher wrote it; see the publisher's terms before you pass it on."
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


class FrameworkReport(Record):
    """What an import took in, for a person."""

    file: str
    format: Format
    framework_id: str
    title: str
    requirements: int = Field(ge=0)
    assessable: int = Field(ge=0)
    withdrawn: int = Field(ge=0)
    with_text: int = Field(ge=0)
    extends: str = ""
    """Shipped pack that it was recognised as."""
    beyond_pack: int = Field(default=0, ge=0)
    """Requirements that the shipped pack does not have."""
    columns: tuple[ColumnUse, ...] = ()
    notes: tuple[Skip, ...] = ()


@dataclass(frozen=True, slots=True)
class FrameworkImport:
    """A framework ready to be stored, and the report on it."""

    framework: Framework
    requirements: tuple[Requirement, ...]
    report: FrameworkReport


MAX_SHEETS = 6
"""Sheets of a workbook that are looked at for a column of ids."""


class _Copy(NamedTuple):
    """What the head of a copy is made of besides its own words."""

    data: bytes
    rows: Sequence[Requirement]
    pack: Pack | None
    at: datetime


def read_framework(
    source: Path | bytes,
    now: datetime,
    *,
    name: str = "",
    kind: Format | None = None,
    mapping: Mapping[str, str] | None = None,
    sheet: str = "",
    others: Sequence[Path] = (),
    framework_id: str = "",
    title: str = "",
) -> FrameworkImport:
    """Read a framework file; nothing is stored.

    Args:
        source: an OSCAL catalog or profile (JSON, XML, YAML), a CISO Assistant library, or a table.
        now: time of the import.
        name: what a person calls the file; default its name.
        kind: its format; recognised by content where it is None.
        mapping: header -> field for tables.
        sheet: sheet of a workbook.
        others: files that a profile draws on; those beside it that bear the name it gives are found without.
        framework_id: id for the copy; default made of the title.
        title: for tables, which have none of their own.

    Raises:
        NotFoundError: no such file.
        BadInputError: it cannot be read as what it is, breaks a limit, or a profile's catalog is missing.
        UsageError: an option that does not fit.
        ConflictError: the id is that of a shipped pack.
    """
    data, label = _load(source, name)
    format_ = kind or detect_format(data, label)
    if (mapping or sheet) and format_ not in ("csv", "xlsx"):
        raise UsageError("a mapping or a sheet is for tables (CSV, XLSX)", subject=label)
    folder = source.parent if isinstance(source, Path) else None
    if format_ == "oscal":
        found = _oscal(data, label, folder, others)
    elif format_ == "ciso-assistant":
        found = run_parser("framework.ciso-assistant", data, subject=label)
    else:
        found = _table(data, label, format_, mapping or {}, sheet)
    made_title = one_line(title or found.get("title", "") or Path(label).stem)[:300]
    rows = _requirements(found["rows"], label)
    pack = recognise(made_title, rows)
    if pack is not None:
        rows = mark_beyond(pack, in_the_packs_words(pack, rows))
    framework = _head(found, made_title, framework_id, _Copy(data, rows, pack, now))
    _check(framework, rows, label)
    beyond = () if pack is None else tuple(row for row in rows if pack.get(row.id) is None)
    report = FrameworkReport(
        file=label,
        format=format_,
        framework_id=framework.id,
        title=framework.title,
        requirements=len(rows),
        assessable=sum(row.assessable for row in rows),
        withdrawn=sum(row.withdrawn for row in rows),
        with_text=sum(bool(row.statement) for row in rows),
        extends=framework.extends,
        beyond_pack=len(beyond),
        columns=tuple(found.get("columns", ())),
        notes=tuple(Skip(subject=one_line(where), reason=one_line(reason)) for where, reason in found["notes"]),
    )
    return FrameworkImport(framework, rows, report)


def table_columns(data: bytes, *, name: str, sheet: str = "") -> tuple[ColumnUse, ...]:
    """What each column of a table is taken for; nothing for files that are no table.

    Raises:
        BadInputError: it cannot be read as what it is, or breaks a limit.
    """
    format_ = detect_format(data, name)
    if format_ not in ("csv", "xlsx"):
        return ()
    return guessed_columns(_lines(_read_table(data, name, format_, sheet)))


def _load(source: Path | bytes, name: str) -> tuple[bytes, str]:
    if isinstance(source, bytes):
        return source, name or "the file"
    label = name or source.name or str(source)
    try:
        if source.stat().st_size > DEFAULT_LIMITS.input_mb * MB:
            raise BadInputError(f"is larger than {DEFAULT_LIMITS.input_mb:g} MB", subject=label)
        return source.read_bytes(), label
    except FileNotFoundError:
        raise NotFoundError("there is no such file", subject=str(source)) from None
    except OSError as error:
        raise BadInputError(f"cannot be opened ({error.strerror})", subject=label) from error


def _oscal(data: bytes, label: str, folder: Path | None, others: Sequence[Path]) -> dict[str, Any]:
    """Collect the files that a profile draws on, each looked into by the sandbox, and have them resolved there."""
    files, names = [data], [label]
    links: dict[str, dict[str, int]] = {}
    taken: dict[Path, int] = {}
    at = 0
    while at < len(files):
        seen = run_parser("framework.oscal-peek", files[at], subject=names[at])
        for href, wanted in seen["imports"]:
            path = _find(wanted, folder, others)
            if path is None:
                what = ", ".join(wanted[:3]) or href
                raise BadInputError(
                    f"draws on {what}, which is not there",
                    subject=names[at],
                    hint="Put it beside the profile, or name the catalog with --with FILE.",
                )
            if path not in taken:
                if len(files) >= MAX_FILES:
                    raise BadInputError(f"draws on more than {MAX_FILES} files", subject=label)
                taken[path] = len(files)
                more, name = _load(path, "")
                files.append(more)
                names.append(name)
            links.setdefault(str(at), {})[href] = taken[path]
        at += 1
    joined, sizes = bundle(files)
    result: dict[str, Any] = run_parser(
        "framework.oscal", joined, subject=label, options={"sizes": sizes, "links": links}
    )
    return result


def _find(wanted: Sequence[str], folder: Path | None, others: Sequence[Path]) -> Path | None:
    """A file by one of its names: among those given, beside the profile, else the only one that was given."""
    for name in wanted:
        for path in others:
            if path.name == name:
                return path
        # A bare name only: an import never leads out of the folder.
        if folder is not None and name and name == Path(name).name and (folder / name).is_file():
            return folder / name
    return others[0] if len(others) == 1 else None


def _table(data: bytes, label: str, format_: Format, mapping: Mapping[str, str], sheet: str) -> dict[str, Any]:
    read = _read_table(data, label, format_, sheet)
    try:
        found = rows_of(_lines(read), mapping, label)
    except BadInputError:
        # The first sheet of a publisher's workbook is often a cover.
        again = None if sheet or format_ != "xlsx" else _other_sheet(data, label, mapping)
        if again is None:
            raise
        read, found = again
    found["notes"] = [*read["notes"], *found["notes"]]
    if read["incomplete"]:
        raise BadInputError("is cut off or broken in the middle", subject=label, hint=str(read["notes"][-1][1]))
    return found


def _other_sheet(data: bytes, label: str, mapping: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """The first sheet behind the first one in which a column of ids is understood, and what stands there."""
    for position in range(2, MAX_SHEETS + 1):
        try:
            read = _read_table(data, label, "xlsx", str(position))
            found = rows_of(_lines(read), mapping, label)
        except (BadInputError, UsageError):
            continue
        found["notes"].append(["sheet", f"{read['sheet']} was read: the first has no column of ids"])
        return read, found
    return None


def _read_table(data: bytes, label: str, format_: Format, sheet: str) -> dict[str, Any]:
    parser = "inventory.csv" if format_ == "csv" else "inventory.xlsx"
    read: dict[str, Any] = run_parser(parser, data, subject=label, options={"sheet": sheet})
    return read


def _lines(read: Mapping[str, Any]) -> list[Line]:
    return [(int(number), cells) for number, cells in read["lines"]]


def _requirements(rows: Sequence[Mapping[str, Any]], label: str) -> tuple[Requirement, ...]:
    """Rows of a parser as records; a row that cannot be one stops the import, since its children would dangle."""
    made = []
    for row in rows:
        values = {name: _clean(value) for name, value in row.items() if name not in ("parts", "attributes")}
        parts = tuple(
            Part(**{name: _clean(part[name]) for name in ("id", "name", "label", "level", "text")})
            for part in row.get("parts", ())
        )
        attributes = {str(name)[:60]: _clean(value) for name, value in (row.get("attributes") or {}).items()}
        try:
            made.append(Requirement(**values, parts=parts, attributes=attributes))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise BadInputError(
                f"has a requirement that cannot be kept ({first['loc'][0]}: {first['msg']})",
                subject=label,
                hint=f"Look at {str(row.get('id', ''))[:60]!r}.",
            ) from error
    return tuple(made)


def _clean(value: Any) -> Any:
    """Texts without control and direction characters, which no requirement needs and a screen would obey."""
    if isinstance(value, str):
        return _CONTROL.sub("", value).strip()
    return tuple(_clean(item) for item in value) if isinstance(value, list) else value


def _head(found: Mapping[str, Any], title: str, wanted: str, copy: _Copy) -> Framework:
    version = one_line(found.get("version", ""))[:40]
    framework_id = wanted or _default_id(title if not version or version in title else f"{title} {version}", copy)
    if framework_id in framework_ids():
        raise ConflictError(
            "is the id of a shipped framework", subject=framework_id, hint="Give the copy another one with --id."
        )
    try:
        return Framework(
            id=framework_id,
            urn=one_line(found.get("urn", ""))[:200] or f"urn:vciso:imported:{framework_id}",
            title=title,
            short=_short(title, copy),
            version=version,
            publisher=one_line(found.get("publisher", ""))[:200],
            published=_day(found.get("published", "")),
            licence=one_line(found.get("licence", ""))[:1000] or LICENCE,
            text_depth="full" if any(row.statement for row in copy.rows) else "titles",
            retrieved=copy.at.date(),
            extends=copy.pack.id if copy.pack else "",
            sha256=hashlib.sha256(copy.data).hexdigest(),
            imported_at=copy.at,
        )
    except ValidationError as error:
        raise UsageError(
            "is no id for a framework", subject=framework_id[:80], hint="1 to 80 of a-z, 0-9, dot and dash."
        ) from error


def _short(title: str, copy: _Copy) -> str:
    """What a row of the copy is named after: the pack, if it is the text of all of it; else its title, cut at a word.

    A profile may change what its catalog says, so its rows never go by the catalog's name.
    """
    if copy.pack is not None and coverage(copy.rows, copy.pack) >= SHARE:
        return copy.pack.framework.short
    return title if len(title) <= MAX_SLUG else f"{title[:MAX_SLUG].rpartition(' ')[0] or title[: MAX_SLUG - 1]}…"


def _default_id(title: str, copy: _Copy) -> str:
    """`<pack>-text` for the text of a whole pack; for anything else the title.

    A long title is cut at a word, and a mark made of the whole of it keeps apart what begins alike: the libraries of a
    compendium, the editions of a standard.
    """
    if copy.pack is not None and coverage(copy.rows, copy.pack) >= SHARE and any(row.statement for row in copy.rows):
        return f"{copy.pack.id}-text"
    plain = "".join(c for c in unicodedata.normalize("NFKD", title.casefold()) if not unicodedata.combining(c))
    slug = re.sub(r"[^a-z0-9.]+", "-", plain).strip("-.")
    if len(slug) > MAX_SLUG:
        mark = hashlib.sha256(slug.encode()).hexdigest()[:6]
        slug = f"{slug[: MAX_SLUG - len(mark)].rpartition('-')[0].strip('-.')}-{mark}"
    return f"{slug}-copy" if slug in framework_ids() else slug or "imported"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError:
        return None


def _check(framework: Framework, rows: tuple[Requirement, ...], label: str) -> None:
    """The same rules as for a shipped pack: ids once, parents above, withdrawn rows explained."""
    if not rows:
        raise BadInputError("holds no requirements", subject=label)
    try:
        Pack(framework, rows)
    except IntegrityError as error:
        raise BadInputError(error.message, subject=label) from error
