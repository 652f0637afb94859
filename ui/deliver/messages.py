"""Makes the message of a brief, of the portfolio, and of a test: what every channel then lays out its own way."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from knowledge.outbox import brief_key
from knowledge.records.brief import Brief, Portfolio
from knowledge.records.delivery import Message, MessageLine, MessagePart
from ui.render.html import brief_html, portfolio_html
from ui.render.portfolio_view import portfolio_view
from ui.render.sections import LineView, Section, SourceView
from ui.render.text import brief_text, portfolio_text
from ui.render.view import LABEL_WORDS, brief_view

IN_CHAT: Final = ("act-now", "check-today", "below", "in-hand", "undecided", "watch", "coverage")
"""Sections that a chat gets; the rest is in the brief itself."""
LINES_SHOWN: Final = 8


def brief_message(brief: Brief) -> Message:
    """A brief as a message: one key a day, so that writing the brief again never sends it again."""
    view = brief_view(brief)
    counts = [
        (label, sum(item.label == label and item.standing != "acknowledged" for item in brief.items))
        for label in ("act-now", "check-today")
    ]
    said = ", ".join(f"{count} {LABEL_WORDS[label].lower()}" for label, count in counts if count)  # type: ignore[index]
    day = f"{brief.day:%a} {brief.day.day} {brief.day:%b}{' (late)' if brief.late else ''}"
    return Message(
        key=brief_key(brief.day),
        subject=f"{brief.client_name}: {said or 'nothing to act on'}, {day}",
        lead=f"{brief.late} {brief.headline}".strip(),
        parts=tuple(_part(section) for section in view.sections if section.name in IN_CHAT),
        foot=view.foot,
        html=brief_html(brief),
        text=brief_text(brief),
    )


def portfolio_message(portfolio: Portfolio, late: Sequence[str] = ()) -> Message:
    """The portfolio as a message.

    Args:
        portfolio: the page of a day.
        late: names of clients whose brief was late.
    """
    view = portfolio_view(portfolio)
    lines = [MessageLine(lead=line.name, text=line.headline) for line in view.clients]
    parts = [MessagePart(title="Clients", lines=tuple(lines))] if lines else []
    if view.failed:
        failed = tuple(MessageLine(text=line) for line in view.failed)
        parts.append(MessagePart(title="Briefs that could not be written", lines=failed))
    note = f"Late: {', '.join(late)}. " if late else ""
    return Message(
        key=f"portfolio:{portfolio.day:%Y-%m-%d}",
        subject=f"Portfolio, {portfolio.day:%a} {portfolio.day.day} {portfolio.day:%b}{' (late)' if late else ''}",
        lead=f"{note}{view.headline}",
        parts=tuple(parts),
        foot=view.foot,
        html=portfolio_html(portfolio),
        text=f"{note}\n\n{portfolio_text(portfolio)}" if note else portfolio_text(portfolio),
    )


def trial_message(whose: str, now: datetime) -> Message:
    """A message that says that it is a test."""
    return Message(
        key=f"test:{now:%Y-%m-%dT%H:%M}:{secrets.token_hex(4)}",
        subject=f"Test message: {whose}",
        lead=f"This is a test: briefs about {whose} will come this way.",
        foot=f"Sent {now:%Y-%m-%d %H:%M} UTC.",
    )


def _part(section: Section) -> MessagePart:
    lines = [
        MessageLine(
            lead=f"{item.number}. {item.headline}", text=f"{item.action} {item.when}".strip(), **_link(item.sources)
        )
        for item in section.full
    ]
    lines += [_line(line) for line in section.lines]
    lines += [MessageLine(text=text) for text in section.plain]
    rest = len(lines) - LINES_SHOWN
    if rest > 0:
        lines = [*lines[:LINES_SHOWN], MessageLine(text=f"And {rest} more in the brief.")]
    elif section.rest:
        lines.append(MessageLine(text=section.rest))
    head = [MessageLine(text=section.lead)] if section.lead else []
    return MessagePart(title=section.title, lines=(*head, *lines))


def _line(line: LineView) -> MessageLine:
    number = f"{line.number}. " if line.number else ""
    return MessageLine(lead=f"{number}{line.headline}", text=line.text, **_link(line.sources))


def _link(sources: Sequence[SourceView]) -> dict[str, str]:
    return {"url": sources[0].url, "url_title": sources[0].title} if sources else {}
