"""Lays a message out for Slack and Microsoft Teams, in elements that hold text as text: nothing in them is parsed.

Slack: `rich_text` blocks (https://docs.slack.dev/reference/block-kit/blocks/rich-text-block), in which a mention or a
link is an element of its own, so `<!channel>` in a text is nine characters. Teams: `RichTextBlock` with `TextRun`s of
an Adaptive Card, which unlike `TextBlock` know no Markdown (https://adaptivecards.io/explorer/TextRun.html); a mention
would need an entity, and none is sent.
"""

from __future__ import annotations

import json
from typing import Any, Final

from knowledge.records.delivery import Message, MessageLine
from ui.render.escape import foreign, safe_url

LONGEST: Final = 600
"""Characters of a line; the brief itself has the rest."""
SLACK_BLOCKS: Final = 45
"""Slack takes 50."""
TEAMS_BYTES: Final = 24_000
"""Teams takes 28 KB."""

_ENTITIES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def _cut(text: str) -> str:
    line = foreign(text)
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def slack_payload(message: Message) -> dict[str, Any]:
    """The document for a Slack incoming webhook."""
    blocks: list[dict[str, Any]] = [_slack_section([_slack_text(message.subject, bold=True)])]
    if message.lead:
        blocks.append(_slack_section([_slack_text(message.lead)]))
    for part in message.parts:
        blocks.append(_slack_section([_slack_text(part.title, bold=True)]))
        if part.lines:
            items = [{"type": "rich_text_section", "elements": _slack_line(line)} for line in part.lines]
            listed = {"type": "rich_text_list", "style": "bullet", "elements": items}
            blocks.append({"type": "rich_text", "elements": [listed]})
    if message.foot:
        blocks.append(_slack_section([_slack_text(message.foot)]))
    return {
        # What notifications show; here alone text is parsed, so its three signs become entities.
        "text": _cut(message.subject).translate(_ENTITIES),
        "blocks": blocks[:SLACK_BLOCKS],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _slack_section(elements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}


def _slack_text(text: str, *, bold: bool = False) -> dict[str, Any]:
    element: dict[str, Any] = {"type": "text", "text": _cut(text) or " "}
    return element | {"style": {"bold": True}} if bold else element


def _slack_line(line: MessageLine) -> list[dict[str, Any]]:
    elements = [_slack_text(line.lead, bold=True), {"type": "text", "text": " — "}] if line.lead else []
    elements.append(_slack_text(line.text))
    if url := safe_url(line.url):
        elements += [_slack_text(" "), {"type": "link", "url": url, "text": _cut(line.url_title) or "source"}]
    return elements


def teams_payload(message: Message) -> dict[str, Any]:
    """The document for a Teams workflow's webhook: a message with one Adaptive Card, cut to what Teams takes."""
    body = [_teams_block([_teams_run(message.subject, weight="Bolder", size="Medium")])]
    if message.lead:
        body.append(_teams_block([_teams_run(message.lead)]))
    for part in message.parts:
        body.append(_teams_block([_teams_run(part.title, weight="Bolder")], separator=True))
        body += [_teams_line(line) for line in part.lines]
    if message.foot:
        body.append(_teams_block([_teams_run(message.foot, isSubtle=True)]))
    kept: list[dict[str, Any]] = []
    size = 0
    for block in body:
        size += len(json.dumps(block))  # escaped, as it is posted
        if size > TEAMS_BYTES:
            kept.append(_teams_block([_teams_run("The rest is in the brief itself.", isSubtle=True)]))
            break
        kept.append(block)
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": kept,
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _teams_block(runs: list[dict[str, Any]], **extra: Any) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": runs, **extra}


def _teams_run(text: str, **style: Any) -> dict[str, Any]:
    return {"type": "TextRun", "text": _cut(text) or " ", **style}


def _teams_line(line: MessageLine) -> dict[str, Any]:
    runs = [_teams_run("• ")]
    if line.lead:
        runs += [_teams_run(line.lead, weight="Bolder"), {"type": "TextRun", "text": " — "}]
    runs.append(_teams_run(line.text))
    if url := safe_url(line.url):
        link = _teams_run(line.url_title or "source", selectAction={"type": "Action.OpenUrl", "url": url})
        runs += [_teams_run(" "), link]
    return _teams_block(runs)
