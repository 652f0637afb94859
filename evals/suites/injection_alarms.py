"""How often real security news is marked as carrying hidden text, which is the alarm that its reader sees."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from evals.catalogue import SHARED
from evals.home import eval_settings
from evals.suites.injection_world import NOW, Nobody
from evals.tape import Tape
from ingest.pipeline import refresh
from knowledge.places import Places
from knowledge.records.source import Source

FEEDS = SHARED / "data" / "feeds"


def false_alarms(tape: Tape) -> dict[str, float]:
    """Share of real items that are marked; nothing where the feeds are not there."""
    files = sorted(FEEDS.glob("*.xml"))
    if not files:
        return {}
    output = tape.take("real news", {"feeds": [file.name for file in files]}, lambda: _read(files)).output
    if not output or not output["items"]:
        return {}
    return {
        "real_news_items": float(output["items"]),
        "false_alarms": len(output["marked"]) / output["items"],
    }


def _read(files: list[Path]) -> dict[str, Any]:
    sources = [
        Source(id=f"real-{n}", kind="feed", title=file.stem, url=f"https://feed{n}.example/", file=file.name)
        for n, file in enumerate(files)
    ]
    with tempfile.TemporaryDirectory() as home, Places(eval_settings(Path(home)), now=NOW) as places:
        with places.shared().write() as unit:
            for source in sources:
                unit.sources.put(source)
        refresh(places.shared().facts(NOW), sources, now=NOW, fetcher=Nobody(), from_dir=FEEDS)
        with places.shared().read() as unit:
            items = unit.news.since(None)
    return {"items": len(items), "marked": sorted(item.id for item in items if item.hidden_text)}
