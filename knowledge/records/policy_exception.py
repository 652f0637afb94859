"""A permission, for a time, not to follow a policy clause, with what stands in for it."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from knowledge.records.base import Record, UtcDatetime

ExceptionStanding = Literal["in force", "expires soon", "expired", "closed"]


class Renewal(Record):
    """One extension of an exception, or its first term."""

    until: date
    reason: str = Field(min_length=1, max_length=2_000)
    actor: str
    at: UtcDatetime


class PolicyException(Record):
    """An exception to a policy or to one clause of it."""

    id: str
    """`ex-` and 12 hex digits."""
    policy_id: str
    policy_title: str
    clause: str = ""
    """Number of the clause, as `4.6`; empty: the whole policy."""
    requirements: tuple[str, ...] = ()
    """`FRAMEWORK:ID` of what the clause is mapped to, and of what a person added."""
    what: str = Field(min_length=1, max_length=2_000)
    """What is not done, and where (systems, people, sites)."""
    reason: str = Field(min_length=1, max_length=2_000)
    compensating: str = Field(min_length=1, max_length=2_000)
    """The control that stands in meanwhile."""
    owner: str = Field(min_length=1, max_length=200)
    """Who answers for closing it."""
    starts_on: date
    expires_on: date
    """Last day on which it holds, in the client's time zone."""
    terms: tuple[Renewal, ...]
    """The first term and every renewal, oldest first."""
    approved_by: str
    created_at: UtcDatetime
    closed_at: UtcDatetime | None = None
    closed_because: str = ""
