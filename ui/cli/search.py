"""`vciso search`: passages for a question, and why each stands where it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from knowledge.errors import UsageError
from ui.cli.common import now, open_home, say, say_json, settings

if TYPE_CHECKING:
    from knowledge.records.search import Hit, PassageKind
    from knowledge.search.interface import Dense

SHOWN_CHARS = 240


def search(
    ctx: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="[CLIENT] QUESTION", help="Client's id, then the question.")],
    shared: Annotated[bool, typer.Option("--shared", help="Only what is public: then no client is named.")] = False,
    limit: Annotated[int, typer.Option("--limit", "-k", min=1, max=200, help="How many hits.")] = 10,
    framework: Annotated[
        list[str] | None, typer.Option(help="Only requirements of this framework; repeatable.")
    ] = None,
    kind: Annotated[list[str] | None, typer.Option(help="requirement, document, news or advisory; repeatable.")] = None,
    why: Annotated[bool, typer.Option("--why", help="Show why each hit ranked where it did.")] = False,
    words_only: Annotated[bool, typer.Option("--words-only", help="Do not load the embedding model.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Search frameworks, recent news and one client's documents; prints passages, never an answer of its own."""
    from knowledge.search.interface import begin_loading, open_searcher, shared_searcher
    from ui.app.catalogue import framework_ids_of

    if shared:
        client_id, question = "", " ".join(words)
    elif len(words) < 2:
        raise UsageError(
            "needs a client and a question",
            subject="search",
            hint='For example: vciso search northgate "who approves access", or --shared for frameworks alone.',
        )
    else:
        client_id, question = words[0], " ".join(words[1:])
    dense: Dense = "off" if words_only else "wait"
    if not words_only:
        begin_loading(settings(ctx))
    with open_home(ctx, now()) as places:
        chosen = framework_ids_of(places, framework or (), client_id)
        searcher = shared_searcher(places, dense=dense) if shared else open_searcher(places, client_id, dense=dense)
        try:
            hits = searcher.search(question, k=limit, frameworks=chosen, kinds=_kinds(kind))
            searched = searcher.describe()
            if as_json:
                told = [hit.model_dump(mode="json") for hit in hits]
                say_json({"question": question, "searched": searched, "hits": told})
                return
            for hit in hits:
                _show(hit, why=why)
            say(f"Searched: {searched}." if hits else f"Nothing found. Searched: {searched}.")
        finally:
            searcher.close()


def _kinds(names: list[str] | None) -> tuple[PassageKind, ...]:
    known: dict[str, PassageKind] = {
        "requirement": "requirement",
        "document": "document",
        "news": "news",
        "advisory": "advisory",
    }
    for name in names or ():
        if name not in known:
            raise UsageError("is not a kind of passage", subject=f"--kind {name}", hint=f"One of {', '.join(known)}.")
    return tuple(known[name] for name in names or ())


def _show(hit: Hit, *, why: bool) -> None:
    passage = hit.passage
    mark = "  (suggested: likeness only, no published table says so)" if hit.suggested else ""
    path = " > ".join(passage.heading_path)
    say(f"{hit.rank:3}. {passage.title}  [{passage.locator}]{mark}")
    if path and passage.kind == "document":
        say(f"     {path}")
    text = " ".join(passage.text.split())
    say(f"     {text[:SHOWN_CHARS]}{'…' if len(text) > SHOWN_CHARS else ''}")
    if why:
        for reason in hit.reasons:
            say(f"       {reason.ranker:11} place {reason.rank:<5} {reason.score:7.3f}  {reason.detail}")
    say()
