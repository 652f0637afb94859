"""Whether an item of the world concerns something of a client, on what evidence, and how soon."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from knowledge.records.base import CveId, Record, UtcDatetime
from knowledge.records.vulnerability import Ternary

ItemKind = Literal["news", "cve", "advisory"]
SubjectKind = Literal["asset", "third-party", "client"]

VerdictKind = Literal["affected", "version-unknown", "vendor-only", "version-not-affected", "not-relevant"]
"""From most to least pressing. `vendor-only`: a vendor or supplier is named, product or version is not settled; on the
client itself, its sector or jurisdiction fits and nothing of it is named."""

EvidenceKind = Literal["words", "asset", "supplier", "profile", "configuration", "advisory", "alias", "rule"]


class Evidence(Record):
    """One thing that a person can look up."""

    kind: EvidenceKind
    text: str
    """Verbatim: words of the item, the asset's field and value, the range of the configuration."""
    locator: str = ""
    """Where it stands: `title`, `summary`, `FW-01.version`, `configurations[0].nodes[1]`."""


class ItemRef(Record):
    """Names one item of the shared place."""

    kind: ItemKind
    id: str


class Match(Record):
    """Why an item was held against a subject."""

    rule: str
    """Id of the rule, as docs/guide/rules.md lists it: `cpe-range`, `csaf-status`, `text-product-version`, ..."""
    subject_kind: SubjectKind
    subject_id: str
    subject_name: str
    evidence: tuple[Evidence, ...]
    confidence: Annotated[float, Field(ge=0, le=1)]
    """How sure the rule is that the item means this subject, 0 to 1; fixed by the rule, never by a model."""


class Verdict(Record):
    """The judgement on one item for one subject. Negative ones are kept too."""

    item: ItemRef
    kind: VerdictKind
    match: Match
    reason: str
    """One sentence that a client understands."""
    question: str = ""
    """The one question whose answer would settle an unknown; empty otherwise."""
    cve_ids: tuple[CveId, ...] = ()
    fixed_in: tuple[str, ...] = ()
    """Versions that the item names as fixed, for the subject's product."""


Timeline = Literal["3-days-forensics", "3-days", "14-days", "60-days", "next-upgrade"]
"""Outcomes of CISA BOD 26-04, table of version 1.0.0."""

Label = Literal["act-now", "check-today", "watch", "fyi"]


class PriorityInputs(Record):
    """The four questions of the BOD 26-04 table, each with an honest unknown."""

    in_kev: Ternary
    publicly_exposed: Ternary
    automatable: Ternary
    technical_impact: Literal["partial", "total", "unknown"]


class Priority(Record):
    """How soon, by which rows of the table."""

    inputs: PriorityInputs
    rows: tuple[int, ...]
    """Row numbers of the table that the known inputs leave open."""
    timelines: tuple[Timeline, ...]
    """The outcomes of those rows, most urgent first; one entry when the unknowns change nothing."""
    due_on: date | None = None
    """Due date under the most urgent open row, counted from the day the client could know; None for next upgrade."""
    due_on_latest: date | None = None
    """Due date under the least urgent open row; None for next upgrade or when there is one outcome."""
    kev_due_on: date | None = None
    ransomware: bool = False
    epss: float | None = None
    epss_percentile: float | None = None
    cvss: float | None = None
    sentence: str = ""
    """The rule in words: which rows, what is unknown and whether it matters."""


class Story(Record):
    """Items telling one event."""

    id: str
    """`s-` and 12 hex digits of SHA-256 over what holds it together; stable while the seed item stays."""
    title: str
    items: tuple[ItemRef, ...]
    cve_ids: tuple[CveId, ...] = ()
    first_at: UtcDatetime
    last_at: UtcDatetime
