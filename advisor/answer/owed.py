"""What is still owed: requirements beside what policies and documents say to them; a person assesses the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from advisor.answer.extract import (
    DOCUMENTS,
    MIN_REQUIREMENT,
    NEAR_BEST,
    REQUIREMENTS,
    chosen,
    documents_answer,
    topic_of,
)
from advisor.answer.material import Composed, Material, label, match_of
from advisor.answer.world import Demand
from advisor.grounding.checks import Draft
from advisor.grounding.relevance import best_sentences, judge
from advisor.grounding.text import quotable
from advisor.grounding.words import Concept, concepts, coverage, stems
from knowledge.frameworks.catalogue import Match
from knowledge.frameworks.loader import Pack
from knowledge.records.framework import Requirement
from knowledge.records.search import Passage

OWED_NEAR = 0.7
"""Share of the best requirement's relevance that another needs, where all that is owed on a topic is asked for."""
SAME_PARENT = 3
"""Rows under one heading from which all of that heading is on the topic."""
MAX_ROWS = 14
MIN_EVIDENCE = 0.44
"""Mean cosine of a sentence with a requirement and with its assessor's question, and WORDS_SHARE of the words that it
has of them, from which the sentence speaks to it."""
WORDS_SHARE = 0.25
MIN_EVIDENCE_WORDS = 0.55
"""The same by words alone."""
PARTS = 4
"""Parts that a framework is told in at least, where it has so many."""
MAX_PARTS = 24
MAX_IDS = 16
"""Ids of one part that are told one by one."""
NOT_ASSESSED = "No assessment is recorded for these requirements: documents alone cannot tell whether they are met."


def owed_answer(material: Material) -> Composed:
    """The requirements on the topic, those that nothing speaks to first; without a topic how far policies go."""
    question = material.question
    if not question.about and not question.named:
        return _by_framework(material)
    rows = _asked_rows(material)
    if not rows:
        return documents_answer(material) if question.ours else Composed()
    spoken: list[Draft] = []
    silent: list[Draft] = []
    bare: list[str] = []
    for match in rows:
        hit = material.requirement(match, "on the topic of the question")
        quote = (best_sentences(hit.passage, question.about, match.requirement, most=1) or ("",))[0]
        if not quote:
            continue
        asks = f"{label(match)} asks: {quote}"
        evidence = _demanded(material, match) or _evidence(material, match)
        if evidence:
            passage, said, whose = evidence
            spoken.append(Draft(f"{asks} {whose}: {said}", ((hit.passage.id, quote), (passage.id, said))))
        else:
            silent.append(Draft(asks, ((hit.passage.id, quote),)))
            bare.append(match.requirement.id)
    notes = [NOT_ASSESSED]
    if bare:
        notes.append(f"Nothing was found in the client's policies and documents on {', '.join(bare)}.")
    excluded = [row.requirement.id for row in rows if _ref(row) in material.world.excluded]
    if excluded:
        notes.append(f"A person decided that {', '.join(excluded)} does not apply here.")
    composed = Composed((*silent, *spoken), tuple(notes))
    return composed + documents_answer(material) if question.ours and question.about else composed


def _ref(match: Match) -> str:
    return f"{match.framework.extends or match.framework.id}:{match.requirement.id}"


def _asked_rows(material: Material) -> list[Match]:
    question = material.question
    if question.named:
        rows: list[Match] = []
        for named in question.named:
            below = material.catalogue.pack(named.framework.id).descendants(named.requirement.id)
            under_it = [Match(named.framework, row) for row in below if row.assessable and not row.withdrawn]
            rows += [named] if named.requirement.assessable else under_it
        return rows[:MAX_ROWS]
    found = chosen(material.search(topic_of(material), kinds=REQUIREMENTS), MIN_REQUIREMENT, OWED_NEAR)
    best = max((one.relevance for one in found), default=0.0)
    near = [
        (match, one.relevance >= NEAR_BEST * best)
        for one in found
        if (match := match_of(one.passage, material.catalogue)) is not None and match.requirement.assessable
    ]
    under = Counter((match.framework.id, match.requirement.parent) for match, _ in near)
    kept: dict[str, Match] = {}
    for match, close in near:
        pack = material.catalogue.pack(match.framework.id)
        parent = match.requirement.parent
        if parent and under[match.framework.id, parent] >= SAME_PARENT:
            # Most of a heading is on the topic, so the heading is the topic: nothing of it is left out.
            for row in pack.children(parent):
                if row.assessable and not row.withdrawn:
                    kept.setdefault(row.id, Match(match.framework, row))
        elif close:
            kept.setdefault(match.requirement.id, match)
    return list(kept.values())[:MAX_ROWS]


def _demanded(material: Material, match: Match) -> tuple[Passage, str, str] | None:
    """What a policy in force, else one on its way, demands for a requirement: a person mapped the clause to it."""
    for demand in material.world.demands.get(_ref(match), ()):
        asked = concepts(f"{match.requirement.title} {match.requirement.summary}")
        said = best_sentences(demand.passage, asked, most=1)
        if said:
            material.keep(demand.passage, "policy", f"this clause is mapped to {match.requirement.id}")
            whose = f"{demand.passage.title}, {demand.passage.locator}"
            return demand.passage, said[0], f"{whose}{'' if demand.in_force else ' (a draft)'} says"
    return None


def _evidence(material: Material, match: Match) -> tuple[Passage, str, str] | None:
    """The sentence of the client's documents that speaks most clearly to a requirement, and where it stands."""
    row = match.requirement
    asked = f"{row.title}. {row.summary}"
    found = material.search(asked, kinds=DOCUMENTS, k=8)
    passages = [one.passage for one in found]
    about = concepts(asked)
    near = material.searcher.likeness(row.summary or asked, passages)
    if near:
        again = material.searcher.likeness(row.question, passages) if row.question else near
        scored = [
            ((cosine + again.get(one.passage.id, {}).get(sentence, cosine)) / 2 + _words(about, quote), -at, one, quote)
            for at, one in enumerate(found)
            for sentence, cosine in near.get(one.passage.id, {}).items()
            if (quote := quotable(sentence)) and len(quote.split()) > 3
        ]
        best = max(scored, key=lambda each: each[:2], default=None)
        if best is None or best[0] < MIN_EVIDENCE:
            return None
        return best[2].passage, best[3], f"Nearest to it in the client's {best[2].passage.title}"
    title = concepts(row.title)
    clear = max((judge(one.hit, title) for one in found), key=lambda one: one.relevance, default=None)
    if clear is None or clear.relevance < MIN_EVIDENCE_WORDS:
        return None
    said = best_sentences(clear.passage, about, most=1)
    return (clear.passage, said[0], f"Nearest to it in the client's {clear.passage.title}") if said else None


def _words(about: Sequence[Concept], quote: str) -> float:
    return WORDS_SHARE * coverage(about, frozenset(stems(quote)))


def _by_framework(material: Material) -> Composed:
    """How many requirements of each framework no policy names, part by part, with their ids as far as told."""
    heads = [material.catalogue.pack(i) for i in material.frameworks]
    packs = [pack for pack in heads if not pack.framework.extends]
    if not packs:
        why = "No framework is set for this client: name one, or set it with `vciso client edit`."
        return Composed(not_covered=(why,), mode="lookup")
    drafts: list[Draft] = []
    for pack in packs:
        named = any(ref.partition(":")[0] == pack.id for ref in (*material.world.demands, *material.world.excluded))
        parts = _parts(material, pack, most=max(4, MAX_PARTS // len(packs))) if named else []
        lines = [_counts(material, pack) if named else _nothing(pack), *parts]
        passage = Passage(
            id=f"standing:{pack.id}",
            partition="client",
            kind="record",
            title=f"{pack.framework.short} against the client's policies",
            locator="as recorded on the day of this answer",
            text="\n".join(lines),
            dated=material.today,
        )
        material.keep(passage, "policy", "clauses of policies and the requirements that they are mapped to")
        drafts += [Draft(line, ((passage.id, line),)) for line in lines]
    more = (
        "Ask for a topic (`what do we still owe for backups?`) to see requirements beside what documents say to them."
    )
    return Composed(tuple(drafts), (NOT_ASSESSED, more), "lookup")


def _nothing(pack: Pack) -> str:
    count = len(pack.assessable)
    return f"{pack.framework.short}: no policy in force or in draft is mapped to any of its {count} requirements."


def _state(demands: Iterable[Demand]) -> str:
    """`met`, `served`, `drafted` or nothing: the furthest that clauses go."""
    found = {("met" if one.whole else "served") if one.in_force else "drafted" for one in demands}
    return next((state for state in ("met", "served", "drafted") if state in found), "")


def _counts(material: Material, pack: Pack) -> str:
    world = material.world
    states = Counter(
        "excluded" if f"{pack.id}:{row.id}" in world.excluded else _state(world.demands.get(f"{pack.id}:{row.id}", ()))
        for row in pack.assessable
    )
    out = f" {states['excluded']} were decided not to apply." if states["excluded"] else ""
    return (
        f"{pack.framework.short}: policies in force speak to {states['met']} of {len(pack.assessable)} requirements "
        f"wholly and to {states['served']} in part, {states['drafted']} more are in drafts, "
        f"{states['']} are mapped to no policy.{out}"
    )


def _parts(material: Material, pack: Pack, *, most: int) -> list[str]:
    """The parts of a framework with rows that no policy names, the emptiest first."""
    depth = _depth(pack)
    rows: dict[str, list[Requirement]] = {}
    for row in pack.assessable:
        path = pack.path(row.id)
        rows.setdefault(path[min(depth, len(path) - 1)].id, []).append(row)
    told: list[tuple[float, str]] = []
    for part, members in rows.items():
        refs = {row.id: f"{pack.id}:{row.id}" for row in members}
        world = material.world
        bare = [i for i, ref in refs.items() if ref not in world.demands and ref not in world.excluded]
        if bare:
            head = pack.get(part)
            title = f" ({head.title})" if head is not None and head.title and head.title != part else ""
            shown = ", ".join(bare[:MAX_IDS]) + (f" and {len(bare) - MAX_IDS} more" if len(bare) > MAX_IDS else "")
            told.append(
                (
                    -len(bare) / len(members),
                    f"{part}{title}: {len(bare)} of {len(members)} mapped to no policy: {shown}.",
                )
            )
    told.sort(key=lambda each: each[0])
    return [line for _, line in told[:most]]


def _depth(pack: Pack) -> int:
    """The level of headings that parts a framework into a handful at least."""
    paths = [pack.path(row.id) for row in pack.assessable]
    deepest = max((len(path) for path in paths), default=1) - 1
    return next((at for at in range(deepest) if len({path[min(at, len(path) - 1)].id for path in paths}) >= PARTS), 0)
