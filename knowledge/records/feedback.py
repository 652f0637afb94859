"""What a person taught the triage of one client: which product a name means, and what may stay quiet."""

from __future__ import annotations

from typing import Literal

from knowledge.records.base import Record, UtcDatetime
from knowledge.records.triage import SubjectKind, VerdictKind


class Alias(Record):
    """A confirmed reading of an inventory's spelling: these words mean this public vendor and product.

    It is kept for the spelling, not for the row: every asset written alike takes it, later ones too, and a row that is
    corrected loses it. Both sides are names only; nothing else of the client is in it.
    """

    id: str
    """`al-` and 8 hex digits."""
    written_vendor: str
    """Vendor as the inventory writes it, empty where it writes none."""
    written_product: str
    """Product as the inventory writes it, else the asset's name."""
    vendor: str
    """Vendor in the catalogue (CPE)."""
    product: str
    """Product in the catalogue (CPE)."""
    why: str
    """How it was chosen: the ranking's reason, or that a person named it."""
    actor: str
    created_at: UtcDatetime
    closed_at: UtcDatetime | None = None
    """When it was taken back; it stays on record."""


class QuietRule(Record):
    """What need not be shown to one client any more. Empty fields mean "any"; at least subject or rule is set.

    It never covers an `affected` verdict, nor a finding whose CVE is in CISA's catalogue of exploited flaws.
    """

    id: str
    """`q-` and 8 hex digits."""
    subject_kind: SubjectKind | Literal[""] = ""
    subject_id: str = ""
    """Id of the asset, third party or client; empty for any of the kind."""
    rule: str = ""
    """Rule of triage (`Match.rule`), empty for any."""
    kind: VerdictKind | Literal[""] = ""
    """Verdict, empty for any except `affected`."""
    reason: str
    """Why, in the person's words; never empty."""
    learnt_from: str = ""
    """Key of the brief item whose dismissal it came from; empty where it was written by hand."""
    actor: str
    created_at: UtcDatetime
    closed_at: UtcDatetime | None = None
    """When it was taken back; it stays on record."""


BrokeBecause = Literal["", "affected", "kev", "other"]
"""Why an item that a rule silenced was shown after all; `other`: another finding joined it, or the rule was removed."""


class QuietHit(Record):
    """One brief item that a rule kept quiet, and whether it came through later: what precision is told from."""

    rule_id: str
    item_key: str
    topic: str
    """What it was about, as the brief names it."""
    first_at: UtcDatetime
    """Written-at of the first brief that left it out."""
    broke_at: UtcDatetime | None = None
    """Written-at of the first brief that showed it after that."""
    broke_because: BrokeBecause = ""
