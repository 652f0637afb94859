"""CSAF 2.0 documents: the product tree flattened, relationships composed, product status and VEX flags kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from pydantic import Field, ValidationError

from ingest.sources.envelope import envelope, first_fault
from ingest.sources.fields import Name, Wire, Words, cve_id, links_of, utc
from ingest.strict_json import load_object
from knowledge.errors import BadInputError
from knowledge.records.advisory import (
    Advisory,
    AdvisoryProduct,
    AdvisoryRemediation,
    AdvisoryVulnerability,
    ProductStatus,
)

PARSER_VERSION = 1
ACCEPT = "application/json"


@dataclass(frozen=True, slots=True)
class Config:
    """Bounds of one document."""

    max_products: int = 20_000
    max_vulnerabilities: int = 2_000
    max_depth: int = 30


CONFIG = Config()
_STATUSES: tuple[ProductStatus, ...] = get_args(ProductStatus)


class _Helper(Wire):
    cpe: Name = ""
    purl: Name = ""


class _Product(Wire):
    product_id: str = Field(min_length=1, max_length=500)
    name: Name
    product_identification_helper: _Helper = _Helper()


class _Branch(Wire):
    category: str
    name: Name
    product: _Product | None = None
    branches: list[Any] = Field(default_factory=list)


class _Relationship(Wire):
    full_product_name: _Product
    product_reference: str
    relates_to_product_reference: str


class _Group(Wire):
    group_id: str
    product_ids: list[str] = Field(default_factory=list)


class _Tree(Wire):
    branches: list[Any] = Field(default_factory=list)
    full_product_names: list[_Product] = Field(default_factory=list)
    relationships: list[_Relationship] = Field(default_factory=list)
    product_groups: list[_Group] = Field(default_factory=list)


class _Note(Wire):
    category: str = ""
    text: Words = ""
    title: Name = ""


class _Of(Wire):
    """What flags and remediations share: the products and groups that they speak of."""

    product_ids: list[str] = Field(default_factory=list)
    group_ids: list[str] = Field(default_factory=list)


class _Flag(_Of):
    label: Name


class _Remediation(_Of):
    category: Name
    details: Words = ""
    url: str = ""


class _Cvss(Wire):
    baseScore: float = Field(ge=0, le=10)  # noqa: N815 - as the format names it


class _Score(Wire):
    cvss_v3: _Cvss | None = None
    cvss_v2: _Cvss | None = None


class _Vulnerability(Wire):
    cve: str = ""
    title: Name = ""
    notes: list[_Note] = Field(default_factory=list)
    product_status: dict[str, list[str]] = Field(default_factory=dict)
    flags: list[_Flag] = Field(default_factory=list)
    remediations: list[_Remediation] = Field(default_factory=list)
    scores: list[_Score] = Field(default_factory=list)


class _Publisher(Wire):
    name: Name
    namespace: Name


class _Tracking(Wire):
    id: Name = Field(min_length=1)
    version: Name = ""
    status: Literal["draft", "interim", "final"] = "final"
    initial_release_date: str
    current_release_date: str


class _Tlp(Wire):
    label: Name = ""


class _Distribution(Wire):
    tlp: _Tlp = _Tlp()


class _Reference(Wire):
    category: str = ""
    url: str


class _Head(Wire):
    category: Name
    csaf_version: str
    title: Name
    publisher: _Publisher
    tracking: _Tracking
    distribution: _Distribution = _Distribution()
    notes: list[_Note] = Field(default_factory=list)
    references: list[_Reference] = Field(default_factory=list)


class _Document(Wire):
    document: _Head
    product_tree: _Tree = _Tree()
    vulnerabilities: list[_Vulnerability] = Field(default_factory=list)


def parse(data: bytes, options: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG001 - one signature for all parsers
    """Read one document.

    Returns:
        An envelope of one `Advisory`.

    Raises:
        BadInputError: not a CSAF 2.0 document.
    """
    raw = load_object(data)
    head = raw.get("document")
    if not isinstance(head, dict) or "csaf_version" not in head:
        raise BadInputError("is not a CSAF document: it has no 'document.csaf_version'")
    if head["csaf_version"] != "2.0":
        raise BadInputError(f"is CSAF {str(head['csaf_version'])[:10]}; only 2.0 is read")
    skipped: list[tuple[str, str]] = []
    try:
        advisory = _advisory(_Document.model_validate(raw), skipped)
    except ValidationError as error:
        raise BadInputError(f"is not a CSAF 2.0 document ({first_fault(error)})") from None
    except ValueError as error:
        raise BadInputError(f"is not a CSAF 2.0 document ({str(error)[:160]})") from None
    return envelope([advisory], skipped=skipped)


def _advisory(wire: _Document, skipped: list[tuple[str, str]]) -> Advisory:
    head, tracking = wire.document, wire.document.tracking
    groups = {group.group_id: tuple(group.product_ids) for group in wire.product_tree.product_groups}
    products = _products(wire.product_tree, skipped)
    if len(wire.vulnerabilities) > CONFIG.max_vulnerabilities:
        skipped.append(("further vulnerabilities", f"only {CONFIG.max_vulnerabilities} of one document are read"))
    return Advisory(
        id=f"{head.publisher.namespace}::{tracking.id}",
        tracking_id=tracking.id,
        publisher=head.publisher.name,
        title=head.title,
        category=head.category,
        version=tracking.version,
        state=tracking.status,
        tlp=head.distribution.tlp.label,
        summary=_note(head.notes, ("summary", "description")),
        published_at=utc(tracking.initial_release_date),
        updated_at=utc(tracking.current_release_date),
        url=_self_link(head.references),
        products=products,
        vulnerabilities=tuple(
            _vulnerability(one, groups, skipped) for one in wire.vulnerabilities[: CONFIG.max_vulnerabilities]
        ),
    )


def _products(tree: _Tree, skipped: list[tuple[str, str]]) -> tuple[AdvisoryProduct, ...]:
    """Flatten branches and full product names, then compose what relationships name from its component's fields."""
    found: dict[str, AdvisoryProduct] = {}
    for product in (*_leaves(tree.branches, {}, 0), *(_plain(one, {}) for one in tree.full_product_names)):
        found.setdefault(product.product_id, product)
    for link in tree.relationships:
        part = found.get(link.product_reference)
        whole = found.get(link.relates_to_product_reference)
        if part is None or whole is None:
            missing = link.product_reference if part is None else link.relates_to_product_reference
            skipped.append(
                (link.full_product_name.product_id[:60], f"refers to product {missing[:60]}, which is not there")
            )
        own = _plain(link.full_product_name, {})
        base = part or own
        found.setdefault(
            own.product_id,
            base.model_copy(
                update={
                    "product_id": own.product_id,
                    "name": own.name,
                    "cpe": own.cpe or base.cpe or (whole.cpe if whole else ""),
                    "purl": own.purl or base.purl,
                }
            ),
        )
    if len(found) > CONFIG.max_products:
        raise ValueError(f"has more than {CONFIG.max_products} products")
    return tuple(found.values())


def _leaves(branches: list[Any], path: Mapping[str, str], depth: int) -> Iterator[AdvisoryProduct]:
    if depth > CONFIG.max_depth:
        raise ValueError(f"has a product tree deeper than {CONFIG.max_depth} levels")
    for raw in branches:
        branch = _Branch.model_validate(raw)
        here = {**path, branch.category: branch.name}
        if branch.product is not None:
            yield _plain(branch.product, here)
        yield from _leaves(branch.branches, here, depth + 1)


def _plain(product: _Product, path: Mapping[str, str]) -> AdvisoryProduct:
    helper = product.product_identification_helper
    return AdvisoryProduct(
        product_id=product.product_id,
        name=product.name,
        vendor=path.get("vendor", ""),
        product=path.get("product_name", path.get("product_family", "")),
        version=path.get("product_version", ""),
        version_range=path.get("product_version_range", ""),
        cpe=helper.cpe,
        purl=helper.purl,
    )


def _vulnerability(
    wire: _Vulnerability, groups: Mapping[str, tuple[str, ...]], skipped: list[tuple[str, str]]
) -> AdvisoryVulnerability:
    cve = ""
    if wire.cve:
        try:
            cve = cve_id(wire.cve)
        except ValueError as error:
            skipped.append(("vulnerability", str(error)))
    justifications: dict[str, tuple[str, ...]] = {}
    for flag in wire.flags:
        justifications[flag.label] = tuple(
            dict.fromkeys((*justifications.get(flag.label, ()), *_members(flag, groups)))
        )
    scores = [cvss.baseScore for score in wire.scores if (cvss := score.cvss_v3 or score.cvss_v2)]
    return AdvisoryVulnerability(
        cve_id=cve,
        title=wire.title,
        description=_note(wire.notes, ("description", "summary", "general")),
        status={key: tuple(wire.product_status[key]) for key in _STATUSES if wire.product_status.get(key)},
        justifications=justifications,
        remediations=tuple(
            AdvisoryRemediation(
                category=one.category,
                details=one.details,
                url=next(iter(links_of([one.url])), ""),
                product_ids=_members(one, groups),
            )
            for one in wire.remediations
        ),
        cvss_score=max(scores, default=None),
    )


def _members(wire: _Of, groups: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*wire.product_ids, *(p for group in wire.group_ids for p in groups.get(group, ()))]))


def _note(notes: list[_Note], categories: tuple[str, ...]) -> str:
    for category in categories:
        for note in notes:
            if note.category == category and note.text:
                return note.text
    return ""


def _self_link(references: list[_Reference]) -> str:
    """Prefer the page for people over the JSON file."""
    links = links_of([reference.url for reference in references if reference.category == "self"])
    return next((link for link in links if not link.endswith(".json")), next(iter(links), ""))
