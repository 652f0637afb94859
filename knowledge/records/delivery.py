"""What goes out, where to, and how far it has come."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

from pydantic import Field, field_validator

from knowledge.records.access import Address
from knowledge.records.base import Record, UtcDatetime

Channel = Literal["mail", "slack", "teams"]

VARIABLE: Final = re.compile(r"[A-Z][A-Z0-9_]{0,79}", re.ASCII)


class Delivery(Record):
    """Where messages go. Holds no secret: a webhook's address is read from the environment when it is used."""

    mail: tuple[Address, ...] = ()
    slack_url_env: str = ""
    """Name of the environment variable that holds the Slack webhook's address."""
    teams_url_env: str = ""
    """The same for Microsoft Teams."""
    feed: bool = True
    """Write an RSS and a JSON feed beside the briefs."""

    @field_validator("mail")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(value) > 50:
            raise ValueError("more than 50 addresses")
        return tuple(dict.fromkeys(value))

    @field_validator("slack_url_env", "teams_url_env")
    @classmethod
    def _variable(cls, value: str) -> str:
        if value and not VARIABLE.fullmatch(value):
            raise ValueError("not the name of an environment variable (capitals, digits and _)")
        return value

    def targets(self) -> tuple[tuple[Channel, str], ...]:
        """Every channel and target that a message goes to."""
        found: list[tuple[Channel, str]] = [("mail", address) for address in self.mail]
        if self.slack_url_env:
            found.append(("slack", self.slack_url_env))
        if self.teams_url_env:
            found.append(("teams", self.teams_url_env))
        return tuple(found)


class MessageLine(Record):
    """One line of a message in a chat; the link is one of the item's own sources."""

    lead: str = ""
    """In bold, before the text."""
    text: str
    url: str = ""
    url_title: str = ""


class MessagePart(Record):
    """A heading with lines under it."""

    title: str
    lines: tuple[MessageLine, ...]


class Message(Record):
    """Something to tell people: every channel lays it out and escapes it its own way."""

    key: str = Field(min_length=1, max_length=120)
    """What it is about (`brief:2026-08-07`, `sign-off:so-1:2026-08-10`): of one key each target gets one message."""
    subject: str = Field(min_length=1)
    lead: str = ""
    """The message in a sentence or two."""
    parts: tuple[MessagePart, ...] = ()
    foot: str = ""
    html: str = ""
    """Body for mail programs, where it was laid out already; else it is made of the parts."""
    text: str = ""
    """The same as plain text."""


OutboxState = Literal["queued", "claimed", "sent", "failed", "unsure", "dropped"]
"""`failed` is not tried again by itself; `unsure`: may or may not have arrived, so it is never sent again by itself."""

UNDELIVERED: Final[frozenset[OutboxState]] = frozenset({"queued", "claimed", "failed", "unsure"})


class OutboxEntry(Record):
    """One message to one target."""

    id: str
    """`m-` and 16 hex digits over key, channel and target; also its Message-ID."""
    key: str
    channel: Channel
    target: str
    """An address, or the name of the variable with the webhook's address."""
    fixed: bool = False
    """Addressed by the sender rather than by the client's delivery settings."""
    subject: str
    state: OutboxState = "queued"
    attempts: Annotated[int, Field(ge=0)] = 0
    reason: str = ""
    """Why it is not sent, one sentence."""
    created_at: UtcDatetime
    next_try_at: UtcDatetime | None = None
    claimed_by: str = ""
    sent_at: UtcDatetime | None = None
    message: Message | None = None
    """Forgotten once it is sent."""


class Attempt(Record):
    """How one try to send ended."""

    result: Literal["sent", "again", "refused", "unsure"]
    """`again`: surely not accepted, try later; `refused`: surely not accepted, and trying again would not help."""
    reason: str = ""
    """One sentence without a full stop; never a secret."""
    wait_seconds: Annotated[float, Field(ge=0)] = 0.0
    """How long the far side asked to wait."""
    endpoint_down: bool = False
    """The far side could not be reached at all, so other messages to it can wait too."""
