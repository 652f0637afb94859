"""One searchable side, the shared place or one client's: passages, their entries and the pairs published between."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Collection as SetOf
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.frameworks.catalogue import Catalogue, shipped
from knowledge.frameworks.loader import Pack, crosswalks, data_digest, framework_ids, id_pairs
from knowledge.frameworks.schemes import SCHEMES
from knowledge.records.framework import Requirement
from knowledge.records.search import Partition as Side
from knowledge.records.search import Passage, PassageKind
from knowledge.search.engine import Collection
from knowledge.search.entries import Entry, passage_entry, requirement_entry, requirement_key, requirement_passage
from knowledge.search.layout import Later, Links, PackRows, links, shipped_rows
from knowledge.search.lexical import Lexical
from knowledge.search.static import StaticTable
from knowledge.search.words import texts_digest

BORROWED = frozenset(name for name, scheme in SCHEMES.items() if scheme.borrows)
"""Frameworks whose rows are another's: found only when asked for by name, or every hit would be there twice."""


@dataclass(frozen=True)
class Partition:
    """Passages and entries row by row."""

    side: Side
    passages: Sequence[Passage]
    collection: Collection
    links: Links
    open: NDArray[np.bool_]
    """Rows that may be found by likeness; the others (headings, withdrawn, borrowed) only by id or by framework."""
    owners: tuple[str, ...]
    """Whose each row is: `fw:<framework>` or `doc:<document>`."""
    frameworks: tuple[str, ...]
    """The framework of each row; empty for what is no requirement."""
    kinds: tuple[PassageKind, ...]
    origins: Mapping[str, str] = field(default_factory=dict)
    """Of an imported copy: the id of the shipped pack whose requirements it has."""
    prepared: PackRows | None = None
    """Of the shipped packs alone: their rows as they are shipped."""

    @property
    def text_owners(self) -> tuple[str, ...]:
        """The owner of each of the collection's texts."""
        return tuple(self.owners[row] for row in self.collection.owner.tolist())

    def row(self, framework: str, requirement_id: str) -> int | None:
        """The row of a requirement, if this side has it."""
        return self.collection.rows.get(requirement_key(framework, requirement_id))


def build(
    side: Side,
    packs: Sequence[Pack],
    documents: Mapping[str, Sequence[Passage]],
    static: StaticTable | None = None,
    *,
    keep: Path | None = None,
    owner: str = "doc",
) -> Partition:
    """A partition of framework packs and of documents (by document id).

    Args:
        keep: the file in which counted words are kept between processes.
        owner: what the owners of `documents` are called in the index: `<owner>:<id>`.
    """
    passages: list[Passage] = []
    entries: list[Entry] = []
    findable: list[bool] = []
    owners: list[str] = []
    for pack in packs:
        for row in pack.requirements:
            passages.append(requirement_passage(pack, row, side))
            entries.append(requirement_entry(pack, row))
            findable.append(row.assessable and not row.withdrawn and pack.id not in BORROWED)
            owners.append(f"fw:{pack.id}")
    for document_id, cut in documents.items():
        for passage in cut:
            passages.append(passage)
            entries.append(passage_entry(passage))
            findable.append(True)
            owners.append(f"{owner}:{document_id}")
    collection = Collection(entries, static, keep=keep)
    published = links_between(collection, collection, {pack.framework.extends or pack.id: pack.id for pack in packs})
    origins = {pack.id: pack.framework.extends for pack in packs if pack.framework.extends}
    return Partition(
        side,
        tuple(passages),
        collection,
        published,
        np.array(findable, np.bool_),
        tuple(owners),
        tuple(passage.framework for passage in passages),
        tuple(passage.kind for passage in passages),
        origins,
    )


def build_shipped(static: StaticTable | None = None) -> Partition:
    """The partition of the shipped packs: from the rows in the package, so that no requirement is read before it is
    shown; where those are of other packs, made anew.
    """
    known = shipped_rows(data_digest())
    lexical = Lexical.shipped(known.words) if known else None
    if known is None or lexical is None:
        return build("shared", shipped_packs(), {}, static)
    frameworks = tuple(key.split(":", 2)[1] for key in known.layout.keys)
    first = {framework: frameworks.index(framework) for framework in dict.fromkeys(frameworks)}

    def requirement(at: int) -> tuple[Pack, Requirement]:
        pack = shipped().pack(frameworks[at])
        return pack, pack.requirements[at - first[pack.id]]

    size = len(frameworks)
    kind: PassageKind = "requirement"
    entries = Later(size, lambda at: requirement_entry(*requirement(at)))
    return Partition(
        "shared",
        Later(size, lambda at: requirement_passage(*requirement(at), "shared")),
        Collection(entries, static, layout=known.layout, lexical=lexical),
        known.links,
        known.open,
        tuple(f"fw:{framework}" for framework in frameworks),
        frameworks,
        (kind,) * size,
        prepared=known,
    )


def rows_to_ship(vectors: Callable[[Sequence[str]], NDArray[np.int64]]) -> PackRows:
    """What `build_shipped` reads, made from the packs.

    Args:
        vectors: for each text the row of its shipped vector, -1 where there is none.
    """
    made = build("shared", shipped_packs(), {})
    entries = made.collection.entries
    return PackRows(
        digest=data_digest(),
        layout=made.collection.layout,
        links=made.links,
        open=made.open,
        words=texts_digest([entry.words for entry in entries]),
        vectors=vectors(made.collection.texts),
    )


@cache
def shipped_packs() -> tuple[Pack, ...]:
    """Every shipped pack."""
    return tuple(shipped().pack(framework) for framework in framework_ids())


def with_copies(packs: Sequence[Pack], copies: Sequence[Pack]) -> tuple[Pack, ...]:
    """Imported copies in the place of the packs they extend, ours added to their words; the others behind.

    A copy that brings the publisher's text keeps our summaries, questions and keywords as further ways to be found. Of
    several copies of one pack (a catalogue, a baseline drawn from it) the words of the one with most of its rows stand.
    """
    merged = []
    for pack in packs:
        made = pack
        own = [copy for copy in copies if copy.framework.extends == pack.id]
        for copy in sorted(own, key=lambda one: sum(pack.get(row.id) is not None for row in one.requirements)):
            made = _merged(made, copy)
        merged.append(made)
    return (*merged, *(copy for copy in copies if copy.framework.extends not in {pack.id for pack in packs}))


def _merged(pack: Pack, copy: Pack) -> Pack:
    """The shipped pack with the publisher's words of a copy, and behind it the rows that only the copy has."""
    rows = [_with_text(row, copy.get(row.id)) for row in pack.requirements]
    known = {row.id for row in rows}
    for row in copy.requirements:
        if row.id not in known:
            rows.append(row if row.parent in known else row.model_copy(update={"parent": ""}))
            known.add(row.id)
    return Pack(pack.framework, tuple(rows))


def _with_text(row: Requirement, official: Requirement | None) -> Requirement:
    if official is None or not official.statement:
        return row
    return row.model_copy(update={"statement": official.statement, "guidance": official.guidance})


def links_between(
    source: Collection, target: Collection, names: Mapping[str, str], *, without: SetOf[str] = ()
) -> Links:
    """Published pairs, both ways, between rows of two collections whose keys are those of requirements.

    Args:
        names: framework id in the tables -> framework id in the keys.
        without: frameworks whose tables are left out on both sides.
    """
    pairs: set[tuple[int, int]] = set()
    for head in crosswalks():
        ends = (head.from_framework, head.to_framework)
        if set(ends) & set(without) or not all(end in names for end in ends):
            continue
        for from_id, to_id in id_pairs(head.id):
            left = requirement_key(names[head.from_framework], from_id)
            right = requirement_key(names[head.to_framework], to_id)
            for one, other in ((left, right), (right, left)):
                if one in source.rows and other in target.rows:
                    pairs.add((source.rows[one], target.rows[other]))
    return links(pairs)


def links_to(source: Collection, target: Collection, framework: str, *, without: SetOf[str] = ()) -> Links:
    """Published pairs from requirement rows to the rows of a corpus whose keys are the bare ids of a framework."""
    pairs: set[tuple[int, int]] = set()
    for head in crosswalks():
        ends = {head.from_framework, head.to_framework}
        if framework not in ends or ends & set(without):
            continue
        turned = head.to_framework == framework
        for left, right in id_pairs(head.id):
            from_id, to_id = (left, right) if turned else (right, left)
            key = requirement_key(head.from_framework if turned else head.to_framework, from_id)
            if key in source.rows and to_id in target.rows:
                pairs.add((source.rows[key], target.rows[to_id]))
    return links(pairs)


def catalogue_with(copies: Sequence[Pack]) -> Catalogue:
    """The catalogue in which ids of a question are looked up."""
    return shipped().with_imported(copies)
