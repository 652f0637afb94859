"""Which requirements of a framework a client's policies meet and its documents name (pure, but for reading rows)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from advisor.policies.requirements import coverage_of
from knowledge.frameworks.catalogue import Catalogue
from knowledge.frameworks.loader import Pack
from knowledge.frameworks.mentions import find_ids, known_ids
from knowledge.records.document import DocumentPart
from knowledge.records.policy import OPEN, PolicyText, PolicyVersion
from knowledge.store.units import ClientUnit

PARTS = 4
"""Parts that a coverage map has at least, where the framework has so many."""


@dataclass(frozen=True, slots=True)
class RequirementCover:
    """What speaks to one requirement."""

    id: str
    title: str
    part: str
    """The function, family or chapter that it stands in."""
    in_force: tuple[str, ...]
    """Clauses of policies in force that meet it (`Access Control Policy 4.6`)."""
    served: tuple[str, ...]
    """Clauses in force that only serve it."""
    drafted: tuple[str, ...]
    """Clauses of versions that are not in force yet."""
    documents: tuple[str, ...]
    """Titles of documents that name its id."""


def merged(texts: Sequence[PolicyText]) -> PolicyText:
    """Several policies read as one, each clause's number with its policy's title."""
    sections = []
    for number, text in enumerate(texts):
        for section in text.sections:
            clauses = tuple(
                clause.model_copy(update={"number": f"{text.title} {clause.number or clause.heading}".strip()})
                for clause in section.clauses
            )
            sections.append(section.model_copy(update={"id": f"p{number}-{section.id}", "clauses": clauses}))
    return PolicyText(title="All policies", sections=tuple(sections))


def policy_texts(unit: ClientUnit) -> tuple[tuple[PolicyText, ...], tuple[PolicyText, ...]]:
    """Texts in force, and texts of versions on their way."""
    in_force: list[PolicyText] = []
    drafts: list[PolicyText] = []
    for policy in unit.policies.list():
        versions: tuple[PolicyVersion, ...] = unit.policies.versions(policy.id)
        in_force += [one.text for one in versions if one.status == "published"][:1]
        drafts += [one.text for one in versions if one.status in OPEN or one.status == "approved"][:1]
    return tuple(in_force), tuple(drafts)


def named_in(parts: Mapping[str, Iterable[DocumentPart]], catalogue: Catalogue) -> dict[str, tuple[str, ...]]:
    """`FRAMEWORK:ID` -> titles of the documents whose text names it.

    Args:
        parts: title of a document -> its parts.
        catalogue: the frameworks to look the ids up in.
    """
    found: dict[str, dict[str, None]] = {}
    for title, lines in parts.items():
        for part in lines:
            for framework, requirement in known_ids(find_ids(part.text, catalogue=catalogue)):
                found.setdefault(f"{framework}:{requirement}", {})[title] = None
    return {ref: tuple(titles) for ref, titles in found.items()}


def cover_framework(
    pack: Pack,
    in_force: Sequence[PolicyText],
    drafts: Sequence[PolicyText],
    named: Mapping[str, tuple[str, ...]],
    catalogue: Catalogue,
) -> tuple[RequirementCover, ...]:
    """Every assessable requirement of a framework with what speaks to it, in the framework's order."""
    refs = [f"{pack.id}:{row.id}" for row in pack.assessable]
    now = {row.requirement: row for row in coverage_of(merged(in_force), refs, catalogue)}
    later = {row.requirement: row for row in coverage_of(merged(drafts), refs, catalogue)}
    found = []
    depth = _depth(pack)
    for row in pack.assessable:
        ref = f"{pack.id}:{row.id}"
        path = pack.path(row.id)
        top = path[min(depth, len(path) - 1)]
        found.append(
            RequirementCover(
                id=row.id,
                title=row.title or row.summary,
                part=f"{top.id} {top.title}".strip() if top.title and top.title != top.id else top.id,
                in_force=now[ref].clauses if now[ref].state == "met" else (),
                served=now[ref].clauses if now[ref].state == "partly" else (),
                drafted=later[ref].clauses if later[ref].state == "met" else (),
                documents=named.get(ref, ()),
            )
        )
    return tuple(found)


def _depth(pack: Pack) -> int:
    """The level of headings that parts a framework into a handful at least: HIPAA's two subparts tell nothing."""
    paths = [pack.path(row.id) for row in pack.assessable]
    deepest = max((len(path) for path in paths), default=1) - 1
    for depth in range(deepest):
        if len({path[min(depth, len(path) - 1)].id for path in paths}) >= PARTS:
            return depth
    return 0


def cells(covered: Sequence[RequirementCover]) -> list[dict[str, object]]:
    """Counts for the heat map: each part of the framework by what speaks to its requirements."""
    parts: dict[str, list[RequirementCover]] = {}
    for one in covered:
        parts.setdefault(one.part, []).append(one)
    kinds = {
        "in force": lambda one: bool(one.in_force),
        "with drafts": lambda one: bool(one.drafted or one.in_force),
        "documents": lambda one: bool(one.documents),
    }
    return [
        {"framework": kind, "part": part, "covered": sum(map(test, rows)), "total": len(rows)}
        for part, rows in parts.items()
        for kind, test in kinds.items()
    ]
