"""The brief suite: mornings whose right brief is known, by sections, verdicts, and facts it must or must not say."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from advisor.morning import run_morning
from evals.home import eval_settings
from evals.stats import interval
from evals.suites.brief_data import DEFAULT, Case, load
from evals.tape import Tape
from ingest.pipeline import refresh
from knowledge.clients import add_client, new_ref
from knowledge.places import Places
from knowledge.records.asset import Asset, ThirdParty
from knowledge.records.brief import Brief, BriefItem
from knowledge.records.client import Client
from knowledge.records.source import Source
from knowledge.records.vulnerability import KevEntry, Vulnerability

NOW = datetime(2026, 8, 7, 6, 30, tzinfo=UTC)
SECTIONS = ("act-now", "check-today", "watch", "fyi")


def run(data: Path | None = None, *, tape: Tape | None = None, model: str = "", quick: bool = False) -> dict[str, Any]:
    """Runs each case's morning through the real feed parser, judge and composer, and scores the brief that comes.

    Args:
        data: a folder of cases; the shipped ones by default.
        tape: where each brief is written down, or read from.
        model: no brief asks one; for the suites' common form.
        quick: every case is run in any case.

    Raises:
        NotFoundError, BadInputError: the folder or a file of it cannot be used.
    """
    del model, quick
    played = tape or Tape()
    rows = []
    for case in load(data or DEFAULT):
        take = played.take(case.id, case.model_dump(mode="json"), partial(_morning, case))
        if not take.error:
            rows.append(_scored(case, Brief.model_validate(take.output)))
    return {
        "suite": "brief",
        "data": str(data or "evals/cases/brief"),
        "metrics": _metrics(rows),
        "cases": rows,
    }


def _morning(case: Case) -> Any:
    with tempfile.TemporaryDirectory() as folder, Places(eval_settings(Path(folder) / "home"), now=NOW) as places:
        profile = Client(id="client", ref=new_ref(), name="Firm", created_at=NOW, **case.client)
        add_client(places, profile, NOW)
        with places.client("client") as place, place.write() as unit:
            unit.assets.put([Asset(updated_at=NOW, **row) for row in case.assets])
            unit.third_parties.put([ThirdParty(updated_at=NOW, **row) for row in case.suppliers])
        source = Source(id="news", kind="feed", title="Security News", url="https://news.example/feed.xml")
        (Path(folder) / "news.xml").write_bytes(case.feed(NOW))
        with places.shared().write() as unit:
            unit.sources.put(source)
            unit.vulnerabilities.put([Vulnerability.model_validate(row) for row in case.flaws], changed_at=NOW)
            unit.vulnerabilities.put_kev([KevEntry.model_validate(row) for row in case.kev], changed_at=NOW)
        refresh(places.shared().facts(NOW), [source], now=NOW, fetcher=_Nobody(), from_dir=Path(folder))
        brief = run_morning(places, now=NOW).briefs[0]
        return json.loads(brief.model_dump_json())


class _Nobody:
    """Fetches nothing: the feed is in a folder."""

    def fetch(self, url: str, **options: object) -> Any:
        """Never called."""
        raise AssertionError(f"asked for {url} with {options}")


def _scored(case: Case, brief: Brief) -> dict[str, Any]:
    """What is right and wrong about one brief (pure)."""
    items = {name: item for item in brief.items for name in _names(item)}
    section_right, verdict_right, due_right, wrong = [], [], [], []
    for wanted in case.items:
        item = items.get(wanted.about)
        said = _said(brief, wanted.about, item)
        section_right.append(said["section"] == wanted.section)
        verdict_right.append(said["verdict"] == wanted.verdict)
        if wanted.due is not None:
            due_right.append(item is not None and item.due == wanted.due)
            said["due"] = str(item.due) if item else "absent"
        if not (section_right[-1] and verdict_right[-1] and (wanted.due is None or due_right[-1])):
            wrong.append(f"{wanted.about}: {said}")
    text = _words(brief)
    unknowns = [item for item in brief.items if item.verdict == "version-unknown"]
    return {
        "id": case.id,
        "tags": list(case.tags),
        "source": "evals/cases/brief",
        "author": "ours",
        "licence": "Apache-2.0",
        "sections": section_right,
        "verdicts": verdict_right,
        "dues": due_right,
        "missing": [fact for fact in case.must if fact.casefold() not in text.casefold()],
        "forbidden": [fact for fact in case.must_not if fact.casefold() in text.casefold()],
        "unwanted": sorted({about for about in case.absent if about in items}),
        "without_question": sum(not item.question for item in unknowns),
        "without_row": sum(not item.why_you for item in brief.items if item.verdict != "not-relevant"),
        "wrong": wrong,
        "words": len(text.split()),
    }


def _said(brief: Brief, about: str, item: BriefItem | None) -> dict[str, str]:
    if item is not None:
        return {"section": item.label, "verdict": item.verdict}
    settled = any(about in line for line in brief.not_affected)
    return dict.fromkeys(("section", "verdict"), "not-affected" if settled else "absent")


def _names(item: BriefItem) -> Sequence[str]:
    return (*item.cve_ids, *(link.url for link in item.sources), *(v.match.subject_id for v in item.verdicts))


def _words(brief: Brief) -> str:
    parts = [brief.headline, *brief.not_affected]
    for item in brief.items:
        parts += [item.headline, item.what, *item.why_you, item.why_now, item.action, item.due_sentence, item.question]
    return "\n".join(parts)


def _metrics(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    metrics: dict[str, float] = {"mornings": float(len(rows))}
    for name, key in (("sections_right", "sections"), ("verdicts_right", "verdicts"), ("dues_right", "dues")):
        units = [hit for row in rows for hit in row[key]]
        metrics[name] = _share(units)
        metrics[f"{name}.low"], metrics[f"{name}.high"] = interval(units, _share)
    counted: dict[str, Callable[[Mapping[str, Any]], int]] = {
        "facts_missing": lambda row: len(row["missing"]),
        "facts_forbidden": lambda row: len(row["forbidden"]),
        "unwanted_items": lambda row: len(row["unwanted"]),
        "unknowns_without_question": lambda row: row["without_question"],
        "items_without_row": lambda row: row["without_row"],
    }
    metrics |= {name: float(sum(map(count, rows))) for name, count in counted.items()}
    metrics["words_longest"] = float(max((row["words"] for row in rows), default=0))
    return metrics


def _share(units: Sequence[bool]) -> float:
    return sum(units) / len(units) if units else 1.0
