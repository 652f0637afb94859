"""Slack and Teams against a real https server: what is posted, what stays text, what is sure when it goes wrong."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.post import Poster
from knowledge.outbox import queue_message, set_delivery
from knowledge.places import Places
from knowledge.records.brief import Undecided, UndecidedRow
from knowledge.records.client import Client
from knowledge.records.delivery import Delivery, Message, MessageLine, MessagePart, OutboxEntry
from ui.deliver.chat import slack_payload, teams_payload
from ui.deliver.messages import brief_message, portfolio_message
from ui.deliver.send import deliver_due, queue_brief

URL = "https://hooks.example/services/T0/B0/secret-token-aaaabbbbcccc"
ENVIRONMENT = {"NORTHGATE_SLACK": URL, "NORTHGATE_TEAMS": URL.replace("services", "teams")}
ATTACKS = (
    "<!channel> <!here> <!everyone> <@U123> <#C1> <!subteam^S1>",
    "@here @channel @everyone",
    "<http://evil.invalid|bank.com> *bold* _it_ ~no~ `code` ```block```",
    "![logo](https://evil.example/c?d=CLIENT) [x](https://evil.example)",
    "<at>Dana</at> **bold** https://evil.example",
    "a & b <b>c</b>",
    "\u202egnp.exe\x1b[31m",
    "x" * 5_000,
)


def message_of(text: str) -> Message:
    line = MessageLine(lead=text, text=text, url=text, url_title=text)
    return Message(key="k", subject=text or "x", lead=text, parts=(MessagePart(title=text, lines=(line,)),), foot=text)


def walk(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of a document."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner)


SLACK_ELEMENTS = {"rich_text", "rich_text_section", "rich_text_list", "text", "link"}
TEAMS_ELEMENTS = {"message", "AdaptiveCard", "RichTextBlock", "TextRun", "Action.OpenUrl"}


def check_slack(document: dict[str, Any], urls: set[str]) -> None:
    kinds = {one["type"] for one in walk(document["blocks"]) if "type" in one}
    assert kinds <= SLACK_ELEMENTS, "no mrkdwn, no mention, no image element"
    assert {one["url"] for one in walk(document["blocks"]) if one.get("type") == "link"} <= urls
    parsed = document["text"]
    assert "<" not in parsed
    assert ">" not in parsed
    assert len(document["blocks"]) <= 50
    assert all(len(one.get("text", "")) <= 600 for one in walk(document["blocks"]))
    assert (document["unfurl_links"], document["unfurl_media"]) == (False, False)


def check_teams(document: dict[str, Any], urls: set[str]) -> None:
    kinds = {one["type"] for one in walk(document) if "type" in one}
    assert kinds <= TEAMS_ELEMENTS, "no TextBlock, which reads Markdown; no Image"
    assert {one["url"] for one in walk(document) if one.get("type") == "Action.OpenUrl"} <= urls
    assert not [one for one in walk(document) if "entities" in one], "a mention would need an entity"
    assert len(json.dumps(document)) <= 28_000


@pytest.mark.parametrize("text", ATTACKS)
def test_c28_markup_of_others_is_no_markup(text: str) -> None:
    check_slack(slack_payload(message_of(text)), set())
    check_teams(teams_payload(message_of(text)), set())
    for document in (slack_payload(message_of(text)), teams_payload(message_of(text))):
        shown = json.dumps(document, ensure_ascii=False)
        assert "@here" not in shown
        assert "https://evil" not in shown
        assert "\u202e" not in shown


@given(st.text(max_size=80))
@settings(max_examples=60, deadline=None)
def test_any_text_stays_text(text: str) -> None:
    check_slack(slack_payload(message_of(text)), {text})
    check_teams(teams_payload(message_of(text)), {text})


def test_the_links_are_the_items_own_sources(clinic: Any) -> None:
    brief = clinic.brief()
    own = {source.url for item in brief.items for source in item.sources}
    message = brief_message(brief)
    check_slack(slack_payload(message), own)
    check_teams(teams_payload(message), own)
    links = {one["url"] for one in walk(slack_payload(message)) if one.get("type") == "link"}
    assert links, "a brief with sources shows some"
    texts = " ".join(one["text"] for one in walk(slack_payload(message)) if one.get("type") == "text")
    assert brief.items[0].headline in texts


def test_a_brief_of_many_items_is_cut_and_says_so(clinic: Any) -> None:
    brief = clinic.brief()
    many = brief.model_copy(update={"items": brief.items * 40})
    check_slack(slack_payload(brief_message(many)), {s.url for item in brief.items for s in item.sources})
    check_teams(teams_payload(brief_message(many)), {s.url for item in brief.items for s in item.sources})
    assert "more in the brief." in json.dumps(slack_payload(brief_message(many)))
    long = Message(
        key="k",
        subject="s",
        parts=tuple(MessagePart(title="t", lines=(MessageLine(text="ä" * 600),) * 9) for _ in range(20)),
    )
    assert "The rest is in the brief itself." in json.dumps(teams_payload(long))
    check_teams(teams_payload(long), set())


def test_older_flaws_that_hang_on_a_version_are_told_with_what_to_do(clinic: Any) -> None:
    rows = tuple(
        UndecidedRow(
            key=f"asset A-{n}", name=f"Box {n}", no_version=True, flaws=2, exploited=1, newest=("CVE-2025-10001",)
        )
        for n in range(7)
    )
    gaps = Undecided(flaws=9, exploited=3, rows=rows, days=90, fresh=True)
    message = brief_message(clinic.brief().model_copy(update={"undecided": gaps}))
    (part,) = [one for one in message.parts if one.title == "Older flaws that cannot be ruled out (9)"]
    assert "vciso assets gaps" in part.lines[0].text
    assert [line.text.partition(":")[0] for line in part.lines[1:6]] == [f"Box {n}" for n in range(5)]
    assert part.lines[-1].text == "And 2 more rows in the JSON of this brief."


def test_a_late_brief_and_a_portfolio_say_so(clinic: Any) -> None:
    from advisor.brief.portfolio import compose_portfolio

    late = clinic.brief().model_copy(update={"late": "Late by 3 hours: it was due at 06:30."})
    assert brief_message(late).subject.endswith("(late)")
    assert brief_message(late).lead.startswith("Late by 3 hours")
    assert "Late by 3 hours" in brief_message(late).text
    assert "Late by 3 hours" in brief_message(late).html
    page = compose_portfolio([late], {"globex": "the disk is full"}, late.written_at)
    message = portfolio_message(page, [late.client_name])
    assert message.subject.endswith("(late)")
    assert message.lead.startswith(f"Late: {late.client_name}.")
    assert "the disk is full" in json.dumps(slack_payload(message))


# ---- over the wire

network = pytest.mark.network


def entries(places: Places) -> dict[str, OutboxEntry]:
    with places.client("northgate") as place, place.read() as unit:
        return {entry.channel: entry for entry in unit.outbox.list()}


def queue(places: Places, clock: Any) -> None:
    with places.client("northgate") as place:
        delivery = Delivery(slack_url_env="NORTHGATE_SLACK", teams_url_env="NORTHGATE_TEAMS")
        set_delivery(place, delivery, clock())
        queue_message(place, Message(key="k", subject="Northgate", lead="Nothing to do."), clock())


@network
def test_a_brief_is_posted_once(
    places: Places, northgate: Client, clinic: Any, hook: Any, channels: Any, clock: Any
) -> None:
    with places.client("northgate") as place:
        set_delivery(place, Delivery(slack_url_env="NORTHGATE_SLACK", teams_url_env="NORTHGATE_TEAMS"), clock())
        queue_brief(place, clinic.brief(), clock())
    made = channels(hook=hook, environment=ENVIRONMENT)
    assert deliver_due(places, made, clock).sent == 2
    assert deliver_due(places, made, clock).entries == ()
    paths = ["/services/T0/B0/secret-token-aaaabbbbcccc", "/teams/T0/B0/secret-token-aaaabbbbcccc"]
    assert sorted(path for path, _ in hook.posts) == paths
    assert {"blocks" in body for _, body in hook.posts} == {True, False}


@network
@pytest.mark.parametrize(
    ("status", "state", "words"),
    [
        (503, "queued", "answered 503"),
        (429, "queued", "asked to wait 30 minutes"),
        (404, "failed", "does not take the message"),
        (302, "failed", "moved, and is not followed"),
        (0, "unsure", "after the message had left"),
    ],
)
def test_what_the_webhook_says_decides(
    places: Places, northgate: Client, hook: Any, channels: Any, clock: Any, status: int, state: str, words: str
) -> None:
    hook.status, hook.silent = status or 200, not status
    hook.headers = {"Location": "https://hooks.example/other"} if status == 302 else {}
    if status == 429:
        hook.headers = {"Retry-After": "1800"}
    queue(places, clock)
    made = channels(hook=hook, environment=ENVIRONMENT)
    deliver_due(places, made, clock)
    entry = entries(places)["slack"]
    assert entry.state == state
    assert words in entry.reason
    assert "secret" not in entry.model_dump_json()
    if status == 429:
        assert entry.next_try_at == clock() + timedelta(minutes=30)
    posts = len(hook.posts)
    hook.status, hook.silent, hook.headers = 200, False, {}
    clock.move(days=1)
    deliver_due(places, made, clock)
    again = 2 if state == "queued" else 0
    assert len(hook.posts) == posts + again, "down, then up: once; never what may have arrived"
    assert entries(places)["slack"].state == ("sent" if state == "queued" else state)


@network
def test_a_webhook_that_is_not_set_or_not_allowed(
    places: Places, northgate: Client, hook: Any, channels: Any, clock: Any
) -> None:
    cases: tuple[tuple[dict[str, str], str], ...] = (
        ({}, "NORTHGATE_SLACK is not set"),
        ({"NORTHGATE_SLACK": "http://hooks.example/x-secret"}, "does not start with https"),
        ({"NORTHGATE_SLACK": "https://127.0.0.1/x-secret"}, "not asked"),
        ({"NORTHGATE_SLACK": "https://u:p@hooks.example/x-secret"}, "carries credentials"),
        ({"NORTHGATE_SLACK": "file:///etc/x-secret"}, "only http and https"),
        ({"NORTHGATE_SLACK": "not an address x-secret"}, "not asked"),
    )
    for number, (environment, words) in enumerate(cases):
        with places.client("northgate") as place:
            set_delivery(place, Delivery(slack_url_env="NORTHGATE_SLACK"), clock())
            queue_message(place, Message(key=f"k-{number}", subject="s"), clock())
        done = deliver_due(places, channels(hook=hook, environment=environment), clock)
        last = done.entries[-1][1]
        assert last.state != "sent"
        assert words in last.reason or "leads inside" in last.reason, (environment, last.reason)
        assert "x-secret" not in repr(done)
        clock.move(days=1)
    assert hook.posts == []


@network
def test_a_name_that_leads_inside_is_refused(hook: Any) -> None:
    poster = Poster(resolve=lambda host, port: ["93.184.215.14", "10.0.0.5"], dial=hook.dial, ssl_context=hook.trusted)
    done = poster.post(URL, {})
    assert (done.result, done.down) == ("again", True)
    assert "leads inside" in done.sentence
    assert hook.posts == []


@network
def test_a_certificate_of_a_stranger_is_refused(hook: Any) -> None:
    poster = Poster(resolve=lambda h, p: ["93.184.215.14"], dial=hook.dial, ssl_context=ssl.create_default_context())
    done = poster.post(URL, {})
    assert (done.result, done.down) == ("again", True)
    assert "certificate was not accepted" in done.sentence
    assert hook.posts == []
