"""Finds the assets that a record could concern, over all clients, without comparing every item with every asset."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from advisor.triage.advisories import advisory_keys, judge_advisory
from advisor.triage.identity import Identity, identify
from advisor.triage.structured import judge_vulnerability, prepare
from knowledge.records.advisory import Advisory
from knowledge.records.asset import Asset
from knowledge.records.base import ClientId
from knowledge.records.triage import Verdict
from knowledge.records.vulnerability import Vulnerability


@dataclass(frozen=True, slots=True)
class Candidate:
    """An asset of a client that bears one of the names asked for."""

    client_id: ClientId
    identity: Identity


@dataclass(frozen=True, slots=True)
class _Place:
    """What the index holds of one client."""

    identities: tuple[Identity, ...]
    hosts: Mapping[str, tuple[int, ...]]


class AssetIndex:
    """Exact keys (see `identity`) -> assets, over the clients whose inventories were put in.

    It holds no more of a client than its assets, and hands them out with the client's id: the caller keeps what it
    does with one client apart from the next. Looking a record up costs its keys and its hits; putting a client in
    again costs that client's assets.
    """

    def __init__(self) -> None:
        self._places: dict[ClientId, _Place] = {}
        self._by_key: defaultdict[str, dict[ClientId, list[int]]] = defaultdict(dict)

    def put(
        self, client_id: ClientId, assets: Iterable[Asset], names: Mapping[str, Sequence[tuple[str, str]]] | None = None
    ) -> None:
        """Takes a client's inventory in place of the one held before.

        Args:
            client_id: whose inventory it is.
            assets: every asset of the client.
            names: asset id -> (vendor, product) pairs confirmed for it.
        """
        self.drop(client_id)
        aliases = names or {}
        identities = tuple(identify(asset, aliases.get(asset.id, ())) for asset in assets)
        mine: defaultdict[str, list[int]] = defaultdict(list)
        hosts: defaultdict[str, list[int]] = defaultdict(list)
        for position, identity in enumerate(identities):
            for key in identity.keys:
                mine[key].append(position)
            if identity.asset.host and (host := identity.asset.host.strip().lower()):
                hosts[host].append(position)
        for key, positions in mine.items():
            self._by_key[key][client_id] = positions
        self._places[client_id] = _Place(identities, {host: tuple(found) for host, found in hosts.items()})

    def drop(self, client_id: ClientId) -> None:
        """Forgets a client; nothing happens where it is not held."""
        place = self._places.pop(client_id, None)
        for identity in place.identities if place else ():
            for key in identity.keys:
                holders = self._by_key.get(key)
                if holders is not None:
                    holders.pop(client_id, None)
                    if not holders:
                        del self._by_key[key]

    def clients(self) -> tuple[ClientId, ...]:
        """The clients held, in the order they were put in."""
        return tuple(self._places)

    def candidates(self, keys: Iterable[str], client_id: ClientId | None = None) -> Iterator[Candidate]:
        """The assets that bear one of the keys, each once, clients in a stable order.

        Args:
            keys: of a record (`vulnerability_keys`, `advisory_keys`).
            client_id: only this client's; None for all.
        """
        found: defaultdict[ClientId, set[int]] = defaultdict(set)
        for key in keys:
            holders = self._by_key.get(key, {})
            wanted = holders.items() if client_id is None else [(client_id, holders.get(client_id, []))]
            for holder, positions in wanted:
                found[holder].update(positions)
        for holder in sorted(found):
            identities = self._places[holder].identities if found[holder] else ()
            for position in sorted(found[holder]):
                yield Candidate(holder, identities[position])

    def same_host(self, candidate: Candidate) -> tuple[Identity, ...]:
        """The client's other assets on the candidate's host; none where its host is not known."""
        place = self._places[candidate.client_id]
        positions = place.hosts.get(candidate.identity.asset.host.strip().lower(), ())
        return tuple(place.identities[i] for i in positions if place.identities[i] is not candidate.identity)

    def judge(
        self, item: Vulnerability | Advisory, client_id: ClientId | None = None
    ) -> Iterator[tuple[ClientId, Verdict]]:
        """The verdicts of a CVE or an advisory on every asset it names, with the client of each."""
        if isinstance(item, Vulnerability):
            prepared = prepare(item)
            for candidate in self.candidates(prepared.keys(), client_id):
                around = self.same_host(candidate)
                if verdict := judge_vulnerability(prepared, candidate.identity, same_host=around):
                    yield candidate.client_id, verdict
            return
        for candidate in self.candidates(advisory_keys(item), client_id):
            if verdict := judge_advisory(item, candidate.identity):
                yield candidate.client_id, verdict
