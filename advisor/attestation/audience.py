"""Reads an audience list: lines of a table in, people and skipped lines with their reasons out. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from knowledge.errors import BadInputError
from knowledge.records.attestation import AudienceMember
from knowledge.records.source import Skip

MAX_PEOPLE: Final = 20_000

_NAMES: Final = {
    "name": ("name", "full name", "display name", "employee", "person", "mitarbeiter", "mitarbeiterin"),
    "first": ("first name", "given name", "firstname", "vorname"),
    "last": ("last name", "surname", "family name", "lastname", "nachname"),
    "email": ("email", "e-mail", "mail", "email address", "e-mail address", "work email", "e-mail-adresse"),
    "group": ("group", "department", "team", "site", "role", "unit", "abteilung", "gruppe", "standort"),
}
# A mailbox as delivery takes it: one @, no white space, quotes, brackets or separators, a dot in the domain.
_EMAIL: Final = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")


@dataclass(frozen=True, slots=True)
class Audience:
    """A list that was read."""

    people: tuple[AudienceMember, ...]
    skipped: tuple[Skip, ...]
    """Lines that name nobody who can be asked, with the reason."""


def read_audience(lines: Sequence[tuple[int, Sequence[str]]], subject: str) -> Audience:
    """The people of a list.

    Args:
        lines: line number and cells, the header first.
        subject: name of the file.

    Raises:
        BadInputError: no column of names or none of e-mail addresses, nobody in it, or more than 20,000 lines.
    """
    if not lines:
        raise BadInputError("is empty", subject=subject, hint="Give it the columns name, email and group.")
    if len(lines) > MAX_PEOPLE + 1:
        raise BadInputError(f"has more than {MAX_PEOPLE:,} lines", subject=subject)
    columns = _columns(lines[0][1])
    if "email" not in columns or not ({"name"} & columns.keys() or {"first", "last"} <= columns.keys()):
        seen = ", ".join(_one_line(cell) for cell in lines[0][1])[:200]
        missing = "e-mail addresses" if "email" not in columns else "names"
        raise BadInputError(
            f"has no column of {missing} (its first line reads: {seen})",
            subject=subject,
            hint="Name the columns name, email and group in the first line.",
        )
    people: dict[str, AudienceMember] = {}
    first_at: dict[str, int] = {}
    skipped: list[Skip] = []
    for number, cells in lines[1:]:
        row = {field: _one_line(cells[index]) if index < len(cells) else "" for field, index in columns.items()}
        found = _person(row)
        if isinstance(found, str):
            skipped.append(Skip(subject=f"line {number}", reason=found))
        elif found.email in people:
            reason = f"the address {found.email} stands in line {first_at[found.email]} already"
            skipped.append(Skip(subject=f"line {number}", reason=reason))
        else:
            people[found.email], first_at[found.email] = found, number
    if not people:
        why = f"; {skipped[0].subject}: {skipped[0].reason}" if skipped else ""
        raise BadInputError(f"names nobody who can be asked{why}", subject=subject)
    return Audience(tuple(people.values()), tuple(skipped))


def _columns(header: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for index, cell in enumerate(header):
        name = _one_line(cell).casefold().replace("_", " ").strip(" *:")
        for field, names in _NAMES.items():
            if name in names:
                found.setdefault(field, index)
    return found


def _person(row: dict[str, str]) -> AudienceMember | str:
    """The person of a line, or why there is none."""
    name = row.get("name") or f"{row.get('first', '')} {row.get('last', '')}".strip()
    email = row.get("email", "").casefold()
    if not name and not email:
        return "has neither a name nor an e-mail address"
    if not email:
        return f"{name[:60]} has no e-mail address"
    if len(email) > 254 or not _EMAIL.fullmatch(email):
        return f"{email[:80]!r} is not an e-mail address"
    if not any(c.isalpha() for c in name):
        return f"{email[:80]} has no name"
    if len(name) > 200:
        return f"the name for {email[:80]} is longer than 200 characters"
    return AudienceMember(name=name, email=email, group=row.get("group", "")[:120])


def _one_line(text: str) -> str:
    """Visible characters on one line; an apostrophe that kept a spreadsheet from computing a cell is left out."""
    seen = "".join(" " if c in "\r\n\t" else c for c in text if c in "\r\n\t" or unicodedata.category(c)[0] != "C")
    line = " ".join(seen.split())
    return line[1:] if line[:1] == "'" and line[1:2] in "=+-@" and len(line) > 1 else line
