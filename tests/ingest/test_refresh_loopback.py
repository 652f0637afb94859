"""A refresh over a real socket, and one that is killed in the middle."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.gather_folder import Folder
from ingest.pipeline import Options, refresh
from knowledge.records.source import Source

NOW = datetime(2026, 8, 7, 6, 30, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.network
def test_conditional_requests_over_the_wire(web: Any, memory: Any, answer: Callable[..., Any]) -> None:
    source = Source(id="news", kind="feed", title="News", url="http://feeds.example/a")
    body = b"<rss><channel><item><title>a</title></item></channel></rss>"
    web.routes["/a"] = answer(body=body, ETag='W/"7"', Last_Modified="Fri, 07 Aug 2026 01:02:03 GMT")
    options = Options(lookup_limit=0, jitter=lambda: 0.0)
    first = refresh(memory, [source], now=NOW, fetcher=web.fetcher(), options=options)
    assert (first.sources[0].outcome, first.sources[0].added) == ("read", 1)
    web.routes["/a"] = answer("304 Not Modified", b"")
    second = refresh(memory, [source], now=NOW + timedelta(hours=2), fetcher=web.fetcher(), options=options)
    assert second.sources[0].outcome == "unchanged"
    assert web.header("if-none-match") == 'W/"7"'
    assert web.header("if-modified-since") == "Fri, 07 Aug 2026 01:02:03 GMT"


@pytest.mark.network
def test_c22_one_hanging_source_of_several_costs_only_its_own_time(
    web: Any, memory: Any, answer: Callable[..., Any]
) -> None:
    def hang(conn: Any, head: bytes) -> None:
        time.sleep(4)

    body = b"<rss><channel><item><title>a</title></item></channel></rss>"
    sources = [Source(id=f"s{n}", kind="feed", title=f"S{n}", url=f"http://feeds.example/{n}") for n in range(6)]
    web.routes |= {f"/{n}": answer(body=body) for n in range(6)}
    web.routes["/0"] = hang
    report = refresh(memory, sources, now=NOW, fetcher=web.fetcher(wall=1.5), options=Options(lookup_limit=0))
    assert [one.outcome for one in report.sources] == ["timeout", *["read"] * 5]
    assert "was not done within 1.5 s" in report.sources[0].sentence or "stopped sending" in report.sources[0].sentence


# Refreshes a home from a folder whose files change with every round, until it is killed.
ROUNDS = """
import json, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from ingest.http import Fetcher
from ingest.pipeline import Options, refresh
from knowledge.places import Places
from knowledge.records.source import Source
from knowledge.settings import Settings

home, folder, start = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
sources = [Source(id="news", kind="feed", title="News", url="https://news.example/"),
           Source(id="kev", kind="kev", title="KEV", url="https://kev.example/"),
           Source(id="epss", kind="epss", title="EPSS", url="https://epss.example/")]
for round_ in range(start, start + 1000):
    now = datetime(2026, 8, 7, tzinfo=UTC) + timedelta(minutes=round_)
    items = "".join(f"<item><guid>{n}</guid><title>item {n} round {round_}</title></item>" for n in range(200))
    (folder / "news.xml").write_text(f"<rss><channel>{items}</channel></rss>")
    entries = [{"cveID": f"CVE-2026-{n + 1000}", "vendorProject": f"round {round_}", "product": "p",
                "dateAdded": "2026-08-07"} for n in range(300)]
    (folder / "kev.json").write_text(json.dumps({"count": 300, "vulnerabilities": entries}))
    rows = "".join(f"CVE-2026-{n + 1000},0.{round_ + 1:06},0.5\\n" for n in range(2000))
    (folder / "epss.csv").write_text("cve,epss,percentile\\n" + rows)
    with Places(Settings(home=home, actor="t"), now=now) as places:
        facts = places.shared().facts(now)
        print("begin", flush=True)
        refresh(facts, sources, now=now, fetcher=Fetcher(), from_dir=folder, options=Options())
    print("end", round_, flush=True)
"""


def check(database: Path) -> tuple[int, int, int]:
    """Every table is of one round and whole; gives the rows of each."""
    with sqlite3.connect(database) as conn:
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert conn.execute("PRAGMA foreign_key_check").fetchall() == []
        titles = [row[0] for row in conn.execute("SELECT title FROM news_items")]
        rounds = {title.rpartition(" ")[2] for title in titles}
        vendors = [row[0] for row in conn.execute("SELECT vendor FROM kev_entries")]
        scores = [row[0] for row in conn.execute("SELECT score FROM epss")]
        assert (len(rounds) <= 1, len(set(vendors)) <= 1, len(set(scores)) <= 1) == (True, True, True)
        states = dict(conn.execute("SELECT source_id, outcome FROM source_states"))
        assert (len(titles) > 0, len(vendors) > 0, len(scores) > 0) == (
            "news" in states,
            "kev" in states,
            "epss" in states,
        )
        revisions = conn.execute("SELECT count(*) FROM news_revisions").fetchone()[0]
        edits = conn.execute("SELECT count(DISTINCT replaced_at) FROM news_revisions").fetchone()[0]
        assert revisions == edits * 200
    return len(titles), len(vendors), len(scores)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_c23_kill_at_random_points_leaves_whole_sources(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "in"
    folder.mkdir()
    generator = random.Random(20260807)
    killed_inside = 0
    for attempt in range(20):
        process = subprocess.Popen(
            [sys.executable, "-c", ROUNDS, str(home), str(folder), str(attempt * 50)],
            cwd=ROOT, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "begin\n"
        time.sleep(generator.uniform(0.0, 2.5))
        process.kill()
        rest = process.stdout.read().splitlines()
        process.wait()
        process.stdout.close()
        killed_inside += not rest or rest[-1] == "begin"
        counts = check(home / "shared/shared.sqlite3")
        assert counts[0] in (0, 200)
        assert counts[1] in (0, 300)
        assert counts[2] in (0, 2000)
    assert killed_inside >= 10
    assert Folder(folder).unmatched([]) != ()
