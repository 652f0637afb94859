"""Reads from the shared place what one client's brief looks things up in, and how each source stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from advisor.brief.facts import FIRST_LOOK, BriefFacts, kev_added_since
from knowledge.identifiers import cve_ids_in
from knowledge.records.asset import Asset, ThirdParty
from knowledge.records.brief import SourceCoverage
from knowledge.records.source import GOOD, Source, SourceState
from knowledge.records.triage import Story, Verdict
from knowledge.store.units import SharedUnit


def read_facts(
    unit: SharedUnit,
    assets: Sequence[Asset],
    third_parties: Sequence[ThirdParty],
    verdicts: Sequence[Verdict],
    stories: Sequence[Story],
    *,
    since: datetime | None,
    today: date,
) -> BriefFacts:
    """Reads what one client's brief looks things up in.

    Args:
        unit: a transaction on the shared place.
        assets, third_parties: the client's rows.
        verdicts: all that stand for the client.
        stories: groups of items; only those with a verdict are read.
        since: when the last brief of an earlier day was written; None before the first.
        today: the client's day.
    """
    judged = {verdict.item for verdict in verdicts}
    told = [item for story in stories if judged & set(story.items) for item in story.items]
    items = judged | set(told)
    news = unit.news.by_id({item.id for item in items if item.kind == "news"})
    advisories = unit.advisories.by_id({item.id for item in items if item.kind == "advisory"})
    cves = {item.id for item in items if item.kind == "cve"}
    cves |= {cve for verdict in verdicts for cve in verdict.cve_ids}
    named = {cve for item in news.values() for cve in cve_ids_in(f"{item.title} {item.summary}")}
    cves |= named
    catalogue = unit.vulnerabilities.kev()
    listed = {cve: entry for cve, entry in catalogue.items() if entry.removed_on is None}
    if since is None:
        new = kev_added_since(listed, today - FIRST_LOOK)
    else:
        new = frozenset(entry.cve_id for entry in unit.vulnerabilities.kev_first_seen(since))
    sources = unit.sources.list()
    states = unit.sources.states()
    vulnerabilities = unit.vulnerabilities.by_id(cves)
    return BriefFacts(
        news=news,
        vulnerabilities=vulnerabilities,
        kev=listed,
        epss=unit.vulnerabilities.epss(cves),
        advisories=advisories,
        assets={asset.id: asset for asset in assets},
        third_parties={party.id: party for party in third_parties},
        publishers={source.id: source.publisher or source.title for source in sources},
        sources=tuple(
            cover(source, states.get(source.id))
            for source in sorted(sources, key=lambda source: source.title.casefold())
            if source.enabled
        ),
        items_considered=unit.changed_since(since),
        lookups_missing=tuple(sorted(named - set(vulnerabilities))),
        new_in_kev=new,
    )


def cover(source: Source, state: SourceState | None) -> SourceCoverage:
    """How a source stands, in one sentence."""
    outcome = state.outcome if state else None
    if state is None or outcome is None:
        sentence = "not read yet"
    elif outcome in GOOD:
        sentence = "read" if outcome == "read" else "nothing new"
    else:
        sentence = state.error
    return SourceCoverage(
        source_id=source.id,
        title=source.title,
        outcome=outcome,
        good=outcome in GOOD,
        sentence=sentence,
        fetched_at=state.fetched_at if state else None,
    )
