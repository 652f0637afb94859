"""`vciso attest`: who is asked to sign a policy, the links, the signatures and the receipts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.common import group, now, open_home, parse_day, progress, say, say_json, say_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.attestation.report import Links, RequestStanding
    from knowledge.places import ClientPlace
    from knowledge.records.attestation import Message, SignOffRequest
    from knowledge.records.client import Client

app = group(
    "attest",
    "Sign-offs: ask people to sign a policy in force, send links, record signatures, see who is missing, verify.",
    "People's signatures on policies.",
)

DEFAULT_URL = "http://127.0.0.1:8501/sign"

AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
ClientArgument = Annotated[str, typer.Argument(metavar="CLIENT", help="Id of the client.")]
RequestArgument = Annotated[str, typer.Argument(metavar="REQUEST", help="Id of the request, or of its policy.")]
AudienceOption = Annotated[Path, typer.Option("--audience", metavar="FILE", help="CSV or XLSX: name, email, group.")]
UrlOption = Annotated[str, typer.Option("--url", help="Address of the app's sign-off page, as people reach it.")]
OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Write a text file for each person there.")
]
SendOption = Annotated[bool, typer.Option("--send", help="Hand them to the outbox; `vciso deliver` sends them.")]


@app.command()
def request(
    ctx: typer.Context,
    client_id: ClientArgument,
    policy: Annotated[str, typer.Argument(metavar="POLICY", help="Id, topic or title of the policy.")],
    audience: AudienceOption,
    due: Annotated[str, typer.Option(metavar="DAY", help="Last day to sign, YYYY-MM-DD.")],
    reason: Annotated[str, typer.Option(help="Why; default: what the approver said of the change.")] = "",
    url: UrlOption = DEFAULT_URL,
    out: OutOption = None,
    send: SendOption = False,
    as_json: AsJson = False,
) -> None:
    """Ask people to sign the version of a policy that is in force; each gets a link of their own."""
    from advisor.attestation.report import invitations
    from advisor.attestation.requests import request_sign_off
    from advisor.policies.find import find_policy
    from ui.audience import audience_file

    at = now()
    day = parse_day(due, "--due")
    people = audience_file(audience)
    with open_home(ctx, at) as places, places.client(client_id) as place:
        client = places.profile(client_id)
        with place.read() as unit:
            policy_id = find_policy(unit, policy).id
        assert day is not None
        made = request_sign_off(place, client, policy_id, people.people, due_on=day, now=at, reason=reason)
        links = _links(place, client, made, url)
        with place.read() as unit:
            messages = invitations(made, unit.sign_offs.people(made.id), links)
        _hand_over(place, made, messages, out, send=send, at_key="ask")
    if as_json:
        say_json(
            {
                "request": made.model_dump(mode="json"),
                "messages": [one.model_dump(mode="json") for one in messages],
                "skipped": [one.model_dump(mode="json") for one in people.skipped],
            }
        )
        return
    say(f"{made.id}: {len(people.people)} people are asked to sign {made.policy_title}, version {made.version}.")
    say(f"Due {made.due_on:%Y-%m-%d}; links open until {made.expires_at:%Y-%m-%d}. SHA-256 {made.sha256}")
    for skip in people.skipped:
        say(f"  Not asked: {skip.subject}: {skip.reason}.")
    _say_where(messages, out, send=send, client_id=client_id, request_id=made.id)


@app.command()
def add(ctx: typer.Context, client_id: ClientArgument, which: RequestArgument, audience: AudienceOption) -> None:
    """Ask further people in an open request; whoever is asked already stays as they are."""
    from advisor.attestation.requests import add_people
    from ui.audience import audience_file

    at = now()
    people = audience_file(audience)
    with open_home(ctx, at) as places, places.client(client_id) as place:
        found = _find(place, which)
        added = add_people(place, found.id, people.people, at)
    say(f"{len(added)} added, {len(people.people) - len(added)} were asked already.")
    for skip in people.skipped:
        say(f"  Not asked: {skip.subject}: {skip.reason}.")
    if added:
        say(f"Their links: vciso attest links {client_id} {found.id} --out DIR")


@app.command()
def links(
    ctx: typer.Context,
    client_id: ClientArgument,
    which: RequestArgument,
    url: UrlOption = DEFAULT_URL,
    out: OutOption = None,
    send: SendOption = False,
    as_json: AsJson = False,
) -> None:
    """Show the links of people who have not signed, or write the messages that carry them."""
    from advisor.attestation.report import invitations

    with open_home(ctx, now()) as places, places.client(client_id) as place:
        found = _find(place, which)
        made = _links(place, places.profile(client_id), found, url)
        with place.read() as unit:
            people = unit.sign_offs.people(found.id)
        messages = invitations(found, people, made)
        _hand_over(place, found, messages, out, send=send, at_key="ask")
        rows = [(one.name, one.email, one.group, made.address(one)) for one in people if one.state == "open"]
    if as_json:
        say_json([one.model_dump(mode="json") for one in messages])
    elif out or send:
        _say_where(messages, out, send=send, client_id=client_id, request_id=found.id)
    else:
        for name, email, _, link in rows:
            say(f"{name} <{email}>\n  {link}")


@app.command()
def remind(
    ctx: typer.Context,
    client_id: ClientArgument,
    which: RequestArgument,
    url: UrlOption = DEFAULT_URL,
    out: OutOption = None,
    send: SendOption = False,
    as_json: AsJson = False,
) -> None:
    """Make the reminder for everybody who has not signed; that they were reminded is kept."""
    from advisor.attestation.report import reminder_messages
    from advisor.budget import client_day

    at = now()
    with open_home(ctx, at) as places, places.client(client_id) as place:
        client = places.profile(client_id)
        found = _find(place, which)
        today = client_day(at, client.timezone)
        messages = reminder_messages(place, found, _links(place, client, found, url), today, at)
        _hand_over(place, found, messages, out, send=send, at_key=f"remind-{today:%Y-%m-%d}")
    if as_json:
        say_json([one.model_dump(mode="json") for one in messages])
    elif not messages:
        say("Everybody has signed.")
    elif out or send:
        _say_where(messages, out, send=send, client_id=client_id, request_id=found.id)
    else:
        for one in messages:
            say(f"To: {one.to_name} <{one.to_email}>\nSubject: {one.subject}\n\n{one.body}")


@app.command()
def sign(
    ctx: typer.Context,
    client_id: ClientArgument,
    which: RequestArgument,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="E-mail address, or the name as listed.")],
    evidence: Annotated[Path, typer.Option(metavar="FILE", help="Scan of the paper, or the saved mail.")],
    on: Annotated[str, typer.Option(metavar="DAY", help="Day of the signature, YYYY-MM-DD; default: today.")] = "",
    name: Annotated[str, typer.Option(help="As it was signed; default: as listed.")] = "",
    as_json: AsJson = False,
) -> None:
    """Record a signature that came on paper or by e-mail, with the file that proves it."""
    from datetime import datetime, time

    from advisor.attestation.signing import record_signature
    from advisor.brief.compose import client_zone

    at = now()
    day = parse_day(on or None, "--on")
    with open_home(ctx, at) as places, places.client(client_id) as place:
        client = places.profile(client_id)
        signed_at = min(datetime.combine(day, time(12), client_zone(client)), at) if day else at
        if day and day > at.astimezone(client_zone(client)).date():
            signed_at = datetime.combine(day, time(12), client_zone(client))
        receipt = record_signature(
            place,
            client,
            _find(place, which).id,
            person,
            signed_name=name,
            signed_at=signed_at,
            evidence=evidence,
            now=at,
        )
    if as_json:
        say_json(receipt.model_dump(mode="json"))
        return
    signed = receipt.attestation
    say(f"Recorded {signed.id}: {signed.signed_name}, {signed.policy_title}, version {signed.version}.")
    say(f"Its receipt: vciso attest receipt {client_id} {signed.id}")


@app.command()
def status(
    ctx: typer.Context,
    client_id: ClientArgument,
    which: Annotated[str, typer.Argument(metavar="[REQUEST]", help="Only this one; default: every open one.")] = "",
    closed: Annotated[bool, typer.Option("--closed", help="Closed requests too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show who signed and who is missing, by group."""
    from advisor.attestation.report import standing_of
    from advisor.budget import client_day

    at = now()
    with open_home(ctx, at) as places, places.client(client_id) as place:
        today = client_day(at, places.profile(client_id).timezone)
        wanted = [_find(place, which)] if which else []
        with place.read() as unit:
            found = [standing_of(unit, one, today) for one in wanted or unit.sign_offs.list(closed=closed)]
    if as_json:
        say_json([one.model_dump(mode="json") for one in found])
        return
    if not found:
        say(f"Nobody is asked to sign. Ask: vciso attest request {client_id} POLICY --audience FILE --due DAY")
    for one in found:
        _say_standing(one)


@app.command()
def revoke(
    ctx: typer.Context,
    client_id: ClientArgument,
    which: RequestArgument,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="E-mail address, or the name as listed.")],
    reason: Annotated[str, typer.Option(help="Why; kept.")],
) -> None:
    """Take a person out of a request; the link opens nothing any more."""
    from advisor.attestation import requests

    at = now()
    with open_home(ctx, at) as places, places.client(client_id) as place:
        gone = requests.revoke(place, _find(place, which).id, person, reason, at)
    say(f"{gone.name} <{gone.email}> is not asked any more; the link is worthless.")


@app.command()
def renew(
    ctx: typer.Context,
    client_id: ClientArgument,
    which: RequestArgument,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="E-mail address, or the name as listed.")],
    url: UrlOption = DEFAULT_URL,
) -> None:
    """Make a new link for a person; the one sent before is worthless from now on."""
    from advisor.attestation.requests import renew_link

    at = now()
    with open_home(ctx, at) as places, places.client(client_id) as place:
        found = _find(place, which)
        fresh = renew_link(place, found.id, person, at)
        say(f"{fresh.name} <{fresh.email}>")
        say(f"  {_links(place, places.profile(client_id), found, url).address(fresh)}")


@app.command()
def close(
    ctx: typer.Context,
    client_id: ClientArgument,
    which: RequestArgument,
    reason: Annotated[str, typer.Option(help="Why; kept.")],
) -> None:
    """Close a request: nobody can sign it any more, and nobody is reminded."""
    from advisor.attestation.requests import close_request

    at = now()
    with open_home(ctx, at) as places, places.client(client_id) as place:
        done = close_request(place, _find(place, which).id, reason, at)
    say(f"Closed {done.id}.")


def _find(place: ClientPlace, which: str) -> SignOffRequest:
    """The request of that id, or the newest open one of that policy."""
    from advisor.policies.find import find_policy
    from knowledge.errors import NotFoundError

    with place.read() as unit:
        if which.startswith("so-"):
            return unit.sign_offs.get(which)
        policy = find_policy(unit, which)
        found = unit.sign_offs.list(policy_id=policy.id)
    if not found:
        raise NotFoundError(
            "nobody is asked to sign it", subject=policy.title, hint="Ask: vciso attest request CLIENT POLICY ..."
        )
    return found[-1]


def _links(place: ClientPlace, client: Client, found: SignOffRequest, url: str) -> Links:
    from urllib.parse import urlsplit

    from advisor.attestation.links import make_token
    from advisor.attestation.report import Links
    from knowledge.errors import UsageError

    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise UsageError("is not a web address", subject=f"--url {url}"[:80], hint="https://copilot.example.org/sign")
    base = url.rstrip("/")
    return Links(lambda one: f"{base}?token={make_token(place, client, found, one)}", client.name)


def _hand_over(
    place: ClientPlace,
    found: SignOffRequest,
    messages: Sequence[Message],
    out: Path | None,
    *,
    send: bool,
    at_key: str,
) -> None:
    """Writes the messages as files, queues them, or neither."""
    from knowledge.errors import StoreError

    at = now()
    if out is not None:
        try:
            out.mkdir(parents=True, exist_ok=True, mode=0o700)
            for one in messages:
                text = f"To: {one.to_name} <{one.to_email}>\nSubject: {one.subject}\n\n{one.body}"
                file = out / f"{found.id}-{one.signatory_id}.txt"
                file.write_text(text, encoding="utf-8")
                file.chmod(0o600)
        except OSError as error:
            raise StoreError(f"the messages cannot be written ({error.strerror})", subject=str(out)) from None
    if send:
        from hashlib import sha256

        from knowledge.outbox import queue_message
        from knowledge.records.delivery import Message as Outgoing
        from knowledge.records.delivery import MessageLine, MessagePart

        with progress("Queueing") as step:
            for number, one in enumerate(messages):
                step(number, len(messages), one.to_email)
                # A renewed link makes another text, and so another message.
                mark = sha256(one.body.encode()).hexdigest()[:12]
                key = f"sign-off:{at_key}:{one.signatory_id}:{mark}"
                line = MessageLine(text=f"You will sign: {found.statement}", url=one.link, url_title="Read and sign")
                part = MessagePart(title="Your personal link; do not pass it on", lines=(line,))
                outgoing = Outgoing(key=key, subject=one.subject, lead=one.lead, parts=(part,), text=one.body)
                queue_message(place, outgoing, at, to=[one.to_email])


def _say_where(messages: Sequence[Message], out: Path | None, *, send: bool, client_id: str, request_id: str) -> None:
    if out is not None:
        say(f"{len(messages)} messages are in {out}; each holds a personal link.")
    if send:
        say(f"{len(messages)} messages are in the outbox; the schedule sends them.")
        say(f"Or now: vciso deliver send {client_id}")
    if out is None and not send:
        say(f"Their links: vciso attest links {client_id} {request_id}")


def _say_standing(one: RequestStanding) -> None:
    found = one.request
    state = f"closed: {found.closed_because}" if found.closed_at else f"due {found.due_on:%Y-%m-%d}"
    rows = [
        (group.group or "(no group)", f"{group.signed} of {group.asked}", "\n".join(group.missing) or "-")
        for group in one.groups
    ]
    title = f"{found.policy_title}, version {found.version} ({found.id}; {state}): {one.sentence}"
    say_table(title, ("Group", "Signed", "Missing"), rows)
    if one.revoked:
        say(f"{one.revoked} taken out of the request.")
    for line in one.differently_named:
        say(f"Look at this one: {line}.")
