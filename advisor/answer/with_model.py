"""Answers with a model: it picks numbered sentences and words a claim for them; code offers, quotes and checks."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field

from advisor.answer.material import Material
from advisor.grounding.checks import Draft, check_claim
from advisor.grounding.relevance import Judged
from advisor.grounding.text import quotable, safe
from advisor.grounding.words import concepts, content, coverage, stems
from advisor.llm.interface import AskedModel, ModelFailedError
from advisor.llm.spotlight import DataBlock, estimate_tokens
from knowledge.records.answer import Check, Claim
from knowledge.records.search import Passage
from knowledge.search.sentences import sentences

if TYPE_CHECKING:
    from advisor.answer.pipeline import Asked

PROMPT = "answer"
MAX_SENTENCES = 10
"""Sentences that a model is offered: small ones lose their way in more, and read 50 tokens a second."""
MIN_COVER = 0.2
"""Share of the question that a claim with its quotations must have to be an answer to it."""
_NAME = re.compile(r"\b[A-Z][\w-]*\d[\w-]*|\b[A-Z]{2,}[\w-]*|(?<=[a-z,;] )[A-Z][a-z]{2,}\w*")
"""A word that names a thing: with a digit, in capitals, or with a capital inside a sentence."""


class Pick(BaseModel):
    """One claim; the sentences come first, so that they are chosen before the wording."""

    model_config = ConfigDict(extra="forbid")

    sentences: Annotated[list[Annotated[str, Field(max_length=12)]], Field(min_length=1, max_length=3)]
    """Numbers of the sentences that prove it: `P1.2`."""
    claim: Annotated[str, Field(min_length=1, max_length=300)]
    """One sentence that says no more than they do."""


class Reply(BaseModel):
    """What a model replies."""

    model_config = ConfigDict(extra="forbid")

    claims: Annotated[list[Pick], Field(max_length=5)]
    not_covered: Annotated[list[Annotated[str, Field(max_length=120)]], Field(max_length=2)]
    """Parts of the question that the sentences do not answer."""


@dataclass(frozen=True)
class Proposal:
    """Checked claims of a model."""

    claims: tuple[Claim, ...]
    not_covered: tuple[str, ...]
    prompt: str


def model_claims(
    asked: Asked, material: Material, model: AskedModel, drafts: Sequence[Draft], tell: Callable[[Claim], None]
) -> Proposal:
    """Asks the model once and checks each claim as soon as it is complete.

    Args:
        drafts: what extraction would say; whether the question can be answered was decided by it.
        tell: called with each checked claim, while the rest of the reply is still being written.

    Raises:
        ModelError: no reply that can be used.
    """
    offered, cut = _offer(material, model, drafts)
    numbered = {f"{block.id}.{n}": (i, line) for i, block in offered for n, line in enumerate(block.lines, 1)}
    if not numbered:
        raise ModelFailedError("there is no passage to show it, or none fits beside the question", subject=model.name)
    seen: list[str] = []

    def on_text(text: str) -> None:
        for piece in _finished(text)[len(seen) :]:
            seen.append(piece)
            pick = _pick(piece)
            if pick:
                tell(_checked(pick, numbered, material))

    proposed = model.propose(
        Reply,
        PROMPT,
        {"question": asked.standalone or asked.question, "passages": [block for _, block in offered]},
        now=asked.at,
        on_text=on_text,
    )
    reply = proposed.value
    claims = {pick.claim: _checked(pick, numbered, material) for pick in reply.claims}
    notes = _honest(reply.not_covered, material)
    if cut:
        notes.append(f"{cut} more passages did not fit beside the question and were not shown to the model.")
    ordered = sorted(claims.values(), key=lambda claim: not claim.supported)
    return Proposal(tuple(ordered), tuple(notes), proposed.run.prompt)


def _honest(said: Sequence[str], material: Material) -> list[str]:
    """Which parts of the question a model says are not answered; its other words are nobody's proof and not shown."""
    asked = frozenset(stems(material.question.text))
    kept = [text for one in said if (text := safe(one).strip()) and set(content(text)) and set(content(text)) <= asked]
    return [f"The model says that this is not answered: {text}" for text in kept]


def _offer(material: Material, model: AskedModel, drafts: Sequence[Draft]) -> tuple[list[tuple[str, DataBlock]], int]:
    """The sentences nearest to the question, under the passages they stand in, as many as fit, and how many
    passages did not. What extraction would say is always among them.
    """
    chosen = _sentences(material, drafts)
    room = model.room(PROMPT)
    offered: list[tuple[str, DataBlock]] = []
    cut = 0
    for passage, lines in chosen:
        title = f"{passage.title} ({passage.locator})"
        cost = estimate_tokens(title) + sum(estimate_tokens(line) + 8 for line in lines) + 16
        if cost > room:
            cut += 1
            continue
        room -= cost
        offered.append((passage.id, DataBlock(f"P{len(offered) + 1}", title, lines, numbered=True)))
    return offered, cut


def _sentences(material: Material, drafts: Sequence[Draft]) -> list[tuple[Passage, tuple[str, ...]]]:
    """The best sentences by passage: passages by their best one, sentences in reading order."""
    # What records and briefs say is told by code: which assets, how urgent and relevant is never a model's to word.
    hits = [hit for hit in material.hits.values() if hit.passage.kind != "record"]
    near = material.searcher.likeness(material.question.text, [hit.passage for hit in hits])
    extracted = {quote for draft in drafts for _, quote in draft.quotes}
    scored: list[tuple[float, int, str, str]] = []
    for one in map(material.judged, hits):
        for place, line in enumerate(_lines(one, material)):
            cosine = near.get(one.passage.id, {}).get(line)
            words = coverage(material.question.about, frozenset(stems(f"{one.passage.title} {line}")))
            score = one.relevance / 2 + words / 4 if cosine is None else cosine + words / 4
            scored.append((score + (line in extracted), -place, one.passage.id, line))
    best = sorted(scored, reverse=True)[:MAX_SENTENCES]
    passages = {hit.passage.id: hit.passage for hit in hits}
    found: dict[str, list[tuple[int, str]]] = {}
    for _, place, passage_id, line in best:
        found.setdefault(passage_id, []).append((-place, line))
    return [(passages[i], tuple(line for _, line in sorted(lines))) for i, lines in found.items()]


def _lines(one: Judged, material: Material) -> tuple[str, ...]:
    """Sentences that may be quoted; of a shipped requirement its summary, not the assessor's question."""
    text = one.passage.text
    row = material.row(one.passage)
    if row is not None and not row.statement and row.summary and row.summary in text:
        text = row.summary
    return tuple(quote for sentence in sentences(text) if (quote := quotable(sentence)))[:20]


def _checked(pick: Pick, numbered: Mapping[str, tuple[str, str]], material: Material) -> Claim:
    quotes = tuple(numbered.get(number.strip(" []()."), (number, "")) for number in dict.fromkeys(pick.sentences))
    claim = check_claim(Draft(pick.claim, quotes), material.hits.values(), catalogue=material.catalogue)
    relevant = _relevance(claim, material)
    checks = (*claim.checks, relevant)
    return claim.model_copy(update={"checks": checks, "supported": claim.supported and relevant.passed})


def _relevance(claim: Claim, material: Material) -> Check:
    """The claim, with what it quotes, is about the question; and it says nothing that its quotation does not."""
    asked = material.question.about
    said = " ".join((claim.text, *(f"{c.source} {c.quote}" for c in claim.citations)))
    if asked and coverage(asked, frozenset(stems(said))) < MIN_COVER:
        return Check(name="relevance", passed=False, detail="is not about the question")
    proof = " ".join(f"{c.source} {c.locator} {c.quote}" for c in claim.citations)
    cited = frozenset(stems(proof))
    invented = _invented_names(claim.text, f"{proof} {material.question.text}")
    if invented:
        return Check(name="relevance", passed=False, detail=f"names {', '.join(invented)}, which it does not cite")
    own = concepts(claim.text)
    if own and coverage(own, cited | frozenset(stems(material.question.text))) < 0.5:
        return Check(
            name="relevance", passed=False, detail="says more than half of what it says in words it does not cite"
        )
    return Check(name="relevance", passed=True)


def _invented_names(claim: str, known: str) -> list[str]:
    """Names in a claim (`FW-01`, `SAP`, `Brightline`) that neither its proof nor the question has, in any spelling."""
    there, words = known.casefold(), frozenset(stems(known))
    found = [name for name in _NAME.findall(claim) if name.casefold() not in there]
    return [name for name in found if not any(concept.matches(words) for concept in concepts(name))]


def _finished(text: str) -> list[str]:
    """The JSON objects inside the list of claims that are complete so far."""
    start = text.find('"claims"')
    start = text.find("[", start) if start >= 0 else -1
    return list(_objects(text[start + 1 :])) if start >= 0 else []


def _objects(text: str) -> Iterator[str]:
    depth, begun, quoted, escaped = 0, 0, False, False
    for at, char in enumerate(text):
        if quoted:
            quoted, escaped = (char != '"' or escaped), (char == "\\" and not escaped)
        elif char == '"':
            quoted = True
        elif char == "{":
            begun = at if depth == 0 else begun
            depth += 1
        elif char == "}" and depth:
            depth -= 1
            if depth == 0:
                yield text[begun : at + 1]
        elif char == "]" and depth == 0:
            return


def _pick(piece: str) -> Pick | None:
    try:
        return Pick.model_validate(json.loads(piece))
    except ValueError:
        return None  # the whole reply is validated at its end
