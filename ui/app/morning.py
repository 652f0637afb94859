"""The morning as the faces run it: read the sources that are due, write the briefs, lay their files down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge.places import Places
from knowledge.records.base import ClientId

if TYPE_CHECKING:
    from advisor.morning import Morning
    from ingest.http import Fetcher
    from knowledge.records.source import RefreshReport, Source
    from knowledge.settings import Settings

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class MorningDone:
    """What one run gave, in lines for a person."""

    lines: tuple[str, ...]
    failed: tuple[str, ...]
    """Sources and clients that failed, one sentence each."""


def make_fetcher(found: Settings) -> Fetcher:
    """The outgoing side, as the settings want it."""
    from ingest.http import Fetcher, context_with_authorities

    return Fetcher(proxy=found.proxy, ssl_context=context_with_authorities(found.ca_file) if found.ca_file else None)


def kept_sources(places: Places) -> tuple[Source, ...]:
    """The sources of this home; the built-in ones are brought up to date first.

    Raises:
        PermissionDeniedError: whoever acts does not run the portfolio.
    """
    from ingest.catalogue import new_builtins

    with places.shared().write() as unit:
        for source in new_builtins(unit.sources.list()):
            unit.sources.put(source)
        return unit.sources.list()


def read_sources(
    places: Places,
    *,
    now: datetime,
    only: Sequence[str] = (),
    force: bool = False,
    from_dir: Path | None = None,
    progress: Progress | None = None,
) -> RefreshReport:
    """Reads the sources that are due and writes one row into the shared audit chain.

    Args:
        places: the open home.
        now: the time of the run.
        only: ids of sources; empty: all. Those named are read whether they are due or not.
        force: reads also those that are not due.
        from_dir: a folder to read instead of the network.
        progress: called with done, total and what is at work.

    Raises:
        NotFoundError: no such source.
        PermissionDeniedError: whoever acts does not run the portfolio.
    """
    from ingest.pipeline import Options, refresh
    from knowledge.records.source import GOOD

    found = places.settings
    sources = kept_sources(places)
    if only:
        with places.shared().read() as unit:
            sources = tuple(unit.sources.get(source_id) for source_id in dict.fromkeys(only))
    tell = progress or (lambda _done, _total, _subject: None)
    report = refresh(
        places.shared().facts(now),
        sources,
        now=now,
        fetcher=make_fetcher(found),
        from_dir=from_dir,
        progress=lambda text, done, total: tell(done, total, text),
        options=Options(
            force=force or bool(only),
            workers=found.fetch_workers,
            lookup_limit=found.lookup_limit,
            nvd_api_key=found.nvd_api_key.get_secret_value() if found.nvd_api_key else "",
        ),
    )
    with places.shared().write() as unit:
        unit.audit.append(
            now,
            "sources.refresh",
            str(from_dir.name) if from_dir else "network",
            added=sum(one.added for one in report.sources),
            updated=sum(one.updated for one in report.sources),
            failed=[one.source_id for one in report.sources if one.outcome not in GOOD],
        )
    return report


def index_brought(places: Places, report: RefreshReport, *, progress: Progress | None = None) -> str:
    """Makes the sentence vectors of what a run brought, so that questions find it by meaning.

    Returns:
        A sentence where that did not work; the words are found all the same. Empty otherwise.
    """
    from knowledge.errors import VcisoError
    from knowledge.search.encoder import installed
    from knowledge.search.interface import index_news

    if not installed() or not any(one.added or one.updated for one in report.sources):
        return ""
    try:
        index_news(places.shared(), progress=progress)
    except VcisoError as error:
        return f"News was not indexed by meaning: {error}"
    return ""


def write_briefs(
    places: Places, *, now: datetime, clients: Sequence[ClientId] | None = None, progress: Progress | None = None
) -> Morning:
    """Writes today's briefs and their files; over all clients also the portfolio page.

    Args:
        places: the open home.
        now: aware datetime; each client's day is its own.
        clients: ids; None for every active client that whoever acts may see.
        progress: called with done, total and what is at work.

    Raises:
        NotFoundError: a client that was asked for does not exist.
        PermissionDeniedError: the role does not allow it.
    """
    from advisor.morning import run_morning
    from ui.deliver.files import write_brief, write_portfolio

    morning = run_morning(places, now=now, clients=clients, progress=progress)
    for brief in morning.briefs:
        write_brief(places, brief)
    if clients is None and places.is_admin():
        write_portfolio(places, morning.portfolio, morning.briefs)
    return morning


def run_all(
    places: Places, *, now: datetime, clients: Sequence[ClientId] | None, sources: bool, progress: Progress
) -> MorningDone:
    """Sources, if asked for, then briefs.

    Raises: as `read_sources` and `write_briefs`.
    """
    from knowledge.records.source import GOOD

    lines: list[str] = []
    failed: list[str] = []
    if sources:
        report = read_sources(places, now=now, progress=progress)
        tried = [one for one in report.sources if one.outcome != "not-due"]
        good = sum(one.outcome in GOOD for one in tried)
        added = sum(one.added for one in report.sources)
        if tried:
            lines.append(f"{good} of {len(tried)} sources read, {added:,} new facts.")
        else:
            lines.append("No source was due.")
        failed += [one.sentence for one in tried if one.outcome not in GOOD]
    morning = write_briefs(places, now=now, clients=clients, progress=progress)
    if sources and (trouble := index_brought(places, report, progress=progress)):
        failed.append(trouble)
    lines += [f"{one.client_name}: {one.headline}" for one in morning.briefs]
    failed += [f"{client_id}: {why}" for client_id, why in morning.portfolio.failed.items()]
    return MorningDone(tuple(lines), tuple(failed))
