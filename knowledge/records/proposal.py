"""A change to a policy that waits for a person: its hunks, each with a reason and citations, and the decision."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from knowledge.records.answer import Citation
from knowledge.records.base import Record, UtcDatetime
from knowledge.records.policy import BlockKind, PolicyText

ProposalStatus = Literal["open", "accepted", "partly accepted", "rejected"]

TriggerKind = Literal[
    "headline verdict", "incident", "finding", "framework change", "review date", "client document", "manual"
]

HunkKind = Literal["insert", "delete", "replace"]

HunkStatus = Literal["open", "accepted", "rejected"]

Wording = Literal["template", "framework", "model", "person"]
"""Whose words a hunk has."""


class Trigger(Record):
    """What gave rise to a proposal."""

    kind: TriggerKind
    ref: str = ""
    """Key of the brief item, framework id, document id, id of the finding; empty for a manual one."""
    title: str = ""
    """One line in words."""
    rule: str = ""
    """Id of the rule that saw it, where one did."""


class Hunk(Record):
    """One change to one clause."""

    number: int = Field(ge=1)
    kind: HunkKind
    clause: str
    """Id of the clause that is replaced or deleted; of an insertion, the id of the new one."""
    after: str = ""
    """Id of the clause or section behind which an insertion goes; empty: at the end of `section`."""
    section: str
    """Id of the section it stands in."""
    section_heading: str = ""
    clause_number: str = ""
    heading: str = ""
    old: str = ""
    """The clause's text before; empty for an insertion."""
    new: str = ""
    """Its text after; empty for a deletion."""
    block: BlockKind = "policy"
    requirements: tuple[str, ...] = ()
    """`FRAMEWORK:ID` that the clause meets after the change."""
    partly: tuple[str, ...] = ()
    evidence: str = ""
    reason: str
    citations: tuple[Citation, ...] = ()
    wording: Wording = "template"
    note: str = ""
    """What a reviewer should know: a model's wording that was dropped, and why."""
    status: HunkStatus = "open"
    decided_by: str = ""
    decided_at: UtcDatetime | None = None
    decision_reason: str = ""
    edited: str = ""
    """The words of the reviewer where they accepted it in other words."""

    @property
    def result(self) -> str:
        """The clause's text once the hunk is applied."""
        return self.edited or self.new


class Proposal(Record):
    """A change to one policy, or a new policy, that only a person can apply."""

    id: str = Field(pattern=r"^P-\d+$")
    """`P-118`: counts up within a client; `P-0` before it is kept."""
    policy_id: str
    policy_title: str
    topic: str
    base: int | None = None
    """Version that the hunks are against; None: the policy is new and `payload` is its text."""
    base_sha256: str = ""
    """Of that version's text when the proposal was made."""
    trigger: Trigger
    summary: str
    """One sentence: what changes and why."""
    payload: PolicyText | None = None
    """The whole text of a new policy."""
    hunks: tuple[Hunk, ...] = ()
    sources: tuple[Citation, ...] = ()
    """What the proposal as a whole rests on."""
    assumptions: tuple[str, ...] = ()
    """What was taken for granted and a person should confirm."""
    owner: str = ""
    """Of a new policy."""
    review_months: int = Field(default=12, ge=1, le=60)
    document_id: str = ""
    """The client's document that a new policy's text was taken from."""
    in_force: bool = False
    """The text is in force at the client already: accepted, it begins as published."""
    model: str = ""
    """Spec of the model that worded it; empty: none did."""
    prompt: str = ""
    """Name, version and hash of the prompt: `policy-clause@1:1f0c…`."""
    status: ProposalStatus = "open"
    created_at: UtcDatetime
    created_by: str
    reviewer: str = ""
    decided_at: UtcDatetime | None = None
    decision_reason: str = ""
    applied_at: UtcDatetime | None = None
    applied_version: int | None = None
