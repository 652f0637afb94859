"""What is judged and what it is held against: the text of an item, and a row of a client reduced to its names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from advisor.triage.identity import read_purl
from advisor.triage.names import plain
from knowledge.records.advisory import Advisory
from knowledge.records.asset import Asset, ThirdParty
from knowledge.records.base import ClientId
from knowledge.records.news import NewsItem
from knowledge.records.triage import ItemKind, SubjectKind
from knowledge.records.vulnerability import Vulnerability


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
    if not purl:
        return []
    found = read_purl(purl) if purl.startswith("pkg:maven/") else None
    group = (found.namespace or "").split(".") if found else []
    return group if len(group) > 1 else []


def asset_subjects(asset: Asset) -> tuple[Subject, ...]:
    """An asset as a subject: vendor and product of the row, else of its CPE, else its name."""
    vendor, product, version = asset.vendor, asset.product, asset.version
    if asset.cpe.startswith("cpe:2.3:") and not product:
        pieces = plain(asset.cpe.replace("\\:", " ")).split(":")
        vendor, product = (pieces + [""] * 6)[3:5]
        version = version or (pieces + [""] * 6)[5].strip("*-")
    if group := _maven_group(asset.purl):
        # a group is a domain read backwards: its second part names the maker, as in `org.apache.struts`
        vendor = group[1] if vendor in ("", ".".join(group)) else vendor
    if not product and asset.kind in ("application", "library", "operating-system", "firmware", "saas", "service"):
        product = asset.name
    return (
        Subject(
            kind="asset",
            id=asset.id,
            name=asset.name,
            vendor=vendor,
            product=product,
            version=version,
            purl=asset.purl,
            exposure=asset.exposure,
            critical=asset.criticality in ("critical", "high"),
        ),
    )


def third_party_subjects(supplier: ThirdParty) -> tuple[Subject, ...]:
    """A supplier under its own name, and each tool it uses for the client."""
    critical = supplier.criticality in ("critical", "high")
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


def subjects_of(
    client_id: ClientId, assets: Iterable[Asset], suppliers: Iterable[ThirdParty]
) -> tuple[tuple[ClientId, Subject], ...]:
    """All subjects of one client, as `TextMatcher.build` takes them."""
    rows = [subject for asset in assets for subject in asset_subjects(asset)]
    rows += [subject for supplier in suppliers for subject in third_party_subjects(supplier)]
    return tuple((client_id, subject) for subject in rows)
