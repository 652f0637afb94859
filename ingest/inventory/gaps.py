"""What is not known of assets and third parties, and what that costs in the morning (pure)."""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.records.asset import Asset, ThirdParty
from knowledge.records.base import Record

_NOT_VERSIONED = frozenset({"saas", "data"})
_ORDER = ("critical", "high", "unknown", "medium", "low")


class Gap(Record):
    """One asset or third party with fields that nobody filled yet."""

    id: str
    name: str
    missing: tuple[str, ...]
    """Fields, the costliest first."""
    why: str
    """What the first one costs."""


_WHY = {
    "product": "no flaw can be matched to it",
    "version": "every flaw of its product stays 'version unknown'",
    "exposure": "the due date is given for both cases, exposed and not",
    "criticality": "it is ranked below what is known to be critical",
    "owner": "nobody is named to do the work",
    "vendor": "news that names only the vendor is missed",
    "tools": "a flaw in a tool that it uses is not seen",
    "contact": "nobody is named to be asked",
    "contract": "no clause says how fast it must answer",
    "service": "what fails when it fails is not known",
}


def asset_gaps(assets: Iterable[Asset]) -> tuple[Gap, ...]:
    """List what is missing per asset, critical and internet-facing ones first. SaaS and data need no version."""
    ranked = sorted(assets, key=lambda a: (_ORDER.index(a.criticality), a.exposure != "internet", a.name, a.id))
    return tuple(gap for asset in ranked if (gap := _gap(asset, _asset_missing(asset))))


def supplier_gaps(parties: Iterable[ThirdParty]) -> tuple[Gap, ...]:
    """List what is missing per third party, critical ones first."""
    ranked = sorted(parties, key=lambda p: (_ORDER.index(p.criticality), p.name, p.id))
    fields = ("tools", "contact", "contract", "criticality", "service")
    return tuple(
        gap for party in ranked if (gap := _gap(party, [f for f in fields if getattr(party, f) in ("", "unknown", ())]))
    )


def _asset_missing(asset: Asset) -> list[str]:
    named = bool(asset.product or asset.cpe or asset.purl)
    checks = {
        "product": named,
        "version": bool(asset.version) or asset.kind in _NOT_VERSIONED or not named,
        "exposure": asset.exposure != "unknown" or asset.kind == "library",
        "criticality": asset.criticality != "unknown" or asset.kind == "library",
        "vendor": bool(asset.vendor or asset.cpe or asset.purl),
        "owner": bool(asset.owner) or asset.kind == "library",
    }
    return [field for field, known in checks.items() if not known]


def _gap(record: Asset | ThirdParty, missing: list[str]) -> Gap | None:
    if not missing:
        return None
    return Gap(id=record.id, name=record.name, missing=tuple(missing), why=_WHY[missing[0]])
