"""Writes the bill of materials of a release (`make sbom`): what the product needs, without the tools of development."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PRODUCT, EXTRAS = "vciso-copilot", ("search", "models", "local", "web")
OUT = ROOT / "dist" / "vciso-copilot.cdx.json"


def main() -> int:
    """Makes the document with cyclonedx-py, keeps what the product needs, validates and writes it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    command = [sys.executable, "-m", "cyclonedx_py", "environment", "--pyproject", str(ROOT / "pyproject.toml")]
    command += ["--output-reproducible", "--of", "JSON", "--sv", "1.6", sys.executable]
    made = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT, timeout=600)
    bill = pruned(json.loads(made.stdout), needed(PRODUCT, EXTRAS))
    text = json.dumps(bill, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if error := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        print(f"not valid: {error}")
        return 1
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(text, encoding="utf-8")
    print(f"{args.out}: {len(bill['components'])} components")
    return 0


def needed(product: str, extras: Iterable[str]) -> frozenset[str]:
    """Names of the distributions that the product with these extras needs here, itself left out."""
    found: set[str] = set()
    queue = [(product, frozenset(extras))]
    seen: set[tuple[str, frozenset[str]]] = set()
    while queue:
        name, wanted = queue.pop()
        if (name, wanted) in seen:
            continue
        seen.add((name, wanted))
        try:
            lines = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        for line in lines:
            need = Requirement(line)
            if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in (*wanted, "")):
                child = canonicalize_name(need.name)
                found.add(child)
                queue.append((child, frozenset(need.extras)))
    return frozenset(found - {product})


def pruned(bill: dict[str, Any], keep: frozenset[str]) -> dict[str, Any]:
    """The document with these components only, and the edges between them (pure)."""
    components = [one for one in bill["components"] if canonicalize_name(one["name"]) in keep]
    refs = {one["bom-ref"] for one in components} | {bill["metadata"]["component"]["bom-ref"]}
    edges = [
        {**edge, "dependsOn": [ref for ref in edge.get("dependsOn", ()) if ref in refs]}
        for edge in bill.get("dependencies", ())
        if edge["ref"] in refs
    ]
    return {**bill, "components": components, "dependencies": edges}


if __name__ == "__main__":
    raise SystemExit(main())
