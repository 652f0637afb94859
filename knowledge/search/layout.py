"""The rows of a search as arrays: made of entries, or as they are shipped for the packs, so that no entry is read."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from knowledge.search.entries import FIELDS, OURS, Entry

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
T = TypeVar("T")

SHIPPED = "pack_rows.npz"
"""Of the shipped packs, made by scripts/make_prepared.py."""
_PAIRS = ("related", "links")
_ARRAYS = ("owner", "field", "ours", "base", "open", "vectors", *_PAIRS)


@dataclass(frozen=True)
class Links:
    """Published pairs between rows of one collection and rows of another, or of the same."""

    source: Ints
    target: Ints


@dataclass(frozen=True)
class Layout:
    """What ranking needs of entries besides their words and vectors."""

    keys: tuple[str, ...]
    owner: Ints
    """The row of each text."""
    field: Ints
    """The place of each text's field in FIELDS."""
    ours: Bools
    """Rows that words of ours describe."""
    base: Ints
    """The row of the base requirement of each enhancement, -1 for other rows."""
    related: Links

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> Layout:
        """The layout of entries."""
        rows = {entry.key: row for row, entry in enumerate(entries)}
        pairs = {
            (row, other)
            for row, entry in enumerate(entries)
            for key in entry.related
            if (other := rows.get(key)) is not None
        }
        pairs |= {(other, row) for row, other in pairs}
        return cls(
            keys=tuple(entry.key for entry in entries),
            owner=np.repeat(np.arange(len(entries)), [len(entry.texts) for entry in entries]),
            field=np.array([FIELDS.index(name) for entry in entries for name, _ in entry.texts], np.int64),
            ours=np.array([any(name in OURS for name, _ in entry.texts) for entry in entries], np.bool_),
            base=np.array([rows.get(entry.base, -1) for entry in entries], np.int64),
            related=links(pairs),
        )


@dataclass(frozen=True)
class PackRows:
    """The shipped packs laid out, with what else is known of them."""

    digest: str
    """Of the packs and tables, `loader.data_digest`."""
    layout: Layout
    links: Links
    """Published pairs between the rows."""
    open: Bools
    """Rows that may be found by likeness."""
    words: str
    """Digest of their words, `words.texts_digest`."""
    vectors: Ints
    """For each text the row of its vector among the shipped ones, -1 where there is none."""

    def save(self, file: Path) -> None:
        """Writes the file that `shipped_rows` reads."""
        laid = self.layout
        keys = np.frombuffer("\n".join(laid.keys).encode(), np.uint8)
        np.savez_compressed(
            file,
            digest=np.array(self.digest),
            words=np.array(self.words),
            keys=keys,
            owner=laid.owner.astype(np.int32),
            field=laid.field.astype(np.int8),
            ours=laid.ours,
            base=laid.base.astype(np.int32),
            open=self.open,
            vectors=self.vectors.astype(np.int32),
            related=_stacked(laid.related),
            links=_stacked(self.links),
        )


def links(pairs: set[tuple[int, int]]) -> Links:
    """Pairs of rows, sorted."""
    table = np.array(sorted(pairs), np.int64).reshape(-1, 2)
    return Links(table[:, 0], table[:, 1])


def _stacked(pairs: Links) -> NDArray[np.int32]:
    return np.stack([pairs.source, pairs.target]).astype(np.int32)


@cache
def shipped_rows(digest: str) -> PackRows | None:
    """The rows in the package, where they are of these packs and tables; None where they are not or are damaged."""
    try:
        with as_file(files("knowledge.search") / "data" / SHIPPED) as file, np.load(file, allow_pickle=False) as found:
            if str(found["digest"]) != digest:
                return None
            wide = {name: found[name] for name in _ARRAYS}
            keys = tuple(found["keys"].tobytes().decode().split("\n"))
            words = str(found["words"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    ints = {name: one if one.dtype == np.bool_ else one.astype(np.int64) for name, one in wide.items()}
    pairs = {name: Links(ints[name][0], ints[name][1]) for name in _PAIRS}
    layout = Layout(keys, ints["owner"], ints["field"], ints["ours"], ints["base"], pairs["related"])
    return PackRows(digest, layout, pairs["links"], ints["open"], words, ints["vectors"])


class Later(Sequence[T]):
    """Rows of which each is made when it is looked at, and kept."""

    def __init__(self, size: int, make: Callable[[int], T]) -> None:
        self._size = size
        self._make = make
        self._made: dict[int, T] = {}

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, row: int) -> T: ...

    @overload
    def __getitem__(self, row: slice) -> tuple[T, ...]: ...

    def __getitem__(self, row: int | slice) -> T | tuple[T, ...]:
        if isinstance(row, slice):
            return tuple(self[one] for one in range(*row.indices(self._size)))
        at = range(self._size)[row]
        if at not in self._made:
            self._made[at] = self._make(at)
        return self._made[at]

    def __iter__(self) -> Iterator[T]:
        return (self[row] for row in range(self._size))
