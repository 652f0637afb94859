"""What retrieval gives: passages with the reasons for their rank."""

from __future__ import annotations

from datetime import date
from typing import Literal

from knowledge.records.base import Record

Partition = Literal["client", "shared"]
PassageKind = Literal["requirement", "document", "news", "advisory", "record"]
"""`record`: rows of ours in words: what the public records say of a CVE, what a brief of this client said."""


class Passage(Record):
    """One citable piece of text. Its words are data, whoever wrote them."""

    id: str
    """Stable while the text is: `req:<framework>:<id>`, `doc:<document id>:<version>:<first seq>`, ..."""
    partition: Partition
    kind: PassageKind
    title: str
    """`AC-2 Account Management`, the document's title."""
    locator: str
    """Where it stands, for a person: `SP 800-53 rev 5, AC-2`, `section 4.6`."""
    heading_path: tuple[str, ...] = ()
    text: str
    """What may be quoted, verbatim."""
    framework: str = ""
    requirement_id: str = ""
    document_id: str = ""
    dated: date | None = None
    """The day it is of: news, advisories and records only."""


class Reason(Record):
    """Why a hit ranked where it did: one of the fused rankings."""

    ranker: str
    """`lexical`, `dense`, `static`, `id`, `crosswalk`, `neighbour`, `rerank`, ..."""
    rank: int
    """1-based place in that ranking."""
    score: float
    detail: str = ""
    """Matched words, the id named in the question, the mapping followed."""


class Hit(Record):
    """A passage and its place."""

    passage: Passage
    rank: int
    score: float
    """Fused score; comparable within one search only."""
    reasons: tuple[Reason, ...]
    suggested: bool = False
    """True where only similarity speaks for it and an official table could have."""
