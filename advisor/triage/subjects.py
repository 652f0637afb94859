"""What is judged and what it is held against: the text of an item, and a row of a client reduced to its names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from advisor.triage.identity import read_purl
from advisor.triage.names import plain
from advisor.triage.versions import known as version_known
from knowledge.records.advisory import Advisory
from knowledge.records.asset import Asset, ThirdParty
from knowledge.records.news import NewsItem
from knowledge.records.triage import Evidence, ItemKind, SubjectKind
from knowledge.records.vulnerability import Vulnerability

_CRITICAL = ("critical", "high")

known = lru_cache(maxsize=65_536)(version_known)
"""Whether a version says anything; asked again and again of the same ones."""


@dataclass(frozen=True, slots=True)
class ItemText:
    """The words of one item, as plain text."""

    kind: ItemKind
    id: str
    title: str = ""
    summary: str = ""
    links: tuple[str, ...] = ()
    """References of a vulnerability record or advisory; a news item's own address says nothing new and is left out."""
    cve_ids: tuple[str, ...] = ()


class Subject(NamedTuple):
    """One asset, supplier or supplier's tool of a client."""

    kind: SubjectKind
    id: str
    """Id of the asset or third party."""
    name: str
    """What the client calls it."""
    vendor: str = ""
    product: str = ""
    version: str = ""
    purl: str = ""
    exposure: str = "unknown"
    tool: bool = False
    """A product that a supplier uses, not one of the client's own."""
    critical: bool = False


def of_news(item: NewsItem, cve_ids: tuple[str, ...] = ()) -> ItemText:
    """The text of a feed entry."""
    return ItemText("news", item.id, item.title, item.summary, (), cve_ids)


def of_vulnerability(record: Vulnerability) -> ItemText:
    """The text of a CVE record."""
    return ItemText("cve", record.cve_id, record.title, record.description, record.references, (record.cve_id,))


def of_advisory(record: Advisory) -> ItemText:
    """The text of an advisory; its product tree is judged by the structured rules."""
    links = (record.url,) if record.url else ()
    cves = tuple(one.cve_id for one in record.vulnerabilities if one.cve_id)
    return ItemText("advisory", record.id, record.title, record.summary, links, cves)


def _maven_group(purl: str) -> list[str]:
    found = read_purl(purl) if purl.startswith("pkg:maven/") else None
    group = (found.namespace or "").split(".") if found else []
    return group if len(group) > 1 else []


def asset_subject(asset: Asset) -> Subject:
    """An asset as a subject: vendor and product of the row, else of its CPE, else its name."""
    vendor, product, version, purl = asset.vendor, asset.product, asset.version, asset.purl
    if not product and asset.cpe.startswith("cpe:2.3:"):
        pieces = plain(asset.cpe.replace("\\:", " ")).split(":")
        vendor, product = (pieces + [""] * 6)[3:5]
        version = version or (pieces + [""] * 6)[5].strip("*-")
    if purl and (group := _maven_group(purl)):
        # a group is a domain read backwards: its second part names the maker, as in `org.apache.struts`
        vendor = group[1] if vendor in ("", ".".join(group)) else vendor
    if not product and asset.kind in ("application", "library", "operating-system", "firmware", "saas", "service"):
        product = asset.name
    critical = asset.criticality in _CRITICAL
    return Subject("asset", asset.id, asset.name, vendor, product, version, purl, asset.exposure, critical=critical)


def third_party_subjects(supplier: ThirdParty) -> tuple[Subject, ...]:
    """A supplier under its own name, and each tool it uses for the client."""
    critical = supplier.criticality in _CRITICAL
    own = Subject(kind="third-party", id=supplier.id, name=supplier.name, vendor=supplier.name, critical=critical)
    tools = (
        Subject(
            kind="third-party",
            id=supplier.id,
            name=supplier.name,
            vendor=tool.vendor,
            product=tool.product,
            version=tool.version,
            tool=True,
            critical=critical,
        )
        for tool in supplier.tools
    )
    return (own, *tools)


def _owned(subject: Subject, *, versioned: bool) -> str:
    text = f"{subject.vendor} {subject.product}" if subject.vendor and subject.product else ""
    text = text or subject.vendor or subject.product
    if not versioned:
        return text
    return f"{text} {subject.version}" if text else subject.version


def row_evidence(subject: Subject) -> Evidence:
    """What the client's own row says the subject is."""
    versioned = known(subject.version)
    if subject.kind == "third-party":
        field = "tools" if subject.tool else "name"
        owned = _owned(subject, versioned=versioned) if subject.tool else ""
        text = f"{subject.name} uses {owned}" if owned else subject.name
        return Evidence.trusted({"kind": "supplier", "text": text, "locator": f"{subject.id}.{field}"})
    text = _owned(subject, versioned=versioned) + ("" if versioned else " (no version in the inventory)")
    return Evidence.trusted({"kind": "asset", "text": text, "locator": f"{subject.id}.product"})


class Told(NamedTuple):
    """A subject with what every verdict on it repeats."""

    subject: Subject
    evidence: Evidence
    """What the client's own row says it is."""


class Rows:
    """The subjects of one client under their positions; an asset is read into one when an item first names it.

    Most rows of an inventory are named by no item, so taking an inventory in reads no more of a row than its names.
    """

    def __init__(self, assets: Sequence[Asset] = (), suppliers: Iterable[ThirdParty] = ()) -> None:
        self._assets = assets
        self._told: list[Told | None] = [None] * len(assets)
        self.names: list[tuple[str, str]] = [
            (asset.vendor, asset.product) if asset.product and not asset.purl else asset_subject(asset)[3:5]
            for asset in assets
        ]
        """Vendor and product of each subject, as written."""
        self.suppliers: set[int] = set()
        """Positions of the suppliers themselves, not of their tools."""
        self._add(subject for supplier in suppliers for subject in third_party_subjects(supplier))

    @classmethod
    def of(cls, subjects: Iterable[Subject]) -> Rows:
        """Subjects that are made already."""
        rows = cls()
        rows._add(subjects)
        return rows

    def _add(self, subjects: Iterable[Subject]) -> None:
        for subject in subjects:
            if subject.kind == "third-party" and not subject.tool:
                self.suppliers.add(len(self.names))
            self._told.append(Told(subject, row_evidence(subject)))
            self.names.append((subject.vendor, subject.product))

    def __len__(self) -> int:
        return len(self.names)

    def weight(self, position: int) -> tuple[bool, bool, str]:
        """How much an open question about the row matters: what sorts first matters most."""
        found = self._told[position]
        if found is None:
            asset = self._assets[position]
            return asset.exposure != "internet", asset.criticality not in _CRITICAL, asset.id
        return found.subject.exposure != "internet", not found.subject.critical, found.subject.id

    def __getitem__(self, position: int) -> Told:
        found = self._told[position]
        if found is None:
            subject = asset_subject(self._assets[position])
            found = self._told[position] = Told(subject, row_evidence(subject))
        return found
