"""Parses an SPDX 2.x document in JSON: its packages become assets."""

from __future__ import annotations

import re
from typing import Any

from ingest.inventory.json_text import load_object, objects, text_of
from ingest.inventory.limits import MAX_COMPONENTS
from knowledge.errors import BadInputError

KINDS: dict[str, str] = {
    "APPLICATION": "application",
    "FRAMEWORK": "library",
    "LIBRARY": "library",
    "CONTAINER": "application",
    "OPERATING-SYSTEM": "operating-system",
    "OPERATING_SYSTEM": "operating-system",
    "DEVICE": "hardware",
    "FIRMWARE": "firmware",
}
"""`primaryPackagePurpose` (SPDX 2.3, section 7.24) -> our kind."""

_NOTHING = ("NOASSERTION", "NONE")


def parse(data: bytes, options: dict[str, Any]) -> dict[str, Any]:
    """Read an SPDX 2.x JSON document (also as GitHub exports it, wrapped in `sbom`).

    Args:
        data: the file.
        options: `part_of`, the name of the thing that the document describes; else the document's own name.

    Returns:
        `rows`: list of {where, values}; `suppliers` (empty); `skipped` and `notes`: lists of [where, reason];
        `incomplete`.

    Raises:
        BadInputError: not SPDX 2.x, or more packages than the limit.
    """
    root = load_object(data)
    if isinstance(root.get("sbom"), dict):
        root = root["sbom"]
    version = text_of(root.get("spdxVersion"))
    if not version.startswith("SPDX-2"):
        found = "an SPDX 3 document" if "@graph" in root else f"not SPDX 2 ({version or 'no spdxVersion'})"
        raise BadInputError(f"is {found}", hint="Export SPDX 2.3 as JSON, or CycloneDX.")
    packages = objects(root.get("packages"))
    if len(packages) > MAX_COMPONENTS:
        raise BadInputError(f"has {len(packages):,} packages; the limit is {MAX_COMPONENTS:,}")
    part_of = text_of(options.get("part_of"))
    rows, skipped = [], []
    for index, package in enumerate(packages):
        where = f"packages[{index}] {text_of(package.get('name'))[:80]}"
        if not _known(package.get("name")):
            skipped.append([where, "has no name"])
            continue
        if text_of(package.get("primaryPackagePurpose")) == "FILE":
            skipped.append([where, "is a file, not a product"])
            continue
        rows.append({"where": where, "values": _values(package, part_of)})
    lost = not isinstance(root.get("packages", []), list) or len(packages) != len(root.get("packages", []))
    if lost:
        skipped.append(["packages", "entries that are not packages were not read"])
    return {"rows": rows, "suppliers": [], "skipped": skipped, "notes": [], "incomplete": lost}


def _values(package: dict[str, Any], part_of: str) -> dict[str, str]:
    name = _known(package.get("name"))
    references = [
        (text_of(ref.get("referenceType")), text_of(ref.get("referenceLocator")))
        for ref in objects(package.get("externalRefs"))
    ]
    supplier = _known(package.get("supplier")) or _known(package.get("originator"))
    return {
        "name": f"{name} ({part_of})" if part_of else name,
        "kind": KINDS.get(text_of(package.get("primaryPackagePurpose")).upper(), "unknown"),
        # `Organization: Name (mail)`; a person is nobody's vendor (SPDX 2.3, section 7.5).
        "vendor": re.sub(r"\s*\([^)]*\)$", "", supplier[13:]).strip() if supplier.startswith("Organization:") else "",
        "product": name,
        "version": _known(package.get("versionInfo")),
        "cpe": next((locator for kind, locator in references if kind in ("cpe23Type", "cpe22Type")), ""),
        "purl": next((locator for kind, locator in references if kind == "purl"), ""),
    }


def _known(value: object) -> str:
    text = text_of(value).strip()
    return "" if text in _NOTHING else text
