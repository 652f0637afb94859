"""What a person decided on a reference control for the Statement of Applicability."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from knowledge.records.base import Record, UtcDatetime

SoaStatus = Literal["in force", "in force in part", "planned", "cannot evaluate", "not applicable"]
"""What the client's policies show of a control. That it operates is for an assessment to show, not for a policy."""


class SoaDecision(Record):
    """A person's words on whether a control applies; the last one of a control counts, earlier ones stay."""

    id: str
    """`sd-` and 12 hex digits."""
    framework_id: str
    control_id: str
    applicable: bool
    justification: str = Field(min_length=1, max_length=2_000)
    actor: str
    decided_at: UtcDatetime
