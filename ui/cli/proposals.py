"""`vciso proposals`: what waits for a person's word, and the word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.common import now, open_home, say, say_json, say_table

if TYPE_CHECKING:
    from knowledge.records.proposal import Proposal

ACTIONS = ("list", "show", "accept", "reject")


def proposals(
    ctx: typer.Context,
    client_id: Annotated[str, typer.Argument(metavar="CLIENT", help="Id of the client.")],
    action: Annotated[str, typer.Argument(metavar="[list|show|accept|reject]", help="What to do.")] = "list",
    which: Annotated[str, typer.Argument(metavar="[PROPOSAL]", help="Such as P-118.")] = "",
    hunk: Annotated[list[int], typer.Option(metavar="N", help="Only this hunk; repeatable.")] = [],  # noqa: B006 - typer reads the default
    reason: Annotated[str, typer.Option(help="Why it is rejected.")] = "",
    words: Annotated[str, typer.Option(help="With accept and one --hunk: your own words for it.")] = "",
    every: Annotated[bool, typer.Option("--all", help="List the decided ones too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Changes to policies that wait for you: list them, show one, accept it whole or by hunk, reject it with a reason.

    Accepting puts the changes into the policy's draft; approval and publication come after.
    """
    from advisor.proposals import accept, reject
    from knowledge.errors import UsageError

    if action not in ACTIONS:
        raise UsageError(f"one of {', '.join(ACTIONS)}", subject=action[:40])
    if (action == "list") == bool(which):
        message = "name the proposal" if not which else "list takes no proposal"
        raise UsageError(message, hint=f"vciso proposals {client_id} show P-1")
    if words and (action != "accept" or len(hunk) != 1):
        raise UsageError("--words goes with accept and one --hunk")
    at = now()
    with open_home(ctx, at) as places, places.client(client_id) as place:
        if action in ("list", "show"):
            with place.read() as unit:
                found = unit.proposals.list(decided=every) if action == "list" else (unit.proposals.get(which),)
            _tell(client_id, found, whole=action == "show", as_json=as_json)
            return
        if action == "accept":
            edits = {hunk[0]: words} if words else {}
            done = accept(place, which, at, places.profile(client_id), hunks=hunk, edits=edits)
        else:
            done = reject(place, which, at, reason=reason, hunks=hunk)
    if as_json:
        say_json(done.proposal.model_dump(mode="json"))
        return
    proposal = done.proposal
    left = [one.number for one in proposal.hunks if one.status == "open"]
    state = f"open for {', '.join(map(str, left))}" if left else proposal.status
    say(f"{proposal.id} is {state}.")
    if done.version is not None:
        version = done.version
        say(f"{version.label} is {version.status}, revision {version.revision}.")
        if version.status == "draft":
            say(f"Read it: vciso policy show {client_id} {version.policy_id}; then: vciso policy submit {client_id} "
                f"{version.policy_id}")  # fmt: skip


def _tell(client_id: str, found: tuple[Proposal, ...], *, whole: bool, as_json: bool) -> None:
    from ui.cli.policy import say_hunks

    if as_json:
        say_json([one.model_dump(mode="json") for one in found])
        return
    if whole:
        _say_proposal(found[0])
        say_hunks(found[0])
        return
    if not found:
        say("No proposal waits.")
        return
    rows = [
        (
            one.id,
            one.policy_title,
            one.summary,
            str(len(one.hunks) or "whole"),
            one.status,
            f"{one.created_at:%Y-%m-%d}",
        )
        for one in found
    ]
    say_table(f"Proposals of {client_id}", ("Id", "Policy", "What", "Hunks", "Status", "Made"), rows)
    say(f"Read one: vciso proposals {client_id} show {found[0].id}")


def _say_proposal(proposal: Proposal) -> None:
    base = f"against version {proposal.base}" if proposal.base else "a new policy"
    rows = [
        ("Policy", f"{proposal.policy_title} ({proposal.policy_id}), {base}"),
        ("What", proposal.summary),
        ("Because", f"{proposal.trigger.kind}: {proposal.trigger.title or proposal.trigger.ref or 'asked for'}"),
        ("Model", f"{proposal.model}, prompt {proposal.prompt}" if proposal.model else "none: words of the template"),
        ("Made", f"{proposal.created_at:%Y-%m-%d %H:%M} UTC by {proposal.created_by}"),
        ("Status", proposal.status + (f" by {proposal.reviewer}" if proposal.reviewer else "")),
    ]
    if proposal.decision_reason:
        rows.append(("Reason", proposal.decision_reason))
    rows += [("To confirm", one) for one in proposal.assumptions]
    rows += [("Source", f"{one.source}, {one.locator}: {one.quote[:200]}") for one in proposal.sources]
    say_table(proposal.id, ("", ""), rows)
    if proposal.payload is not None:
        for section in proposal.payload.sections:
            number = "" if section.heading.startswith(section.number) else f"{section.number} "
            say(f"\n{number}{section.heading}")
            for clause in section.clauses:
                head = f"{clause.number} " if clause.number and not clause.text.startswith(clause.number) else ""
                say(f"  {head}{f'{clause.heading}. ' if clause.heading else ''}{clause.text}")
