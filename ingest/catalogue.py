"""Which sources there are: the built-in list, new ones from an address or an OPML file, and a trial reading."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

import yaml

from ingest import sandbox
from ingest.addresses import RefusedUrlError, vet_url
from ingest.clean import one_line
from ingest.gather import Gathered, HttpFetcher, Tools, fetch, refused, single_document, skips
from ingest.schedule import RollingLimit
from ingest.second_stage import by_id_only
from ingest.sources import cve5
from ingest.write import bounded
from knowledge.errors import BadInputError, ConflictError
from knowledge.masking import hide_secrets
from knowledge.records.source import Skip, Source, SourceKind, SourceReport

OPML_INTERVAL = 180
"""Minutes between checks of an imported feed: a list of a thousand is not asked every hour."""
_KIND_HINTS: tuple[tuple[str, SourceKind], ...] = (
    (r"known_exploited_vulnerabilities|/kev[^/]*\.json$", "kev"),
    (r"epss[^/]*\.csv(?:\.gz)?$", "epss"),
    (r"nvd\.nist\.gov/rest/json/cves/2\.0", "nvd"),
    (r"provider-metadata\.json$|csaf", "csaf"),
    (r"cveawg\.mitre\.org|cvelist", "cve5"),
)
_TRIAL_CVE = "CVE-2021-44228"
"""A record that every CVE list has; asked for to try a source that has no list."""


def default_sources() -> tuple[Source, ...]:
    """Give the sources that ship with the product (`ingest/sources/default.yaml`), marked as built in."""
    text = resources.files("ingest.sources").joinpath("default.yaml").read_text("utf-8")
    return tuple(Source.model_validate({**entry, "builtin": True}) for entry in yaml.safe_load(text)["sources"])


def new_builtins(kept: Iterable[Source]) -> tuple[Source, ...]:
    """Give the built-in sources to write beside those that are kept.

    New ones come in; of one that is kept, title, address, publisher, terms and topics are brought up to date while
    `enabled`, `interval_minutes` and `file` stay as the user set them. Only those that differ are given.
    """
    by_id = {source.id: source for source in kept}
    changed: list[Source] = []
    for source in default_sources():
        old = by_id.get(source.id)
        if old is not None:
            own = {"enabled": old.enabled, "interval_minutes": old.interval_minutes, "file": old.file}
            source = source.model_copy(update=own)  # noqa: PLW2901 - the same source, as the user has it
        if source != old:
            changed.append(source)
    return tuple(changed)


def new_source(
    url: str, *, kept: Sequence[Source], kind: SourceKind | None = None, title: str = "", source_id: str = ""
) -> Source:
    """Make a source of an address.

    Args:
        kept: sources that exist.
        kind: guessed from the address where not given (a feed where nothing else fits).
        source_id: made from title or host where not given.

    Raises:
        BadInputError: an address that is never asked, or an unusable id; names the reason.
        ConflictError: the id or the address is taken.
    """
    try:
        vetted = str(vet_url(url.strip()))
    except RefusedUrlError as error:
        raise BadInputError(
            str(error), subject=one_line(hide_secrets(url), 150), hint="Give a public http or https address."
        ) from None
    for source in kept:
        if source.url == vetted:
            raise ConflictError("is there already", subject=source.id, hint=f"It reads {vetted}.")
    if source_id:
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,59}", source_id):
            hint = "Use 1 to 60 of a-z, 0-9 and -, starting with a letter or digit."
            raise BadInputError("is not a usable source id", subject=one_line(source_id, 60), hint=hint)
        if any(source.id == source_id for source in kept):
            raise ConflictError("is taken", subject=source_id, hint="Choose another id.")
    name = one_line(title, 200) or (urlsplit(vetted).hostname or vetted)
    return Source(
        id=source_id or _free_id(name, {source.id for source in kept}),
        kind=kind or guess_kind(vetted),
        title=name,
        url=vetted,
    )


def guess_kind(url: str) -> SourceKind:
    """Guess what kind of source an address is; a feed where nothing else fits."""
    return next((kind for pattern, kind in _KIND_HINTS if re.search(pattern, url, re.IGNORECASE)), "feed")


def sources_from_opml(data: bytes, *, name: str, kept: Sequence[Source]) -> tuple[tuple[Source, ...], tuple[Skip, ...]]:
    """Make sources of an OPML file, read in the sandbox.

    Args:
        name: of the file, for messages.
        kept: sources that exist; feeds among them are skipped.

    Returns:
        New sources, and what was not taken with its reason.

    Raises:
        BadInputError: not an OPML file.
    """
    found = sandbox.run_parser("opml", data, subject=name)
    taken = {source.id for source in kept}
    urls = {source.url for source in kept}
    made: list[Source] = []
    skipped = list(skips(found))
    for entry in found["feeds"]:
        if entry["url"] in urls:
            skipped.append(Skip(subject=entry["title"], reason="is among the sources already"))
            continue
        source_id = _free_id(entry["title"], taken)
        taken.add(source_id)
        made.append(
            Source(id=source_id, kind="feed", title=entry["title"], url=entry["url"], interval_minutes=OPML_INTERVAL)
        )
    return tuple(made), bounded(skipped)


def try_source(source: Source, *, fetcher: HttpFetcher, now: datetime, limit: RollingLimit) -> SourceReport:
    """Ask a source once and say what would come of it; nothing is kept.

    NVD is asked for one well-known CVE, and so is a CVE list; a CSAF source for its list.

    Args:
        limit: NVD's rate limit.
    """
    tools = Tools(fetcher=fetcher, now=now, nvd_limit=limit)
    probe = source
    if source.kind == "nvd":
        probe = source.model_copy(update={"url": f"{source.url}?cveId={_TRIAL_CVE}"})
    elif by_id_only(source):
        probe = source.model_copy(update={"url": cve5.by_id_url(source.url, _TRIAL_CVE)})
    gathered = _csaf_list(source, tools) if source.kind == "csaf" else single_document(probe, None, tools)
    count = sum(len(envelope.get("rows") or envelope["records"]) for envelope in gathered.parsed)
    text = gathered.sentence or f"can be read: {count:,} {'record' if count == 1 else 'records'} came"
    return SourceReport(
        source_id=source.id,
        title=source.title,
        outcome=gathered.outcome,
        sentence=f"{source.title} {text}.",
        added=count,
        skipped=bounded((*gathered.skipped, *skips(*gathered.parsed))),
    )


def _csaf_list(source: Source, tools: Tools) -> Gathered:
    result = fetch(source, source.url, tools)
    if result.outcome != "read":
        return Gathered(result.outcome, result.sentence)
    name = "source.csaf" if b'"csaf_version"' in result.body[:20_000] else "source.csaf-index"
    try:
        found: dict[str, Any] = sandbox.run_parser(
            name, result.body, subject=source.title, options={"url": result.final_url}
        )
    except BadInputError as error:
        return refused(error)
    if name == "source.csaf":
        return Gathered("read", parsed=(found,))
    documents, lists = len(found["documents"]), len(found["indexes"])
    return Gathered("read", f"can be read: it names {documents:,} documents and {lists} further lists")


def _free_id(name: str, taken: set[str]) -> str:
    """Make a slug that is not taken: `the-hacker-news`, `the-hacker-news-2`."""
    base = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:50].strip("-") or "source"
    candidate, number = base, 2
    while candidate in taken:
        candidate, number = f"{base}-{number}", number + 1
    return candidate
