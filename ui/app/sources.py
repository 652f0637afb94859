"""Sources as both faces change them: added, brought in as a list, left out, taken up again, removed; each traced."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from knowledge.places import Places
from ui.app.morning import kept_sources

if TYPE_CHECKING:
    from knowledge.records.source import Skip, Source, SourceKind


@dataclass(frozen=True)
class Feeds:
    """What a list of feeds would bring, or brought."""

    made: tuple[Source, ...]
    skipped: tuple[Skip, ...]


def add_source(
    places: Places, url: str, now: datetime, *, kind: SourceKind | None = None, title: str = "", source_id: str = ""
) -> Source:
    """Adds a source.

    Raises:
        BadInputError: an address that is never asked, or an unusable id.
        ConflictError: the id or the address is taken.
        PermissionDeniedError: whoever acts does not run the portfolio.
    """
    from ingest.catalogue import new_source

    source = new_source(url, kept=kept_sources(places), kind=kind, title=title, source_id=source_id)
    with places.shared().write() as unit:
        unit.sources.put(source)
        unit.audit.append(now, "source.add", source.id, url=source.url)
    return source


def plan_feeds(places: Places, data: bytes, *, name: str, words: str = "") -> Feeds:
    """What an OPML file would add; nothing is kept.

    Args:
        places: the open home.
        data: the file.
        name: of the file, for messages.
        words: only feeds whose name or address holds one of these words; empty: all.

    Raises:
        BadInputError: not an OPML file.
        PermissionDeniedError: whoever acts does not run the portfolio.
    """
    from ingest.catalogue import sources_from_opml

    made, skipped = sources_from_opml(data, name=name, kept=kept_sources(places))
    wanted = words.casefold().split()
    chosen = [one for one in made if not wanted or any(word in f"{one.title} {one.url}".casefold() for word in wanted)]
    return Feeds(tuple(chosen), skipped)


def add_feeds(places: Places, data: bytes, now: datetime, *, name: str, words: str = "") -> Feeds:
    """Adds the feeds of an OPML file, planned anew.

    Raises: as `plan_feeds`.
    """
    found = plan_feeds(places, data, name=name, words=words)
    with places.shared().write() as unit:
        for source in found.made:
            unit.sources.put(source)
        unit.audit.append(now, "source.import", name, added=len(found.made), skipped=len(found.skipped))
    return found


def set_enabled(places: Places, source_id: str, now: datetime, *, enabled: bool) -> Source:
    """Leaves a source out, or takes it up again; what it brought stays.

    Raises:
        NotFoundError: no such source.
        PermissionDeniedError: whoever acts does not run the portfolio.
    """
    kept_sources(places)
    with places.shared().write() as unit:
        source = unit.sources.get(source_id).model_copy(update={"enabled": enabled})
        unit.sources.put(source)
        unit.audit.append(now, "source.enable" if enabled else "source.disable", source_id)
    return source


def remove_source(places: Places, source_id: str, now: datetime) -> Source:
    """Removes a source that somebody added; what it brought stays.

    Raises:
        NotFoundError: no such source.
        UsageError: it is built in.
        PermissionDeniedError: whoever acts does not run the portfolio.
    """
    from knowledge.errors import UsageError

    kept_sources(places)
    with places.shared().write() as unit:
        source = unit.sources.get(source_id)
        if source.builtin:
            raise UsageError("is built in", subject=source_id, hint=f"Leave it out: vciso source disable {source_id}.")
        unit.sources.remove(source_id)
        unit.audit.append(now, "source.remove", source_id, url=source.url)
    return source
