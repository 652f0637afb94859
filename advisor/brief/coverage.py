"""What the brief could and could not see."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.brief.facts import BriefFacts
from advisor.brief.words import name
from knowledge.records.asset import Asset
from knowledge.records.brief import Brief, BriefItem, Coverage


def without_version(assets: Sequence[Asset]) -> tuple[Asset, ...]:
    """Assets that name a product but no version, by name."""
    found = [asset for asset in assets if asset.product and not asset.version]
    return tuple(sorted(found, key=lambda asset: (name(asset.name).casefold(), asset.id)))


def coverage(facts: BriefFacts, items: Sequence[BriefItem]) -> Coverage:
    """Sources, counts and gaps. `items`: every item of the brief, quiet ones too."""
    bare = without_version(tuple(facts.assets.values()))
    ids = {asset.id for asset in bare}
    return Coverage(
        sources=facts.sources,
        items_considered=facts.items_considered,
        concerning=sum(item.changes != ("none",) and item.standing != "silenced" for item in items),
        assets=len(facts.assets),
        third_parties=len(facts.third_parties),
        assets_without_version=tuple(name(asset.name) or name(asset.product) for asset in bare),
        would_have_settled=sum(_hangs_on_version(item, ids) for item in items),
        lookups_missing=tuple(sorted(set(facts.lookups_missing))),
    )


def _hangs_on_version(item: BriefItem, bare_ids: set[str]) -> bool:
    """Whether writing down those versions would have answered every open question of the item."""
    unknown = [verdict for verdict in item.verdicts if verdict.kind == "version-unknown"]
    return bool(unknown) and all(
        verdict.match.subject_kind == "asset" and verdict.match.subject_id in bare_ids for verdict in unknown
    )


def waiting_for_versions(brief: Brief) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Names of the assets without a version that an item of this brief hangs on, with the numbers of those items."""
    waiting: dict[str, list[int]] = {}
    bare = set(brief.coverage.assets_without_version)
    for item in brief.items:
        for verdict in item.verdicts:
            subject = name(verdict.match.subject_name)
            if verdict.kind == "version-unknown" and verdict.match.subject_kind == "asset" and subject in bare:
                waiting.setdefault(subject, []).append(item.number)
    return tuple((subject, tuple(dict.fromkeys(numbers))) for subject, numbers in waiting.items())
