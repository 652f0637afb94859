"""`vciso ask` and `vciso chat`: questions about one client, answered with quotations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.common import now, open_home, say, say_json, settings

if TYPE_CHECKING:
    from advisor.answer.replay import Replay
    from advisor.service import Advisor
    from knowledge.records.answer import Answer, Claim

ClientArgument = Annotated[str, typer.Argument(metavar="CLIENT", help="Id of the client.")]
MODES = {
    "extractive": "Extractive answer: the best sentences, no model.",
    "lookup": "Looked up in the frameworks and their tables.",
    "model": "Worded by a model, every claim checked against its quotation.",
}


@contextmanager
def _advisor(ctx: typer.Context) -> Iterator[Advisor]:
    from knowledge.search.interface import begin_loading

    begin_loading(settings(ctx))
    from advisor.service import make_advisor

    with open_home(ctx, now()) as places, make_advisor(places, settings(ctx)) as advisor:
        yield advisor


def ask(
    ctx: typer.Context,
    client_id: ClientArgument,
    question: Annotated[str, typer.Argument(help="The question, in quotation marks.")] = "",
    framework: Annotated[
        list[str] | None, typer.Option("--framework", help="Answer from this framework; may be given several times.")
    ] = None,
    no_model: Annotated[bool, typer.Option("--no-model", help="By structure and extraction only.")] = False,
    replay: Annotated[str, typer.Option(metavar="ID", help="Show a kept answer and check it again.")] = "",
    why: Annotated[bool, typer.Option("--why", help="Show every check and the passages that were found.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The whole answer as JSON.")] = False,
) -> None:
    """Ask a question about a client; every claim is quoted from a framework or from the client's documents.

    What cannot be proved is not said: the answer then tells what was searched.
    """
    from knowledge.errors import UsageError

    if bool(question) == bool(replay):
        raise UsageError("takes a question or --replay", subject="ask", hint='`vciso ask CLIENT "What is AC-2?"`')
    with _advisor(ctx) as advisor:
        if replay:
            _show_replay(advisor.replay(client_id, replay), why=why, as_json=as_json)
            return

        def tell(found: Answer) -> None:
            if as_json:
                say_json(found.model_dump(mode="json"))
            else:
                _show(found, why=why)

        within = tuple(framework or ())
        advisor.ask(client_id, question, now=now(), frameworks=within, use_model=not no_model, on_answer=tell)


def chat(
    ctx: typer.Context,
    client_id: ClientArgument,
    resume: Annotated[str, typer.Option(metavar="ID", help="Go on with a kept conversation.")] = "",
    no_model: Annotated[bool, typer.Option("--no-model", help="By structure and extraction only.")] = False,
) -> None:
    """Talk about a client: follow-up questions are understood, claims appear as soon as they are checked.

    An empty line or `exit` ends it. The conversation is kept in the client's place.
    """
    from advisor.service import new_conversation
    from knowledge.errors import UsageError

    with _advisor(ctx) as advisor:
        advisor.answers(client_id, 1)  # an unknown client is said before anything is typed
        conversation, kept = resume or new_conversation(), bool(resume)
        if resume:
            for turn in advisor.conversation(client_id, resume):
                say(f"> {turn.question}")
                _show(turn.answer)
        while (question := _next_question()) is not None:
            seen: set[str] = set()

            def tell(claim: Claim, seen: set[str] = seen) -> None:
                seen.add(claim.text)
                _show_claim(claim, len(seen))

            try:
                turn = advisor.chat(client_id, conversation, question, now=now(), use_model=not no_model, on_claim=tell)
            except UsageError as error:
                say(str(error))
                continue
            kept = True
            if turn.answer.standalone_question:
                say(f"(understood as: {turn.answer.standalone_question})")
            _show_rest(turn.answer)
    if kept:
        say(f"Go on with it: vciso chat {client_id} --resume {conversation}")


def _next_question() -> str | None:
    try:
        text = input("> ").strip()
    except EOFError:
        return None
    return None if text.casefold() in {"", "exit", "quit"} else text


def _show(answer: Answer, *, why: bool = False) -> None:
    supported = [claim for claim in answer.claims if claim.supported]
    for number, claim in enumerate(supported, start=1):
        _show_claim(claim, number)
    _show_rest(answer)
    if why:
        _show_why(answer)


def _show_claim(claim: Claim, number: int) -> None:
    """A claim with its quotations in quotation marks, each of several on a line of its own, and its places."""
    lines = _quoted(claim)
    say(f"{number}. {lines[0]}")
    for line in lines[1:]:
        say(f"   {line}")
    for source, quotes in _by_source(claim).items():
        say(f"   [{source}]")
        for quote in quotes:
            if quote not in claim.text:
                say(f'     "{quote}"')


def _quoted(claim: Claim) -> list[str]:
    """The text of a claim, parted at its quotations."""
    quotes = sorted({one.quote for one in claim.citations if one.quote in claim.text}, key=len, reverse=True)
    if not quotes:
        return [claim.text]
    # Not the title in brackets, where a requirement has no more text than its title.
    pieces = re.split(r"(?<!\()(" + "|".join(map(re.escape, quotes)) + ")", claim.text)
    lines: list[str] = []
    for piece in pieces:
        text = piece.strip()
        if not text or text in ".;":
            continue
        if piece in quotes:
            text = f'"{text}"'
            if lines and not lines[-1].endswith('"'):
                lines[-1] = f"{lines[-1]} {text}"
                continue
        lines.append(text)
    return lines


def _by_source(claim: Claim) -> dict[str, list[str]]:
    """The quotations of a claim by where they stand, each place once."""
    found: dict[str, list[str]] = {}
    for citation in claim.citations:
        # "PR.DS-11 Backups made, protected and tested; CSF 2.0, PR.DS-11" says the same twice.
        named = citation.locator.rpartition(", ")[2]
        place = citation.locator if citation.source.split(" ")[0] == named else f"{citation.source}; {citation.locator}"
        found.setdefault(place, []).append(citation.quote)
    return found


def _show_rest(answer: Answer) -> None:
    if answer.abstained:
        say("No answer that can be proved.")
    for conflict in answer.conflicts:
        say(f"Contradiction: {conflict}")
    for claim in answer.claims:
        if not claim.supported and answer.mode == "model":
            failed = next((check for check in claim.checks if not check.passed), None)
            say(f"Unsupported, do not rely on it ({failed.name if failed else 'no citation'}): {claim.text}")
    for note in answer.not_covered:
        say(f"Note: {note}")
    if answer.nearest:
        say("Nearest, though none of it answers the question:")
        for passage in answer.nearest:
            say(f"   {passage.title} [{passage.locator}]")
    say(f"{MODES[answer.mode] if not answer.abstained else ''} {answer.searched} Answer {answer.id}.".strip())


def _show_why(answer: Answer) -> None:
    for claim in answer.claims:
        checks = ", ".join(
            f"{check.name} {'ok' if check.passed else 'FAILED ' + check.detail}" for check in claim.checks
        )
        say(f"Checks: {checks}")
    for hit in answer.hits:
        reasons = ", ".join(f"{reason.ranker} {reason.rank}" for reason in hit.reasons)
        say(f"Passage {hit.rank}: {hit.passage.title} ({hit.passage.locator}); {reasons}")
    if answer.model:
        say(f"Model {answer.model}, prompt {answer.prompt}")
    say("Seconds: " + ", ".join(f"{step} {seconds:g}" for step, seconds in answer.seconds.items()))


def _show_replay(replay: Replay, *, why: bool, as_json: bool) -> None:
    if as_json:
        say_json({"answer": replay.answer.model_dump(mode="json"), "differences": list(replay.differences)})
        return
    say(f"> {replay.answer.question} ({replay.answer.asked_at:%Y-%m-%d %H:%M} UTC)")
    _show(replay.answer, why=why)
    for difference in replay.differences:
        say(difference)
    if not replay.differences:
        say("Checked again: every claim stands as it did.")
