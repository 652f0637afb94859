"""`vciso rule`: what need not be shown to one client any more, and how precise that proved."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.common import group, now, open_home, say, say_json, say_table

if TYPE_CHECKING:
    from advisor.quiet import RuleStanding
    from knowledge.records.triage import SubjectKind

app = group(
    "rule",
    "Quiet rules of a client: what its briefs leave out. A rule never hides an affected or exploited finding.",
    "Keep findings alike out of a client's brief.",
)

ClientArgument = Annotated[str, typer.Argument(metavar="CLIENT", help="Id of the client.")]


class KindName(StrEnum):
    """Verdicts that a rule can name."""

    VERSION_UNKNOWN = "version-unknown"
    VENDOR_ONLY = "vendor-only"


@app.command()
def add(
    ctx: typer.Context,
    client_id: ClientArgument,
    reason: Annotated[str, typer.Option(help="Why; kept for good.")],
    asset: Annotated[str, typer.Option(help="Id of an asset.")] = "",
    supplier: Annotated[str, typer.Option(help="Id of a supplier.")] = "",
    rule: Annotated[str, typer.Option(help="Rule of triage, as docs/guide/rules.md lists it.")] = "",
    kind: Annotated[KindName | None, typer.Option(help="Verdict; default: both.")] = None,
) -> None:
    """Keep findings on a row, by a rule, or both, out of the brief."""
    from advisor.quiet import add_rule, rule_words
    from knowledge.errors import UsageError

    if asset and supplier:
        raise UsageError("--asset and --supplier do not go together", hint="Write two rules.")
    subject: SubjectKind | None = "asset" if asset else "third-party" if supplier else None
    at = now()
    with open_home(ctx, at) as places, places.client(client_id) as place:
        made, covered = add_rule(
            place,
            reason=reason,
            now=at,
            subject_kind=subject or "",
            subject_id=asset or supplier,
            rule=rule,
            kind=kind.value if kind else "",
        )
    say(f"From the next brief on quiet: {rule_words(made)} ({made.id}).")
    say(f"It covers {covered} of the findings that stand today. Undo: vciso rule remove {client_id} {made.id}")


@app.command("list")
def list_rules(
    ctx: typer.Context,
    client_id: ClientArgument,
    closed: Annotated[bool, typer.Option("--closed", help="Show those taken back too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """List the rules with what each kept quiet and what of it came through."""
    from advisor.quiet import rule_words, standings

    with open_home(ctx, now()) as places, places.client(client_id) as place, place.read() as unit:
        found = standings(unit.quiet_rules.list(closed=closed), unit.quiet_rules.hits())
    if as_json:
        say_json(
            [
                one.rule.model_dump(mode="json")
                | {
                    "silenced": one.silenced,
                    "turned_affected": one.affected,
                    "turned_exploited": one.exploited,
                    "shown_otherwise": one.other,
                    "precision": one.precision,
                }
                for one in found
            ]
        )
        return
    if not found:
        say("No quiet rules. Make one of a dismissal: vciso note dismiss CLIENT ITEM --reason WHY --rule")
        return
    rows = [
        (
            one.rule.id,
            rule_words(one.rule),
            f"{one.rule.reason} ({one.rule.actor}, {one.rule.created_at:%Y-%m-%d})"
            + ("; taken back" if one.rule.closed_at else ""),
            str(one.silenced),
            _came_through(one),
            "-" if one.precision is None else f"{one.precision:.0%}",
        )
        for one in found
    ]
    head = ("Rule", "Quiet", "Why", "Silenced", "Came through", "Right")
    say_table(f"Quiet rules of {client_id}", head, rows)


def _came_through(one: RuleStanding) -> str:
    counts = ((one.affected, "affected"), (one.exploited, "exploited"), (one.other, "otherwise"))
    return ", ".join(f"{count} {word}" for count, word in counts if count) or "none"


@app.command()
def remove(
    ctx: typer.Context, client_id: ClientArgument, rule_id: Annotated[str, typer.Argument(metavar="RULE")]
) -> None:
    """Take a rule back; what it kept quiet shows again, and the rule stays on record."""
    from advisor.quiet import remove_rule, rule_words

    at = now()
    with open_home(ctx, at) as places, places.client(client_id) as place:
        rule = remove_rule(place, rule_id, at)
    say(f"Taken back: {rule_words(rule)} shows again from the next brief on.")
