"""From a question to an answer whose claims were all checked: by structure, with a model, or by extraction."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import TYPE_CHECKING, assert_never

from advisor.answer import extract, lookups, owed
from advisor.answer.material import Composed, Material
from advisor.answer.questions import Kind
from advisor.grounding.checks import Draft, check_claim, check_claims
from advisor.grounding.conflicts import find_conflicts
from advisor.grounding.relevance import passage_words
from advisor.grounding.text import safe
from knowledge.errors import ModelError
from knowledge.records.answer import Answer, Claim
from knowledge.records.search import Hit

if TYPE_CHECKING:
    from advisor.llm.interface import AskedModel

OnClaim = Callable[[Claim], None]
SHOWN_HITS = 30
"""Passages that are kept with an answer; the cited ones always are."""
RELATED = 0.35
"""Relevance from which a passage of a document is held against the others for contradictions."""
WORDED: frozenset[Kind] = frozenset({"documents", "general", "coverage", "compare"})
"""Questions whose answer a model may word, once extraction found that there is one; the others are told by tables, and
what happened is quoted from records and publishers."""
OUR_WORDS = " Requirements are quoted from our summaries; import the official text to quote that."
NAMED_GAP = 4.0
"""Rarity from which a word of the question that nothing cited has is said to be missing."""


@dataclass(frozen=True)
class Asked:
    """A request as it is recorded."""

    id: str
    question: str
    standalone: str
    """The question rewritten to stand alone; empty where it already did."""
    client: str
    """The client's name, for people; empty where only the shared place is searched."""
    at: datetime


def answer(
    asked: Asked, material: Material, *, model: AskedModel | None = None, on_claim: OnClaim | None = None
) -> Answer:
    """Answers one question over what one searcher sees.

    Args:
        asked: the request.
        material: the question as it was read, the searcher, the catalogue; collects the passages.
        model: proposes wordings for questions that no table answers; None answers by extraction.
        on_claim: called with each supported claim as soon as it is checked.
    """
    started = perf_counter()
    told: list[Claim] = []

    def tell(claim: Claim) -> None:
        if claim.supported and claim.text not in {one.text for one in told}:
            told.append(claim)
            if on_claim:
                on_claim(claim)

    refusal = _refusal(material)
    composed = Composed(not_covered=(refusal,)) if refusal else compose(material)
    composed_at = perf_counter()
    hits = tuple(material.hits.values())
    fixed = check_claims(composed.fixed, hits, catalogue=material.catalogue)
    claims = (*fixed, *check_claims(composed.drafts, hits, catalogue=material.catalogue))
    kind = material.question.kind
    mode, name, prompt, notes = composed.mode, "", "", list(composed.not_covered)
    for claim in fixed:
        tell(claim)
    if model is not None and kind in WORDED and mode != "lookup" and composed.drafts:
        from advisor.answer.with_model import model_claims  # noqa: PLC0415 - most questions need no model's code

        try:
            proposed = model_claims(asked, material, model, composed.drafts, tell)
        except ModelError as error:
            notes.append(f"The model was not used ({error.message}); this answer is extractive.")
        else:
            name, prompt = model.name, proposed.prompt
            if any(claim.supported for claim in proposed.claims):
                # What extraction found best is never lost because the model looked elsewhere.
                cited = {quote for claim in proposed.claims if claim.supported for quote in _quotes(claim)}
                best = [claim for claim in claims if claim.supported][:1]
                kept_best = [claim for claim in best if not _quotes(claim) <= cited]
                claims, mode = (*proposed.claims, *kept_best), "model"
                kept = [note for note in notes if "No assessment" in note]
                notes = [*proposed.not_covered, *kept]
            else:
                notes.append("Nothing that the model proposed passed the checks; this answer is extractive.")
    modelled_at = perf_counter()
    quoted = {citation.quote for claim in claims if claim.supported for citation in claim.citations}
    conflicts, sides = _conflicts(material, quoted)
    if any(claim.supported for claim in claims):
        claims = (*claims, *(side for side in sides if not {c.quote for c in side.citations} <= quoted))
        claims = tuple(sorted(claims, key=lambda claim: not claim.supported))
        notes += _gaps(material, claims)
    for claim in claims:
        tell(claim)
    abstained = not any(claim.supported for claim in claims)
    if abstained and not notes:
        notes.append("Nothing that was found says enough about this.")
    if material.question.elsewhere:
        notes.insert(0, _own_only(asked, material))
    return Answer(
        id=asked.id,
        question=asked.question,
        standalone_question=asked.standalone,
        mode=mode,
        claims=claims,
        conflicts=() if abstained else conflicts,
        not_covered=tuple(dict.fromkeys(notes)),
        abstained=abstained,
        searched=f"Searched {material.searcher.describe()}.{_whose_words(material, claims)}",
        hits=_kept(tuple(material.hits.values()), claims),
        model=name,
        prompt=prompt,
        seconds={
            "find": round(composed_at - started, 4),
            "model": round(modelled_at - composed_at, 4) if model else 0.0,
            "check": round(perf_counter() - modelled_at, 4),
        },
        asked_at=asked.at,
    )


def _whose_words(material: Material, claims: Collection[Claim]) -> str:
    """That requirements are quoted in our words, where one is."""
    for citation in (one for claim in claims if claim.supported for one in claim.citations):
        hit = material.hits.get(citation.passage_id)
        row = material.row(hit.passage) if hit and hit.passage.requirement_id else None
        if row is not None and not row.statement and citation.quote in row.summary:
            return OUR_WORDS
    return ""


def _quotes(claim: Claim) -> set[str]:
    return {citation.quote for citation in claim.citations}


def compose(material: Material) -> Composed:
    """The claims of the step that fits the kind of question, unchecked."""
    question = material.question
    if question.not_shipped and not question.frameworks and not question.named:
        return _about_another(material)
    if (question.unknown or question.withdrawn or question.ambiguous) and not question.named and not question.ours:
        return lookups.crosswalk(material) if question.kind == "crosswalk" else lookups.requirements(material)
    kind = question.kind
    if kind == "requirement":
        return lookups.requirements(material)
    if kind == "crosswalk":
        return lookups.crosswalk(material)
    if kind == "compare":
        return extract.compare_answer(material)
    if kind == "owed":
        return owed.owed_answer(material)
    if kind == "coverage":
        return extract.coverage_answer(material)
    if kind == "documents":
        return extract.documents_answer(material)
    if kind == "general":
        return extract.general_answer(material)
    if kind == "news":
        from advisor.answer.news import news_answer  # noqa: PLC0415 - with it come the records of the day's events

        return news_answer(material)
    assert_never(kind)


def _refusal(material: Material) -> str:
    question = material.question
    if question.foreign_only:
        return "The documents of another organisation are not searched."
    names = (
        question.named,
        question.unknown,
        question.withdrawn,
        question.ambiguous,
        question.not_shipped,
        question.techniques,
    )
    owed = question.kind == "owed"
    if question.kind == "news" and not question.about:
        return "" if question.cves or material.world.brief else "No brief was written for this client yet."
    if not question.about and not any(names) and not owed:
        return "The question names nothing to look for: ask about a topic, a requirement or a document."
    return ""


def _about_another(material: Material) -> Composed:
    """A framework that is not here: what the client's own documents say about it, if they name it, and nothing else."""
    question = material.question
    names = ", ".join(question.not_shipped)
    note = f"{names}: not among the frameworks here. `vciso framework import` takes its text."
    found = material.search(question.text, kinds=extract.DOCUMENTS)
    naming = [
        one for one in found if any(name.casefold() in one.passage.text.casefold() for name in question.not_shipped)
    ]
    drafts = []
    for one in naming[:2]:
        for sentence in extract.sentences_naming(one.passage.text, question.not_shipped):
            drafts.append(
                Draft(f"{one.passage.title}, {one.passage.locator}: {sentence}", ((one.passage.id, sentence),))
            )
    return Composed(tuple(drafts), (note,))


def _conflicts(material: Material, quoted: Collection[str]) -> tuple[tuple[str, ...], tuple[Claim, ...]]:
    """Contradictions between documents on the topic, and a claim for each that cites both sides."""
    hits = [hit for hit in material.hits.values() if material.judged(hit).relevance >= RELATED]
    texts: list[str] = []
    claims: list[Claim] = []
    for conflict in find_conflicts(hits, material.question.about, quoted):
        left, right = conflict.left, conflict.right
        sides = ((left.passage, left.sentence), (right.passage, right.sentence))
        text = " ".join(f"{passage.title}, {passage.locator}: {sentence}" for passage, sentence in sides)
        draft = Draft(text, tuple((passage.id, sentence) for passage, sentence in sides))
        claim = check_claim(draft, hits, catalogue=material.catalogue)
        if claim.supported and conflict.text not in texts:
            texts.append(conflict.text)
            claims.append(claim)
    return tuple(safe(text) for text in texts[:3]), tuple(claims[:3])


def _gaps(material: Material, claims: Collection[Claim]) -> list[str]:
    """Rare things of the question that nothing cited mentions."""
    if material.question.kind == "crosswalk":
        return []  # pairs of a table mention no topic
    cited = {citation.passage_id for claim in claims if claim.supported for citation in claim.citations}
    words = frozenset[str]()
    for i in cited:
        if i in material.hits:
            passage = material.hits[i].passage
            words |= passage_words(passage, material.row(passage))
    about = material.question.about
    if material.question.kind == "news":
        from advisor.answer.news import subjects  # noqa: PLC0415 - read already

        about = subjects(about)
    lost = [c.said for c in about if c.weight >= NAMED_GAP and not c.matches(words)]
    return [f"What is cited does not mention: {', '.join(lost)}."] if lost else []


def _own_only(asked: Asked, material: Material) -> str:
    who = f"{asked.client}'s documents and the frameworks here" if asked.client else "the frameworks here"
    return f"Only {who} are searched; not {', '.join(material.question.elsewhere)}."


def _kept(hits: tuple[Hit, ...], claims: Collection[Claim]) -> tuple[Hit, ...]:
    cited = {citation.passage_id for claim in claims for citation in claim.citations}
    rest = [hit for hit in hits if hit.passage.id not in cited][: max(0, SHOWN_HITS - len(cited))]
    kept = {hit.passage.id for hit in rest} | cited
    return tuple(hit for hit in hits if hit.passage.id in kept)
