"""What a client has, and who it depends on."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from knowledge.records.base import Record, UtcDatetime

AssetKind = Literal[
    "hardware",
    "operating-system",
    "application",
    "library",
    "firmware",
    "service",
    "saas",
    "network",
    "data",
    "unknown",
]
Exposure = Literal["internet", "internal", "isolated", "unknown"]
Criticality = Literal["critical", "high", "medium", "low", "unknown"]

MAX_FIELD = 1_000
"""Characters that one field of an imported row may have."""

ShortText = Annotated[str, Field(max_length=MAX_FIELD)]


class Asset(Record):
    """One row of the inventory. Empty text means "not known", never "none"."""

    id: ShortText = Field(min_length=1, max_length=200)
    """Stable key inside the client's place: the inventory's own id, else derived from the row."""
    name: ShortText
    kind: AssetKind = "unknown"
    owner: ShortText = ""
    criticality: Criticality = "unknown"
    exposure: Exposure = "unknown"
    vendor: ShortText = ""
    product: ShortText = ""
    version: ShortText = ""
    """As written in the inventory; empty where not known."""
    cpe: ShortText = ""
    """CPE 2.3 formatted string, empty where not known."""
    purl: ShortText = ""
    host: ShortText = ""
    """Host name or address the asset runs on, where it is known."""
    provided_by: ShortText = ""
    """Id of the third party that runs or supplies it."""
    notes: ShortText = ""
    origin: ShortText = ""
    """File or tool the row came from, without its folder."""
    updated_at: UtcDatetime


class ToolUsed(Record):
    """A product that a third party uses to serve the client (a remote-management server, a hosting panel)."""

    vendor: ShortText = ""
    product: ShortText
    version: ShortText = ""


class ThirdParty(Record):
    """A supplier or SaaS; "vendor" in user text."""

    id: ShortText = Field(min_length=1, max_length=200)
    name: ShortText
    service: ShortText = ""
    """What it does for the client."""
    criticality: Criticality = "unknown"
    contact: ShortText = ""
    contract: ShortText = ""
    """The clause and time that oblige it to answer ("clause 7.2: answers within 24 h")."""
    domain: ShortText = ""
    tools: tuple[ToolUsed, ...] = ()
    notes: ShortText = ""
    origin: ShortText = ""
    updated_at: UtcDatetime
