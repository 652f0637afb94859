"""Holds which rows of which clients bear a name, so that a name leads to its rows without a look at any other."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Generic, TypeVar

from knowledge.records.base import ClientId

W = TypeVar("W", bound=Hashable)
"""What a row is written as."""
K = TypeVar("K", bound=Hashable)
"""A name that it bears by that."""

_BITS = 32
"""A row is one number: its client's turn, and in so many lower bits its position among the client's rows."""
_POSITION = (1 << _BITS) - 1


@dataclass(frozen=True, slots=True)
class Change(Generic[K]):
    """What a client's rows changed in the names that anybody bears."""

    new: tuple[K, ...]
    gone: tuple[K, ...]


class Bearers(Generic[W, K]):
    """Name -> the rows that bear it, client by client in the order in which they were put in.

    It holds names, client ids and positions, and nothing of a row. Putting a client in again costs its own rows, not
    those of the others.
    """

    def __init__(self, names: Callable[[W], Iterable[K]]) -> None:
        """`names`: what a row that is written so bears; asked once for all rows that are written alike."""
        self._names = names
        self._turns = count()
        self._turn_of: dict[ClientId, int] = {}
        self._client_of: dict[int, ClientId] = {}
        self._written: dict[ClientId, tuple[W, ...]] = {}
        """What each client's rows are written as, by position."""
        self._rows: dict[K, list[int]] = {}
        """Ascending, so that the rows of one client stand side by side."""
        self._lists: dict[W, tuple[list[int], ...]] = {}
        """What rows are written as -> the lists that they stand in."""

    def put(self, client_id: ClientId, rows: Iterable[W]) -> Change[K]:
        """Takes a client's rows, each given by what it is written as, in place of those held before."""
        lost = self._take_out(client_id)
        turn = next(self._turns)
        self._turn_of[client_id] = turn
        self._client_of[turn] = client_id
        mine = self._written[client_id] = tuple(rows)
        lists = self._lists
        new: list[K] = []
        for row, written in enumerate(mine, turn << _BITS):
            found = lists.get(written)
            if found is None:
                found = self._open(written, new)
            for one in found:
                one.append(row)
        return Change(tuple(new), self._clear(lost))

    def drop(self, client_id: ClientId) -> Change[K]:
        """Forgets a client; nothing happens where it is not held."""
        return Change((), self._clear(self._take_out(client_id)))

    def _open(self, written: W, new: list[K]) -> tuple[list[int], ...]:
        """The lists of the names of such a row; a name that nobody bore so far is added to `new`."""
        names = tuple(dict.fromkeys(self._names(written)))
        for name in names:
            if name not in self._rows:
                self._rows[name] = []
                new.append(name)
        found = self._lists[written] = tuple(self._rows[name] for name in names)
        return found

    def _take_out(self, client_id: ClientId) -> set[K]:
        """Takes a client's rows out of the lists; returns the names that it bore."""
        turn = self._turn_of.pop(client_id, None)
        if turn is None:
            return set()
        del self._client_of[turn]
        lost = {name for written in set(self._written.pop(client_id)) for name in self._names(written)}
        for name in lost:
            rows = self._rows[name]
            del rows[bisect_left(rows, turn << _BITS) : bisect_left(rows, (turn + 1) << _BITS)]
        return lost

    def _clear(self, lost: Iterable[K]) -> tuple[K, ...]:
        """Forgets those of the names that nobody bears any more."""
        gone = tuple(name for name in lost if not self._rows[name])
        for name in gone:
            del self._rows[name]
        if gone:
            self._lists.clear()
        return gone

    def clients(self) -> tuple[ClientId, ...]:
        """The clients held, in the order they were put in."""
        return tuple(self._turn_of)

    def rows(self, key: K) -> Iterator[tuple[ClientId, int]]:
        """The rows that bear a name: client and position, clients in the order they were put in."""
        clients = self._client_of
        return ((clients[row >> _BITS], row & _POSITION) for row in self._rows.get(key, ()))

    def positions(self, key: K, client_id: ClientId) -> Iterator[int]:
        """The positions of one client's rows that bear a name; none where the client is not held."""
        turn = self._turn_of.get(client_id)
        rows = self._rows.get(key)
        if turn is None or rows is None:
            return iter(())
        low, high = bisect_left(rows, turn << _BITS), bisect_left(rows, (turn + 1) << _BITS)
        return (row & _POSITION for row in rows[low:high])
