"""A client's policies: versions of structured text, what reviewers said of them, and what proves a requirement."""

from __future__ import annotations

import hashlib
import unicodedata
from datetime import date
from typing import Literal

from pydantic import Field

from knowledge.records.base import Record, UtcDatetime

PolicyStatus = Literal["new", "in force", "retired"]
"""`new`: no version was published yet."""

VersionStatus = Literal["draft", "in review", "changes requested", "approved", "published", "retired"]

OPEN: frozenset[VersionStatus] = frozenset(("draft", "in review", "changes requested"))
"""Statuses in which a version's text may still change; there is at most one such version of a policy."""

BlockKind = Literal["policy", "procedure", "standard", "text"]
"""A rule, the steps that carry it out, the settings it uses, or prose around them (purpose, scope, roles)."""

Decision = Literal["approved", "changes requested"]

EvidenceKind = Literal["policy version", "approval", "sign-off", "exception", "file", "link", "statement"]


class SourcePart(Record):
    """The paragraph of the client's own document that a heading or clause stands in."""

    document_id: str
    version: int
    seq: int = Field(ge=1)
    """1-based position in that version of the document; see `DocumentPart`."""


class PolicyClause(Record):
    """One demand of a policy, or one paragraph of prose."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    """Stable within a policy, over versions: it stays when numbers move."""
    number: str = ""
    """`4.6`; empty in prose."""
    heading: str = ""
    text: str
    kind: BlockKind = "policy"
    requirements: tuple[str, ...] = ()
    """`FRAMEWORK:ID` of the requirements that it meets."""
    partly: tuple[str, ...] = ()
    """Requirements that it serves and does not meet."""
    evidence: str = ""
    """The records that prove it, as an auditor would ask for them."""
    part: SourcePart | None = None


class PolicySection(Record):
    """A chapter."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    number: str = ""
    heading: str
    clauses: tuple[PolicyClause, ...] = ()
    part: SourcePart | None = None
    """Where its heading stands."""
    level: int = Field(default=1, ge=1, le=6)
    """Of the heading, 1 outermost."""


class PolicyText(Record):
    """What a policy says."""

    title: str
    sections: tuple[PolicySection, ...]

    @property
    def clauses(self) -> tuple[PolicyClause, ...]:
        """All clauses, in order."""
        return tuple(clause for section in self.sections for clause in section.clauses)

    def clause(self, clause_id: str) -> PolicyClause | None:
        """The clause of that id."""
        return next((clause for clause in self.clauses if clause.id == clause_id), None)

    def canonical(self) -> str:
        """The text as it is hashed: NFC, one line for a heading, a clause or a mapping, without where it came from."""
        lines = [self.title]
        for section in self.sections:
            lines.append(f"# {section.number} {_line(section.heading)}")
            for clause in section.clauses:
                lines.append(f"## {clause.number} {_line(clause.heading)}")
                lines.append(clause.text.replace("\r\n", "\n"))
                lines.append(f"[{' '.join(clause.requirements)}] ({' '.join(clause.partly)}) {_line(clause.evidence)}")
        return unicodedata.normalize("NFC", "\n".join(lines)) + "\n"

    @property
    def sha256(self) -> str:
        """SHA-256 (64 hex digits) over `canonical()` in UTF-8: what approvals and signatures are pinned to."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()


class Policy(Record):
    """One policy of a client, over all its versions."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    """Its topic, with a number behind it where the client has several on one topic: `vendor-risk`."""
    topic: str
    title: str
    owner: str = ""
    """Who answers for it; empty: nobody is named yet."""
    review_months: int = Field(default=12, ge=1, le=60)
    next_review_on: date | None = None
    """In the client's time zone; None before the first publication."""
    status: PolicyStatus = "new"
    document_id: str = ""
    """The client's own document behind it, where it came from one."""
    created_at: UtcDatetime


class PolicyVersion(Record):
    """One version of a policy's text; it does not change once it is approved."""

    policy_id: str
    number: int = Field(ge=1)
    status: VersionStatus = "draft"
    revision: int = Field(default=1, ge=1)
    """Counts saves of the text: an editor names the one it started from."""
    text: PolicyText
    sha256: str
    """Of the text; see `PolicyText.sha256`."""
    base: int | None = None
    """Number of the version that it was made from."""
    changes: tuple[str, ...] = ()
    """What is new against the base, one sentence each, as the accepted proposals say it."""
    proposals: tuple[str, ...] = ()
    """Ids of the proposals that were applied to it."""
    material: bool | None = None
    """The approver's word: whether staff must sign again; None before approval."""
    material_reason: str = ""
    created_at: UtcDatetime
    created_by: str
    edited_at: UtcDatetime
    edited_by: str
    submitted_at: UtcDatetime | None = None
    submitted_by: str = ""
    approved_at: UtcDatetime | None = None
    approved_by: str = ""
    published_at: UtcDatetime | None = None
    published_by: str = ""
    retired_at: UtcDatetime | None = None
    retired_by: str = ""

    @property
    def label(self) -> str:
        """`Vendor Risk Policy v3`."""
        return f"{self.text.title} v{self.number}"


class PolicyComment(Record):
    """What a reviewer says of a version or of one clause in it."""

    id: str
    """`pc-` and 12 hex digits."""
    policy_id: str
    version: int
    clause: str = ""
    """Id of the clause; empty: the whole version."""
    text: str = Field(min_length=1, max_length=4_000)
    author: str
    at: UtcDatetime
    resolved_at: UtcDatetime | None = None
    resolved_by: str = ""


class Approval(Record):
    """A decision on a version that was in review. Never changed."""

    id: str
    """`pa-` and 12 hex digits."""
    policy_id: str
    version: int
    sha256: str
    """Of the text that was decided on."""
    decision: Decision
    approver: str
    comment: str = ""
    at: UtcDatetime


class KeptText(Record):
    """The text of somebody whose save came second; kept so that nothing is lost."""

    id: str
    """`kt-` and 12 hex digits."""
    policy_id: str
    version: int
    seen_revision: int
    """The revision that its editor started from."""
    current_revision: int
    """The revision that had been saved meanwhile."""
    text: PolicyText
    author: str
    at: UtcDatetime


class Evidence(Record):
    """What proves that a requirement is met."""

    id: str
    """`ev-` and 12 hex digits."""
    kind: EvidenceKind
    title: str = Field(min_length=1, max_length=300)
    requirements: tuple[str, ...]
    """`FRAMEWORK:ID`."""
    policy_id: str = ""
    version: int | None = None
    sha256: str = ""
    """Of the policy version's text, or of the file."""
    ref: str = ""
    """Id of the approval, sign-off request or exception; file name; link."""
    note: str = ""
    recorded_by: str
    recorded_at: UtcDatetime
    valid_until: date | None = None


def _line(text: str) -> str:
    return " ".join(text.split())
