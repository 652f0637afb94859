"""One line of the section "Policies" in a brief: what about the policies waits for somebody, and until when."""

from __future__ import annotations

from datetime import date
from typing import Literal

from knowledge.records.base import Record

ReminderKind = Literal[
    "exception-expired",
    "review-overdue",
    "sign-off-overdue",
    "exception-expiring",
    "review-due",
    "proposal-waiting",
]
"""In the order in which a brief tells them."""


class Reminder(Record):
    """A thing to do about a policy."""

    kind: ReminderKind
    subject: str
    """The policy or exception, as a person calls it."""
    text: str
    """One sentence: what stands how, and what to do."""
    due: date | None = None
    ref: str = ""
    """Id of the policy, exception, request or proposal."""
