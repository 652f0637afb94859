"""Merges what two partitions answer, by one stated rule (pure)."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge.records.search import Hit
from knowledge.search.partition import Partition
from knowledge.search.ranked import Candidate


def merge(found: Sequence[tuple[Partition, Sequence[Candidate]]], k: int) -> tuple[Hit, ...]:
    """The rule: what the question names comes first; then each partition keeps its own order, and the next hit is taken
    from the partition whose next one has the higher `relevance`. On a tie the partition that is given first wins.

    A requirement that both have (a client's licensed copy of a public framework) is shown once, as the first has it.
    """
    hits: list[Hit] = []
    seen: set[tuple[str, str]] = set()
    at = [0] * len(found)
    while len(hits) < k:
        heads = [
            (number, candidates[at[number]])
            for number, (_, candidates) in enumerate(found)
            if at[number] < len(candidates)
        ]
        if not heads:
            break
        number, best = max(heads, key=lambda head: (head[1].pinned, head[1].relevance, -head[0]))
        at[number] += 1
        passage = found[number][0].passages[best.row]
        origin = found[number][0].origins.get(passage.framework, passage.framework)
        key = (origin, passage.requirement_id) if passage.requirement_id else ("", passage.id)
        if key in seen:
            continue
        seen.add(key)
        hits.append(
            Hit(
                passage=passage,
                rank=len(hits) + 1,
                score=round(best.relevance, 4),
                reasons=best.reasons,
                suggested=best.suggested,
            )
        )
    return tuple(hits)
