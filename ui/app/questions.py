"""Questions that the day itself raises: offered beside the chat, so that nobody starts from an empty line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from advisor.brief.order import ALERTS
from knowledge.records.brief import Brief
from knowledge.records.document import Document

MOST = 4


def suggested(brief: Brief | None, documents: Sequence[Document], frameworks: Sequence[str]) -> tuple[str, ...]:
    """Up to four questions from today's brief, the client's documents and the frameworks in its scope (pure).

    Args:
        brief: the newest one.
        documents: current versions.
        frameworks: short names of the frameworks in scope ("CSF 2.0").
    """
    found = dict.fromkeys(_questions(brief, documents, frameworks))
    return tuple(found)[:MOST]


def _questions(brief: Brief | None, documents: Sequence[Document], frameworks: Sequence[str]) -> Iterator[str]:
    if brief is not None:
        alerts = [item for item in brief.items if item.label in ALERTS]
        if alerts:
            yield "What do we have to do today?"
        for item in alerts[:2]:
            if item.cve_ids:
                yield f"Are we affected by {item.cve_ids[0]}?"
            elif item.topic:
                yield f"What do we know about {item.topic}?"
    if documents:
        yield f"What does our {documents[0].title} say about reporting incidents?"
        yield "How fast must access be withdrawn when somebody leaves?"
    for name in frameworks[:1]:
        yield f"What does {name} ask of access reviews?"
        yield f"What does {name} ask of backups?"
    yield "How fast must exploited flaws be fixed?"
