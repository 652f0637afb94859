"""`vciso policy`: a client's policies from draft to published, with who did what when."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.common import console, group, now, open_home, plain, say, say_json, say_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.policies.diff import ClauseChange
    from advisor.policies.templates.interface import CoverageRow
    from knowledge.places import ClientPlace
    from knowledge.records.policy import PolicyVersion
    from knowledge.records.proposal import Proposal

app = group(
    "policy", "A client's policies: draft, take in, propose, edit, review, approve, publish, compare, redline in Word."
)

AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
ClientArgument = Annotated[str, typer.Argument(metavar="CLIENT", help="Id of the client.")]
PolicyArgument = Annotated[str, typer.Argument(metavar="POLICY", help="Id, topic or title of the policy.")]
VersionOption = Annotated[int | None, typer.Option("--version", min=1, help="This version; default: the newest.")]


@app.command("list")
def list_policies(
    ctx: typer.Context,
    client_id: ClientArgument,
    retired: Annotated[bool, typer.Option("--retired", help="Retired ones too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List a client's policies with their newest version, review date and open proposals."""
    with open_home(ctx, now()) as places, places.client(client_id) as place, place.read() as unit:
        found = [(one, unit.policies.versions(one.id)) for one in unit.policies.list(retired=retired)]
        waiting = unit.proposals.list()
    if as_json:
        say_json(
            [
                one.model_dump(mode="json")
                | {"versions": [v.model_dump(mode="json", exclude={"text"}) for v in versions]}
                for one, versions in found
            ]
        )
        return
    if not found:
        say(f"No policies yet. Draft one: vciso policy draft {client_id} --topic access-control")
        say(f"Or take in a document of the client's: vciso policy adopt {client_id} DOC")
    else:
        rows = [
            (
                one.id,
                one.title,
                f"v{versions[0].number} {versions[0].status}" if versions else "-",
                one.owner or "-",
                str(one.next_review_on or "-"),
                ", ".join(p.id for p in waiting if p.policy_id == one.id) or "-",
            )
            for one, versions in found
        ]
        say_table(
            f"Policies of {client_id}", ("Id", "Title", "Newest version", "Owner", "Next review", "Proposals"), rows
        )
    known = {one.id for one, _ in found}
    for proposal in waiting:
        if proposal.policy_id not in known:
            say(f"{proposal.id} waits: {proposal.summary} vciso proposals {client_id} show {proposal.id}")


@app.command()
def show(
    ctx: typer.Context,
    client_id: ClientArgument,
    which: PolicyArgument,
    version: VersionOption = None,
    coverage: Annotated[bool, typer.Option("--coverage", help="Which requirements its clauses meet.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show a policy's text, comments and decisions, or which requirements it meets."""
    from advisor.policies.find import find_policy, newest
    from advisor.policies.requirements import client_catalogue, coverage_of

    with open_home(ctx, now()) as places:
        with places.client(client_id) as place, place.read() as unit:
            policy = find_policy(unit, which)
            found = unit.policies.version(policy.id, version) if version else newest(unit, policy.id)
            comments = unit.policy_reviews.comments(policy.id, found.number)
            exceptions = unit.policy_exceptions.list(policy_id=policy.id)
        if coverage:
            refs = dict.fromkeys(r for c in found.text.clauses for r in (*c.requirements, *c.partly))
            rows = coverage_of(found.text, refs, client_catalogue(places, client_id))
            if as_json:
                say_json([row.model_dump(mode="json") for row in rows])
            else:
                say_coverage(found.label, rows)
                for granted in exceptions:
                    touched = sum(ref in refs for ref in granted.requirements)
                    until = f"{granted.expires_on:%Y-%m-%d}"
                    say(f"Exception {granted.id} until {until}: {granted.what}. Touches {touched} of these.")
            return
    if as_json:
        say_json(found.model_dump(mode="json") | {"comments": [c.model_dump(mode="json") for c in comments]})
        return
    say(f"{found.label}, {found.status}, revision {found.revision}, SHA-256 {found.sha256[:16]}")
    say(f"Edited by {found.edited_by} on {found.edited_at:%Y-%m-%d %H:%M} UTC.")
    if found.approved_at:
        say(f"Approved by {found.approved_by} on {found.approved_at:%Y-%m-%d %H:%M} UTC.")
    notes: dict[str, list[str]] = {}
    for one in comments:
        state = " (done)" if one.resolved_at else ""
        notes.setdefault(one.clause, []).append(f"    {one.id}{state} {one.author}: {one.text}")
    for line in notes.get("", []):
        say(line)
    for section in found.text.sections:
        number = "" if section.heading.startswith(section.number) else f"{section.number} "
        say(f"\n{number}{section.heading}".rstrip())
        for clause in section.clauses:
            head = f"{clause.number} " if clause.number and not clause.text.startswith(clause.number) else ""
            head += f"{clause.heading.rstrip('.')}. " if clause.heading else ""
            meets = ", ".join(ref.partition(":")[2] for ref in clause.requirements)
            say(f"  {head}{clause.text}{f' ({meets})' if meets else ''}")
            for line in notes.get(clause.id, []):
                say(line)


@app.command()
def history(ctx: typer.Context, client_id: ClientArgument, which: PolicyArgument, as_json: AsJson = False) -> None:
    """List what happened to a policy: versions, comments, decisions, proposals, with who and when."""
    from dataclasses import asdict

    from advisor.policies.find import find_policy
    from advisor.policies.history import history as events_of

    with open_home(ctx, now()) as places, places.client(client_id) as place:
        with place.read() as unit:
            policy = find_policy(unit, which)
        found = events_of(place, policy.id)
    if as_json:
        say_json([asdict(one) | {"at": one.at.isoformat()} for one in found])
        return
    rows = [(f"{one.at:%Y-%m-%d %H:%M}", one.actor, one.what, one.detail) for one in found]
    say_table(f"{policy.title} ({policy.id}), times in UTC", ("When", "Who", "What", ""), rows)


@app.command()
def diff(
    ctx: typer.Context,
    client_id: ClientArgument,
    which: PolicyArgument,
    old: Annotated[
        int | None, typer.Option("--from", min=1, help="Default: the one that the newer was made from.")
    ] = None,
    new: Annotated[int | None, typer.Option("--to", min=1, help="Default: the newest.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page instead.")] = None,
) -> None:
    """Compare two versions word by word."""
    from advisor.policies.diff import text_changes
    from advisor.policies.find import find_policy, newest
    from knowledge.errors import UsageError
    from ui.render.redline import changes_html

    with open_home(ctx, now()) as places, places.client(client_id) as place, place.read() as unit:
        policy = find_policy(unit, which)
        right = unit.policies.version(policy.id, new) if new else newest(unit, policy.id)
        number = old or right.base
        if number is None:
            raise UsageError("is the first version: there is nothing to compare it with", subject=right.label)
        left = unit.policies.version(policy.id, number)
    changes = text_changes(left.text, right.text)
    title = f"{policy.title}: version {left.number} to {right.number}"
    if html is not None:
        html.write_text(changes_html(title, changes), encoding="utf-8")
        say(f"Wrote {html}.")
        return
    say(title)
    say_changes(changes)


def say_coverage(title: str, rows: Sequence[CoverageRow]) -> None:
    """Which clause meets which requirement, with the counts."""
    words = {"met": "met", "partly": "partly met", "missing": "missing"}
    table = [
        (row.label, row.title, words[row.state], ", ".join(row.clauses[:6]) + (" ..." if len(row.clauses) > 6 else ""))
        for row in rows
    ]
    say_table(title, ("Requirement", "", "", "Clauses"), table)
    counts = {state: sum(row.state == state for row in rows) for state in words}
    say(f"{counts['met']} met, {counts['partly']} partly met, {counts['missing']} missing, of {len(rows)} in scope.")


def say_changes(changes: Sequence[ClauseChange]) -> None:
    """Changes word by word, in colour where the terminal has it."""
    from ui.render.redline import kind_word, spans_plain, spans_terminal

    if not changes:
        say("Nothing differs.")
    out = console()
    for change in changes:
        where = ", ".join(filter(None, (change.section, change.number, change.heading)))
        say(f"\n{where or 'Text'} ({kind_word(change.kind)})")
        if out.is_terminal:
            out.print(spans_terminal(change.spans))
        else:
            say(spans_plain(change.spans))


def version_line(version: PolicyVersion) -> str:
    """`Vendor Risk Policy v2 is in review.`"""
    return f"{version.label} is {version.status}."


def say_hunks(proposal: Proposal) -> None:
    """The hunks of a proposal word by word, each with its reason and citations."""
    from advisor.policies.diff import word_spans
    from ui.render.redline import kind_word, spans_plain, spans_terminal

    out = console()
    for hunk in proposal.hunks:
        where = ", ".join(filter(None, (hunk.section_heading, hunk.clause_number, hunk.heading)))
        say(f"\n[{hunk.number}] {where} ({kind_word(hunk.kind)}, {hunk.status}; words of the {hunk.wording})")
        spans = word_spans(hunk.old, hunk.result)
        if out.is_terminal:
            out.print(spans_terminal(spans))
        else:
            say(spans_plain(spans))
        say(f"  Why: {hunk.reason}")
        if hunk.note:
            say(f"  Note: {hunk.note}")
        for one in hunk.citations:
            say(f"  {one.source}, {one.locator}: “{plain(one.quote)[:300]}”")
        if hunk.decision_reason:
            say(f"  {hunk.status} by {hunk.decided_by}: {hunk.decision_reason}")


def the_policy(place: ClientPlace, which: str) -> str:
    """The id of the policy that a person means."""
    from advisor.policies.find import find_policy

    with place.read() as unit:
        return find_policy(unit, which).id
