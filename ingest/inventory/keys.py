"""Finds for each row of an import the record it is about, so that a re-import updates and never duplicates (pure)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.inventory.interface import RecordT
from ingest.inventory.kinds import Identity, Kind, is_derived_id
from ingest.inventory.values import Values

_ORDINAL = re.compile(r"~\d+$")
_MANY = 50
"""More records of one name than this are not compared one by one."""


@dataclass(slots=True)
class Row:
    """A readable row on its way to an id."""

    order: int
    where: str
    fields: dict[str, Any]
    values: Values
    own_id: str
    """Id that the file gives; empty without one."""
    base: str
    """`own_id`, else the key derived from the identity."""
    identity: Identity
    version: str
    id: str = ""


class _Pool:
    """Ids of free records by some key, first one first; an id that is taken is never free again."""

    def __init__(self, free: Mapping[str, object], pairs: Iterable[tuple[Hashable, str]]) -> None:
        self._free = free
        self._ids: defaultdict[Hashable, list[str]] = defaultdict(list)
        for key, id_ in pairs:
            self._ids[key].append(id_)
        for ids in self._ids.values():
            ids.reverse()

    def first(self, key: Hashable) -> str:
        ids = self._ids.get(key, [])
        while ids and ids[-1] not in self._free:
            ids.pop()
        return ids[-1] if ids else ""

    def all(self, key: Hashable) -> list[str]:
        return [id_ for id_ in self._ids.get(key, []) if id_ in self._free]


def assign_ids(kind: Kind[RecordT], rows: Sequence[Row], known: Mapping[str, RecordT]) -> None:
    """Give every row the id of the record it is about, the surest way first; the rest get new ids.

    Ways, each tried for all rows before the next: same id, identity and version; same id and identity; same id; same
    identity and version; same identity; the one record of that name whose other words are equal or blank on one side.
    A record goes to one row only. A row with an id of its own never takes a record that has another own id.
    """
    bases = {row.base for row in rows}
    free: dict[str, None] = dict.fromkeys(known)
    facts = [(id_, kind.identity(vars(record)), kind.version(vars(record))) for id_, record in known.items()]
    families = {id_: id_ if id_ in bases else _ORDINAL.sub("", id_) for id_ in known}
    derived = {id_ for id_ in known if is_derived_id(id_)}
    exact = _Pool(free, (((families[i], identity, version), i) for i, identity, version in facts))
    family = _Pool(free, (((families[i], identity), i) for i, identity, _ in facts))
    # One pool for rows without an id, one of derived ids only for rows that have one.
    same = [_Pool(free, ((f[1:], f[0]) for f in part)) for part in (facts, [f for f in facts if f[0] in derived])]
    kin = [_Pool(free, ((f[1], f[0]) for f in part)) for part in (facts, [f for f in facts if f[0] in derived])]
    named = _Pool(free, ((identity[0], i) for i, identity, _ in facts))
    identities = {i: identity for i, identity, _ in facts}

    def alike(row: Row) -> str:
        ids = [i for i in named.all(row.identity[0]) if not row.own_id or i in derived]
        if len(ids) > _MANY:
            return ""
        ids = [i for i in ids if _compatible(identities[i], row.identity)]
        return ids[0] if len(ids) == 1 else ""

    ways: tuple[Callable[[Row], str], ...] = (
        lambda row: exact.first((row.base, row.identity, row.version)),
        lambda row: family.first((row.base, row.identity)),
        lambda row: row.base if row.base in free else "",
        lambda row: same[bool(row.own_id)].first((row.identity, row.version)),
        lambda row: kin[bool(row.own_id)].first(row.identity),
        alike,
    )
    for way in ways:
        for row in rows:
            if not row.id and (found := way(row)):
                row.id = found
                del free[found]
    _new_ids(rows, taken=set(known), bases=bases)


def _new_ids(rows: Sequence[Row], taken: set[str], bases: set[str]) -> None:
    """Number the rows that share a base and are not known yet: `LB-01`, `LB-01~2`, ..."""
    last: defaultdict[str, int] = defaultdict(lambda: 1)
    for row in rows:
        if row.id:
            continue
        row.id = row.base
        while row.id in taken or (row.id != row.base and row.id in bases):
            last[row.base] += 1
            row.id = f"{row.base[:190]}~{last[row.base]}"
        taken.add(row.id)


def _compatible(one: Identity, other: Identity) -> bool:
    return all(not a or not b or a == b for a, b in zip(one[1:], other[1:], strict=True))
