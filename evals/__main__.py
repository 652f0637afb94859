"""Runs an evaluation suite: `python -m evals triage --data DIR --json OUT`."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from knowledge.errors import UsageError, VcisoError

SUITES = {
    "answers": "evals.suites.answers",
    "retrieval": "evals.suites.retrieval",
    "triage": "evals.suites.triage",
}
"""Suite name -> module with `run(data: Path) -> {suite, data, metrics, cases}`."""

BENCH = Path(os.environ.get("VCISO_SHARED", Path(__file__).resolve().parents[2] / "shared")) / "data" / "bench"
"""Where `all` looks for the benches: a folder for each suite."""

OWN_CASES = frozenset({"answers"})
"""Suites with cases of their own, which run without --data."""


def _table(metrics: dict[str, float]) -> str:
    rows = []
    for name, value in metrics.items():
        if name.endswith((".low", ".high")):
            continue
        low, high = metrics.get(f"{name}.low"), metrics.get(f"{name}.high")
        spread = f"  [{low:.3f}, {high:.3f}]" if low is not None and high is not None else ""
        rows.append(f"{name:40} {value:9.3f}{spread}")
    return "\n".join(rows)


def _all(data: Path) -> int:
    """Runs every suite on its folder of the benches; one whose data is not here is named and left out."""
    worst = 0
    for name in sorted(SUITES):
        folder = data / name
        if name not in OWN_CASES and not folder.is_dir():
            print(f"{name}: left out, no data at {folder} (set VCISO_SHARED)")
            continue
        print(f"== {name}")
        worst = max(worst, main([name] if name in OWN_CASES else [name, "--data", str(folder)]))
    return worst


def main(argv: Sequence[str] | None = None) -> int:
    """Parses the arguments, runs the suite, prints a table and writes the JSON; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m evals", description=__doc__)
    parser.add_argument("suite", choices=[*sorted(SUITES), "all"], help="all: every suite whose data is there")
    parser.add_argument("--data", type=Path, help="folder of the bench; suites with cases of their own do without")
    parser.add_argument("--json", type=Path, help="where to write the result")
    args = parser.parse_args(argv)
    if args.suite == "all":
        return _all(args.data or BENCH)
    if args.data is None and args.suite not in OWN_CASES:
        parser.error("--data is needed for this suite")
    try:
        result: dict[str, Any] = importlib.import_module(SUITES[args.suite]).run(args.data)
        if args.json:
            try:
                args.json.parent.mkdir(parents=True, exist_ok=True)
                args.json.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            except OSError as error:
                raise UsageError(f"cannot write the result ({error.strerror})", subject=str(args.json)) from error
    except VcisoError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(_table(result["metrics"]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
