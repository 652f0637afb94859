"""Crosswalk lookups: from the tables only, both ways, and over at most two frameworks in between (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Literal

from knowledge.errors import NotFoundError
from knowledge.frameworks.catalogue import Catalogue, key, shipped
from knowledge.frameworks.loader import crosswalks, load_crosswalk
from knowledge.records.framework import Authority, Crosswalk, CrosswalkMapping, Relationship

MAX_BETWEEN = 2
"""Frameworks between the two ends: a longer chain says next to nothing."""

_ATTACK = re.compile(r"(?:mitre )?att(?:ac|&c)k(?:[ -]?v?(\d[\d.]*))?|mitre", re.IGNORECASE)

Strength = Relationship | Literal["possible"]
"""Of a chain: `possible` when its steps do not prove that the two ends share anything."""

_RANK: dict[Strength, int] = {"equal": 0, "subset": 1, "superset": 1, "intersects": 2, "possible": 3}
_AUTHORITY: dict[Authority, int] = {"publisher": 0, "derived": 1, "ours": 2}

# Read as sets of what is demanded, not empty: what A ? B and B ? C prove about A and C; any other pair proves nothing.
_COMPOSED: dict[tuple[Strength, Strength], Strength] = {
    ("subset", "subset"): "subset",
    ("superset", "superset"): "superset",
    ("superset", "subset"): "intersects",
    ("superset", "intersects"): "intersects",
    ("intersects", "subset"): "intersects",
}


@dataclass(frozen=True)
class Trail:
    """How one requirement reaches another: the pairs on the way and what they prove together."""

    steps: tuple[CrosswalkMapping, ...]
    relationship: Strength
    """How the first id stands to the last: that of the one pair, or what the chain proves."""
    authority: Authority
    """The weakest of the steps; a chain is at best derived, since nobody published it."""
    support: int = 1
    """How many chains of this length lead to the same id."""

    @property
    def from_id(self) -> str:
        """The requirement at the start."""
        return self.steps[0].from_id

    @property
    def to_id(self) -> str:
        """The requirement at the end."""
        return self.steps[-1].to_id

    @property
    def direct(self) -> bool:
        """Whether one table has the pair."""
        return len(self.steps) == 1

    @property
    def path(self) -> str:
        """`4.1 (cis-controls-8.1) -> PR.PS-01 (nist-csf-2.0) -> CM-1 (nist-sp-800-53-r5)`."""
        ends = [f"{self.from_id} ({self.steps[0].from_framework})"]
        return " -> ".join(ends + [f"{step.to_id} ({step.to_framework})" for step in self.steps])

    @property
    def sources(self) -> tuple[str, ...]:
        """The tables on the way, in order."""
        return tuple(dict.fromkeys(step.source for step in self.steps))


@dataclass(frozen=True)
class Answer:
    """What the tables say about one requirement, or that they say nothing."""

    from_framework: str
    to_framework: str
    asked: str
    trails: tuple[Trail, ...]
    """Strongest first. Those of rows under the asked one come after its own."""
    routes: tuple[tuple[str, ...], ...]
    """Frameworks on the ways that were tried, both ends included; empty when no tables connect the two."""


def compose(first: Strength, second: Strength) -> Strength:
    """What two steps prove together about their ends."""
    if first == "equal":
        return second
    if second == "equal":
        return first
    return _COMPOSED.get((first, second), "possible")


def weakest(authorities: Iterable[Authority]) -> Authority:
    """The authority of a chain; two steps or more are at best derived."""
    found = list(authorities)
    least = max(found, key=_AUTHORITY.__getitem__)
    return "derived" if len(found) > 1 and least == "publisher" else least


def tables(from_framework: str, to_framework: str) -> tuple[Crosswalk, ...]:
    """Heads of the tables that have both frameworks, in either direction."""
    ends = {from_framework, to_framework}
    return tuple(head for head in crosswalks() if {head.from_framework, head.to_framework} == ends)


@cache
def attack() -> str:
    """The edition of ATT&CK whose techniques the tables pair with controls: `attack-16.1`."""
    return next(
        end for head in crosswalks() for end in (head.from_framework, head.to_framework) if end[:7] == "attack-"
    )


def names_attack(name: str) -> bool:
    """Whether a person means ATT&CK in the edition of the tables: `ATT&CK`, `mitre attack`, `ATT&CK v16.1`."""
    said = _ATTACK.fullmatch(" ".join(name.split()))
    if said is None:
        return False
    edition = (said[1] or "").rstrip(".")
    return not edition or f"{attack().partition('-')[2]}.".startswith(f"{edition}.")


def base_of(framework: str, requirement: str, *, catalogue: Catalogue | None = None) -> str:
    """The control that an enhancement builds on; empty for anything else."""
    try:
        pack = (catalogue or shipped()).pack(framework)
    except NotFoundError:
        return ""
    row = pack.get(requirement)
    return row.parent if row is not None and row.kind == "enhancement" else ""


def mappings(from_framework: str, to_framework: str) -> tuple[CrosswalkMapping, ...]:
    """Every direct pair between two frameworks, turned so that it starts at the first one."""
    return tuple(pair for pairs in _pairs(from_framework, to_framework).values() for pair in pairs)


def routes(from_framework: str, to_framework: str, *, max_between: int = MAX_BETWEEN) -> tuple[tuple[str, ...], ...]:
    """The shortest ways between two frameworks over shipped tables, both ends included; empty when there is none."""
    neighbours = _neighbours()
    reached: list[tuple[str, ...]] = [(from_framework,)]
    for _ in range(min(max_between, MAX_BETWEEN) + 1):
        reached = [(*way, i) for way in reached for i in sorted(neighbours.get(way[-1], ())) if i not in way]
        if found := tuple(way for way in reached if way[-1] == to_framework):
            return found
    return ()


def related(
    from_framework: str,
    requirement: str,
    to_framework: str,
    *,
    max_between: int = MAX_BETWEEN,
    catalogue: Catalogue | None = None,
) -> Answer:
    """What a requirement corresponds to in another framework, by the published tables and never by similarity.

    Args:
        from_framework, to_framework: ids of frameworks (`attack-16.1` too, which has tables but no pack).
        requirement: id as the tables write it (see knowledge.frameworks.ids for what people type). For a heading, the
            pairs of the rows under it are given too.
        max_between: how many frameworks may lie in between; 0 allows direct pairs only.

    Returns:
        Trails, one per target, strongest first: the shortest ways only, so pairs of a direct table are never mixed
        with chains.
    """
    ways = routes(from_framework, to_framework, max_between=max_between)
    found: list[Trail] = []
    for start in _starts(from_framework, requirement, catalogue or shipped()):
        have = {(trail.from_id, trail.to_id) for trail in found}
        best = _best(trail for way in ways for trail in _walk(start, way))
        found += [trail for trail in best if (trail.from_id, trail.to_id) not in have]
    return Answer(from_framework, to_framework, requirement, tuple(found), ways)


def unmapped(from_framework: str, to_framework: str, *, catalogue: Catalogue | None = None) -> tuple[str, ...]:
    """Assessable ids of the first framework that no direct table pairs with the second.

    Raises:
        NotFoundError: the first framework has no pack, or no table has the two.
    """
    if not tables(from_framework, to_framework):
        raise NotFoundError(
            "no table has these two frameworks",
            subject=f"{from_framework}, {to_framework}",
            hint="`vciso framework crosswalk` shows the tables.",
        )
    paired = _pairs(from_framework, to_framework)
    return tuple(row.id for row in (catalogue or shipped()).pack(from_framework).assessable if row.id not in paired)


def tabled_id(framework: str, typed: str) -> str | None:
    """An id of a framework as its tables write it, however it was typed; None where no table has it.

    For ids without a row in a pack: enhancements outside of it, and ATT&CK techniques.
    """
    wanted = key(typed)
    for other in sorted(_neighbours().get(framework, ())):
        for known in _pairs(framework, other):
            if key(known) == wanted:
                return known
    return None


def _starts(framework: str, requirement: str, catalogue: Catalogue) -> tuple[str, ...]:
    """The asked id, and below a heading the rows under it."""
    try:
        pack = catalogue.pack(framework)
    except NotFoundError:
        return (requirement,)
    row = pack.get(requirement)
    below = () if row is None or row.assessable else pack.descendants(requirement)
    return (requirement, *(child.id for child in below))


def _walk(start: str, way: tuple[str, ...]) -> list[Trail]:
    """Every chain of pairs along one way."""
    chains: list[tuple[CrosswalkMapping, ...]] = [(pair,) for pair in _pairs(way[0], way[1]).get(start, ())]
    for here, there in pairwise(way[1:]):
        step = _pairs(here, there)
        chains = [(*chain, pair) for chain in chains for pair in step.get(chain[-1].to_id, ())]
    return [_trail(chain) for chain in chains]


def _trail(chain: tuple[CrosswalkMapping, ...]) -> Trail:
    strength: Strength = chain[0].relationship
    for step in chain[1:]:
        strength = compose(strength, step.relationship)
    return Trail(chain, strength, weakest(step.authority for step in chain))


def _best(trails: Iterable[Trail]) -> list[Trail]:
    """One trail per target: the strongest; ordered by strength, authority, number of chains, then table order."""
    by_target: dict[str, list[Trail]] = {}
    for trail in trails:
        by_target.setdefault(trail.to_id, []).append(trail)
    best = []
    for same in by_target.values():
        top = min(same, key=_order)
        best.append(Trail(top.steps, top.relationship, top.authority, support=len(same)))
    return sorted(best, key=lambda trail: (*_order(trail), -trail.support))


def _order(trail: Trail) -> tuple[int, int]:
    return _RANK[trail.relationship], _AUTHORITY[trail.authority]


@cache
def _neighbours() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for head in crosswalks():
        found.setdefault(head.from_framework, set()).add(head.to_framework)
        found.setdefault(head.to_framework, set()).add(head.from_framework)
    return found


@cache
def _pairs(from_framework: str, to_framework: str) -> Mapping[str, tuple[CrosswalkMapping, ...]]:
    """Direct pairs by the id they start from. Where two tables have a pair, the one of more authority speaks."""
    found: dict[str, dict[str, CrosswalkMapping]] = {}
    heads = sorted(tables(from_framework, to_framework), key=lambda head: _AUTHORITY[head.authority])
    for head in heads:
        for pair in load_crosswalk(head.id).mappings:
            turned = pair if head.from_framework == from_framework else pair.inverse()
            found.setdefault(turned.from_id, {}).setdefault(turned.to_id, turned)
    return {start: tuple(ends.values()) for start, ends in found.items()}
