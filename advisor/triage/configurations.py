"""What NVD's configurations state of an asset's product: ranges, variants, and the conditions of an AND."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from advisor.triage import cpe as cpe_names
from advisor.triage.cpe import ANY, NA, Cpe
from advisor.triage.identity import How, Identity, cpe_keys, cpe_version
from advisor.triage.statements import Statement, Status
from advisor.triage.versions import Range, Scheme, in_range, scheme_for
from knowledge.records.vulnerability import Configuration, CpeMatch, Vulnerability

_OPERATING_SYSTEMS = frozenset(
    {"windows", "macos", "mac_os", "mac_os_x", "linux", "linux_kernel", "iphone_os", "ios", "ipados", "android"}
    | {"chrome_os", "tvos", "watchos", "visionos", "freebsd", "unix", "solaris", "aix", "z\\/os"}
)
"""Values of target_sw that name one build of several; others (wordpress, node.js) only say what it plugs into."""


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


@lru_cache(maxsize=16_384)
def _asks(criterion: Cpe) -> tuple[tuple[str, str], ...]:
    """The attributes beyond the product that a criterion sets."""
    attributes = ("edition", "sw_edition", "target_sw", "target_hw", "other")
    return tuple((a, value) for a in attributes if (value := getattr(criterion, a)) != ANY)


def variant(criterion: Cpe, identity: Identity) -> str | None:
    """What the criterion asks of edition and platform beyond the product.

    Returns:
        None where the asset is another variant, an empty text where nothing more is asked or the asset agrees, else
        the open condition in words.
    """
    open_conditions: list[str] = []
    for attribute, wanted in _asks(criterion):
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


def _condition(groups: Sequence[Sequence[CpeMatch]], identity: Identity, around: Sequence[Identity]) -> str | None:
    """The conditions of an AND that nothing known on the host meets, in words; None where the host excludes one."""
    unmet: list[str] = []
    # Only a row that says it is the operating system excludes another one: firmware has a CPE of part "o" too.
    systems = [i for i in around if i.cpe and i.asset.kind == "operating-system"]
    for group in groups:
        if any(_meets(match, other) for match in group for other in (identity, *around)):
            continue
        names = [name for name in (cpe_names.parse(match.criteria) for match in group) if name]
        if systems and names and all(name.part == "o" for name in names):
            return None
        listed = list(dict.fromkeys(_words(name) for name in names))
        unmet.append(" or ".join(listed[:3]) + (" or others" if len(listed) > 3 else ""))
    return f"only together with {' and '.join(unmet)}" if unmet else ""


def _scheme(name: Cpe, identity: Identity) -> Scheme:
    return _scheme_of(name, identity.purl.type if identity.purl else "")


@lru_cache(maxsize=16_384)
def _scheme_of(name: Cpe, purl_type: str) -> Scheme:
    vendor, product = cpe_names.unescape(name.vendor), cpe_names.unescape(name.product)
    return scheme_for(vendor, product, f"pkg:{purl_type}/" if purl_type else "", cpe_names.unescape(name.target_sw))


def _others(configuration: Configuration, node: int, position: int) -> tuple[tuple[CpeMatch, ...], ...]:
    groups: list[tuple[CpeMatch, ...]] = []
    if configuration.operator == "AND":
        groups += [n.matches for k, n in enumerate(configuration.nodes) if k != node and not n.negate]
    if configuration.nodes[node].operator == "AND":
        groups += [(m,) for k, m in enumerate(configuration.nodes[node].matches) if k != position]
    return tuple(groups)


@dataclass(frozen=True, slots=True)
class Criterion:
    """One `vulnerable` criterion, read once for all the assets it is held against."""

    match: CpeMatch
    name: Cpe
    keys: frozenset[str]
    locator: str
    range: Range
    status: Status
    others: tuple[tuple[CpeMatch, ...], ...]
    """What an AND asks for beside it."""
    stated: dict[Scheme, Statement] = field(default_factory=dict, compare=False)
    """The statement by scheme, where neither a variant nor a condition makes it differ from asset to asset."""

    def statement(self, identity: Identity, around: Sequence[Identity]) -> Statement:
        """What it states of one asset that bears one of its keys."""
        scheme = _scheme(self.name, identity)
        asked = variant(self.name, identity)
        if asked == "" and not self.others:
            if scheme not in self.stated:
                self.stated[scheme] = self._state(scheme, "", "")
            return self.stated[scheme]
        return self._state(scheme, asked, _condition(self.others, identity, around))

    def _state(self, scheme: Scheme, asked: str | None, together: str | None) -> Statement:
        return Statement(
            range=self.range,
            status=self.status,
            locator=self.locator,
            condition="; ".join(c for c in (asked, together) if c),
            scheme=scheme,
            applies=asked is not None and together is not None,
            text=self.match.criteria if self.range.exact else f"{self.match.criteria} {self.range.text()}",
            fixed_in=self.match.version_end_excluding,
        )


def criteria(vulnerability: Vulnerability) -> Iterator[Criterion]:
    """The criteria that can have an asset as their subject.

    `vulnerable=false` and a wildcard product never do. A negated node says what is not affected.
    """
    for i, configuration in enumerate(vulnerability.configurations):
        for j, node in enumerate(configuration.nodes):
            for k, match in enumerate(node.matches):
                name = cpe_names.parse(match.criteria) if match.vulnerable else None
                keys = cpe_keys(name) if name else frozenset()
                if name is None or not keys:
                    continue
                rng = match_range(match, name)
                status: Status = "unknown" if rng is None else "affected"
                yield Criterion(
                    match=match,
                    name=name,
                    keys=keys,
                    locator=f"configurations[{i}].nodes[{j}].matches[{k}]",
                    range=rng or Range(),
                    status="unaffected" if configuration.negate != node.negate else status,
                    others=_others(configuration, j, k),
                )


def configuration_statements(
    found: Sequence[Criterion], identity: Identity, around: Sequence[Identity]
) -> Iterator[tuple[How, Statement]]:
    """What the criteria state of an asset's product, with the field of the asset that matched.

    In an AND the other side is a condition: met by the asset itself or by another asset on the same host, excluded
    where the inventory says that the host runs another operating system, else carried along in words.
    """
    for criterion in found:
        how = identity.how(criterion.keys)
        if how is not None:
            yield how, criterion.statement(identity, around)
