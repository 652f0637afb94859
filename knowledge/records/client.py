"""A client of the portfolio and what the engagement with it covers."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator

from knowledge.records.base import ClientId, Record, UtcDatetime
from knowledge.records.schedule import Schedule

CLIENT_ID = re.compile(r"[a-z][a-z0-9-]{0,39}\Z")

ClientStatus = Literal["active", "archived"]

ModelPolicy = Literal["none", "local-only", "any"]
"""Which language models may see a client's text: none, those on this machine, or any (with names replaced)."""


class Engagement(Record):
    """What the fractional CISO does for the client."""

    scope: str = ""
    cadence: str = ""
    """How often they meet, in words ("Tuesdays", "monthly board")."""
    hours_per_week: Annotated[float, Field(ge=0, le=80)] = 0.0


class Client(Record):
    """One client. Everything else about it lives in its own place."""

    id: ClientId
    ref: str
    """Opaque random name (`c-` and 12 hex digits); the only name that the shared audit chain keeps."""
    name: str = Field(min_length=1, max_length=200)
    sector: str = ""
    """Lower-case word of the field: healthcare, manufacturing, software, finance, ..."""
    jurisdictions: tuple[str, ...] = ()
    """ISO 3166 codes, with subdivision where it matters: `US`, `US-TX`, `DE`, `EU`."""
    headcount: Annotated[int, Field(ge=0)] | None = None
    frameworks: tuple[str, ...] = ()
    """Ids of framework packs in scope."""
    timezone: str = "UTC"
    """IANA name; the brief's day is the client's day."""
    alert_budget: Annotated[int, Field(ge=1, le=50)] = 5
    """How many Act now and Check today items a brief shows together before the line."""
    model_policy: ModelPolicy = "local-only"
    engagement: Engagement = Engagement()
    schedule: Schedule | None = None
    """When the brief is written by itself; None: only when somebody asks for it."""
    status: ClientStatus = "active"
    created_at: UtcDatetime

    @field_validator("id")
    @classmethod
    def _slug(cls, value: str) -> str:
        if not CLIENT_ID.match(value):
            raise ValueError("a client id is 1 to 40 of a-z, 0-9 and -, and starts with a letter")
        return value
