"""Finds the assets that a record could concern, over all clients, without comparing every item with every asset."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from advisor.triage.advisories import advisory_keys, judge_advisory
from advisor.triage.bearers import Bearers
from advisor.triage.identity import Identity, identify, named
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


_Written = tuple[str, str] | frozenset[str]
"""Vendor and product of a row that says no more, else the keys of what it says."""


def _keys(written: _Written) -> Iterable[str]:
    return written if isinstance(written, frozenset) else named(*written)


class _Place:
    """What the index holds of one client; a row is read into an identity when it is first asked for."""

    def __init__(self, assets: Sequence[Asset], names: Mapping[str, Sequence[tuple[str, str]]]) -> None:
        self._assets = assets
        self._names = names
        self._read: dict[int, Identity] = {}
        self.hosts: defaultdict[str, list[int]] = defaultdict(list)
        for position, asset in enumerate(assets):
            if asset.host and (host := asset.host.strip().lower()):
                self.hosts[host].append(position)

    def written(self) -> list[_Written]:
        """What each row is written as."""
        return [
            frozenset(self.identity(position).keys)
            if asset.cpe or asset.purl or asset.id in self._names
            else (asset.vendor, asset.product)
            for position, asset in enumerate(self._assets)
        ]

    def identity(self, position: int) -> Identity:
        """What the row at a position is."""
        found = self._read.get(position)
        if found is None:
            asset = self._assets[position]
            found = self._read[position] = identify(asset, self._names.get(asset.id, ()))
        return found


class AssetIndex:
    """Exact keys (see `identity`) -> assets, over the clients whose inventories were put in.

    It holds no more of a client than its assets, and hands them out with the client's id: the caller keeps what it
    does with one client apart from the next. Looking a record up costs its keys and its hits; putting a client in
    again costs that client's assets.
    """

    def __init__(self) -> None:
        self._places: dict[ClientId, _Place] = {}
        self._bearers: Bearers[_Written, str] = Bearers(_keys)

    def put(
        self, client_id: ClientId, assets: Iterable[Asset], names: Mapping[str, Sequence[tuple[str, str]]] | None = None
    ) -> None:
        """Takes a client's inventory in place of the one held before.

        Args:
            client_id: whose inventory it is.
            assets: every asset of the client.
            names: asset id -> (vendor, product) pairs confirmed for it.
        """
        place = self._places[client_id] = _Place(tuple(assets), names or {})
        self._bearers.put(client_id, place.written())

    def drop(self, client_id: ClientId) -> None:
        """Forgets a client; nothing happens where it is not held."""
        self._places.pop(client_id, None)
        self._bearers.drop(client_id)

    def clients(self) -> tuple[ClientId, ...]:
        """The clients held, in the order they were put in."""
        return self._bearers.clients()

    def candidates(self, keys: Iterable[str], client_id: ClientId | None = None) -> Iterator[Candidate]:
        """The assets that bear one of the keys, each once, clients in a stable order.

        Args:
            keys: of a record (`vulnerability_keys`, `advisory_keys`).
            client_id: only this client's; None for all.
        """
        found: set[tuple[ClientId, int]] = set()
        for key in keys:
            if client_id is None:
                found.update(self._bearers.rows(key))
            else:
                found.update((client_id, position) for position in self._bearers.positions(key, client_id))
        for holder, position in sorted(found):
            yield Candidate(holder, self._places[holder].identity(position))

    def same_host(self, candidate: Candidate) -> tuple[Identity, ...]:
        """The client's other assets on the candidate's host; none where its host is not known."""
        place = self._places[candidate.client_id]
        positions = place.hosts.get(candidate.identity.asset.host.strip().lower(), ())
        around = (place.identity(position) for position in positions)
        return tuple(identity for identity in around if identity is not candidate.identity)

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
