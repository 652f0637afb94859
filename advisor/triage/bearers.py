"""Holds which rows of which clients bear a name, so that a name leads to its rows without a look at any other."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, count
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

    It holds names, client ids and positions, and nothing of a row. A row stands in one list, that of what it is written
    as, and a name leads to the lists of all that is written so. Putting a client in again costs its own rows, not
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
        self._rows: dict[W, list[int]] = {}
        """What rows are written as -> those rows, ascending, so that the rows of one client stand side by side."""
        self._lists: dict[K, dict[W, list[int]]] = {}
        """Name -> the lists of the rows that bear it, by what those are written as; no row stands in two."""
        self._found: dict[K, tuple[tuple[ClientId, int], ...]] = {}
        """What `rows` has answered since the rows last changed."""

    def put(self, client_id: ClientId, rows: Iterable[W]) -> Change[K]:
        """Takes a client's rows, each given by what it is written as, in place of those held before."""
        lost = self._take_out(client_id)
        turn = next(self._turns)
        self._turn_of[client_id] = turn
        self._client_of[turn] = client_id
        mine = self._written[client_id] = tuple(rows)
        lists = self._rows
        new: list[K] = []
        for row, written in enumerate(mine, turn << _BITS):
            found = lists.get(written)
            if found is None:
                found = self._open(written, new)
            found.append(row)
        return Change(tuple(new), self._clear(lost))

    def drop(self, client_id: ClientId) -> Change[K]:
        """Forgets a client; nothing happens where it is not held."""
        return Change((), self._clear(self._take_out(client_id)))

    def _open(self, written: W, new: list[K]) -> list[int]:
        """The list of such rows, led to by their names; a name that nobody bore so far is added to `new`."""
        found = self._rows[written] = []
        for name in dict.fromkeys(self._names(written)):
            lists = self._lists.get(name)
            if lists is None:
                self._lists[name] = {written: found}
                new.append(name)
            else:
                lists[written] = found
        return found

    def _take_out(self, client_id: ClientId) -> set[W]:
        """Takes a client's rows out of their lists; returns what they were written as."""
        self._found.clear()
        turn = self._turn_of.pop(client_id, None)
        if turn is None:
            return set()
        del self._client_of[turn]
        lost = set(self._written.pop(client_id))
        for written in lost:
            rows = self._rows[written]
            del rows[bisect_left(rows, turn << _BITS) : bisect_left(rows, (turn + 1) << _BITS)]
        return lost

    def _clear(self, lost: Iterable[W]) -> tuple[K, ...]:
        """Forgets those of the lists that hold no row any more; returns the names that nobody bears with them."""
        gone: list[K] = []
        for written in lost:
            if self._rows[written]:
                continue
            del self._rows[written]
            for name in dict.fromkeys(self._names(written)):
                lists = self._lists[name]
                del lists[written]
                if not lists:
                    del self._lists[name]
                    gone.append(name)
        return tuple(gone)

    def clients(self) -> tuple[ClientId, ...]:
        """The clients held, in the order they were put in."""
        return tuple(self._turn_of)

    def rows(self, key: K) -> tuple[tuple[ClientId, int], ...]:
        """The rows that bear a name: client and position, clients in the order they were put in."""
        found = self._found.get(key)
        if found is None:
            clients = self._client_of
            rows = sorted(chain.from_iterable(self._lists.get(key, {}).values()))
            found = self._found[key] = tuple([(clients[row >> _BITS], row & _POSITION) for row in rows])
        return found

    def positions(self, key: K, client_id: ClientId) -> Iterator[int]:
        """The positions of one client's rows that bear a name; none where the client is not held."""
        turn = self._turn_of.get(client_id)
        if turn is None:
            return iter(())
        low, high = turn << _BITS, (turn + 1) << _BITS
        lists = self._lists.get(key, {}).values()
        mine = (rows[bisect_left(rows, low) : bisect_left(rows, high)] for rows in lists)
        return (row & _POSITION for row in sorted(chain.from_iterable(mine)))
