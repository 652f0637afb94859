"""`vciso refresh`: reads the sources."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.common import now, open_home, progress, say, say_json, settings

if TYPE_CHECKING:
    from ingest.http import Fetcher
    from knowledge.places import Places
    from knowledge.records.source import Source, SourceReport
    from knowledge.settings import Settings

SHOWN_SKIPS = 5
"""Skipped things that are printed a source without --verbose."""


def make_fetcher(found: Settings) -> Fetcher:
    """The outgoing side, as the settings want it."""
    from ingest.http import Fetcher, context_with_authorities

    return Fetcher(proxy=found.proxy, ssl_context=context_with_authorities(found.ca_file) if found.ca_file else None)


def kept_sources(places: Places) -> tuple[Source, ...]:
    """The sources of this home; the built-in ones are brought up to date first."""
    from ingest.catalogue import new_builtins

    with places.shared().write() as unit:
        for source in new_builtins(unit.sources.list()):
            unit.sources.put(source)
        return unit.sources.list()


def refresh(
    ctx: typer.Context,
    only: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Ids of sources; default: all.")
    ] = None,
    from_dir: Annotated[
        Path | None, typer.Option("--from", help="Read files of this folder instead of the network (air-gapped).")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Also ask sources that are not due yet.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show every skipped item with its reason.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The whole report as JSON.")] = False,
) -> None:
    """Read the sources that are due: news, KEV, EPSS, NVD, CVE records, CSAF advisories.

    One failing source never stops the others. The exit code is 6 only when none could be read.
    """
    from ingest.pipeline import Options
    from ingest.pipeline import refresh as run_refresh
    from knowledge.errors import SourceError
    from knowledge.records.source import GOOD

    at = now()
    found = settings(ctx)
    options = Options(
        force=force or bool(only),
        workers=found.fetch_workers,
        lookup_limit=found.lookup_limit,
        nvd_api_key=found.nvd_api_key.get_secret_value() if found.nvd_api_key else "",
    )
    with open_home(ctx, at) as places:
        sources = kept_sources(places)
        if only:
            with places.shared().read() as unit:
                sources = tuple(unit.sources.get(source_id) for source_id in dict.fromkeys(only))
        with progress("Refresh") as step:
            report = run_refresh(
                places.shared().facts(at),
                sources,
                now=at,
                fetcher=make_fetcher(found),
                from_dir=from_dir,
                progress=lambda text, done, total: step(done, total, text),
                options=options,
            )
        with places.shared().write() as unit:
            unit.audit.append(
                at,
                "sources.refresh",
                str(from_dir.name) if from_dir else "network",
                added=sum(one.added for one in report.sources),
                updated=sum(one.updated for one in report.sources),
                failed=[one.source_id for one in report.sources if one.outcome not in GOOD],
            )
    if as_json:
        say_json(report.model_dump(mode="json"))
    else:
        for one in report.sources:
            _say_report(one, verbose=verbose)
        took = (report.finished_at - report.started_at).total_seconds()
        say(f"{len(report.sources)} sources in {took:.1f} s.")
    tried = [one for one in report.sources if one.outcome != "not-due"]
    if tried and not any(one.outcome in GOOD for one in tried):
        raise SourceError(
            "no source could be read",
            hint="Check the network or the proxy setting, or use --from FOLDER; what was read before stays.",
        )


def _say_report(one: SourceReport, *, verbose: bool) -> None:
    say(one.sentence)
    shown = one.skipped if verbose else one.skipped[:SHOWN_SKIPS]
    for skip in shown:
        say(f"  skipped {skip.subject[:80]}: {skip.reason}")
    if len(one.skipped) > len(shown):
        say(f"  and {len(one.skipped) - len(shown)} more skipped; --verbose shows them.")
