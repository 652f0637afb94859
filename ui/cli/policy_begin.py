"""`vciso policy`: how a text begins: from a template, from the client's document, from something that happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.common import now, open_home, progress, say, say_json
from ui.cli.policy import AsJson, ClientArgument, say_coverage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.llm.interface import AskedModel
    from knowledge.places import Places

app = typer.Typer()
"""Put into the group `policy` by ui.cli.main."""


@app.command()
def draft(
    ctx: typer.Context,
    client_id: ClientArgument,
    topic: Annotated[list[str], typer.Option("--topic", metavar="TOPIC", help="Of the policy set; repeatable.")] = [],  # noqa: B006 - typer reads the default
    every: Annotated[bool, typer.Option("--all", help="Every topic that the client has no policy on.")] = False,
    requirements: Annotated[
        list[str], typer.Option("--for", metavar="FRAMEWORK:ID", help="Only what this asks for; repeatable.")
    ] = [],  # noqa: B006
    because: Annotated[str, typer.Option(metavar="ITEM", help="Number, key or CVE id of a brief item.")] = "",
    value: Annotated[
        list[str], typer.Option("--set", metavar="NAME=VALUE", help="A value for a blank of the template; repeatable.")
    ] = [],  # noqa: B006
    new: Annotated[bool, typer.Option("--new", help="Although the client has a document of that title.")] = False,
    accept: Annotated[
        bool, typer.Option("--accept", help="Begin the draft right away, as accepting it would.")
    ] = False,
    no_model: Annotated[bool, typer.Option("--no-model", help="The template's words only.")] = False,
    as_json: AsJson = False,
) -> None:
    """Draft a policy, or what the client's own policy lacks; the result is a proposal.

    Without a model the words are the template's with the client's values, complete as they are.
    """
    from advisor import proposals
    from advisor.policies.draft import Wanted, draft_policy
    from advisor.policies.propose import trigger_of
    from advisor.policies.templates.library import topics
    from knowledge.errors import UsageError

    if every == bool(topic):
        raise UsageError("name a topic or give --all", hint=f"Topics: {', '.join(topics())}.")
    at = now()
    values = _values(value)
    done = []
    with open_home(ctx, at) as places, progress("Drafting") as step:
        trigger, cited = trigger_of(places, client_id, because) if because else (None, ())
        model = None if no_model else open_model(places, client_id)
        with places.client(client_id) as place, place.read() as unit:
            there = {one.topic for one in unit.policies.list()}
        wanted = topic or [one for one in topics() if one not in there]
        for number, one in enumerate(wanted):
            step(number, len(wanted), one)
            asked = Wanted(one, tuple(requirements), because=cited, values=values, beside=new or every)
            if trigger is not None:
                asked = Wanted(one, tuple(requirements), trigger, cited, values, beside=new or every)
            found = draft_policy(
                places,
                client_id,
                asked,
                at,
                model=model,
                on_step=lambda at_clause, total, one=one: step(at_clause, total, one),  # type: ignore[misc]
            )
            applied = None
            if accept and found.proposal is not None:
                with places.client(client_id) as place:
                    applied = proposals.accept(place, found.proposal.id, at, places.profile(client_id))
            done.append((one, found, applied))
    if as_json:
        say_json(
            [
                {
                    "topic": one,
                    "proposal": found.proposal.model_dump(mode="json") if found.proposal else None,
                    "coverage": [row.model_dump(mode="json") for row in found.coverage],
                    "remarks": found.remarks,
                    "version": applied.version.number if applied and applied.version else None,
                }
                for one, found, applied in done
            ]
        )
        return
    for one, found, applied in done:
        if found.proposal is None:
            say(f"{one}: the client's policy says all of it already.")
        elif applied is not None and applied.version is not None:
            say(f"{applied.version.label} begun as a draft ({found.proposal.id}).")
        else:
            say(f"{found.proposal.id}: {found.proposal.summary}")
        for remark in (*found.remarks, *(found.proposal.assumptions if found.proposal else ())):
            say(f"  To confirm: {remark}")
        if len(done) == 1:
            say_coverage("What it covers", found.coverage)
            if found.proposal is not None and applied is None:
                say(f"Read it: vciso proposals {client_id} show {found.proposal.id}")


@app.command()
def adopt(
    ctx: typer.Context,
    client_id: ClientArgument,
    which: Annotated[str, typer.Argument(metavar="DOC", help="Id, title or file name of a document of the client.")],
    topic: Annotated[str, typer.Option(help="Of the policy set; default: by the title.")] = "",
    owner: Annotated[str, typer.Option(help="Who answers for it, such as 'practice manager'.")] = "",
    accept: Annotated[bool, typer.Option("--accept", help="Accept right away.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take in the client's own document as a policy that is in force, word for word.

    A newer version of a document that is a policy already is proposed as changes to the text in force.
    """
    from advisor import proposals
    from advisor.policies.adopt import adopt_document
    from ingest.documents.decide import find_document

    at = now()
    applied = None
    with open_home(ctx, at) as places:
        with places.client(client_id) as place, place.read() as unit:
            document = find_document(unit.documents.list(), which)
        found = adopt_document(places, client_id, document, topic, at, owner=owner)
        if accept:
            with places.client(client_id) as place:
                applied = proposals.accept(place, found.id, at, places.profile(client_id))
    if as_json:
        say_json((applied.proposal if applied else found).model_dump(mode="json"))
        return
    if found.payload is None:
        done = applied.version if applied else None
        say(f"{found.id}: {found.summary}" + (f" {done.label} is a draft with them." if done else ""))
        say(f"{'See' if done else 'Decide'}: vciso proposals {client_id} show {found.id}")
        return
    mapped = sum(bool(clause.requirements or clause.partly) for clause in found.payload.clauses)
    size = f"{len(found.payload.clauses)} paragraphs, {mapped} mapped to requirements"
    if applied is not None and applied.version is not None:
        say(f"{applied.version.label} is kept as in force ({found.id}): {size}.")
    else:
        say(f"{found.id}: {found.summary} {size}.")
        say(f"Accept it: vciso proposals {client_id} accept {found.id}")


@app.command()
def propose(
    ctx: typer.Context,
    client_id: ClientArgument,
    because: Annotated[str, typer.Option(metavar="ITEM", help="Number, key or CVE id of a brief item.")] = "",
    framework: Annotated[str, typer.Option(metavar="ID", help="A framework that was imported in a new version.")] = "",
    since: Annotated[
        str, typer.Option(metavar="ID", help="With --framework: the version before; default: the pack.")
    ] = "",
    reviews: Annotated[bool, typer.Option("--reviews", help="What the policies lack whose review is due.")] = False,
    incident: Annotated[str, typer.Option(metavar="WORDS", help="What happened, in your own words.")] = "",
    finding: Annotated[
        str, typer.Option(metavar="WORDS", help="What an audit or a test found, in your own words.")
    ] = "",
    topic: Annotated[str, typer.Option(help="With --incident or --finding: of the policy it concerns.")] = "",
    policy: Annotated[str, typer.Option(metavar="POLICY", help="With --clause: a change of your own.")] = "",
    clause: Annotated[str, typer.Option(metavar="N", help="Number of the clause.")] = "",
    text: Annotated[str, typer.Option(help="Its new text; left out: the clause goes.")] = "",
    reason: Annotated[str, typer.Option(help="Why; for a change of your own.")] = "",
    requirements: Annotated[
        list[str],
        typer.Option(
            "--for",
            metavar="FRAMEWORK:ID",
            help="What the clause then meets, or what the incident or finding touches; repeatable.",
        ),
    ] = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Propose a change: because of a brief item, incident, finding, a framework's version, a due review, or by hand."""
    from advisor.policies.find import find_policy
    from advisor.policies.framework_change import propose_for_framework
    from advisor.policies.propose import propose_by_hand, propose_for_item
    from advisor.policies.reported import Reported, propose_for_reported
    from advisor.policies.reviews import propose_reviews
    from knowledge.errors import UsageError

    if sum(map(bool, (because, incident, finding, framework, reviews, policy))) != 1:
        raise UsageError(
            "give one of --because ITEM, --incident WORDS, --finding WORDS, --framework ID, --reviews, --policy POLICY",
            hint="See vciso policy propose --help.",
        )
    at = now()
    lines: list[str] = []
    with open_home(ctx, at) as places:
        if because:
            outcomes = propose_for_item(places, client_id, because, at)
            found = [one.proposal for one in outcomes if one.proposal is not None]
            lines = [f"{one.topic}: {one.sentence}" for one in outcomes] or ["No rule sees a policy in this item."]
        elif incident or finding:
            told = Reported("incident" if incident else "finding", incident or finding)
            outcomes = propose_for_reported(places, client_id, told, at, topic=topic, requirements=requirements)
            found = [one.proposal for one in outcomes if one.proposal is not None]
            nothing = "No rule sees a policy in these words: name it with --topic TOPIC or --for FRAMEWORK:ID."
            lines = [f"{one.topic}: {one.sentence}" for one in outcomes] or [nothing]
        elif framework:
            changed = propose_for_framework(places, client_id, framework, at, since=since)
            found, lines = list(changed.proposals), list(changed.lines)
        elif reviews:
            found = list(propose_reviews(places, client_id, at))
            lines = [f"{one.id}: {one.summary}" for one in found] or ["No review is due."]
        else:
            with places.client(client_id) as place, place.read() as unit:
                policy_id = find_policy(unit, policy).id
            hand = propose_by_hand(
                places, client_id, policy_id, at, clause=clause, text=text, reason=reason, requirements=requirements
            )
            found, lines = [hand], [f"{hand.id}: {hand.summary}"]
    if as_json:
        say_json([one.model_dump(mode="json") for one in found])
        return
    for line in lines:
        say(line)
    if any(one.status == "open" for one in found):
        say(f"Read them: vciso proposals {client_id}")


def open_model(places: Places, client_id: str) -> AskedModel | None:
    """The client's model; None where none is set or it may not be used, said in a line."""
    if not places.settings.model:
        return None
    from advisor.llm.session import open_client_model
    from knowledge.errors import ModelError

    with places.client(client_id) as place:
        try:
            return open_client_model(place, places.profile(client_id), places.settings)
        except ModelError as error:
            say(f"The model was not used ({error.message}); the words are the template's.")
            return None


def _values(given: Sequence[str]) -> dict[str, str]:
    from knowledge.errors import UsageError

    found: dict[str, str] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name.strip():
            raise UsageError("is not NAME=VALUE", subject=f"--set {one[:40]}")
        found[name.strip()] = value.strip()
    return found
