"""Compares two results of a suite case by case: `python -m evals compare A.json B.json`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.floors import outcome
from knowledge.errors import BadInputError, UsageError

Cases = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Change:
    """One case that came out differently."""

    id: str
    was: str
    is_now: str


def main(words: Sequence[str]) -> int:
    """Prints metrics that moved and cases that changed; 0 where nothing did, else 1."""
    parser = argparse.ArgumentParser(prog="python -m evals compare", description=__doc__)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--all", action="store_true", help="latencies and memory too")
    args = parser.parse_args(words)
    before, after = load(args.before), load(args.after)
    if before["suite"] != after["suite"]:
        raise UsageError(f"are of {before['suite']} and {after['suite']}", subject="the two results")
    moved = metric_changes(before["metrics"], after["metrics"], everything=args.all)
    changed = case_changes(by_id(before["cases"]), by_id(after["cases"]))
    for name, was, now in moved:
        print(f"{name:44} {_number(was)} -> {_number(now)}")
    for change in changed:
        print(f"{change.id}: {change.was} -> {change.is_now}")
    print(f"{len(moved)} metrics moved, {len(changed)} cases changed")
    return int(bool(moved or changed))


def load(file: Path) -> dict[str, Any]:
    """A result.

    Raises:
        BadInputError: the file is none.
    """
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInputError(f"cannot be read as a result ({error})", subject=str(file)) from None
    if not isinstance(found, dict) or not {"suite", "metrics", "cases"} <= set(found):
        raise BadInputError("is no result of a suite", subject=str(file), hint="`--json OUT` writes one.")
    return found


def by_id(cases: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Cases by their id."""
    return {str(case["id"]): case for case in cases}


def metric_changes(
    before: Mapping[str, float], after: Mapping[str, float], *, everything: bool = False
) -> list[tuple[str, float | None, float | None]]:
    """Metrics that are not the same; times and memory only where asked for."""
    names = [*before, *(name for name in after if name not in before)]
    return [
        (name, before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
        and (everything or not any(word in name for word in ("latency", "seconds", "memory")))
    ]


def case_changes(before: Cases, after: Cases) -> list[Change]:
    """Cases that are new, gone, or came out differently, in the order of their ids."""
    changes = []
    for name in sorted({*before, *after}):
        was, now = before.get(name), after.get(name)
        if was is None or now is None:
            changes.append(Change(name, "not listed" if was is None else "listed", "listed" if now else "not listed"))
            continue
        left, right = outcome(was), outcome(now)
        keys = [key for key in {**left, **right} if left.get(key) != right.get(key)]
        if keys:
            changes.append(Change(name, _fields(left, keys), _fields(right, keys)))
    return changes


def _fields(row: Mapping[str, Any], keys: Sequence[str]) -> str:
    return ", ".join(f"{key}={json.dumps(row.get(key), ensure_ascii=False)[:120]}" for key in keys)


def _number(value: float | None) -> str:
    return "  absent" if value is None else f"{value:8.4f}"
