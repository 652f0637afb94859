"""Holds the world's news, CVEs and advisories against clients' rows: structured records first, then the words."""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple, get_args

from advisor.triage.aliases import names_by_asset
from advisor.triage.index import AssetIndex
from advisor.triage.profile import findings, judge_profile
from advisor.triage.profile_data import Profile
from advisor.triage.subjects import ItemText, Rows, of_news, of_vulnerability
from advisor.triage.textmatch import Judgement, TextMatcher
from knowledge.identifiers import cve_ids_in
from knowledge.records.advisory import Advisory
from knowledge.records.asset import Asset, ThirdParty
from knowledge.records.base import ClientId, CveId
from knowledge.records.client import Client
from knowledge.records.feedback import Alias
from knowledge.records.news import NewsItem
from knowledge.records.triage import ItemRef, Match, SubjectKind, Verdict, VerdictKind
from knowledge.records.vulnerability import KevEntry, Vulnerability
from knowledge.store.units import SharedUnit

RULES_VERSION: Final = "16"
"""Raised with every change that can change a verdict: every client is then judged anew."""

RANK: Final = {kind: rank for rank, kind in enumerate(get_args(VerdictKind))}
"""From most to least pressing."""

_ON_PRODUCT: Final = frozenset({"affected", "version-unknown", "version-not-affected"})

NEWS_AGE: Final = timedelta(days=30)
"""News that was already this old when it was first read is kept and not judged."""
UNKNOWN_AGE: Final = timedelta(days=60)
"""An open question about a CVE or catalogue entry older than this is a gap of the inventory, not news: it is left out,
and counted in the brief (`advisor.brief.undecided`). Whether the version is affected is still judged at any age."""


@dataclass(frozen=True, slots=True)
class World:
    """What changed in the shared place, as one run holds it against every client."""

    news: tuple[NewsItem, ...]
    vulnerabilities: tuple[Vulnerability, ...]
    kev: tuple[KevEntry, ...]
    advisories: tuple[Advisory, ...]
    now: datetime

    @property
    def items(self) -> tuple[ItemRef, ...]:
        """Every item that is judged; a KEV entry and its CVE record are one item."""
        refs = [ItemRef(kind="news", id=item.id) for item in self.news]
        refs += [ItemRef(kind="advisory", id=advisory.id) for advisory in self.advisories]
        cves = dict.fromkeys([v.cve_id for v in self.vulnerabilities] + [entry.cve_id for entry in self.kev])
        return tuple(refs + [ItemRef(kind="cve", id=cve) for cve in cves])


def read_world(unit: SharedUnit, since: datetime | None, now: datetime) -> World:
    """Reads what this installation first saw or saw changed at or after `since` (None: everything it has)."""
    kev = unit.vulnerabilities.kev_changed_since(since)
    changed = {v.cve_id: v for v in unit.vulnerabilities.changed_since(since)}
    # An entry that is new in KEV has its record read with it, so that both are judged as the one item they are.
    changed |= unit.vulnerabilities.by_id([entry.cve_id for entry in kev if entry.cve_id not in changed])
    listed = unit.vulnerabilities.kev([cve for cve in changed if cve.startswith("CVE")])
    entries = {entry.cve_id: entry for entry in kev} | listed
    return World(
        news=unit.news.since(since),
        vulnerabilities=tuple(changed.values()),
        kev=tuple(entry for entry in entries.values() if entry.removed_on is None),
        advisories=unit.advisories.changed_since(since),
        now=now,
    )


class OldQuestion(NamedTuple):
    """An older flaw that could not be decided for a row."""

    cve_id: CveId
    subject_kind: SubjectKind
    subject_id: str


Held = tuple[Client, Sequence[Asset], Sequence[ThirdParty], Sequence[Alias]]
"""One client's rows, as `Judge.put` takes them."""


@contextmanager
def _no_cycle_search() -> Iterator[None]:
    """Stops Python's search for reference cycles while very many records without any are made.

    The search would walk over all of them again and again, which took a third of the time. Memory is still given back:
    what was made joins the oldest generation unsearched (as `gc.unfreeze` leaves it), and is looked at with that one.
    """
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            if not gc.get_freeze_count():
                gc.freeze()
                gc.unfreeze()
            gc.enable()


class Judge:
    """All clients' names in one index and one automaton; hands verdicts out by client."""

    def __init__(self) -> None:
        self._index = AssetIndex()
        self._text = TextMatcher()
        self._with_cpe: dict[ClientId, frozenset[str]] = {}
        """Ids of each client's assets that have a CPE."""
        self._profiles: dict[ClientId, Profile] = {}

    def put_all(self, places: Iterable[Held]) -> None:
        """Takes many clients' rows, confirmed names and profiles in place of those held before."""
        with _no_cycle_search():
            rows = []
            for client, assets, third_parties, aliases in places:
                self._index.put(client.id, assets, names_by_asset(assets, aliases))
                self._profiles[client.id] = Profile.of(client)
                self._with_cpe[client.id] = frozenset(asset.id for asset in assets if asset.cpe)
                rows.append((client.id, Rows(tuple(assets), third_parties)))
            # all exact keys before any words: what each of the two works with is large, and then near
            self._text.replace(rows)

    def put(
        self,
        client: Client,
        assets: Sequence[Asset],
        third_parties: Sequence[ThirdParty],
        aliases: Sequence[Alias] = (),
    ) -> None:
        """Takes one client's, as `put_all` does."""
        self.put_all([(client, assets, third_parties, aliases)])

    def judge(
        self, world: World, old_questions: dict[ClientId, list[OldQuestion]] | None = None
    ) -> dict[ClientId, list[Verdict]]:
        """The verdicts of each client on everything of the world that concerns it, one per item and subject.

        Args:
            world: what is judged.
            old_questions: filled with what gets no verdict because of its age (`UNKNOWN_AGE`), each client's apart.
        """
        with _no_cycle_search():
            return self._judge(world, {} if old_questions is None else old_questions)

    def _judge(self, world: World, old_questions: dict[ClientId, list[OldQuestion]]) -> dict[ClientId, list[Verdict]]:
        found: defaultdict[ClientId, list[Verdict]] = defaultdict(list)

        def take(judged: Iterable[tuple[ClientId, Verdict]]) -> None:
            """Of what was judged of one item, the most pressing verdict on each subject."""
            best: dict[tuple[ClientId, SubjectKind, str], Verdict] = {}
            for client_id, verdict in judged:
                key = (client_id, verdict.match.subject_kind, verdict.match.subject_id)
                held = best.setdefault(key, verdict)
                if held is not verdict and RANK[verdict.kind] < RANK[held.kind]:
                    best[key] = verdict
            for (client_id, _, _), verdict in best.items():
                found[client_id].append(verdict)

        for advisory in world.advisories:
            take(self._index.judge(advisory))
        kev = {entry.cve_id: entry for entry in world.kev}
        records = {record.cve_id: record for record in world.vulnerabilities}
        cves = [(records.get(cve), kev.get(cve)) for cve in dict.fromkeys([*records, *kev])]
        worded = self._text.judge_all([_record_text(record, entry) for record, entry in cves])
        for (record, entry), words in zip(cves, worded, strict=True):
            told: list[tuple[ClientId, Verdict]] = []
            for client_id, verdict in self._judge_cve(record, entry, words):
                if _worth_telling(verdict, record, entry, world.now):
                    told.append((client_id, verdict))
                elif verdict.kind == "version-unknown":
                    match = verdict.match
                    asked = OldQuestion(verdict.item.id, match.subject_kind, match.subject_id)
                    old_questions.setdefault(client_id, []).append(asked)
            take(told)
        texts = [
            of_news(item, cve_ids_in(f"{item.title} {item.summary}"))
            for item in world.news
            if item.published_at is None or item.published_at >= item.first_seen_at - NEWS_AGE
        ]
        for text, words in zip(texts, self._text.judge_all(texts), strict=True):
            take((*words, *self._judge_profiles(text)))
        return dict(found)

    def _judge_profiles(self, text: ItemText) -> Iterator[tuple[ClientId, Verdict]]:
        """By sector and jurisdiction alone; an item is read once however many clients there are."""
        if found := findings(text):
            for client_id, profile in self._profiles.items():
                if verdict := judge_profile(text, found, profile):
                    yield client_id, verdict

    def _judge_cve(
        self, record: Vulnerability | None, entry: KevEntry | None, words: list[Judgement]
    ) -> list[tuple[ClientId, Verdict]]:
        """By configurations where the record has them, and by its words for what those do not reach."""
        structured = list(self._index.judge(record)) if record else []
        settled = {(client_id, v.match.subject_kind, v.match.subject_id) for client_id, v in structured}
        # Configurations name every product there is: for an asset with a CPE they have said all there is to say.
        # An asset known by a name only, and a supplier's tools, can still be meant by the words.
        by_cpe = record is not None and bool(record.configurations)

        def open_still(client_id: ClientId, match: Match) -> bool:
            if by_cpe and match.subject_kind == "asset" and match.subject_id in self._with_cpe[client_id]:
                return False
            return (client_id, match.subject_kind, match.subject_id) not in settled

        return structured + [
            (client_id, verdict)
            for client_id, verdict in self._with_fields(words, entry)
            if open_still(client_id, verdict.match)
            and (verdict.kind != "vendor-only" or _several_products(verdict, entry))
        ]

    def _with_fields(self, words: list[Judgement], entry: KevEntry | None) -> Sequence[tuple[ClientId, Verdict]]:
        """What the words say; a product that KEV names as a field is meant, whatever the words around it say."""
        if entry is None:
            return words

        def subject(one: tuple[ClientId, Verdict]) -> tuple[ClientId, SubjectKind, str]:
            return one[0], one[1].match.subject_kind, one[1].match.subject_id

        told = {subject(one) for one in words if one.verdict.kind in _ON_PRODUCT}
        fields = {
            subject(one): one
            for one in self._text.judge(_fields_text(entry))
            if one.verdict.kind in _ON_PRODUCT and subject(one) not in told
        }
        return [one for one in words if subject(one) not in fields] + list(fields.values())


def _several_products(verdict: Verdict, entry: KevEntry | None) -> bool:
    """A record names its product: the vendor alone says nothing, unless KEV itself says "multiple products"."""
    return verdict.match.subject_kind == "asset" and entry is not None and "multiple" in entry.product.casefold()


def _worth_telling(verdict: Verdict, record: Vulnerability | None, entry: KevEntry | None, now: datetime) -> bool:
    if verdict.kind not in {"version-unknown", "vendor-only"}:
        return True
    days = [entry.date_added] if entry else []
    if record is not None and record.published_at is not None:
        days.append(record.published_at.date())
    return not days or max(days) >= (now - UNKNOWN_AGE).date()


def _fields_text(entry: KevEntry) -> ItemText:
    """The vendor and product of a KEV entry, as the catalogue's fields name them."""
    return ItemText("cve", entry.cve_id, f"{entry.vendor} {entry.product} vulnerability", cve_ids=(entry.cve_id,))


def _record_text(record: Vulnerability | None, entry: KevEntry | None) -> ItemText:
    """A CVE in words: the record's own, and the name that the KEV catalogue gives it."""
    text = of_vulnerability(record) if record else ItemText("cve", entry.cve_id if entry else "")
    if entry is None:
        return text
    return replace(
        text,
        title=entry.name or f"{entry.vendor} {entry.product}",
        summary=text.summary or entry.description,
        cve_ids=(entry.cve_id,),
    )
