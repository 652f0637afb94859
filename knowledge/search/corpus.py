"""Searches a corpus from outside, rows of `id`, `title`, `text`, with the same pipeline as everything else."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from knowledge.frameworks.loader import load_pack
from knowledge.search.bert import Floats
from knowledge.search.engine import Collection as Ranked
from knowledge.search.engine import Question, Weights, cast
from knowledge.search.entries import corpus_entries, requirement_entry
from knowledge.search.layout import Links
from knowledge.search.partition import BORROWED, links_to, shipped_packs
from knowledge.search.shipped import TextVectors
from knowledge.search.static import StaticTable

Encode = Callable[[Sequence[str]], Floats]


class Corpus:
    """An indexed corpus. With the id of a shipped pack, its rows are also found by our words for the same ids, and by
    the votes of the other packs' rows through the published tables."""

    def __init__(
        self,
        rows: Iterable[Mapping[str, Any]],
        *,
        encode: Encode,
        encode_question: Callable[[str], Floats],
        framework: str = "",
        known: TextVectors | None = None,
        static: StaticTable | None = None,
        weights: Weights | None = None,
    ) -> None:
        self._weights = weights or Weights()
        self._encode_question = encode_question
        self._framework = framework
        self.target = Ranked(corpus_entries(rows, load_pack(framework) if framework else None), static)
        self.target.attach(_spread(self.target.texts, encode, known))
        packs = [pack for pack in shipped_packs() if pack.id != framework and pack.id not in BORROWED]
        voters = [requirement_entry(pack, row) for pack in packs if framework for row in pack.assessable]
        self.voters = Ranked(voters, static)
        if voters:
            self.voters.attach(_spread(self.voters.texts, encode, known))

    def links(self, without: Collection[str] = ()) -> Links:
        """The pairs that vote; `without` leaves out every table that touches one of these frameworks."""
        return links_to(self.voters, self.target, self._framework, without=without)

    def search(self, query: str, links: Links, *, k: int = 100) -> list[str]:
        """Ids of rows, best first."""
        question = Question(query, self._encode_question(query))
        votes = None
        if len(links.source):
            first, _ = self.voters.first(question, self._weights)
            votes = cast(first, links, len(self.target), self._weights)
        total = self.target.rank(question, self._weights, votes).total
        order = np.argsort(-total, kind="stable")[:k]
        return [self.target.entries[int(row)].key for row in order]


def _spread(texts: Sequence[str], encode: Encode, known: TextVectors | None) -> Floats:
    """Vectors of texts: those that are known, and the others encoded, each once."""
    have = np.zeros(len(texts), np.bool_)
    rows: Floats | None = None
    if known is not None:
        rows, have = known.find(texts)
    new = list(dict.fromkeys(text for text, there in zip(texts, have, strict=True) if not there))
    if not new:
        return rows if rows is not None else encode(new)
    made = encode(new)
    place = {text: row for row, text in enumerate(new)}
    if rows is None:
        return made[[place[text] for text in texts]]
    for row in np.flatnonzero(~have):
        rows[row] = made[place[texts[int(row)]]]
    return rows
