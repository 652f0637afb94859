"""Who is asked to sign a published policy version, and the sign-offs: each pinned to version and hash."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from knowledge.records.base import Record, UtcDatetime

SignatoryState = Literal["open", "signed", "revoked"]
SignMethod = Literal["link", "recorded"]
"""`link`: the person signed through a signed link; `recorded`: somebody recorded a signature on paper or by e-mail."""


class AudienceMember(Record):
    """One person of an audience list."""

    name: str = Field(min_length=1, max_length=200)
    email: str = Field(min_length=3, max_length=254)
    """Lower case; what tells two people apart."""
    group: str = Field(default="", max_length=120)
    """Department, site or role as the list has it; empty counts as a group of its own in reports."""


class SignOffRequest(Record):
    """One published version put before an audience."""

    id: str
    """`so-` and 12 hex digits."""
    policy_id: str
    policy_title: str
    version: int = Field(ge=1)
    sha256: str
    """Of the version's text; what each signature is pinned to."""
    statement: str
    """The sentence that a person signs."""
    reason: str = ""
    """Why it is asked: first publication, or what changed materially since the version signed before."""
    due_on: date
    """Last day to sign, in the client's time zone."""
    expires_at: UtcDatetime
    """From then on its links open nothing."""
    requested_by: str
    created_at: UtcDatetime
    closed_at: UtcDatetime | None = None
    closed_because: str = ""


class Signatory(Record):
    """One person asked in one request."""

    id: str
    """`sg-` and 12 hex digits."""
    request_id: str
    name: str
    email: str
    group: str = ""
    nonce: str
    """Random; the link carries it too, so that a new one makes every older link worthless."""
    state: SignatoryState = "open"
    reminded_at: UtcDatetime | None = None
    """When a reminder was last made for the person."""
    revoked_because: str = ""


class Attestation(Record):
    """A person's sign-off. Never changed: its hash stands in the audit chain."""

    id: str
    """`at-` and 12 hex digits."""
    request_id: str
    signatory_id: str
    policy_id: str
    policy_title: str
    version: int
    sha256: str
    """Of the version that was signed."""
    name: str
    """As on the audience list."""
    email: str
    group: str = ""
    signed_name: str
    """As the person typed or wrote it."""
    statement: str
    method: SignMethod
    signed_at: UtcDatetime
    recorded_at: UtcDatetime
    """Same as `signed_at` for a link; when it was entered for a recorded one."""
    recorded_by: str = ""
    """Who entered a recorded one; empty for a link."""
    evidence_name: str = ""
    """File name of the paper or e-mail behind a recorded one; the file is kept by its hash."""
    evidence_sha256: str = ""


class ChainPlace(Record):
    """Where in the audit chain a receipt is anchored."""

    seq: int
    hash: str


class Receipt(Record):
    """What a person keeps of a sign-off; `vciso attest verify` holds it against the chain."""

    format: int = 1
    product: str = "vciso"
    client: str
    """The client's name when the receipt was written."""
    attestation: Attestation
    attestation_sha256: str
    """Over the attestation as canonical JSON (sorted keys, no spaces, UTF-8)."""
    chain: ChainPlace


class Message(Record):
    """A text for one person: what a delivery sends, or somebody pastes into a mail."""

    to_name: str
    to_email: str
    subject: str
    """One line without control characters."""
    body: str
    """Plain text, the link in it."""
    lead: str
    """The body's first sentences, without the link."""
    link: str
    """Opens the person's page; to be handed to nobody else."""
    signatory_id: str
