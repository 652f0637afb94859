"""Judges a CVE for an asset by what NVD's configurations and the CVE record state, never by its prose."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from advisor.triage import cpe as cpe_names
from advisor.triage.cpe import ANY, NA, Cpe
from advisor.triage.identity import How, Identity, cpe_keys, cpe_version, identify, name_key
from advisor.triage.statements import UNREADABLE, Statement, Status, Weighed, conclude, weigh
from advisor.triage.versions import NO_BOUND, PROSE, Range, Scheme, in_range, known, read_ranges, scheme_for
from knowledge.records.asset import Asset
from knowledge.records.triage import ItemRef, Verdict
from knowledge.records.vulnerability import AffectedProduct, AffectedVersion, Configuration, CpeMatch, Vulnerability

_OPERATING_SYSTEMS = frozenset(
    {"windows", "macos", "mac_os", "mac_os_x", "linux", "linux_kernel", "iphone_os", "ios", "ipados", "android"}
    | {"chrome_os", "tvos", "watchos", "visionos", "freebsd", "unix", "solaris", "aix", "z\\/os"}
)
"""Values of target_sw that name one build of several; others (wordpress, node.js) only say what it plugs into."""

_TYPES: dict[str, Scheme] = {"semver": "semver", "maven": "maven", "python": "pypi", "rpm": "rpm", "deb": "deb"}


def match_range(match: CpeMatch, name: Cpe) -> Range | None:
    """The versions that a criterion means; None where it names none (NVD's `-` for "not specified")."""
    bounds = (
        match.version_start_including,
        match.version_start_excluding,
        match.version_end_including,
        match.version_end_excluding,
    )
    if any(bounds):
        return Range(
            start=match.version_start_including or match.version_start_excluding,
            start_inclusive=not match.version_start_excluding,
            end=match.version_end_including or match.version_end_excluding,
            end_inclusive=not match.version_end_excluding,
        )
    if name.version == ANY:
        return Range()
    if name.version == NA:
        return Range() if name.part == "h" else None  # a device without a version is every one of them
    return Range(exact=cpe_version(name))


def _words(name: Cpe) -> str:
    return f"{cpe_names.unescape(name.vendor)} {cpe_names.unescape(name.product)}".replace("_", " ")


def variant(criterion: Cpe, identity: Identity) -> str | None:
    """What the criterion asks of edition and platform beyond the product.

    Returns:
        None where the asset is another variant, an empty text where nothing more is asked or the asset agrees, else
        the open condition in words.
    """
    open_conditions: list[str] = []
    for attribute in ("edition", "sw_edition", "target_sw", "target_hw", "other"):
        wanted = getattr(criterion, attribute)
        if wanted == ANY:
            continue
        relation = cpe_names.compare(wanted, getattr(identity.cpe, attribute) if identity.cpe else ANY)
        if relation == "disjoint":
            return None
        if relation == "subset" and wanted != NA and (attribute != "target_sw" or wanted in _OPERATING_SYSTEMS):
            open_conditions.append(cpe_names.unescape(wanted).replace("_", " "))
    return f"only for {', '.join(open_conditions)}" if open_conditions else ""


def _meets(match: CpeMatch, identity: Identity) -> bool:
    """True where an asset is, or may be, what the criterion names."""
    name = cpe_names.parse(match.criteria)
    if name is None or identity.how(cpe_keys(name)) is None or variant(name, identity) is None:
        return False
    rng = match_range(match, name)
    return rng is None or not identity.version or in_range(identity.version, rng, _scheme(name, identity)) != "no"


def _condition(groups: Sequence[Sequence[CpeMatch]], around: Sequence[Identity]) -> str | None:
    """The conditions of an AND that nothing known on the host meets, in words; None where the host excludes one."""
    unmet: list[str] = []
    for group in groups:
        if any(_meets(match, identity) for match in group for identity in around):
            continue
        names = [name for name in (cpe_names.parse(match.criteria) for match in group) if name]
        systems = [i for i in around if i.cpe and i.cpe.part == "o"]
        if systems and names and all(name.part == "o" for name in names):
            return None
        listed = list(dict.fromkeys(_words(name) for name in names))
        unmet.append(" or ".join(listed[:3]) + (" or others" if len(listed) > 3 else ""))
    return f"only together with {' and '.join(unmet)}" if unmet else ""


def _scheme(name: Cpe, identity: Identity) -> Scheme:
    vendor, product = cpe_names.unescape(name.vendor), cpe_names.unescape(name.product)
    return scheme_for(vendor, product, identity.asset.purl, cpe_names.unescape(name.target_sw))


def _others(configuration: Configuration, node: int, position: int) -> list[tuple[CpeMatch, ...]]:
    groups: list[tuple[CpeMatch, ...]] = []
    if configuration.operator == "AND":
        groups += [n.matches for k, n in enumerate(configuration.nodes) if k != node and not n.negate]
    if configuration.nodes[node].operator == "AND":
        groups += [(m,) for k, m in enumerate(configuration.nodes[node].matches) if k != position]
    return groups


def configuration_statements(
    vulnerability: Vulnerability, identity: Identity, around: Sequence[Identity]
) -> Iterator[tuple[How, Statement]]:
    """What NVD's configurations state of an asset's product, with the field of the asset that matched.

    `vulnerable=false` never makes an asset a subject. In an AND it is a condition: met by the asset itself or by
    another asset on the same host, excluded where the host's operating system is known to be another one, else
    carried along in words. A negated node says what is not affected.
    """
    for i, configuration in enumerate(vulnerability.configurations):
        for j, node in enumerate(configuration.nodes):
            for k, match in enumerate(node.matches):
                name = cpe_names.parse(match.criteria) if match.vulnerable else None
                how = identity.how(cpe_keys(name)) if name else None
                if name is None or how is None:
                    continue
                asked = variant(name, identity)
                together = _condition(_others(configuration, j, k), (identity, *around))
                rng = match_range(match, name)
                status: Status = "unknown" if rng is None else "affected"
                if configuration.negate != node.negate:
                    status = "unaffected"
                rng = rng or Range()
                yield (
                    how,
                    Statement(
                        range=rng,
                        status=status,
                        locator=f"configurations[{i}].nodes[{j}].matches[{k}]",
                        condition="; ".join(c for c in (asked, together) if c),
                        scheme=_scheme(name, identity),
                        applies=asked is not None and together is not None,
                        text=f"{match.criteria} {rng.text()}" if not rng.exact else match.criteria,
                        fixed_in=match.version_end_excluding,
                    ),
                )


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


def vulnerability_keys(vulnerability: Vulnerability) -> frozenset[str]:
    """Every key by which an asset could be a subject of a CVE; what the index is asked for."""
    keys: set[str] = set()
    for configuration in vulnerability.configurations:
        for node in configuration.nodes:
            for match in node.matches:
                name = cpe_names.parse(match.criteria) if match.vulnerable else None
                keys |= cpe_keys(name) if name else frozenset()
    for product in vulnerability.affected:
        keys |= _product_keys(product)
    return frozenset(keys)


_PRESSING = ("yes", "unknown", "no")


def _weigh_record(vulnerability: Vulnerability, identity: Identity) -> tuple[How, Weighed, list[Statement], str] | None:
    """The most pressing outcome over the containers of the record that name the asset's product."""
    groups: dict[tuple[str, Status], list[Statement]] = defaultdict(list)
    how: How | None = None
    for i, product in enumerate(vulnerability.affected):
        found = identity.how(_product_keys(product))
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
    vulnerability: Vulnerability,
    asset: Asset | Identity,
    *,
    names: Iterable[tuple[str, str]] = (),
    same_host: Sequence[Asset | Identity] = (),
) -> Verdict | None:
    """The verdict of a CVE's structured data on one asset; None where its product is not concerned.

    NVD's configurations and the CVE record are weighed apart. Where one says affected and the other not affected,
    the answer is unknown and says that they disagree; otherwise a certain answer wins over an uncertain one.

    Args:
        vulnerability: a rejected one concerns nobody.
        asset: the inventory row, or what `identify` made of it.
        names: further (vendor, product) pairs confirmed for the asset; ignored where an Identity is given.
        same_host: other assets on the same host, for conditions of an AND.
    """
    if vulnerability.state == "rejected":
        return None
    identity = asset if isinstance(asset, Identity) else identify(asset, names)
    around = [other if isinstance(other, Identity) else identify(other) for other in same_host]
    stated = list(configuration_statements(vulnerability, identity, around))
    record = _weigh_record(vulnerability, identity)
    item = ItemRef(kind="cve", id=vulnerability.cve_id)
    cves = (vulnerability.cve_id,)
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
