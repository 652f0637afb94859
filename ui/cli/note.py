"""`vciso note`: what the CISO decided about an item."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from ui.cli.common import group, now, open_home, parse_day, say, say_json, say_table

if TYPE_CHECKING:
    from knowledge.records.note import NoteKind

app = group(
    "note",
    "Notes and decisions on the items of a brief: note, acknowledge, dismiss, snooze.",
    "Decide on the items of a brief.",
)

ClientArgument = Annotated[str, typer.Argument(metavar="CLIENT", help="Id of the client.")]
ItemArgument = Annotated[str, typer.Argument(metavar="ITEM", help="Number in the newest brief, or a CVE id.")]


def _decide(ctx: typer.Context, client_id: str, which: str, kind: NoteKind, text: str, until: str | None = None) -> str:
    from advisor.notes import add_note

    at = now()
    day = parse_day(until, "--until")
    with open_home(ctx, at) as places:
        zone = ZoneInfo(places.profile(client_id).timezone)
        wake = datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC) if day else None
        with places.client(client_id) as place:
            note, item = add_note(place, which, kind, text=text, now=at, until=wake)
    say(f"{item.headline}")
    return note.id


@app.command()
def add(
    ctx: typer.Context, client_id: ClientArgument, item: ItemArgument, text: Annotated[str, typer.Argument()]
) -> None:
    """Attach a note; the next briefs show it until it is closed."""
    note_id = _decide(ctx, client_id, item, "note", text)
    say(f"Noted ({note_id}).")


@app.command()
def ack(
    ctx: typer.Context, client_id: ClientArgument, item: ItemArgument, text: Annotated[str, typer.Argument()] = ""
) -> None:
    """Acknowledge an item: it is in hand, and shows as such."""
    note_id = _decide(ctx, client_id, item, "acknowledge", text)
    say(f"Acknowledged ({note_id}).")


@app.command()
def dismiss(
    ctx: typer.Context,
    client_id: ClientArgument,
    item: ItemArgument,
    reason: Annotated[str, typer.Option(help="Why it does not concern the client; kept for good.")] = "",
    rule: Annotated[bool, typer.Option("--rule", help="Keep later findings alike quiet too.")] = False,
) -> None:
    """Dismiss an item with a reason: it stays quiet until it changes."""
    if rule:
        _dismiss_and_learn(ctx, client_id, item, reason)
        return
    note_id = _decide(ctx, client_id, item, "dismiss", reason)
    say(f"Dismissed ({note_id}); it comes back only when it changes. Undo: vciso note close {client_id} {note_id}")


def _dismiss_and_learn(ctx: typer.Context, client_id: str, which: str, reason: str) -> None:
    from advisor.quiet import dismiss_and_learn, rule_words

    at = now()
    with open_home(ctx, at) as places, places.client(client_id) as place:
        note, item, rules = dismiss_and_learn(place, which, reason=reason, now=at)
    say(f"{item.headline}")
    say(f"Dismissed ({note.id}). Undo: vciso note close {client_id} {note.id}")
    for made in rules:
        say(f"Quiet from now on: {rule_words(made)} ({made.id}). Undo: vciso rule remove {client_id} {made.id}")
    if not rules:
        say("A rule covers it already: see vciso rule list.")


@app.command()
def snooze(
    ctx: typer.Context,
    client_id: ClientArgument,
    item: ItemArgument,
    until: Annotated[str, typer.Option(help="First day to see it again, YYYY-MM-DD, in the client's time zone.")],
    text: Annotated[str, typer.Argument()] = "",
) -> None:
    """Put an item aside until a day."""
    note_id = _decide(ctx, client_id, item, "snooze", text, until)
    say(f"Quiet until {until} ({note_id}).")


@app.command()
def close(
    ctx: typer.Context, client_id: ClientArgument, note_id: Annotated[str, typer.Argument(metavar="NOTE")]
) -> None:
    """Close a note or take a decision back."""
    from advisor.notes import close_note

    at = now()
    with open_home(ctx, at) as places, places.client(client_id) as place:
        note = close_note(place, note_id, at)
    say(f"Closed {note.id} ({note.kind}).")


@app.command("list")
def list_notes(
    ctx: typer.Context,
    client_id: ClientArgument,
    closed: Annotated[bool, typer.Option("--closed", help="Show closed ones too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """List a client's notes and decisions, oldest first."""
    from advisor.brief.compose import items_by_key

    with open_home(ctx, now()) as places, places.client(client_id) as place, place.read() as unit:
        notes = unit.notes.list(closed=closed)
        brief = unit.briefs.latest()
    if as_json:
        say_json([note.model_dump(mode="json") for note in notes])
        return
    if not notes:
        say("No open notes.")
        return
    titles = {key: item.headline for key, item in items_by_key(brief).items()} if brief else {}
    rows = [
        (
            note.id,
            f"{note.created_at:%Y-%m-%d}",
            note.kind + (f" until {note.until:%Y-%m-%d}" if note.until else ""),
            titles.get(note.item_key, note.item_key),
            note.text,
            "closed" if note.closed_at else "open",
        )
        for note in notes
    ]
    say_table(f"Notes of {client_id}", ("Note", "Day", "Kind", "Item", "Text", ""), rows)
