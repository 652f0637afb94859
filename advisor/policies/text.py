"""Makes a policy's text from a filled template or from the parts of the client's own document (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from advisor.policies.diff import written
from advisor.policies.templates.interface import FilledPolicy
from knowledge.records.document import Document, DocumentPart
from knowledge.records.policy import PolicyClause, PolicySection, PolicyText, SourcePart

_NOT_SLUG = re.compile(r"[^a-z0-9]+")


def slug(text: str, fallback: str = "x") -> str:
    """`Supplier access` -> `supplier-access`; at most 60 characters."""
    return _NOT_SLUG.sub("-", text.casefold()).strip("-")[:60].strip("-") or fallback


def free_id(wanted: str, taken: Iterable[str]) -> str:
    """The id, with a number behind it where it is taken."""
    known = set(taken)
    found, number = wanted, 2
    while found in known:
        found, number = f"{wanted}-{number}", number + 1
    return found


def from_filled(filled: FilledPolicy) -> PolicyText:
    """The text of a filled template: purpose, scope, its chapters, roles, definitions, references."""
    sections = [
        _prose("purpose", "Purpose", [filled.purpose]),
        _prose("scope", "Scope", [filled.scope]),
    ]
    taken = {"purpose", "scope", "roles", "definitions", "references", "related"}
    for chapter in filled.sections:
        section_id = free_id(slug(chapter.heading), taken)
        taken.add(section_id)
        clauses = tuple(
            PolicyClause(
                id=clause.id,
                number=clause.number,
                heading=clause.heading,
                text=clause.text,
                kind=clause.kind,
                requirements=clause.requirements,
                partly=clause.partly,
                evidence=clause.evidence,
            )
            for clause in chapter.clauses
        )
        sections.append(
            PolicySection(id=section_id, number=str(chapter.number), heading=chapter.heading, clauses=clauses)
        )
    sections += [
        _prose("roles", "Roles", [f"{role.name}: {role.duty}" for role in filled.roles]),
        _prose("definitions", "Definitions", [f"{one.term}: {one.meaning}" for one in filled.definitions]),
        _prose("related", "Related policies", filled.related),
        _prose("references", "References", filled.references),
    ]
    return PolicyText(title=filled.title, sections=tuple(one for one in sections if one.clauses))


def _prose(section_id: str, heading: str, lines: Sequence[str]) -> PolicySection:
    clauses = tuple(
        PolicyClause(id=f"{section_id}-{n}" if len(lines) > 1 else f"{section_id}-text", text=line, kind="text")
        for n, line in enumerate(lines, start=1)
        if line.strip()
    )
    return PolicySection(id=section_id, heading=heading, clauses=clauses)


def from_parts(document: Document, parts: Sequence[DocumentPart]) -> PolicyText:
    """The text of a client's document: a section for each heading, a clause for each paragraph, item or row.

    Every one keeps its place in the document, so that a change can be marked where it belongs.
    """
    sections: list[PolicySection] = []
    open_clauses: list[PolicyClause] = []
    head = PolicySection(id="s0", heading="")

    def close() -> None:
        if open_clauses or head.heading:
            sections.append(head.model_copy(update={"clauses": tuple(open_clauses)}))
        open_clauses.clear()

    for part in parts:
        place = SourcePart(document_id=document.id, version=document.version, seq=part.seq)
        if part.kind == "heading":
            close()
            head = PolicySection(
                id=f"s{part.seq}",
                number=_number(part.locator),
                heading=part.text,
                part=place,
                level=min(max(part.level, 1), 6),
            )
        else:
            ruled = bool(_number(part.locator)) and part.kind != "table-row"
            open_clauses.append(
                PolicyClause(
                    id=f"{'row' if part.kind == 'table-row' else 'p'}{part.seq}",
                    number=_number(part.locator),
                    text=part.text,
                    kind="policy" if ruled else "text",
                    part=place,
                )
            )
    close()
    return PolicyText(title=document.title, sections=tuple(sections))


def standing_on(text: PolicyText, document: Document, parts: Sequence[DocumentPart]) -> PolicyText:
    """The text with its places in this version of its document, where it is that file word for word; else as it was.

    A change is marked in the file that the client works with, not in the one that the policy was once taken from.
    """
    file = from_parts(document, parts)
    pairs = list(zip(text.clauses, file.clauses, strict=False))
    if len(text.clauses) != len(file.clauses) or any(_read(own) != _read(new) for own, new in pairs):
        return text
    places = {own.id: new.part for own, new in pairs}
    homes = {clause.id: section for section in file.sections for clause in section.clauses}
    found = {own.id: homes[new.id] for own, new in pairs}
    headings = {section.heading: section.part for section in reversed(file.sections)}
    sections = []
    for section in text.sections:
        clauses = tuple(clause.model_copy(update={"part": places[clause.id]}) for clause in section.clauses)
        home = found[clauses[0].id] if clauses else None
        part = home.part if home is not None and home.heading == section.heading else headings.get(section.heading)
        sections.append(section.model_copy(update={"clauses": clauses, "part": part}))
    return text.model_copy(update={"sections": tuple(sections)})


def is_row(clause: PolicyClause) -> bool:
    """Whether a clause is the row of a table in the client's document, which takes no further sentence."""
    return clause.part is not None and clause.id.startswith("row")


def _read(clause: PolicyClause) -> str:
    return " ".join(written(clause).split())


def _number(locator: str) -> str:
    """`4.6` of `section 4.6`, `4.6, paragraph 2` of `section 4.6, paragraph 2`; empty where no section is numbered."""
    found = re.match(r"section ((?:\d|[A-Z]\.\d).*)$", locator)
    return found[1] if found else ""
