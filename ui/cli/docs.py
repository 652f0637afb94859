"""`vciso docs`: a client's documents, so that answers can quote them and a citation opens at the place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.common import group, now, open_home, progress, say, say_json, say_table

if TYPE_CHECKING:
    from ingest.documents.interface import Outcome
    from knowledge.errors import VcisoError
    from knowledge.records.document import Document, DocumentPart

app = group("docs", "A client's documents: add policies and contracts, list them, open a part, see versions, remove.")

SHOWN_HIDDEN = 5
"""Hidden places that `add` prints for one file; `show` prints them all."""

AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
ClientArgument = Annotated[str, typer.Argument(metavar="CLIENT", help="Id of the client.")]
DocArgument = Annotated[str, typer.Argument(metavar="DOC", help="Id of the document, or its title or file name.")]
VersionOption = Annotated[int | None, typer.Option("--version", min=1, help="An older version; default: the current.")]


@app.command()
def add(
    ctx: typer.Context,
    client_id: ClientArgument,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="DOCX, PDF, Markdown, HTML or text.")],
    replace: Annotated[
        str, typer.Option("--replace", metavar="DOC", help="Make it a new version of this document.")
    ] = "",
    new: Annotated[bool, typer.Option("--new", help="Never make it a new version of another document.")] = False,
    title: Annotated[str, typer.Option(help="What to call it; default: what it says itself.")] = "",
    trust_ocr: Annotated[
        bool, typer.Option("--trust-ocr", help="Take the invisible text that OCR laid over the pages of a scan.")
    ] = False,
    index: Annotated[bool, typer.Option("--index/--no-index", help="Make the vectors for search right away.")] = True,
    as_json: AsJson = False,
) -> None:
    """Add documents. The same file name or title makes a new version, and the old one is kept."""
    from ingest.documents.service import add_document, index_added, read_document
    from knowledge.errors import UsageError, VcisoError

    if len(files) > 1 and (replace or title):
        raise UsageError("--replace and --title are for one file", subject=f"{len(files)} files")
    at = now()
    done: list[Outcome] = []
    refused: list[VcisoError] = []
    unindexed = ""
    with open_home(ctx, at) as places, places.client(client_id) as place, progress("Reading") as step:
        for number, file in enumerate(files):
            step(number, len(files), file.name)
            try:
                read = read_document(file, title=title, trust_ocr=trust_ocr)
                together = [one.document.id for one in done]
                outcome = add_document(place, read, at, replace=replace, new=new, together=together)
            except VcisoError as error:
                refused.append(error)
                continue
            done.append(outcome)
            if index and outcome.action != "unchanged":
                unindexed = index_added(place, outcome) or unindexed
    if as_json:
        say_json(
            {
                "files": [one.model_dump(mode="json") for one in done],
                "refused": [{"file": e.subject, "reason": e.message, "hint": e.hint} for e in refused],
                "index": unindexed,
            }
        )
    else:
        for outcome in done:
            _say_outcome(outcome, client_id)
        for reason in refused:
            say(f"Not added: {reason}")
        if len(files) > 1:
            counts = {word: sum(one.action == word for one in done) for word in ("added", "replaced", "unchanged")}
            say(f"{', '.join(f'{n} {word}' for word, n in counts.items())}, {len(refused)} not added.")
        if unindexed:
            say(f"Search makes its vectors later: {unindexed}.")
    if refused:
        raise typer.Exit(refused[0].exit_code)


@app.command("list")
def list_documents(ctx: typer.Context, client_id: ClientArgument, as_json: AsJson = False) -> None:
    """List a client's documents."""
    with open_home(ctx, now()) as places, places.client(client_id) as place, place.read() as unit:
        documents, counts = unit.documents.list(), unit.documents.counts()
    if as_json:
        say_json([one.model_dump(mode="json") | {"parts": counts.get(one.id, 0)} for one in documents])
        return
    if not documents:
        say(f"No documents yet. Add one: vciso docs add {client_id} FILE")
        return
    rows = [
        (
            one.id,
            one.title,
            str(one.version),
            one.kind,
            _count(one.pages, "page") if one.pages else _count(counts.get(one.id, 0), "part"),
            f"{one.added_at:%Y-%m-%d}",
        )
        for one in documents
    ]
    say_table(f"Documents of {client_id}", ("Id", "Title", "Version", "Kind", "Length", "Added"), rows)
    for one in documents:
        if one.hidden_text:
            say(f"Hidden text was found in {one.title}: vciso docs show {client_id} {one.id}")


@app.command()
def show(
    ctx: typer.Context,
    client_id: ClientArgument,
    which: DocArgument,
    part: Annotated[
        int | None, typer.Option("--part", min=1, metavar="N", help="Only this part, with its place.")
    ] = None,
    text: Annotated[bool, typer.Option("--text", help="All of its text, with the places.")] = False,
    version: VersionOption = None,
    as_json: AsJson = False,
) -> None:
    """Show a document: what is known of it and its headings, one part, or all of its text."""
    from ingest.documents.decide import find_document
    from ingest.documents.originals import original_path

    with open_home(ctx, now()) as places, places.client(client_id) as place, place.read() as unit:
        current = find_document(unit.documents.list(), which)
        document = unit.documents.get(current.id, version)
        if part is not None:
            parts: tuple[DocumentPart, ...] = (unit.documents.part(document.id, part, document.version),)
        else:
            parts = unit.documents.parts(document.id, document.version)
        original = original_path(place.folder, document.sha256, document.kind)
    if as_json:
        shown = [one.model_dump(mode="json") for one in parts] if part is not None or text else []
        say_json(document.model_dump(mode="json") | {"original": str(original), "parts": shown})
    elif part is not None:
        _say_part(document, parts[0])
    elif text:
        for one in parts:
            say(f"[{one.seq}] {one.locator}")
            say(one.text)
            say()
    else:
        _say_document(document, parts, original)


@app.command()
def versions(ctx: typer.Context, client_id: ClientArgument, which: DocArgument, as_json: AsJson = False) -> None:
    """List the versions of a document, the newest first."""
    from ingest.documents.decide import find_document

    with open_home(ctx, now()) as places, places.client(client_id) as place, place.read() as unit:
        found = unit.documents.versions(find_document(unit.documents.list(), which).id)
    if as_json:
        say_json([one.model_dump(mode="json") for one in found])
        return
    rows = [
        (
            str(one.version),
            one.file_name,
            f"{one.added_at:%Y-%m-%d %H:%M} UTC",
            f"{one.replaced_at:%Y-%m-%d %H:%M} UTC" if one.replaced_at else "current",
            one.sha256[:12],
        )
        for one in found
    ]
    say_table(f"{found[0].title} ({found[0].id})", ("Version", "File", "Added", "Replaced", "SHA-256"), rows)


@app.command()
def remove(
    ctx: typer.Context,
    client_id: ClientArgument,
    which: DocArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove a document with all its versions and originals for good; the audit chain keeps one line."""
    from ingest.documents.decide import find_document
    from ingest.documents.service import remove_document, unindex

    at = now()
    with open_home(ctx, at) as places, places.client(client_id) as place:
        with place.read() as unit:
            document = find_document(unit.documents.list(), which)
        if not yes:
            typer.confirm(f"Remove {document.title} with all its versions for good?", abort=True)
        gone = remove_document(place, document.id, at)
        unindex(place, document.id)
    say(f"Removed {document.title}: {_count(len(gone), 'version')} and what was kept of it.")


def _say_outcome(outcome: Outcome, client_id: str) -> None:
    document = outcome.document
    if outcome.action == "unchanged":
        say(f"Unchanged: {outcome.file} is {document.title} ({document.id}), version {document.version}.")
        return
    size = ", ".join([*([_count(document.pages, "page")] if document.pages else []), _count(outcome.parts, "part")])
    if outcome.action == "replaced":
        say(
            f"Version {document.version} of {document.title} ({document.id}): {outcome.file}, {size}; "
            f"{outcome.reason}, and version {document.version - 1} is kept."
        )
    else:
        say(f"Added {document.title} ({document.id}): {outcome.file}, {size}.")
    for note in document.notes:
        say(f"  Note: {note}.")
    for place in document.hidden_text[:SHOWN_HIDDEN]:
        say(f"  Hidden text found and left out: {place}")
    if len(document.hidden_text) > SHOWN_HIDDEN:
        say(f"  ... and {len(document.hidden_text) - SHOWN_HIDDEN} more: vciso docs show {client_id} {document.id}")


def _say_part(document: Document, part: DocumentPart) -> None:
    say(f"{document.title}, version {document.version}, {part.locator}")
    if part.heading_path:
        say(f"  under {' > '.join(part.heading_path)}")
    say()
    say(part.text)


def _say_document(document: Document, parts: tuple[DocumentPart, ...], original: Path) -> None:
    rows = [
        ("Id", document.id),
        ("Version", f"{document.version}{'' if document.replaced_at is None else ' (replaced)'}"),
        ("File", document.file_name),
        ("Kind", document.kind),
        ("Pages", str(document.pages or "-")),
        ("Parts", str(len(parts))),
        ("Size", f"{document.size:,} bytes"),
        ("SHA-256", document.sha256),
        ("Added", f"{document.added_at:%Y-%m-%d %H:%M} UTC"),
        ("Original", str(original)),
    ]
    say_table(document.title, ("", ""), rows)
    headings = [one for one in parts if one.kind == "heading"]
    if headings:
        say("Headings (part number first):")
        for one in headings:
            say(f"{one.seq:>6} {'  ' * (one.level - 1)}{one.text}")
    for note in document.notes:
        say(f"Note: {note}.")
    for place in document.hidden_text:
        say(f"Hidden text found and left out: {place}")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
