"""What a brief looks things up in: the public records and the client's rows, handed in from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from knowledge.records.advisory import Advisory
from knowledge.records.asset import Asset, ThirdParty
from knowledge.records.base import CveId
from knowledge.records.brief import SourceCoverage
from knowledge.records.news import NewsItem
from knowledge.records.vulnerability import Epss, KevEntry, Vulnerability

FIRST_LOOK: Final = timedelta(days=7)
"""How far back "new in KEV" reaches in a client's first brief."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefFacts:
    """Everything that composing one client's brief reads besides verdicts, stories and notes."""

    news: Mapping[str, NewsItem] = field(default_factory=dict)
    vulnerabilities: Mapping[CveId, Vulnerability] = field(default_factory=dict)
    kev: Mapping[CveId, KevEntry] = field(default_factory=dict)
    """CISA's whole catalogue; empty means that it was not read."""
    epss: Mapping[CveId, Epss] = field(default_factory=dict)
    advisories: Mapping[str, Advisory] = field(default_factory=dict)
    assets: Mapping[str, Asset] = field(default_factory=dict)
    third_parties: Mapping[str, ThirdParty] = field(default_factory=dict)
    publishers: Mapping[str, str] = field(default_factory=dict)
    """Publisher by source id, for the titles of news items."""
    sources: tuple[SourceCoverage, ...] = ()
    items_considered: int = 0
    """News items, CVEs and advisories held against the client since the last brief."""
    lookups_missing: tuple[CveId, ...] = ()
    new_in_kev: frozenset[CveId] = frozenset()
    """Entries that CISA's catalogue gained since the last brief."""


def kev_added_since(kev: Mapping[CveId, KevEntry], day: date) -> frozenset[CveId]:
    """CVE ids whose `date_added` is `day` or later: a stand-in where the store does not know when it first saw them."""
    return frozenset(cve for cve, entry in kev.items() if entry.date_added >= day)
