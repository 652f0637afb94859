"""A framework, its requirements, and the published pairs between two frameworks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, NoReturn

from pydantic import Field, field_validator

from knowledge.records.base import Record, UtcDatetime

TextDepth = Literal["titles", "summary", "full"]
"""What text is there: ids and titles only; summaries of ours; the publisher's own words (imported copies)."""

Relationship = Literal["equal", "subset", "superset", "intersects"]
"""How the left side of a mapping stands to the right side, read as sets of what is demanded."""

Authority = Literal["publisher", "derived", "ours"]
"""Who says so: the publisher's table; composed or turned round from published tables; our own judgement."""

INVERSE: dict[Relationship, Relationship] = {
    "equal": "equal",
    "subset": "superset",
    "superset": "subset",
    "intersects": "intersects",
}

AttributeValue = bool | int | str | tuple[str, ...]


class FrozenMap(dict[str, AttributeValue]):
    """A dictionary that is made once: records are shared by all who load a pack."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("attributes of a requirement are fixed")

    __setitem__ = __delitem__ = update = pop = popitem = clear = setdefault = __ior__ = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenMap, (dict(self),)


class Framework(Record):
    """The head of a pack or of an imported copy."""

    id: str = Field(min_length=1, max_length=80, pattern=r"^[a-z0-9][a-z0-9.-]*$")
    urn: str
    title: str
    short: str
    """How people say it ("CSF 2.0")."""
    version: str = ""
    publisher: str = ""
    published: date | None = None
    url: str = ""
    licence: str
    """One sentence on what is and is not ours."""
    text_depth: TextDepth
    retrieved: date
    extends: str = ""
    """Imported copies only: id of the shipped pack whose requirements these are, when they were recognised."""
    sha256: str = ""
    """Imported copies only: hash of the file."""
    imported_at: UtcDatetime | None = None


class Part(Record):
    """One piece of a requirement's own text, in document order."""

    id: str = ""
    name: str
    """statement, item, guidance, assessment-objective, example ..., as the publisher names it."""
    label: str = ""
    level: int = Field(ge=0, le=40)
    text: str = ""


class Requirement(Record):
    """One demand of a framework, or a heading that holds some."""

    id: str = Field(min_length=1, max_length=200)
    parent: str = ""
    """Id of the row above it; empty at the top."""
    kind: str
    """function, category, control, enhancement, clause, article, ...: the publisher's word, lower case."""
    assessable: bool = False
    """True for rows that one is assessed against."""
    title: str = ""
    title_ours: bool = False
    """The publisher gives no title, or not one that may be shipped: this one is ours."""
    summary: str = ""
    """Plain-language summary, ours."""
    question: str = ""
    """What an assessor would ask, ours."""
    keywords: tuple[str, ...] = ()
    statement: str = ""
    """The publisher's own words, one line an item; imported copies only."""
    guidance: str = ""
    """The publisher's explanation; imported copies only."""
    parts: tuple[Part, ...] = ()
    references: tuple[str, ...] = ()
    """Titles of documents that the publisher refers to; imported copies only."""
    attributes: Mapping[str, AttributeValue] = Field(default_factory=FrozenMap)
    """Facts such as baselines, implementation_groups, withdrawn, incorporated_into, related."""

    @field_validator("attributes", mode="after")
    @classmethod
    def _freeze(cls, value: Mapping[str, AttributeValue]) -> FrozenMap:
        return FrozenMap(value)

    @property
    def withdrawn(self) -> bool:
        """Whether the publisher took it out of force."""
        return self.attributes.get("withdrawn") is True

    @property
    def successors(self) -> tuple[str, ...]:
        """Ids that a withdrawn requirement points to; they need not be in the pack."""
        return tuple(i for name in ("incorporated_into", "moved_to", "addressed_by") for i in self.listed(name))

    @property
    def withdrawn_sentence(self) -> str:
        """Where a withdrawn requirement went, in words; empty when it is in force."""
        if not self.withdrawn:
            return ""
        note = self.attributes.get("withdrawn_note")
        if isinstance(note, str):
            return f"Withdrawn: {note[:1].lower()}{note[1:].rstrip('.')}."
        if self.successors:
            return f"Withdrawn: see {', '.join(self.successors)}."
        return self.summary if self.summary.lower().startswith("withdrawn") else f"Withdrawn. {self.summary}".strip()

    def listed(self, name: str) -> tuple[str, ...]:
        """An attribute as a list of texts; empty where it is missing."""
        value = self.attributes.get(name, ())
        if isinstance(value, tuple):
            return value
        return (str(value),)


class Crosswalk(Record):
    """The head of a table of pairs between two frameworks."""

    from_framework: str
    to_framework: str
    source: str
    """Which table of whom the pairs come from."""
    url: str
    licence: str
    retrieved: date
    authority: Authority
    rationale: str = ""
    """Holds for every pair that has no reason of its own."""

    @property
    def id(self) -> str:
        """`<from>__<to>`, the stem of its file."""
        return f"{self.from_framework}__{self.to_framework}"


class CrosswalkMapping(Record):
    """One pair of a table, read in one of its two directions. An id need not be in the pack (an enhancement)."""

    from_framework: str
    from_id: str
    to_framework: str
    to_id: str
    relationship: Relationship
    """How `from_id` stands to `to_id`."""
    rationale: str = ""
    source: str
    authority: Authority
    inverted: bool = False
    """The table has it the other way round."""

    def inverse(self) -> CrosswalkMapping:
        """The same pair seen from the other side."""
        return CrosswalkMapping(
            from_framework=self.to_framework,
            from_id=self.to_id,
            to_framework=self.from_framework,
            to_id=self.from_id,
            relationship=INVERSE[self.relationship],
            rationale=self.rationale,
            source=self.source,
            authority=self.authority,
            inverted=not self.inverted,
        )
