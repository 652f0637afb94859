"""Which column of a table means which field: a guess from headers and content that a person can override."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ingest.inventory.cpe import parse_cpe
from ingest.inventory.interface import ColumnUse, RawRow, Subject
from ingest.inventory.words import (
    ASSET_COLUMNS,
    CRITICALITY_WORDS,
    PRECISE_EXPOSURE,
    SUPPLIER_COLUMNS,
    fold,
    listed,
)
from knowledge.errors import BadInputError, UsageError
from knowledge.records.source import Skip

COLUMNS: dict[Subject, dict[str, tuple[str, ...]]] = {"assets": ASSET_COLUMNS, "suppliers": SUPPLIER_COLUMNS}
NAMING: dict[Subject, tuple[str, ...]] = {"assets": ("name", "product", "host", "purl", "cpe"), "suppliers": ("name",)}
"""Fields of which a table needs at least one."""
EXPORT_ID = "vciso_id"
"""Header of the id column in our own exports; tells an export apart, so that its text marks are taken off again."""

HEADER_LINES = 10
"""Lines in which the header is looked for; titles and blank lines may stand above it."""
SAMPLE = 200
CONTENT_SHARE = 0.8
"""Share of a column's filled cells that must look alike before its content decides."""

_JOINING = frozenset(listed("de,du,d,des,del,la,le,of,for,in,if,as,and,or,nr,no,und,der,von,1,2,3,4,5"))
_DESCENDING = frozenset(listed("tier, priority, prioritat, priorite, prioridad, rank"))
_SCALE = re.compile(r"^\d{1,2}-\d{1,2}$")
Line = tuple[int, Sequence[str]]


@dataclass(frozen=True, slots=True)
class MappedTable:
    """A table after its columns were understood."""

    rows: tuple[RawRow, ...]
    columns: tuple[ColumnUse, ...]
    notes: tuple[Skip, ...]
    own_export: bool
    """The table came out of this product's export."""


def map_table(lines: Sequence[Line], subject: Subject, overrides: Mapping[str, str], name: str) -> MappedTable:
    """Turn a table into rows of named fields.

    Args:
        lines: (line number in the file, cells), blank lines left out, header somewhere in the first ten.
        subject: what the rows are.
        overrides: header -> field, `field:hint` or `-` (not read); headers compare without case, accents and signs.
        name: the file, for errors.

    Raises:
        BadInputError: the table is empty, or no column names the things in it.
        UsageError: an override names a header or a field that does not exist.
    """
    if not lines:
        raise BadInputError("has no rows", subject=name, hint="Check that the right file or sheet was given.")
    at = _header_index(lines, subject, overrides)
    header = unique_headers(lines[at][1])
    body = lines[at + 1 :]
    uses = guess_columns(header, [cells for _, cells in body[:SAMPLE]], subject, overrides)
    chosen = {index: use for index, use in enumerate(uses) if use.field}
    if not {use.field.partition(":")[0] for use in chosen.values()} & set(NAMING[subject]):
        shown = ", ".join(repr(h[:40]) for h in header[:8]) + (", ..." if len(header) > 8 else "")
        raise BadInputError(
            f"no column is understood as {', '.join(NAMING[subject][:-1]) or NAMING[subject][0]}"
            f"{' or ' + NAMING[subject][-1] if len(NAMING[subject]) > 1 else ''}; its columns are {shown}",
            subject=name,
            hint='Say which column is which, for example --map "Column=name".',
        )
    notes = [Skip(subject=name, reason=f"line {lines[at][0]} was taken as the header")] if at else []
    hints, hint_notes = _hints(chosen, header, body, name)
    notes += hint_notes
    rows = tuple(
        RawRow(
            where=f"row {number}",
            values={
                use.field.partition(":")[0]: cells[index] if index < len(cells) else "" for index, use in chosen.items()
            },
            hints=hints,
        )
        for number, cells in body
    )
    plain = tuple(use.model_copy(update={"field": use.field.partition(":")[0]}) for use in uses)
    return MappedTable(rows, plain, tuple(notes), own_export=EXPORT_ID in (h.strip() for h in header))


def unique_headers(cells: Sequence[str]) -> list[str]:
    """Name every column: blank ones by position, repeated ones with a number (`asset`, `asset (2)`)."""
    seen: dict[str, int] = {}
    result = []
    for position, cell in enumerate(cells, start=1):
        label = " ".join(cell.split()) or f"column {position}"
        seen[label] = seen.get(label, 0) + 1
        result.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return result


def guess_columns(
    header: Sequence[str], samples: Sequence[Sequence[str]], subject: Subject, overrides: Mapping[str, str]
) -> list[ColumnUse]:
    """Say for each column which field it fills and why. Each field is filled by one column at most.

    What a person said comes first, then headers that are a known word, then headers that end in one, then content.

    Raises:
        UsageError: an override names a header or a field that does not exist.
    """
    taken = _overrides(header, subject, overrides)
    uses: dict[int, ColumnUse] = {
        index: ColumnUse(
            column=header[index], field=field, reason="you said so" if field else "you said not to read it"
        )
        for index, field in taken.items()
    }
    filled = {use.field.partition(":")[0] for use in uses.values()}
    candidates = []
    for index, label in enumerate(header):
        if index not in uses:
            cells = [row[index] for row in samples if index < len(row) and row[index].strip()]
            candidates += [(score, -index, field, why) for score, field, why in _candidates(label, cells, subject)]
    candidates.sort(reverse=True)
    losers: dict[int, str] = {}
    for _score, minus_index, field, why in candidates:
        index = -minus_index
        if index in uses:
            continue
        if field in filled:
            losers.setdefault(index, f"means {field}, which another column fills already")
            continue
        uses[index] = ColumnUse(column=header[index], field=field, reason=why)
        filled.add(field)
    for index, label in enumerate(header):
        if index not in uses:
            uses[index] = ColumnUse(column=label, reason=losers.get(index, "no field of that meaning"))
    return [uses[index] for index in range(len(header))]


def _overrides(header: Sequence[str], subject: Subject, overrides: Mapping[str, str]) -> dict[int, str]:
    """Resolve what a person said to column positions."""
    taken: dict[int, str] = {}
    exact = {label: index for index, label in reversed(list(enumerate(header)))}
    folded = {fold(label): index for index, label in reversed(list(enumerate(header)))}
    for label, target in overrides.items():
        index = exact.get(label, folded.get(fold(label)))
        if index is None:
            raise UsageError(
                f"there is no column {label!r}", subject="mapping", hint=f"The columns are: {', '.join(header[:20])}."
            )
        field, _, hint = target.strip().partition(":")
        if field in ("", "-"):
            taken[index] = ""
            continue
        if field not in COLUMNS[subject] or (hint and not _SCALE.match(hint)):
            raise UsageError(
                f"there is no field {target!r}",
                subject="mapping",
                hint=f"The fields are: {', '.join(COLUMNS[subject])}; criticality takes a scale (criticality:1-5).",
            )
        if any(other.partition(":")[0] == field for other in taken.values()):
            raise UsageError(
                f"two columns are mapped to {field!r}", subject="mapping", hint="Map one column to a field."
            )
        taken[index] = target.strip()
    return taken


def _candidates(label: str, cells: Sequence[str], subject: Subject) -> list[tuple[float, str, str]]:
    """Score the fields that a column may mean: 3 known header, 2 header ends in a known word, 1 content."""
    folded = re.sub(r" \d+$", "", fold(label)) or fold(label)
    found = []
    for field, words in COLUMNS[subject].items():
        if folded in words:
            found.append((3 + 0.9 * (1 - words.index(folded) / len(words)), field, "header"))
            continue
        best = max((len(word) for word in words if len(word) > 2 and _ends_in(folded, word)), default=0)
        if best and field != "id":
            found.append((2 + min(best, 90) / 100, field, "header ends in a known word"))
    if subject == "assets" and not any(score >= 3 for score, _, _ in found):
        found += [(1.0, field, why) for field, why, test in _CONTENT if _share(cells, test)]
    return found


def _ends_in(header: str, word: str) -> bool:
    """Whether the header's main word is `word`: at its end, or at its start before `of`, `de`, a number, ..."""
    if header.endswith(" " + word):
        return True
    return header.startswith(word + " ") and header[len(word) + 1 :].split(maxsplit=1)[0] in _JOINING


def _share(cells: Sequence[str], test: Callable[[str], bool]) -> bool:
    return bool(cells) and sum(map(test, cells)) >= CONTENT_SHARE * len(cells)


def _is_address(cell: str) -> bool:
    try:
        ipaddress.ip_address(cell.strip())
    except ValueError:
        return False
    return True


_CONTENT: tuple[tuple[str, str, Callable[[str], bool]], ...] = (
    ("purl", "content looks like package URLs", lambda cell: bool(re.match(r"\s*pkg:[a-z]", cell))),
    ("cpe", "content looks like CPE names", lambda cell: parse_cpe(cell) is not None),
    ("host", "content looks like addresses", _is_address),
    ("exposure", "content looks like exposure words", lambda cell: fold(cell) in PRECISE_EXPOSURE),
)


def _header_index(lines: Sequence[Line], subject: Subject, overrides: Mapping[str, str]) -> int:
    """Find the header: the line among the first ones with most known words or mapped names; else the first."""
    known = {word for words in COLUMNS[subject].values() for word in words} | {fold(label) for label in overrides}
    hits = [sum(1 for cell in cells if fold(cell) in known) for _, cells in lines[:HEADER_LINES]]
    best = max(hits)
    # One hit further down is more likely a cell than a header.
    return hits.index(best) if best >= 2 else 0


def _hints(
    chosen: Mapping[int, ColumnUse], header: Sequence[str], body: Sequence[Line], name: str
) -> tuple[dict[str, str], list[Skip]]:
    """Decide how a column of criticality numbers is meant, and say so."""
    for index, use in chosen.items():
        field, _, said = use.field.partition(":")
        if field != "criticality":
            continue
        cells = [fold(cells[index]) for _, cells in body if index < len(cells)]
        numbers = [int(cell) for cell in cells if cell.isascii() and cell.isdigit() and len(cell) < 3]
        if not numbers or any(cell in CRITICALITY_WORDS and not cell.isdigit() for cell in cells if cell):
            return {}, []
        if said:
            return {"criticality": said}, []
        top = next((scale for scale in (3, 4, 5, 10) if max(numbers) <= scale), 99)
        scale = f"{top}-1" if _DESCENDING & set(fold(header[index]).split()) else f"1-{top}"
        first, last = scale.split("-")
        reason = f"criticality is read as {first} (lowest) to {last} (highest); map criticality:5-1 to say otherwise"
        return {"criticality": scale}, [Skip(subject=f"{name}, column {header[index]}", reason=reason)]
    return {}, []
