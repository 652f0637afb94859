"""The parts of a page in words: what a template or a writer of Markdown gets to lay out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SourceView:
    """One source of an item: the publisher's words, and where and when they stand."""

    title: str
    publisher: str
    url: str
    when: str


@dataclass(frozen=True, slots=True)
class ItemView:
    """One item in full."""

    number: int
    key: str
    label: str
    headline: str
    what: str
    tag: str
    """`new`, `changed` or `back`: why it is shown in full."""
    why_you: tuple[str, ...]
    finding: str
    question: str
    why_now: str
    action: str
    policies: tuple[str, ...]
    when: str
    """The first sentence of the due date: when."""
    rule: str
    """The rest of it: which rule says so."""
    notes: tuple[str, ...]
    sources: tuple[SourceView, ...]
    more_sources: str


@dataclass(frozen=True, slots=True)
class LineView:
    """One item in a line or two."""

    number: str
    """Its number; those of all items where several ask for the same."""
    headline: str
    text: str
    sources: tuple[SourceView, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One heading with what stands under it."""

    name: str
    title: str
    lead: str = ""
    full: tuple[ItemView, ...] = ()
    lines: tuple[LineView, ...] = ()
    plain: tuple[str, ...] = ()
    rest: str = ""
    """What is counted instead of shown."""


@dataclass(frozen=True, slots=True)
class BriefView:
    """The whole page."""

    title: str
    client: str
    day: str
    facts: str
    headline: str
    sections: tuple[Section, ...]
    foot: str
