"""Judges a CSAF advisory for an asset by its product tree and product status."""

from __future__ import annotations

import re
from collections.abc import Iterable

from advisor.triage import cpe as cpe_names
from advisor.triage.identity import (
    DISTRIBUTION_TYPES,
    How,
    Identity,
    cpe_keys,
    cpe_version,
    identify,
    name_key,
    purl_keys,
    read_purl,
)
from advisor.triage.statements import UNREADABLE, Statement, Status, Weighed, conclude, weigh
from advisor.triage.versions import Range, Scheme, read_ranges, scheme_for
from knowledge.records.advisory import Advisory, AdvisoryProduct, AdvisoryVulnerability, ProductStatus
from knowledge.records.asset import Asset
from knowledge.records.triage import ItemRef, Verdict

_STATUS: dict[ProductStatus, Status] = {
    "known_affected": "affected",
    "first_affected": "affected",
    "last_affected": "affected",
    "known_not_affected": "unaffected",
    "fixed": "unaffected",
    "first_fixed": "unaffected",
    "under_investigation": "unknown",
}
"""CSAF 2.0, section 3.2.3.9; `recommended` says nothing of being affected."""

JUSTIFICATIONS = {
    "component_not_present": "the component is not in the product",
    "vulnerable_code_not_present": "the vulnerable code is not in the product",
    "vulnerable_code_cannot_be_controlled_by_adversary": "an attacker cannot control the vulnerable code",
    "vulnerable_code_not_in_execute_path": "the vulnerable code is never run",
    "inline_mitigations_already_exist": "the product has protections against it built in",
}
"""VEX flag labels (CSAF 2.0, section 3.2.3.5) in words."""

_PRESSING = ("yes", "unknown", "no")


def product_keys(product: AdvisoryProduct) -> frozenset[str]:
    """The keys by which an asset is this product of the tree."""
    keys = {name_key(product.vendor, product.product)} - {""}
    if name := cpe_names.parse(product.cpe):
        keys |= cpe_keys(name)
    if purl := read_purl(product.purl):
        keys |= purl_keys(purl)
    return frozenset(keys)


def advisory_keys(advisory: Advisory) -> frozenset[str]:
    """Every key by which an asset could be a subject of the advisory; what the index is asked for."""
    return frozenset(key for product in advisory.products for key in product_keys(product))


def _stated(product: AdvisoryProduct) -> tuple[Range, ...]:
    """The versions that one product of the tree stands for."""
    text = product.version_range or product.version
    if not text:
        name, purl = cpe_names.parse(product.cpe), read_purl(product.purl)
        text = (cpe_version(name) if name else "") or (purl.version if purl and purl.version else "")
        if text:
            return (Range(exact=text),)
        # A leaf without a version stands for the product as such, unless its full name carries a number of its own.
        rest = product.name.replace(product.vendor, "").replace(product.product, "")
        return (Range(),) if product.product and not re.search(r"\d", rest) else (Range(exact=UNREADABLE),)
    if ranges := read_ranges(text):
        return ranges
    return (Range(exact=UNREADABLE if product.version_range or " " in text.strip() else text),)


def _scheme(product: AdvisoryProduct, identity: Identity) -> Scheme:
    kind = re.match(r"vers:([a-z]+)/", product.version_range)
    purl = product.purl or identity.asset.purl or (f"pkg:{kind.group(1)}/x" if kind else "")
    return scheme_for(product.vendor or identity.asset.vendor, product.product or identity.asset.product, purl)


def _shape(rng: Range, status: ProductStatus, only_fix: bool) -> Range:
    """What a status says beyond the version it names: first affected and on, fixed and on."""
    if not rng.exact or rng.exact == UNREADABLE:
        return rng
    if status == "first_affected" or (status in {"fixed", "first_fixed"} and only_fix):
        return Range(start=rng.exact)
    if status == "last_affected":
        return Range(end=rng.exact, end_inclusive=True)
    return rng


def _statements(
    index: int, vulnerability: AdvisoryVulnerability, matched: dict[str, AdvisoryProduct], identity: Identity
) -> list[Statement]:
    """One fixed version for the product: later ones count as fixed too; several (branches): each alone."""
    fixed = {
        matched[i].version for s in ("fixed", "first_fixed") for i in vulnerability.status.get(s, ()) if i in matched
    }
    statements: list[Statement] = []
    for status, ids in vulnerability.status.items():
        if status not in _STATUS:
            continue
        for product_id in (i for i in ids if i in matched):
            product = matched[product_id]
            for rng in _stated(product):
                shaped = _shape(rng, status, only_fix=len(fixed) == 1)
                names_fix = status in {"fixed", "first_fixed"} and rng.exact not in {"", UNREADABLE}
                before = rng.end if _STATUS[status] == "affected" and not rng.end_inclusive else ""
                statements.append(
                    Statement(
                        range=shaped,
                        status=_STATUS[status],
                        locator=f"vulnerabilities[{index}].product_status.{status}: {product_id}",
                        kind="advisory",
                        scheme=_scheme(product, identity),
                        text=product.name,
                        fixed_in=rng.exact if names_fix else before,
                    )
                )
    return statements


def _justification(vulnerability: AdvisoryVulnerability, weighed: Weighed) -> str:
    ids = {s.locator.rpartition(": ")[2] for s in weighed.by}
    for label, product_ids in vulnerability.justifications.items():
        if ids & set(product_ids) and label in JUSTIFICATIONS:
            return f"Its reason: {JUSTIFICATIONS[label]}."
    return ""


def judge_advisory(
    advisory: Advisory, asset: Asset | Identity, *, names: Iterable[tuple[str, str]] = ()
) -> Verdict | None:
    """The verdict of an advisory on one asset; None where no product of its tree with a status is the asset's.

    Each vulnerability is weighed alone; the verdict is the most pressing one and names the CVEs that share it.

    Args:
        advisory: with its product tree flattened.
        asset: the inventory row, or what `identify` made of it.
        names: further (vendor, product) pairs confirmed for the asset; ignored where an Identity is given.
    """
    identity = asset if isinstance(asset, Identity) else identify(asset, names)
    matched: dict[str, AdvisoryProduct] = {}
    how: How | None = None
    for product in advisory.products:
        if found := identity.how(product_keys(product)):
            matched[product.product_id] = product
            how = how or found
    if how is None:
        return None
    outcomes: list[tuple[AdvisoryVulnerability, Weighed, list[Statement]]] = []
    for i, vulnerability in enumerate(advisory.vulnerabilities):
        if statements := _statements(i, vulnerability, matched, identity):
            outcomes.append((vulnerability, weigh(identity.version, statements, "unknown"), statements))
    if not outcomes:
        return None
    worst = min((weighed.affected for _, weighed, _ in outcomes), key=_PRESSING.index)
    same = [outcome for outcome in outcomes if outcome[1].affected == worst]
    vulnerability, weighed, _ = same[0]
    return conclude(
        ItemRef(kind="advisory", id=advisory.id),
        identity,
        how,
        weighed,
        statements=[statement for _, _, statements in same for statement in statements],
        rule="status",
        source=advisory.publisher or "the advisory",
        cve_ids=tuple(dict.fromkeys(v.cve_id for v, _, _ in same if v.cve_id)),
        upstream=not any(p.purl.split("/")[0][4:] in DISTRIBUTION_TYPES for p in matched.values()),
        note=_justification(vulnerability, weighed) if worst == "no" else "",
    )
