"""Passages for checks, made by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from knowledge.records.search import Hit, Passage, Reason

MakeHit = Callable[..., Hit]


@pytest.fixture
def make_hit() -> MakeHit:
    def make(text: str, *, name: str = "d1", title: str = "Backup Policy", locator: str = "section 2") -> Hit:
        passage = Passage(
            id=f"doc:{name}:1:1",
            partition="client",
            kind="document",
            title=title,
            locator=locator,
            text=text,
            document_id=name,
        )
        return Hit(passage=passage, rank=1, score=1.0, reasons=(Reason(ranker="lexical", rank=1, score=1.0),))

    return make
