"""Checks of a claim by code: retrieved, quoted verbatim, its facts cited, polarity and strength kept (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from advisor.grounding.entities import facts, missing, unknown_ids
from advisor.grounding.polarity import disagreement
from advisor.grounding.strength import overstatement, unbacked
from advisor.grounding.text import around, is_safe, occurs, safe
from knowledge.frameworks.catalogue import Catalogue
from knowledge.records.answer import Check, Citation, Claim
from knowledge.records.search import Hit, Passage

MIN_QUOTE_WORDS = 3
"""A shorter quotation proves nothing, unless it is the whole passage."""


@dataclass(frozen=True)
class Draft:
    """A claim before it is checked: one sentence, and (passage id, quotation) pairs."""

    text: str
    quotes: tuple[tuple[str, str], ...]


def check_claim(draft: Draft, hits: Iterable[Hit], *, catalogue: Catalogue | None = None) -> Claim:
    """A claim with the outcome of every check; `supported` only where all passed.

    Args:
        draft: from an extractor or a model; its text is shown with images and links taken out.
        hits: what was retrieved for this client in this request, and nothing else.
        catalogue: where requirement ids are looked up; default the shipped packs.
    """
    passages = {hit.passage.id: hit.passage for hit in hits}
    text = safe(draft.text)
    found = [(passages[i], quote) for i, quote in draft.quotes if i in passages]
    citations = tuple(
        Citation(passage_id=passage.id, source=safe(passage.title), locator=safe(passage.locator), quote=quote)
        for passage, quote in found
        if is_safe(quote)
    )
    checks = (
        _retrieved(draft, passages),
        _verbatim(found),
        *_facts(text, found, catalogue),
        _polarity(text, found),
        _strength(text, found),
    )
    passed = bool(citations) and all(check.passed for check in checks)
    return Claim(text=text, citations=citations, supported=passed and bool(text), checks=checks)


def check_claims(
    drafts: Iterable[Draft], hits: Sequence[Hit], *, catalogue: Catalogue | None = None
) -> tuple[Claim, ...]:
    """Every claim checked, each text once, supported ones first."""
    claims = {draft.text: check_claim(draft, hits, catalogue=catalogue) for draft in drafts}
    return tuple(sorted(claims.values(), key=lambda claim: not claim.supported))


def _retrieved(draft: Draft, passages: Mapping[str, Passage]) -> Check:
    foreign = [i for i, _ in draft.quotes if i not in passages]
    if not draft.quotes:
        return Check(name="retrieved", passed=False, detail="cites nothing")
    if foreign:
        return Check(
            name="retrieved", passed=False, detail=f"not among the passages of this request: {foreign[0][:80]}"
        )
    return Check(name="retrieved", passed=True)


def _verbatim(found: Sequence[tuple[Passage, str]]) -> Check:
    for passage, quote in found:
        if not occurs(quote, passage.text):
            return Check(name="verbatim", passed=False, detail=f"not in {passage.locator}: {safe(quote)[:80]}")
        if len(quote.split()) < MIN_QUOTE_WORDS and quote.strip() != passage.text.strip():
            return Check(name="verbatim", passed=False, detail="the quotation is too short to prove anything")
        if not is_safe(quote):
            return Check(name="verbatim", passed=False, detail="the quotation holds a link or an image")
    return Check(name="verbatim", passed=bool(found), detail="" if found else "no quotation")


def _facts(text: str, found: Sequence[tuple[Passage, str]], catalogue: Catalogue | None) -> tuple[Check, Check]:
    # Title and locator are given by code; what a claim says about where it stands must be in them.
    # Each passage once: a long one that every sentence of a claim cites would be read again for each.
    passages = {passage.id: passage for passage, _ in found}.values()
    quotes = "\n".join(quote for _, quote in found)
    cited = "\n".join((*(f"{p.title}\n{p.locator}\n{p.requirement_id}\n{p.text}" for p in passages), quotes))
    claimed, mentions = facts(text, catalogue=catalogue)
    lost = missing(claimed, facts(cited, catalogue=catalogue)[0], cited)
    unknown = unknown_ids(mentions)
    return (
        Check(
            name="entities",
            passed=not lost,
            detail="not in what it cites: " + ", ".join(f.said for f in lost) if lost else "",
        ),
        Check(name="ids-exist", passed=not unknown, detail="; ".join(unknown)),
    )


def _polarity(text: str, found: Sequence[tuple[Passage, str]]) -> Check:
    evidence = [sentence for passage, quote in found for sentence in around(quote, passage.text)]
    said = disagreement(text, evidence) if evidence else ""
    return Check(name="polarity", passed=not said, detail=said)


def _strength(text: str, found: Sequence[tuple[Passage, str]]) -> Check:
    evidence = [sentence for passage, quote in found for sentence in around(quote, passage.text)]
    heads = [head for passage, _ in found for head in (passage.title, passage.locator, passage.requirement_id)]
    said = (unbacked(text, (*evidence, *heads)) or overstatement(text, evidence)) if evidence else ""
    return Check(name="strength", passed=not said, detail=said)
