"""What is ranked: a requirement, a passage of a document or a row of a foreign corpus, as texts by field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from knowledge.frameworks.loader import Pack
from knowledge.records.framework import Requirement
from knowledge.records.search import Partition, Passage
from knowledge.search.chunks import embedded_text, pieces, sentence_text
from knowledge.search.sentences import sentences

Field = Literal["title", "statement", "discussion", "summary", "question", "keywords", "sentence"]
FIELDS: tuple[Field, ...] = ("title", "statement", "discussion", "summary", "question", "keywords", "sentence")
OURS: frozenset[Field] = frozenset({"summary", "question", "keywords"})
"""Fields that are words of ours."""

MAX_SENTENCES = 40
"""Of one passage, which has 900 characters."""
_BRACKET = re.compile(r"\[(?:Assignment|Selection)[^:\[\]]*:\s*(?:organization-defined\s+)?([^\[\]]*)\]")
_ENHANCEMENT = re.compile(r"\s*\(\d+\)\s*$")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that can be found."""

    key: str
    """The passage's id."""
    words: str
    """What the lexical ranking reads."""
    texts: tuple[tuple[Field, str], ...]
    """What the encoders read, field by field; a long field is several pieces."""
    base: str = ""
    """Key of the base requirement of an enhancement; empty for anything else."""
    related: tuple[str, ...] = ()
    """Keys that the publisher names as related."""

    @property
    def sentences(self) -> tuple[str, ...]:
        """The texts without their fields."""
        return tuple(text for _, text in self.texts)


def without_brackets(text: str) -> str:
    """A control's text with its parameters as plain words: `[Assignment: organization-defined time]` gives `time`."""
    before = ""
    while before != text:
        before, text = text, _BRACKET.sub(r"\1", text)
    return text


def requirement_key(framework: str, requirement_id: str) -> str:
    """`req:<framework>:<id>`."""
    return f"req:{framework}:{requirement_id}"


def requirement_passage(pack: Pack, row: Requirement, partition: Partition) -> Passage:
    """What is shown and quoted of a requirement: the publisher's words where they are here, else ours."""
    head = pack.framework
    body = [row.statement.strip(), row.guidance.strip()] if row.statement else [row.summary, row.question]
    text = "\n".join(part for part in body if part) or row.title
    return Passage(
        id=requirement_key(head.id, row.id),
        partition=partition,
        kind="requirement",
        title=f"{row.id} {row.title}".strip(),
        locator=f"{head.short}, {row.id}",
        heading_path=tuple(above.title or above.id for above in pack.path(row.id)[:-1]),
        text=text,
        framework=head.id,
        requirement_id=row.id,
    )


def requirement_entry(pack: Pack, row: Requirement) -> Entry:
    """A requirement for ranking: our title, summary, question and keywords, and the official text where we have it."""
    parent = pack.get(row.parent) if row.kind == "enhancement" else None
    title = f"{parent.title} | {row.title}" if parent else row.title
    return Entry(
        key=requirement_key(pack.id, row.id),
        words=_words(title, row.statement, row.guidance, row.summary, row.question, ", ".join(row.keywords)),
        texts=field_texts(
            title,
            statement=row.statement,
            discussion=row.guidance,
            summary=row.summary,
            question=row.question,
            keywords=row.keywords,
        ),
        base=requirement_key(pack.id, parent.id) if parent else "",
        related=tuple(requirement_key(pack.id, one) for one in row.listed("related")),
    )


def field_texts(
    title: str, *, statement: str, discussion: str, summary: str, question: str, keywords: Iterable[str]
) -> tuple[tuple[Field, str], ...]:
    """The texts of a requirement by field, long ones in pieces that the encoder reads whole, each with the title."""
    found: list[tuple[Field, str]] = [("title", title)]
    found += [("statement", f"{title}. {piece}") for piece in pieces(without_brackets(statement))]
    found += [("discussion", f"{title}. {piece}") for piece in pieces(discussion)]
    found.append(("summary", f"{title}. {summary}" if summary else ""))
    found += [("question", question), ("keywords", ", ".join(keywords))]
    return tuple(dict.fromkeys((name, text) for name, text in found if text.strip()))


def passage_entry(passage: Passage) -> Entry:
    """A passage for ranking; of a document also sentence by sentence, since one of them is the answer."""
    own = [sentence for sentence in sentences(passage.text) if len(sentence.split()) > 2] if passage.document_id else []
    single = [("sentence", sentence_text(passage, sentence)) for sentence in own[:MAX_SENTENCES]]
    texts: list[tuple[Field, str]] = [("statement", embedded_text(passage)), *single]  # type: ignore[list-item]
    return Entry(
        key=passage.id,
        words=_words(" ".join(passage.heading_path), passage.text, passage.title),
        texts=tuple(dict.fromkeys(texts)),
    )


def corpus_entries(rows: Iterable[Mapping[str, Any]], pack: Pack | None = None) -> tuple[Entry, ...]:
    """A foreign corpus for ranking: rows with `id`, `title`, `text`, and if they have them `discussion`, `related`.

    Args:
        pack: the shipped pack with the same ids, whose words of ours are added; None adds nothing.
    """
    found = list(rows)
    known = {str(row["id"]) for row in found}
    entries = []
    for row in found:
        key = str(row["id"])
        title, text = str(row.get("title") or key), str(row.get("text") or "")
        discussion = str(row.get("discussion") or "")
        base = _ENHANCEMENT.sub("", key)
        ours = pack.get(key) if pack else None
        summary, question = (ours.summary, ours.question) if ours else ("", "")
        keywords = ours.keywords if ours else ()
        entries.append(
            Entry(
                key=key,
                words=_words(title, text, discussion, summary, question, ", ".join(keywords)),
                texts=field_texts(
                    title,
                    statement=text,
                    discussion=discussion,
                    summary=summary,
                    question=question,
                    keywords=keywords,
                ),
                base=base if base != key and base in known else "",
                related=tuple(str(one) for one in row.get("related") or ()),
            )
        )
    return tuple(entries)


def _words(*texts: str) -> str:
    return " ".join(text for text in texts if text)
