"""What confirmed aliases say about a client's assets: spelling of the inventory -> names of the public catalogues."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from advisor.triage.identity import name_key
from advisor.triage.subjects import asset_subject
from knowledge.records.asset import Asset
from knowledge.records.feedback import Alias


def written(asset: Asset) -> tuple[str, str]:
    """Vendor and product as the row writes them, the asset's name where it writes no product."""
    subject = asset_subject(asset)
    return subject.vendor.strip(), subject.product.strip()


def spelling(vendor: str, product: str) -> str:
    """What two spellings must share to be one: case, spaces and punctuation do not tell them apart."""
    return name_key(vendor or "?", product) or f"{vendor.casefold()}/{product.casefold()}"


def names_by_asset(assets: Iterable[Asset], aliases: Sequence[Alias]) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Asset id -> the (vendor, product) pairs confirmed for its spelling, as `AssetIndex.put` takes them.

    Args:
        assets: of one client.
        aliases: of the same client; closed ones count for nothing.
    """
    known: dict[str, dict[tuple[str, str], None]] = {}
    for alias in aliases:
        if alias.closed_at is None:
            key = spelling(alias.written_vendor, alias.written_product)
            known.setdefault(key, {})[(alias.vendor, alias.product)] = None
    if not known:
        return {}
    named = {asset.id: tuple(known.get(spelling(*written(asset)), ())) for asset in assets}
    return {asset_id: pairs for asset_id, pairs in named.items() if pairs}
