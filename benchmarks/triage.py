"""Triage of a generated portfolio beside a loop of rapidfuzz comparisons: time, memory, growth.

Names come from the real catalogues (KEV, CVE records) and items are real news and CVE texts, filled up with generated
ones, found through VCISO_SHARED (default ../shared).
"""

from __future__ import annotations

import gzip
import json
import os
import random
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

from rapidfuzz.fuzz import token_set_ratio

from advisor.triage.judge import Judge, World
from knowledge.records.asset import Asset
from knowledge.records.client import Client
from knowledge.records.news import NewsItem
from knowledge.records.vulnerability import Vulnerability

NOW = datetime(2026, 8, 7, 6, tzinfo=UTC)
SHARED = Path(os.environ.get("VCISO_SHARED", Path(__file__).resolve().parents[2] / "shared")) / "data"
CLIENTS, ASSETS, ITEMS = 200, 500, 2_000
SAMPLE = 20_000
"""Comparisons that the peer is timed on at a time; its whole time is scaled from all of them."""
RUNS = 3
"""Times that the size aimed at is measured, each in a process of its own; its row is the middle one."""
LEAST, GROWTH, PEAK = 500, 1.3, 1_500
"""Times as fast as the loop, time over matches when clients double, MB: what the size aimed at must reach."""


@dataclass(frozen=True)
class Portfolio:
    """A generated portfolio and the items of one morning."""

    clients: list[tuple[Client, list[Asset]]]
    news: list[NewsItem]
    records: list[Vulnerability]


def names() -> list[tuple[str, str, str]]:
    """Vendor, product and a version, as the public catalogues write them."""
    found: dict[tuple[str, str], str] = {}
    for entry in json.loads((SHARED / "kev" / "kev_2026-08-07.json").read_bytes())["vulnerabilities"]:
        found.setdefault((entry["vendorProject"], entry["product"]), "")
    with gzip.open(SHARED / "vulnrichment" / "compact_with_adp_cpe_2023_2024.jsonl.gz", "rt") as lines:
        for line in lines:
            for one in json.loads(line)["adp"]:
                versions = [v.get("version", "") for v in one["versions"] if v.get("version", "")[:1].isdigit()]
                found.setdefault((one["vendor"], one["product"].replace("_", " ")), versions[0] if versions else "")
    return [(vendor, product, version) for (vendor, product), version in sorted(found.items())]


def texts() -> list[tuple[str, str]]:
    """Titles and bodies of real news and of CVE records."""
    bench = SHARED / "bench" / "triage"
    found = []
    for name in ("news_items.jsonl", "news_background.jsonl"):
        for line in (bench / name).read_text().splitlines():
            item = json.loads(line)
            found.append((item["title"], item["summary"]))
    return found


def records() -> list[Vulnerability]:
    """CVE texts without configurations, so that the words are judged."""
    found = []
    for line in (SHARED / "bench" / "triage" / "cve_items.jsonl").read_text().splitlines():
        item = json.loads(line)
        found.append(Vulnerability(cve_id=item["item_id"], description=item["text"], published_at=NOW, modified_at=NOW))
    return found


def generate(clients: int, assets: int, items: int) -> Portfolio:
    """A portfolio of that size; the same for the same numbers."""
    chance = random.Random(f"{clients} {assets} {items}")
    pool = names()
    portfolio = []
    for number in range(clients):
        client = Client(id=f"c{number}", ref=f"c-{number:012x}", name=f"Client {number}", created_at=NOW)
        rows = [
            Asset(
                id=f"A{row}", name=f"{product} {row}", vendor=vendor, product=product, version=version, updated_at=NOW
            )
            for row, (vendor, product, version) in enumerate(chance.choices(pool, k=assets))
        ]
        portfolio.append((client, rows))
    real = texts()
    base = records()
    news = []
    for number in range(max(items - len(base), 0)):
        title, summary = real[number] if number < len(real) else _invented(chance, pool)
        news.append(
            NewsItem(
                id=f"n-{number:016x}",
                source_id="bench",
                identity=f"guid:{number}",
                title=title,
                summary=summary,
                published_at=NOW,
                first_seen_at=NOW,
                last_changed_at=NOW,
                content_sha256="0" * 64,
            )
        )
    return Portfolio(portfolio, news, base[:items])


def _invented(chance: random.Random, pool: list[tuple[str, str, str]]) -> tuple[str, str]:
    vendor, product, version = chance.choice(pool)
    other = chance.choice(pool)
    return (
        f"{vendor} fixes a critical flaw in {product}",
        f"{vendor} has released an update for {product}; versions before {version or '2.0'} allow code execution. "
        f"Separately, {other[0]} published guidance for administrators of {other[1]}.",
    )


@dataclass(frozen=True)
class Row:
    """What one size of portfolio took; seconds are CPU seconds of the process, which a busy machine distorts least."""

    clients: int
    items: int
    build: float
    judged: float
    verdicts: int
    loop: float
    """Of the peer, scaled from its sample."""
    peak: float
    """MB, of a process that did nothing else."""

    @property
    def whole(self) -> float:
        """Taking the inventories in and judging."""
        return self.build + self.judged

    @property
    def ratio(self) -> float:
        """How many times the loop takes as long as the whole triage."""
        return self.loop / self.whole


class Peer:
    """A loop of `rapidfuzz.fuzz.token_set_ratio` over every item and every asset, timed on pairs drawn at random."""

    def __init__(self, portfolio: Portfolio) -> None:
        news = [f"{item.title} {item.summary}" for item in portfolio.news]
        self._bodies = news + [record.description for record in portfolio.records]
        self._rows = [f"{asset.vendor} {asset.product}" for _, assets in portfolio.clients for asset in assets]
        self._chance = random.Random(1)
        self._spent = 0.0
        self._pairs = 0

    def sample(self) -> None:
        """Times some more pairs; called between the parts of the triage, so that both see the same machine."""
        chance = self._chance
        pairs = [(chance.choice(self._bodies), chance.choice(self._rows)) for _ in range(SAMPLE)]
        begun = time.process_time()
        for body, row in pairs:
            token_set_ratio(body, row)
        self._spent += time.process_time() - begun
        self._pairs += SAMPLE

    @property
    def whole(self) -> float:
        """CPU seconds that all pairs would take."""
        return self._spent / self._pairs * len(self._bodies) * len(self._rows)


def measure(clients: int, items: int) -> Row:
    """One size: the triage, with samples of the loop before it, between its two parts and after it."""
    portfolio = generate(clients, ASSETS, items)
    peer = Peer(portfolio)
    peer.sample()
    begun = time.process_time()
    judge = Judge()
    judge.put_all((client, assets, (), ()) for client, assets in portfolio.clients)
    build = time.process_time() - begun
    peer.sample()
    world = World(news=tuple(portfolio.news), vulnerabilities=tuple(portfolio.records), kev=(), advisories=(), now=NOW)
    begun = time.process_time()
    found = judge.judge(world)
    judged = time.process_time() - begun
    peer.sample()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Row(clients, items, build, judged, sum(map(len, found.values())), peer.whole, peak)


def alone(clients: int, items: int) -> Row:
    """`measure` in a process of its own, so that each starts cold and has its own peak."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measure, clients, items).result()


def main() -> int:
    """Prints the growth table as Markdown; ends with 1 where the size aimed at misses one of its marks."""
    if not SHARED.is_dir():
        print("the real inputs are not here; set VCISO_SHARED to their folder", file=sys.stderr)
        return 0
    print("| clients | assets each | items | build s | judge s | verdicts | us a verdict | loop s | times | MB |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    rows: dict[tuple[int, int], Row] = {}
    runs: list[Row] = []
    sizes = [(50, ITEMS), (100, ITEMS), (CLIENTS, ITEMS), (CLIENTS, ITEMS * 2), (CLIENTS, ITEMS * 4)]
    for clients, items in sizes:
        if (clients, items) == (CLIENTS, ITEMS):
            runs = sorted((alone(clients, items) for _ in range(RUNS)), key=lambda one: one.ratio)
            row = runs[RUNS // 2]
        else:
            row = alone(clients, items)
        rows[(clients, items)] = row
        print(
            f"| {clients} | {ASSETS} | {items} | {row.build:.1f} | {row.judged:.1f} | {row.verdicts:,} | "
            f"{row.judged / max(row.verdicts, 1) * 1e6:.0f} | {row.loop:,.0f} | {row.ratio:,.0f} | {row.peak:,.0f} |",
            flush=True,
        )
    half, aim = rows[(CLIENTS // 2, ITEMS)], rows[(CLIENTS, ITEMS)]
    growth = (aim.whole / half.whole) / (aim.verdicts / half.verdicts)
    ratios = ", ".join(f"{one.ratio:,.0f}" for one in runs)
    print(f"\n{CLIENTS} clients x {ASSETS} assets x {ITEMS} items: {ratios} times as fast (at least {LEAST});")
    print(
        f"time over matches when clients double: {growth:.2f} of linear (at most {GROWTH}); "
        f"peak {aim.peak:,.0f} MB ({PEAK:,})."
    )
    return 0 if runs[0].ratio >= LEAST and growth <= GROWTH and max(one.peak for one in runs) <= PEAK else 1
