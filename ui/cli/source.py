"""`vciso source`: where the facts come from."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from ui.cli.common import group, now, open_home, say, say_json, say_table, settings

app = group(
    "source",
    "Where the facts come from: list with health, add, test, disable, import OPML.",
    "Where the facts come from.",
)

SourceArgument = Annotated[str, typer.Argument(metavar="SOURCE", help="Id of the source.")]


@app.command("list")
def list_sources(ctx: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """List the sources and how each stands."""
    from advisor.outlook import cover
    from ui.app.morning import kept_sources

    with open_home(ctx, now()) as places:
        sources = kept_sources(places)
        with places.shared().read() as unit:
            states = unit.sources.states()
    if as_json:
        say_json(
            [
                source.model_dump(mode="json")
                | {"state": states[source.id].model_dump(mode="json") if source.id in states else None}
                for source in sources
            ]
        )
        return
    rows = []
    for source in sources:
        state = states.get(source.id)
        read = f"{state.fetched_at:%Y-%m-%d %H:%M}" if state and state.fetched_at else "never"
        health = cover(source, state).sentence if source.enabled else "disabled"
        rows.append((source.id, source.kind, source.title, read, health))
    say_table("Sources", ("Id", "Kind", "Title", "Last read (UTC)", "State"), rows)


@app.command()
def show(ctx: typer.Context, source_id: SourceArgument) -> None:
    """Show a source: address, publisher, terms, state."""
    from ui.app.morning import kept_sources

    with open_home(ctx, now()) as places:
        kept_sources(places)
        with places.shared().read() as unit:
            source = unit.sources.get(source_id)
            state = unit.sources.state(source_id)
    rows = [(name.replace("_", " "), str(value)) for name, value in source if value not in ("", ())]
    rows += [(name.replace("_", " "), str(value)) for name, value in (state or ()) if value not in ("", None)]
    say_table(source.title, ("", ""), rows)


@app.command()
def add(
    ctx: typer.Context,
    url: Annotated[str, typer.Argument(help="Public http or https address.")],
    title: Annotated[str, typer.Option(help="Name to show; default: the host.")] = "",
    kind: Annotated[str, typer.Option(help="feed, kev, epss, nvd, csaf or cve5; default: guessed.")] = "",
    source_id: Annotated[str, typer.Option("--id", help="Short id; default: made of the title.")] = "",
) -> None:
    """Add a source. Try it with `vciso source test`."""
    from typing import get_args

    from knowledge.errors import UsageError
    from knowledge.records.source import SourceKind
    from ui.app.sources import add_source

    chosen: SourceKind | None = next((one for one in get_args(SourceKind) if one == kind), None)
    if kind and chosen is None:
        raise UsageError("no such kind of source", subject=kind, hint=f"Use one of: {', '.join(get_args(SourceKind))}.")
    at = now()
    with open_home(ctx, at) as places:
        source = add_source(places, url, at, kind=chosen, title=title, source_id=source_id)
    say(f"Added {source.title} as {source.id} ({source.kind}). Try it: vciso source test {source.id}")


@app.command("import")
def import_opml(ctx: typer.Context, file: Annotated[Path, typer.Argument(help="OPML file.")]) -> None:
    """Add the feeds of an OPML file; unusable ones are listed with the reason."""
    from knowledge.errors import NotFoundError
    from ui.app.sources import add_feeds
    from ui.cli.refresh import SHOWN_SKIPS

    if not file.is_file():
        raise NotFoundError("no such file", subject=str(file), hint="Check the path.")
    at = now()
    with open_home(ctx, at) as places:
        found = add_feeds(places, file.read_bytes(), at, name=file.name)
    skipped = found.skipped
    say(f"Added {len(found.made)} feeds, skipped {len(skipped)}.")
    for skip in skipped[:SHOWN_SKIPS]:
        say(f"  skipped {skip.subject[:80]}: {skip.reason}")
    if len(skipped) > SHOWN_SKIPS:
        say(f"  and {len(skipped) - SHOWN_SKIPS} more.")


@app.command()
def test(ctx: typer.Context, source_id: SourceArgument) -> None:
    """Ask a source once and say what came of it; nothing is kept."""
    from ingest.catalogue import try_source
    from ingest.schedule import RollingLimit
    from ingest.sources.nvd import CONFIG
    from knowledge.errors import SourceError
    from knowledge.records.source import GOOD
    from ui.app.morning import kept_sources, make_fetcher

    at = now()
    with open_home(ctx, at) as places:
        kept_sources(places)
        with places.shared().read() as unit:
            source = unit.sources.get(source_id)
    limit = RollingLimit(CONFIG.calls, CONFIG.per_seconds, clock=time.monotonic, sleep=time.sleep)
    report = try_source(source, fetcher=make_fetcher(settings(ctx)), now=at, limit=limit)
    if report.outcome not in GOOD:
        raise SourceError(
            report.sentence.rstrip("."), hint="It stays in the list; `vciso source disable` leaves it out."
        )
    say(report.sentence)


def _set_enabled(ctx: typer.Context, source_id: str, *, enabled: bool) -> None:
    from ui.app.sources import set_enabled

    at = now()
    with open_home(ctx, at) as places:
        source = set_enabled(places, source_id, at, enabled=enabled)
    say(f"{source.title} is {'enabled' if enabled else 'disabled'}.")


@app.command()
def disable(ctx: typer.Context, source_id: SourceArgument) -> None:
    """Leave a source out; what it brought stays."""
    _set_enabled(ctx, source_id, enabled=False)


@app.command()
def enable(ctx: typer.Context, source_id: SourceArgument) -> None:
    """Take a source up again."""
    _set_enabled(ctx, source_id, enabled=True)


@app.command()
def remove(ctx: typer.Context, source_id: SourceArgument) -> None:
    """Remove a source that you added; a built-in one can only be disabled. What it brought stays."""
    from ui.app.sources import remove_source

    at = now()
    with open_home(ctx, at) as places:
        source = remove_source(places, source_id, at)
    say(f"Removed {source.title}.")
