"""The hostile suite: the forty cases of the threat model, each by the tests that bear its number."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from defusedxml import ElementTree

from evals.runs import ROOT
from evals.suites.hostile_cases import CASES
from evals.tape import Tape

NUMBERED = re.compile(r"^test_c(\d\d)_")


@dataclass(frozen=True)
class NumberedTest:
    """A test function that bears a case's number."""

    case: str
    file: str
    name: str

    @property
    def node(self) -> str:
        """How pytest names it."""
        return f"{self.file}::{self.name}"


def run(data: Path | None = None, *, tape: Tape | None = None, model: str = "", quick: bool = False) -> dict[str, Any]:
    """Finds the tests of each case, runs them, and counts cases that fail or have none.

    Args:
        data: not used; the hostile files are below VCISO_SHARED, and tests that need them say so where it is absent.
        tape: where each case's outcome is written down, or read from.
        model: not used; the tests with a real model bring their own.
        quick: that each case has a test is checked; the tests themselves run in `make test`.
    """
    del data, model
    played = tape or Tape()
    tests = numbered_tests(ROOT / "tests")
    rows = []
    for case, says in CASES.items():
        mine = [test for test in tests if test.case == case]
        row: dict[str, Any] = {"id": case, "says": says, "tests": [test.node for test in mine]}
        if not quick and mine:
            nodes = [test.node for test in mine]
            row |= played.take(case, {"tests": nodes}, partial(_outcomes, nodes)).output or {"failed": 1}
        rows.append(row)
    return {"suite": "hostile", "data": "tests", "metrics": _metrics(rows, quick=quick), "cases": rows}


def numbered_tests(folder: Path) -> tuple[NumberedTest, ...]:
    """Every test function below a folder whose name begins with a case's number; nothing is imported."""
    found = []
    for file in sorted(folder.rglob("test_*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and (match := NUMBERED.match(node.name)):
                found.append(NumberedTest(f"C{int(match[1])}", str(file.relative_to(folder.parent)), node.name))
    return tuple(found)


def _outcomes(nodes: Sequence[str]) -> dict[str, int]:
    """How many of these tests passed, failed and were skipped, in a process of their own."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *nodes]
        subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=900)  # noqa: S603 - our own tests
        if not report.is_file():
            return {"passed": 0, "failed": len(nodes), "skipped": 0}
        root = ElementTree.fromstring(report.read_text(encoding="utf-8"))
    suite = next(root.iter("testsuite")).attrib
    counts = {key: int(suite.get(key, "0")) for key in ("tests", "failures", "errors", "skipped")}
    failed = counts["failures"] + counts["errors"]
    return {"passed": counts["tests"] - failed - counts["skipped"], "failed": failed, "skipped": counts["skipped"]}


def _metrics(rows: Sequence[Mapping[str, Any]], *, quick: bool) -> dict[str, float]:
    counted = {
        "cases": float(len(rows)),
        "tests": float(sum(len(row["tests"]) for row in rows)),
        "cases_without_test": float(sum(not row["tests"] for row in rows)),
    }
    if quick:
        return counted
    return counted | {
        "cases_failed": float(sum(row.get("failed", 0) > 0 for row in rows)),
        "cases_only_skipped": float(sum(bool(row["tests"]) and not row.get("passed") for row in rows)),
    }


def table(tests: Sequence[NumberedTest]) -> str:
    """The page's table: each case with its tests, by file."""
    lines = ["| case | what is attacked | tests |", "|---|---|---|"]
    for case, says in CASES.items():
        files: dict[str, list[str]] = {}
        for test in tests:
            if test.case == case:
                files.setdefault(test.file, []).append(test.name.removeprefix("test_"))
        told = "; ".join(f"`{file}`: {', '.join(names)}" for file, names in files.items())
        lines.append(f"| {case} | {says} | {told} |")
    return "\n".join(lines)
