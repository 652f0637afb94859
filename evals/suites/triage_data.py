"""Reads a folder of the triage bench (formats: the folder's README)."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from knowledge.errors import BadInputError, NotFoundError


@dataclass(frozen=True, slots=True)
class Row:
    """One asset of a bench inventory."""

    client: str
    id: str
    vendor: str
    product: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class Labels:
    """What is true of one item, by asset id."""

    matches: frozenset[str] = frozenset()
    """T1a: the product is concerned. T2: relevant."""
    affected: frozenset[str] = frozenset()
    unscored: frozenset[str] = frozenset()
    """T1b: affected is null. T2: maybe."""


@dataclass(frozen=True, slots=True)
class Item:
    """One CVE text or news item."""

    id: str
    title: str
    text: str
    links: tuple[str, ...] = ()
    roundup: bool = False
    date: str = ""


@dataclass(slots=True)
class Bench:
    """Everything the folder holds; a missing file leaves its task empty."""

    cve_items: list[Item] = field(default_factory=list)
    cve_assets: list[Row] = field(default_factory=list)
    cve_labels: dict[str, Labels] = field(default_factory=dict)
    news_items: list[Item] = field(default_factory=list)
    news_assets: list[Row] = field(default_factory=list)
    news_labels: dict[str, Labels] = field(default_factory=dict)
    background: list[Item] = field(default_factory=list)
    names: list[tuple[str, str, str, frozenset[str]]] = field(default_factory=list)
    """T3: item id, vendor, product, right answers."""
    catalogue: list[str] = field(default_factory=list)
    stories: list[tuple[str, Item]] = field(default_factory=list)
    """T4: cluster id and item."""


def _lines(folder: Path, name: str) -> list[dict[str, Any]]:
    path = folder / name
    if not path.exists():
        return []
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if not line.strip():
            continue
        try:
            rows.append(json.loads(line))
        except ValueError as error:
            raise BadInputError(
                f"line {number} is no JSON", subject=name, hint="Take the folder's files anew."
            ) from error
    return rows


def _assets(rows: list[dict[str, Any]]) -> list[Row]:
    return [Row(r["client"], r["asset_id"], r["vendor"], r["product"], r.get("version") or "") for r in rows]


def _news(row: dict[str, Any]) -> Item:
    return Item(
        id=row.get("item_id") or row["link"],
        title=row.get("title") or "",
        text=row.get("summary") or "",
        roundup=bool(row.get("roundup")),
        date=row.get("date") or "",
    )


def load(folder: Path) -> Bench:
    """The bench of a folder.

    Raises:
        NotFoundError: no such folder, or none of the bench's files in it.
        BadInputError: a file is not in the bench's format.
    """
    if not folder.is_dir():
        raise NotFoundError("no such folder", subject=str(folder), hint="Give --data the triage bench's folder.")
    bench = Bench()
    try:
        bench.cve_items = [
            Item(r["item_id"], "", r["text"], tuple(r.get("references") or ()))
            for r in _lines(folder, "cve_items.jsonl")
        ]
        bench.cve_assets = _assets(_lines(folder, "cve_inventories.jsonl"))
        bench.cve_labels = _cve_labels(_lines(folder, "cve_labels.jsonl"))
        bench.news_items = [_news(r) for r in _lines(folder, "news_items.jsonl")]
        bench.news_assets = _assets(_lines(folder, "news_inventories.jsonl"))
        bench.news_labels = _news_labels(_lines(folder, "news_labels.jsonl"))
        bench.background = [_news(r) for r in _lines(folder, "news_background.jsonl")]
        bench.names = [
            (r["item_id"], r["vendor"] or "", r["product"] or "", frozenset(r["cpe"]))
            for r in _lines(folder, "alias_items.jsonl")
        ]
        bench.stories = [
            (r["cluster_id"], _news(item)) for r in _lines(folder, "story_clusters.jsonl") for item in r["items"]
        ]
    except (KeyError, TypeError) as error:
        raise BadInputError(f"a field is missing or of another type ({error})", subject=str(folder)) from error
    catalogue = folder / "alias_catalogue.txt"
    if catalogue.exists():
        lines = catalogue.read_text(encoding="utf-8").split("\n")
        bench.catalogue = [line.strip() for line in lines if line.strip()]
    if not (bench.cve_items or bench.news_items or bench.names or bench.stories or bench.background):
        raise NotFoundError("none of the bench's files is there", subject=str(folder), hint="See the bench's README.")
    return bench


def _cve_labels(rows: list[dict[str, Any]]) -> dict[str, Labels]:
    grouped: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        grouped[row["item_id"]].append(row)
    return {
        item: Labels(
            matches=frozenset(r["asset_id"] for r in mine if r["product_match"]),
            affected=frozenset(r["asset_id"] for r in mine if r["affected"] is True),
            unscored=frozenset(r["asset_id"] for r in mine if r["affected"] is None),
        )
        for item, mine in grouped.items()
    }


def _news_labels(rows: list[dict[str, Any]]) -> dict[str, Labels]:
    grouped: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        grouped[row["item_id"]].append(row)
    return {
        item: Labels(
            matches=frozenset(r["asset_id"] for r in mine if r["relevant"] == "yes"),
            unscored=frozenset(r["asset_id"] for r in mine if r["relevant"] not in ("yes", "no")),
        )
        for item, mine in grouped.items()
    }
