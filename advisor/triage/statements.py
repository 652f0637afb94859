"""Weighs what a record states of versions against one version, and words the verdict that follows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from advisor.triage.identity import How, Identity
from advisor.triage.versions import Range, Scheme, in_range, known, possible
from knowledge.records.triage import Evidence, EvidenceKind, ItemRef, Match, Verdict, VerdictKind
from knowledge.records.vulnerability import Ternary

Status = Literal["affected", "unaffected", "unknown"]

CONFIDENCE: dict[How, float] = {"cpe": 0.99, "name": 0.95, "purl": 0.9}
"""How sure the exact name in each field is that the record means this asset."""

EVERY = Range().text()

UNREADABLE = "?"
"""`Range.exact` of a statement whose text is no range: it is comparable with nothing."""

CONDITION_CONFIDENCE = 0.8
"""Where the record adds a condition (a platform, an edition) that the asset's row neither confirms nor excludes."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that a record says of a product's versions."""

    range: Range
    status: Status
    locator: str
    kind: EvidenceKind = "configuration"
    condition: str = ""
    """What else must hold, in words, where that is not known; empty otherwise."""
    scheme: Scheme = "generic"
    applies: bool = True
    """False where the statement is on another variant of the product (edition, platform) than the asset's."""
    text: str = ""
    """As the record writes it, for the evidence; the range in words where empty."""
    fixed_in: str = ""
    """The version that ends an affected range, where it is the fixed one."""

    def words(self) -> str:
        """The range for a sentence; what cannot be read as a range as the record writes it."""
        return self.text if self.range.exact == UNREADABLE else self.range.text()


@dataclass(frozen=True, slots=True)
class Weighed:
    """The outcome and the statements that gave it."""

    affected: Ternary
    by: tuple[Statement, ...]


def _answer(version: str, statement: Statement) -> Ternary:
    if not statement.applies:
        return "no"
    if not known(version):
        return "yes" if statement.range.text() == EVERY else "unknown"
    return in_range(version, statement.range, statement.scheme)


def weigh(version: str, statements: Sequence[Statement], default: Status) -> Weighed:
    """Whether a version is affected by what was stated.

    1. An exact version that is stated wins over a range that holds it.
    2. Then "unaffected" overrides "affected" (CVE record format 5: a later status is an exception to a range).
    3. Then "affected" says yes, and a statement that cannot be compared says unknown.
    4. Outside all of them the default decides. `unknown` there is a silence, not an answer: a version outside every
       stated range is taken as not affected, beside a list of single versions it stays unknown.

    Args:
        version: as the asset has it; empty where not known.
        statements: of this product only.
        default: status of a version that no statement holds.
    """
    answers: dict[tuple[Status, Ternary], list[Statement]] = {}
    for statement in statements:
        answers.setdefault((statement.status, _answer(version, statement)), []).append(statement)

    def holding(status: Status, answer: Ternary, exact: bool | None = None) -> tuple[Statement, ...]:
        found = answers.get((status, answer), ())
        return tuple(s for s in found if s.range.exact) if exact else tuple(found)

    for exact in (True, None):
        if said := holding("unaffected", "yes", exact):
            return Weighed("no", said)
        if said := holding("affected", "yes", exact):
            doubts = holding("unaffected", "unknown")
            return Weighed("unknown", said + doubts) if doubts and exact is None else Weighed("yes", said)
    if said := holding("unknown", "yes") or holding("affected", "unknown"):
        return Weighed("unknown", said)
    if default == "affected":
        doubts = holding("unaffected", "unknown")
        return Weighed("unknown", doubts) if doubts else Weighed("yes", tuple(statements))
    if default == "unaffected":
        return Weighed("no", tuple(statements))
    spans = [s for s in statements if s.status == "affected" and not s.range.exact]
    return Weighed("no" if spans and known(version) else "unknown", tuple(spans) or tuple(statements))


def fixes(statements: Iterable[Statement]) -> tuple[str, ...]:
    """The versions that the statements name as fixed, each once, in their order."""
    return tuple(dict.fromkeys(s.fixed_in for s in statements if s.fixed_in))


def _next_fix(version: str, all_statements: Sequence[Statement], by: Sequence[Statement]) -> tuple[str, ...]:
    """The fix of the range that holds the version; without one, every fix that is not before the version."""
    if own := fixes(by):
        return own
    scheme = all_statements[0].scheme if all_statements else "generic"
    named = fixes(all_statements)
    return tuple(f for f in named if not known(version) or possible(version, f, scheme) != {1})


def _versions(statements: Iterable[Statement]) -> str:
    words = list(dict.fromkeys(s.words() for s in statements))
    return EVERY if EVERY in words else f"versions {_listing(words)}" if words else "no versions"


def _listing(items: Sequence[str], limit: int = 4) -> str:
    shown = list(items[:limit])
    more = len(items) - limit
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def product_name(identity: Identity) -> str:
    """What to call the asset's product in a sentence."""
    asset = identity.asset
    return asset.product or (identity.purl.name if identity.purl else "") or asset.name


def _question(identity: Identity, fixed: Sequence[str], by: Sequence[Statement]) -> str:
    name, product = identity.asset.name, product_name(identity)
    fixed_text = f" Fixed in {_listing(fixed)}." if fixed else f" Listed as affected: {_versions(by)}."
    if identity.distribution and identity.version:
        return f"Has the distribution carried the fix back into {product} {identity.version} on {name}?{fixed_text}"
    if not identity.version:
        return f"Which version of {product} runs on {name}?{fixed_text}"
    return f"Which exact version of {product} runs on {name}? The inventory says {identity.version}.{fixed_text}"


_RULES: dict[How, str] = {"cpe": "cpe", "purl": "purl", "name": "name"}


def conclude(
    item: ItemRef,
    identity: Identity,
    how: How,
    weighed: Weighed,
    *,
    statements: Sequence[Statement],
    rule: str,
    source: str,
    cve_ids: Sequence[str],
    note: str = "",
    upstream: bool = True,
) -> Verdict:
    """Words the verdict on one asset from what was weighed.

    Args:
        item: what is judged.
        identity: the asset.
        how: the field of the asset that matched.
        weighed: outcome of `weigh`.
        statements: all statements on the product, for the versions named as fixed.
        rule: suffix of the rule id (`range`, `record`, `status`); the field that matched is its prefix.
        source: who states it, in words ("NVD", "the CVE record (Cisco)").
        cve_ids: CVEs that the verdict is about.
        upstream: whether the versions are the original project's; a distribution's package may carry fixes beyond them.
        note: a sentence to add to the reason (a VEX justification, a disagreement); empty for none.
    """
    asset, version, product = identity.asset, identity.version, product_name(identity)
    affected = weighed.affected
    if (
        affected == "yes"
        and upstream
        and identity.distribution
        and known(version)
        and any(s.range.text() != EVERY for s in weighed.by)
    ):
        affected = "unknown"
        note = note or "A distribution's package may carry the fix without a new upstream version."
    open_conditions = [s.condition for s in weighed.by if s.status == "affected"]
    condition = open_conditions[0] if affected != "no" and open_conditions and all(open_conditions) else ""
    said = _versions(weighed.by)
    running = f"{asset.name} runs {product} {version}" if version else f"{asset.name} runs {product}, version not known"
    kind: VerdictKind
    if affected == "yes":
        kind = "affected"
        reason = f"{running}; {source} lists {said} as affected"
    elif affected == "unknown":
        kind = "version-unknown"
        reason = f"{running}; {source} lists {said}, which cannot be compared with it for certain"
        if weighed.by and all(s.status == "unknown" for s in weighed.by):
            reason = f"{running}; {source} does not say whether it is affected"
        elif not version:
            reason = f"{running}; {source} lists {said} as affected"
    else:
        kind = "version-not-affected"
        if any(s.status == "unaffected" for s in weighed.by):
            reason = f"{running}; {source} lists {said} as not affected"
        elif weighed.by and not any(s.applies for s in weighed.by):
            reason = f"{running}; {source} lists only another edition or platform of it as affected"
        else:
            reason = f"{running}; {source} lists only {said} as affected"
    reason += f" ({condition})" if condition else ""
    reason = f"{reason}. {note}" if note else f"{reason}."
    fixed = _next_fix(version, statements, weighed.by) if affected != "no" else ()
    field = {"cpe": asset.cpe, "purl": asset.purl, "name": f"{asset.vendor} {asset.product}".strip()}[how]
    locator = {"cpe": f"{asset.id}.cpe", "purl": f"{asset.id}.purl", "name": f"{asset.id}.product"}[how]
    evidence = [Evidence(kind="asset", text=field, locator=locator)]
    if version:
        evidence.append(Evidence(kind="asset", text=version, locator=identity.version_locator))
    evidence += [Evidence(kind=s.kind, text=s.text or s.words(), locator=s.locator) for s in weighed.by[:8]]
    return Verdict(
        item=item,
        kind=kind,
        match=Match(
            rule=f"{_RULES[how]}-{rule}",
            subject_kind="asset",
            subject_id=asset.id,
            subject_name=asset.name,
            evidence=tuple(evidence),
            confidence=min(CONFIDENCE[how], CONDITION_CONFIDENCE) if condition else CONFIDENCE[how],
        ),
        reason=reason,
        question=_question(identity, fixed, weighed.by) if kind == "version-unknown" else "",
        cve_ids=tuple(cve_ids),
        fixed_in=fixed,
    )
