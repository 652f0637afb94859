"""Judges a CVE for an asset by what NVD's configurations and the CVE record state, never by its prose."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from advisor.triage import cpe as cpe_names
from advisor.triage.configurations import Criterion, configuration_statements, criteria
from advisor.triage.identity import How, Identity, cpe_keys, identify, name_key
from advisor.triage.statements import UNREADABLE, Statement, Status, Weighed, conclude, weigh
from advisor.triage.versions import NO_BOUND, PROSE, Range, Scheme, known, read_ranges, scheme_for
from knowledge.records.asset import Asset
from knowledge.records.triage import ItemRef, Verdict
from knowledge.records.vulnerability import AffectedProduct, AffectedVersion, Vulnerability

_TYPES: dict[str, Scheme] = {"semver": "semver", "maven": "maven", "python": "pypi", "rpm": "rpm", "deb": "deb"}


def _entry_ranges(entry: AffectedVersion) -> tuple[Range, ...]:
    end = entry.less_than_or_equal or entry.less_than
    if end:
        bounded = end.strip().lower() not in {"*", "unspecified", "n/a"}
        if PROSE.search(end):
            return (Range(exact=UNREADABLE),)
        return (Range(start=entry.version, end=end if bounded else "", end_inclusive=bool(entry.less_than_or_equal)),)
    version = entry.version.strip()
    if ranges := read_ranges(version):
        return ranges
    # Words in a version field are prose: kept in sight, compared with nothing.
    unreadable = bool(PROSE.search(version)) or version.lower() in NO_BOUND - {"*", "all", "0", "0.0", "0.0.0"}
    return (Range(exact=UNREADABLE if unreadable else version),)


def record_statements(product: AffectedProduct, scheme: Scheme, locator: str) -> list[Statement]:
    """What one `affected[]` entry of a CVE record states of versions.

    Commits (`version_type: git`) are kept only where nothing else is stated: no inventory has them.
    """
    entries = list(enumerate(product.versions))
    if any(entry.version_type != "git" for _, entry in entries):
        entries = [(k, entry) for k, entry in entries if entry.version_type != "git"]
    statements: list[Statement] = []
    for k, entry in entries:
        own = scheme if scheme != "generic" else _TYPES.get(entry.version_type, "generic")
        end = entry.less_than if entry.less_than != "*" else ""
        statements += [
            Statement(
                range=rng,
                status=entry.status,
                locator=f"{locator}.versions[{k}]",
                scheme=own,
                text=" ".join((entry.version, end)).strip() if rng.exact == UNREADABLE else "",
                fixed_in=end if entry.status == "affected" and rng.exact != UNREADABLE else "",
            )
            for rng in _entry_ranges(entry)
        ]
    return statements


def _product_keys(product: AffectedProduct) -> frozenset[str]:
    keys = {name_key(product.vendor, product.product)} - {""}
    for text in product.cpes:
        if name := cpe_names.parse(text):
            keys |= cpe_keys(name)
    return frozenset(keys)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A CVE's structured data, read once for all the assets it is held against."""

    vulnerability: Vulnerability
    criteria: tuple[Criterion, ...]
    by_key: dict[str, list[int]]
    """Key -> positions in `criteria`."""
    products: tuple[frozenset[str], ...]
    """Keys of each `affected[]` entry."""

    def keys(self) -> frozenset[str]:
        """Every key by which an asset could be a subject; what the index is asked for."""
        return frozenset(self.by_key).union(*self.products)

    def criteria_for(self, identity: Identity) -> list[Criterion]:
        """The criteria that name the asset's product, in the order of the record."""
        positions = {position for key in identity.keys for position in self.by_key.get(key, ())}
        return [self.criteria[position] for position in sorted(positions)]


def prepare(vulnerability: Vulnerability) -> Prepared:
    """Reads the names of a CVE's configurations and record; a rejected CVE has none, so it concerns nobody."""
    if vulnerability.state == "rejected":
        return Prepared(vulnerability, (), {}, ())
    found = tuple(criteria(vulnerability))
    by_key: dict[str, list[int]] = defaultdict(list)
    for position, criterion in enumerate(found):
        for key in criterion.keys:
            by_key[key].append(position)
    return Prepared(vulnerability, found, dict(by_key), tuple(_product_keys(p) for p in vulnerability.affected))


def vulnerability_keys(vulnerability: Vulnerability) -> frozenset[str]:
    """Every key by which an asset could be a subject of a CVE."""
    return prepare(vulnerability).keys()


_PRESSING = ("yes", "unknown", "no")


def _weigh_record(prepared: Prepared, identity: Identity) -> tuple[How, Weighed, list[Statement], str] | None:
    """The most pressing outcome over the containers of the record that name the asset's product."""
    groups: dict[tuple[str, Status], list[Statement]] = defaultdict(list)
    how: How | None = None
    for i, product in enumerate(prepared.vulnerability.affected):
        found = identity.how(prepared.products[i]) if prepared.products else None
        if found is None:
            continue
        how = how or found
        scheme = scheme_for(product.vendor, product.product, identity.asset.purl)
        groups[(product.provider, product.default_status)] += record_statements(product, scheme, f"affected[{i}]")
    if how is None:
        return None
    weighed = [(weigh(identity.version, said, default), said, provider) for (provider, default), said in groups.items()]
    outcome, said, provider = min(weighed, key=lambda w: _PRESSING.index(w[0].affected))
    return how, outcome, said, provider


def judge_vulnerability(
    vulnerability: Vulnerability | Prepared,
    asset: Asset | Identity,
    *,
    names: Iterable[tuple[str, str]] = (),
    same_host: Sequence[Asset | Identity] = (),
) -> Verdict | None:
    """The verdict of a CVE's structured data on one asset; None where its product is not concerned.

    NVD's configurations and the CVE record are weighed apart. Where one says affected and the other not affected,
    the answer is unknown and says that they disagree; otherwise a certain answer wins over an uncertain one.

    Args:
        vulnerability: the record, or what `prepare` made of it; a rejected one concerns nobody.
        asset: the inventory row, or what `identify` made of it.
        names: further (vendor, product) pairs confirmed for the asset; ignored where an Identity is given.
        same_host: other assets on the same host, for conditions of an AND.
    """
    prepared = vulnerability if isinstance(vulnerability, Prepared) else prepare(vulnerability)
    identity = asset if isinstance(asset, Identity) else identify(asset, names)
    around = [other if isinstance(other, Identity) else identify(other) for other in same_host]
    stated = list(configuration_statements(prepared.criteria_for(identity), identity, around))
    record = _weigh_record(prepared, identity)
    cve_id = prepared.vulnerability.cve_id
    item, cves = ItemRef(kind="cve", id=cve_id), (cve_id,)
    if stated:
        how, statements = stated[0][0], [statement for _, statement in stated]
        weighed, note = weigh(identity.version, statements, "unaffected"), ""
        if record and {weighed.affected, record[1].affected} == {"yes", "no"}:
            provider = record[3] or "its CNA"
            said = {"yes": "affected", "no": "not affected"}
            note = f"NVD says {said[weighed.affected]}, the CVE record ({provider}) says {said[record[1].affected]}."
            weighed = Weighed("unknown", weighed.by + record[1].by)
        settled_by_record = record and not note and weighed.affected == "unknown" != record[1].affected
        if not (settled_by_record and known(identity.version)):
            return conclude(
                item, identity, how, weighed, statements=statements, rule="range", source="NVD", cve_ids=cves, note=note
            )
    if record is None:
        return None
    how, weighed, statements, provider = record
    source = f"the CVE record ({provider})" if provider else "the CVE record"
    return conclude(item, identity, how, weighed, statements=statements, rule="record", source=source, cve_ids=cves)
