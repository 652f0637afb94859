"""A vendor's or coordinator's advisory (CSAF 2.0), with its product tree flattened."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from knowledge.records.base import CveId, Record, UtcDatetime

ProductStatus = Literal[
    "first_affected",
    "first_fixed",
    "fixed",
    "known_affected",
    "known_not_affected",
    "last_affected",
    "recommended",
    "under_investigation",
]
"""Keys of `product_status` (CSAF 2.0, section 3.2.3.9)."""


class AdvisoryProduct(Record):
    """One leaf of the product tree, or one product that a relationship composes."""

    product_id: str
    name: str
    """Full product name as the advisory writes it."""
    vendor: str = ""
    product: str = ""
    version: str = ""
    """A single version (`product_version` branch)."""
    version_range: str = ""
    """As written in a `product_version_range` branch: a `vers:` string or free text (`<3.2`)."""
    cpe: str = ""
    purl: str = ""


class AdvisoryRemediation(Record):
    """What the publisher says to do, for which products."""

    category: str
    details: str = ""
    url: str = ""
    product_ids: tuple[str, ...] = ()


class AdvisoryVulnerability(Record):
    """One vulnerability of an advisory and the status of each product for it."""

    cve_id: CveId = ""
    title: str = ""
    description: str = ""
    status: dict[ProductStatus, tuple[str, ...]] = Field(default_factory=dict)
    """Product ids by status."""
    justifications: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """VEX flag label (`vulnerable_code_not_present`, ...) -> product ids."""
    remediations: tuple[AdvisoryRemediation, ...] = ()
    cvss_score: float | None = None


class Advisory(Record):
    """One advisory. `id` is publisher namespace and tracking id, which together are unique."""

    id: str
    tracking_id: str
    publisher: str
    title: str
    category: str = ""
    """`csaf_security_advisory`, `csaf_vex`, ..."""
    version: str = ""
    state: Literal["draft", "interim", "final"] = "final"
    tlp: str = ""
    summary: str = ""
    published_at: UtcDatetime
    updated_at: UtcDatetime
    url: str = ""
    products: tuple[AdvisoryProduct, ...] = ()
    vulnerabilities: tuple[AdvisoryVulnerability, ...] = ()
