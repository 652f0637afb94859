"""Requirement ids that people and records name: resolved, told near ones, quoted, held against a policy's clauses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from advisor.policies.templates.coverage import coverage
from advisor.policies.templates.interface import CoverageRow, FilledClause, FilledPolicy, FilledSection
from knowledge.errors import NotFoundError, UsageError
from knowledge.frameworks.catalogue import Catalogue, Match, key, shipped
from knowledge.frameworks.loader import Pack
from knowledge.places import Places
from knowledge.records.answer import Citation
from knowledge.records.base import ClientId
from knowledge.records.policy import PolicyText
from knowledge.search.entries import requirement_key

_NEAR = 5


def client_catalogue(places: Places, client_id: ClientId) -> Catalogue:
    """The shipped packs with the copies that were imported for all and for this client; its own come first."""
    packs: dict[str, Pack] = {}
    with places.shared().read() as shared:
        for head in shared.frameworks.list():
            packs[head.id] = Pack(head, shared.frameworks.requirements(head.id))
    with places.client(client_id) as place, place.read() as unit:
        for head in unit.frameworks.list():
            packs[head.id] = Pack(head, unit.frameworks.requirements(head.id))
    return shipped().with_imported(packs.values())


def resolve(said: str, catalogue: Catalogue) -> Match:
    """The requirement that a person names as `FRAMEWORK:ID`, in any spelling of either.

    Raises:
        UsageError: not of that form.
        NotFoundError: no such framework, or no such id in it; the hint names near ones.
    """
    name, colon, wanted = said.partition(":")
    if not colon or not name.strip() or not wanted.strip():
        raise UsageError(
            "is not FRAMEWORK:ID", subject=said[:60], hint="Such as csf:PR.AA-05 or nist-sp-800-53-r5:AC-2."
        )
    framework = catalogue.find(name)
    row = catalogue.rows(framework.id).get(key(wanted))
    if row is None:
        near = near_ids(wanted, catalogue.pack(framework.id))
        raise NotFoundError(
            f"is no requirement of {framework.short}",
            subject=wanted.strip()[:60],
            hint=f"Near ones: {', '.join(near)}." if near else f"`vciso framework show {framework.id}` lists them.",
        )
    return Match(framework, row)


def near_ids(wanted: str, pack: Pack) -> tuple[str, ...]:
    """Ids that look like the one named, nearest first."""
    upper = {row.id.upper(): row.id for row in pack.requirements if row.assessable and not row.withdrawn}
    close = get_close_matches(wanted.strip().upper(), upper, n=_NEAR, cutoff=0.6)
    return tuple(upper[one] for one in close)


def refs(said: Iterable[str], catalogue: Catalogue) -> tuple[str, ...]:
    """`FRAMEWORK:ID` with the ids of the packs, each once; errors as `resolve`."""
    return tuple(dict.fromkeys(ref_of(resolve(one, catalogue)) for one in said))


def ref_of(match: Match) -> str:
    """`nist-sp-800-53-r5:AC-2`."""
    return f"{match.framework.id}:{match.requirement.id}"


def label_of(ref: str, catalogue: Catalogue) -> str:
    """`SP 800-53 r5 AC-2` of a reference; the reference itself where it is not known."""
    try:
        return resolve(ref, catalogue).label
    except (NotFoundError, UsageError):
        return ref


def cite(ref: str, catalogue: Catalogue) -> Citation:
    """A requirement quoted: its own words where a copy has them, else our summary or its title.

    Raises:
        NotFoundError: no such requirement.
    """
    match = resolve(ref, catalogue)
    row = match.requirement
    for pack in catalogue.copies(match.framework.id):
        copied = pack.get(row.id)
        if copied is not None and copied.statement:
            row = copied
    quote = row.statement or row.summary or row.title
    return Citation(
        passage_id=requirement_key(match.framework.id, row.id),
        source=match.framework.title,
        locator=row.id if match.framework.short == match.framework.title else match.label,
        quote=quote,
    )


def in_scope(refs_: Sequence[str], frameworks: Sequence[str]) -> tuple[str, ...]:
    """The references of the frameworks in a client's scope; all of them where that leaves none."""
    kept = tuple(ref for ref in refs_ if ref.partition(":")[0] in frameworks)
    return kept or tuple(refs_)


def coverage_of(text: PolicyText, wanted: Iterable[str], catalogue: Catalogue) -> tuple[CoverageRow, ...]:
    """Met, partly or missing for each requirement named, by the clauses of a text."""
    clauses = tuple(
        FilledClause(
            id=clause.id,
            number=clause.number or clause.heading or section.heading or clause.id,
            heading=clause.heading,
            text=clause.text,
            kind="policy" if clause.kind == "text" else clause.kind,
            requirements=clause.requirements,
            partly=clause.partly,
        )
        for section in text.sections
        for clause in section.clauses
        if clause.requirements or clause.partly
    )
    held = FilledPolicy(
        topic="policy",
        title=text.title,
        template_version="",
        purpose="",
        scope="",
        sections=(FilledSection(number=1, heading="", kind="policy", clauses=clauses),),
        review_months=12,
    )
    return coverage(held, wanted, catalogue)
