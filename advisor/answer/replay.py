"""Checks a kept answer again over the passages that were kept with it (pure)."""

from __future__ import annotations

from dataclasses import dataclass

from advisor.grounding.checks import Draft, check_claim
from knowledge.frameworks.catalogue import Catalogue
from knowledge.records.answer import Answer


@dataclass(frozen=True)
class Replay:
    """A kept answer, and what the checks of today say otherwise."""

    answer: Answer
    differences: tuple[str, ...]
    """Claims whose support is another now, in words; empty where every check comes out as it did."""


def replayed(answer: Answer, catalogue: Catalogue) -> Replay:
    """Runs the checks over the kept claims and passages; no search and no model is asked.

    A difference means that the catalogue or the checks changed since, or that the kept row was tampered with.
    """
    found: list[str] = []
    for claim in answer.claims:
        draft = Draft(claim.text, tuple((citation.passage_id, citation.quote) for citation in claim.citations))
        again = check_claim(draft, answer.hits, catalogue=catalogue)
        if claim.supported and not again.supported:
            failed = next((check for check in again.checks if not check.passed), None)
            why = f"{failed.name}: {failed.detail}" if failed else "nothing is cited"
            found.append(f"No longer supported ({why}): {claim.text}")
    return Replay(answer, tuple(found))
