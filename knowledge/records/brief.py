"""The morning brief: what changed for one client, what to do by when, and what was not covered."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from knowledge.records.base import ClientId, CveId, Record, UtcDatetime
from knowledge.records.note import Note
from knowledge.records.reminder import Reminder
from knowledge.records.source import Outcome
from knowledge.records.triage import Label, Priority, Timeline, Verdict, VerdictKind

Change = Literal[
    "new",
    "added-to-kev",
    "patch-released",
    "range-changed",
    "verdict-changed",
    "due-changed",
    "more-pressing",
    "reopened",
    "none",
]
"""Why an item is in today's brief although it may have been in an earlier one."""

Standing = Literal["open", "acknowledged", "dismissed", "snoozed", "silenced"]
"""`silenced`: kept quiet by a rule of the client; the others are decisions on the item itself."""


class SourceLink(Record):
    """One source that tells the story."""

    title: str
    publisher: str
    url: str = ""
    published_at: UtcDatetime | None = None


class ItemBasis(Record):
    """What an item rests on: the fingerprint is over it, and the next brief compares with it."""

    findings: tuple[str, ...] = ()
    """`<verdict kind> <subject kind> <subject id>`, sorted."""
    in_kev: tuple[CveId, ...] = ()
    fixed_in: tuple[str, ...] = ()
    ranges: tuple[str, ...] = ()
    """Version ranges that the evidence of its verdicts names, as written."""
    timeline: Timeline | None = None
    kev_due_on: date | None = None


class BriefItem(Record):
    """One story for one client."""

    key: str
    """Stable over days: `b-` and 12 hex digits over the CVE ids, else the story id; what notes attach to."""
    number: int = 0
    """Position in this brief, 1-based over the whole brief; 0 before it is placed."""
    story_id: str
    headline: str
    """One line that says what it means for the client; ours, not the publisher's headline."""
    topic: str = ""
    """Vendor, product and kind of flaw, short: names the story in lists."""
    what: str
    """Vendor, product, CVE ids, kind of flaw, exploited or not: facts in one line."""
    cve_ids: tuple[CveId, ...] = ()
    label: Label
    verdict: VerdictKind
    """The most pressing of `verdicts`."""
    verdicts: tuple[Verdict, ...]
    """One per asset, supplier or profile rule, most pressing first."""
    why_you: tuple[str, ...]
    """One sentence per matched asset or supplier, each naming the row and the field."""
    row_line: str = ""
    """The first row in a few words, for items told in a line; empty where its sentence is needed."""
    why_now: str
    action: str
    """What to do, starting with a verb."""
    due: date | None = None
    due_sentence: str = ""
    """The due date with the rule that gave it, overdue said in words."""
    question: str = ""
    """The one question that settles an unknown."""
    priority: Priority | None = None
    policies: tuple[str, ...] = ()
    """What it asks of the client's policies, a sentence for each proposal that waits."""
    sources: tuple[SourceLink, ...] = ()
    changes: tuple[Change, ...] = ()
    first_seen_on: date
    notes: tuple[Note, ...] = ()
    """Open notes on it."""
    standing: Standing = "open"
    silenced_by: tuple[str, ...] = ()
    """Ids of the quiet rules that keep it off the page; empty unless `standing` is `silenced`."""
    fingerprint: str
    """Over what would reopen a dismissed item: verdict kinds, KEV, fix versions, ranges, due date (`basis`)."""
    basis: ItemBasis = ItemBasis()
    below_the_line: bool = False
    """Pressing by rule, but past the alert budget."""


class SourceCoverage(Record):
    """How one source stood when the brief was written."""

    source_id: str
    title: str
    outcome: Outcome | None
    good: bool
    sentence: str
    fetched_at: UtcDatetime | None = None


class Coverage(Record):
    """What the brief could and could not see."""

    sources: tuple[SourceCoverage, ...]
    items_considered: Annotated[int, Field(ge=0)]
    """News items, CVEs and advisories held against the client since the last brief."""
    concerning: Annotated[int, Field(ge=0)]
    """Stories among them that are open for the client and new or changed."""
    assets: int
    third_parties: int
    assets_without_version: tuple[str, ...]
    """Names of assets that have a product but no version."""
    would_have_settled: int = 0
    """How many unknown items a version on those assets would have settled."""
    lookups_missing: tuple[CveId, ...] = ()
    """CVE ids named in the news whose record could not be looked up."""
    notices: tuple[str, ...] = ()
    """Sentences about earlier runs: days without a brief, messages that did not arrive."""


class UndecidedRow(Record):
    """An asset or supplier for which older flaws cannot be decided."""

    key: str
    """`asset <id>` or `third-party <id>`."""
    name: str
    no_version: bool
    """Its version, or that of a supplier's tool, is not recorded; else the sources do not say which are affected."""
    flaws: int
    exploited: int
    """How many of `flaws` are in CISA's catalogue of exploited flaws."""
    newest: tuple[CveId, ...]
    """The newest of them as examples, exploited ones first."""


class Undecided(Record):
    """Flaws that were old when they were first judged and hang on a version that nobody recorded.

    They are a gap of the inventory and no news: counted in every brief, told with their rows when they are new to the
    reader.
    """

    flaws: int
    exploited: int
    """How many of `flaws` are in CISA's catalogue of exploited flaws."""
    rows: tuple[UndecidedRow, ...]
    """Those with most exploited flaws first."""
    days: int
    """How old a flaw must be to count here."""
    fresh: bool
    """A row is among them that no earlier brief told of."""


class Brief(Record):
    """One client's brief of one day. Writing it again on the same day replaces it, never adds a second."""

    client_id: ClientId
    client_name: str
    day: date
    """In the client's time zone."""
    timezone: str = "UTC"
    """The client's, IANA name: what times on the page are told in."""
    written_at: UtcDatetime
    late: str = ""
    """A sentence where the schedule's hour was missed; empty for one in time or one that somebody asked for."""
    since: UtcDatetime | None
    """When the last brief before this day was written; None for the first."""
    headline: str
    """The day in one or two sentences: the decision first."""
    items: tuple[BriefItem, ...]
    """In order: act now, check today, below the line, in hand (acknowledged), watch, fyi."""
    quiet: tuple[BriefItem, ...] = ()
    """Not shown today but never lost: unchanged watch and fyi items, dismissed and snoozed ones."""
    not_affected: tuple[str, ...] = ()
    """One line each: looked at and not affected, with the reason; those that are new since the last brief first."""
    not_affected_new: int = 0
    """How many of `not_affected` are new since the last brief."""
    cleared: tuple[str, ...] = ()
    """Story ids of `not_affected`, in the same order."""
    quiet_dismissed: int = 0
    reopened: int = 0
    new_in_kev: int = 0
    new_in_kev_touching: int = 0
    open_notes: tuple[Note, ...] = ()
    reminders: tuple[Reminder, ...] = ()
    """What about the client's policies waits for somebody, most pressing first."""
    undecided: Undecided | None = None
    """Older flaws that hang on a version that is not recorded; None where there are none."""
    coverage: Coverage


PortfolioCell = Literal["affected", "not-affected", "unknown", "in-scope", "decided", "none"]
"""`in-scope`: on the client's sector or jurisdiction, nothing of it is named.
`decided`: affected or not known, and acknowledged, dismissed, snoozed or kept quiet by a rule of the client."""


class PortfolioRow(Record):
    """One story over all clients; a walk over finished briefs, never a join of places."""

    story: str
    cve_ids: tuple[CveId, ...]
    label: Label
    cells: dict[ClientId, PortfolioCell]


class Portfolio(Record):
    """The page that comes first: who needs what today."""

    day: date
    written_at: UtcDatetime
    clients: tuple[tuple[ClientId, str], ...]
    headlines: dict[ClientId, str]
    counts: dict[ClientId, dict[Label, int]]
    rows: tuple[PortfolioRow, ...]
    failed: dict[ClientId, str] = Field(default_factory=dict)
    """Clients whose brief could not be written, with the sentence why; the others go on."""
    sources: tuple[SourceCoverage, ...] = ()
