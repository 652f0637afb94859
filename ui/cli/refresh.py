"""`vciso refresh`: reads the sources."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.common import now, open_home, progress, say, say_json

if TYPE_CHECKING:
    from knowledge.records.source import SourceReport

SHOWN_SKIPS = 5
"""Skipped things that are printed a source without --verbose."""


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
    from knowledge.errors import SourceError
    from knowledge.records.source import GOOD
    from ui.app.morning import index_brought, read_sources

    at = now()
    with open_home(ctx, at) as places, progress("Refresh") as step:
        report = read_sources(places, now=at, only=only or (), force=force, from_dir=from_dir, progress=step)
        trouble = index_brought(places, report, progress=step)
    if as_json:
        say_json(report.model_dump(mode="json"))
    else:
        for one in report.sources:
            _say_report(one, verbose=verbose)
        took = (report.finished_at - report.started_at).total_seconds()
        say(f"{len(report.sources)} sources in {took:.1f} s.")
        if trouble:
            say(trouble)
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
