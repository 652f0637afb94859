"""Asks pip-audit about every locked dependency (`make audit`); where nobody could be asked, that is what it says."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "constraints.txt"
EXCEPTIONS = ROOT / "scripts" / "audit_exceptions.toml"
WITNESS = "jinja2==3.1.2"
"""A release with published weaknesses (CVE-2024-22195 and later): a service that knows none of them was not reached."""
CLEAN, FOUND, NOT_AUDITED = 0, 1, 3


@dataclass(frozen=True)
class Weakness:
    """One published weakness of one locked package."""

    package: str
    version: str
    ids: frozenset[str]
    fixed_in: tuple[str, ...]


def main() -> int:
    """Runs the audit; 0 clean, 1 weaknesses without an exception, 3 nobody could be asked and that was required."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--service", default="pypi", choices=("pypi", "osv"), help="whom pip-audit asks")
    parser.add_argument(
        "--required",
        action="store_true",
        default=os.environ.get("AUDIT_REQUIRED") == "1",
        help="an audit that could not be made fails (also AUDIT_REQUIRED=1); releases set it",
    )
    args = parser.parse_args()
    accepted = read_exceptions(EXCEPTIONS.read_text(encoding="utf-8"))
    if not _asked([WITNESS], args.service)[0]:
        print(f"NOT AUDITED: the {args.service} service does not know what is published about {WITNESS}.")
        print("Run `make audit` where it can be reached; with AUDIT_REQUIRED=1 this is a failure.")
        return NOT_AUDITED if args.required else CLEAN
    found, skipped = _asked(LOCK.read_text(encoding="utf-8").splitlines(), args.service)
    open_ones, stale = judged(found, accepted, datetime.now(UTC).date())
    for one in open_ones:
        print(f"{one.package} {one.version}: {', '.join(sorted(one.ids))}; fixed in {', '.join(one.fixed_in) or '-'}")
    for line in stale:
        print(line)
    for name in skipped:
        print(f"not audited: {name}")
    print(f"{len(found)} weaknesses, {len(open_ones)} without an exception; {len(skipped)} packages not audited")
    return FOUND if open_ones or stale or (skipped and args.required) else CLEAN


def read_exceptions(text: str) -> tuple[Mapping[str, Any], ...]:
    """The accepted weaknesses; each has id, package, reason and until.

    Raises:
        SystemExit: one that lacks a field.
    """
    rows = tomllib.loads(text).get("exception", [])
    for row in rows:
        if not {"id", "package", "reason", "until"} <= set(row) or not isinstance(row["until"], date):
            raise SystemExit(
                f"audit_exceptions.toml: {row.get('id', row)} needs id, package, reason and until (a date)"
            )
    return tuple(rows)


def judged(
    found: Iterable[Weakness], accepted: Sequence[Mapping[str, Any]], today: date
) -> tuple[list[Weakness], list[str]]:
    """Weaknesses without an exception that holds today, and exceptions that ran out or that nothing needs (pure)."""
    weaknesses = list(found)
    holds = {(row["package"], row["id"]) for row in accepted if row["until"] >= today}
    left = [one for one in weaknesses if not any((one.package, i) in holds for i in one.ids)]
    known = {(one.package, i) for one in weaknesses for i in one.ids}
    said = [f"exception ran out: {row['id']} ({row['reason']})" for row in accepted if row["until"] < today]
    said += [
        f"exception without a weakness, take it out: {row['id']}"
        for row in accepted
        if row["until"] >= today and (row["package"], row["id"]) not in known
    ]
    return left, said


def _asked(lines: Sequence[str], service: str) -> tuple[list[Weakness], list[str]]:
    """What pip-audit says of requirements: weaknesses, and packages that it could not ask about."""
    with tempfile.TemporaryDirectory() as folder:
        file, out = Path(folder) / "requirements.txt", Path(folder) / "out.json"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        command = [sys.executable, "-m", "pip_audit", "-r", str(file), "--no-deps", "--disable-pip", "-f", "json"]
        command += ["-o", str(out), "--vulnerability-service", service, "--progress-spinner", "off", "--timeout", "15"]
        subprocess.run(command, check=False, capture_output=True, timeout=1_800)
        try:
            report = json.loads(out.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return [], [line for line in lines if "==" in line]
    return parse(report)


def parse(report: Mapping[str, Any]) -> tuple[list[Weakness], list[str]]:
    """Weaknesses and skipped packages of pip-audit's JSON (pure)."""
    found, skipped = [], []
    for row in report["dependencies"]:
        if "skip_reason" in row:
            skipped.append(str(row["name"]))
        for one in row.get("vulns", ()):
            ids = frozenset({one["id"], *one.get("aliases", ())})
            found.append(Weakness(row["name"], row["version"], ids, tuple(one.get("fix_versions", ()))))
    return found, skipped


if __name__ == "__main__":
    raise SystemExit(main())
