"""The gate: runs every suite offline and fails where a figure falls below its floor: `python -m evals gate`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from evals.baseline import FILE, read_baseline
from evals.catalogue import BENCH, LOGS, SUITES, find_data
from evals.floors import broken, outcome, promised
from evals.runs import head
from evals.tape import Tape, digest

SHOWN = 25
"""Changed cases that are printed for a suite."""


def main(words: Sequence[str]) -> int:
    """Runs the suites against the baseline; 1 where a floor is broken."""
    parser = argparse.ArgumentParser(prog="python -m evals gate", description=__doc__)
    parser.add_argument("suites", nargs="*", metavar="SUITE", type=suite_name, help="default: all")
    parser.add_argument("--baseline", type=Path, default=FILE)
    parser.add_argument("--from-logs", action="store_true", help="score the last gate's logs again; nothing is run")
    args = parser.parse_args(words)
    floors = read_baseline(args.baseline)
    failed: list[str] = []
    started = perf_counter()
    for name, result in results(args.suites, from_logs=args.from_logs):
        known = floors.get(name, {})
        problems = broken(result["metrics"], {**known.get("floors", {}), **promised(name)})
        if not known:
            print(f"{name}: promises only; `python -m evals baseline --write` makes floors of what it reached")
        for problem in problems:
            print(f"{name}: {problem}")
        if problems:
            failed.append(name)
        if problems and known:
            _tell_changes(result["cases"], known.get("cases", {}))
    print(
        f"{perf_counter() - started:.0f} s; "
        + (f"below the floor: {', '.join(failed)}" if failed else "every floor holds")
    )
    return int(bool(failed))


def suite_name(text: str) -> str:
    """The name of a suite, or an error that argparse shows."""
    if text not in SUITES:
        raise argparse.ArgumentTypeError(f"no such suite: {text} (there are {', '.join(SUITES)})")
    return text


def results(names: Sequence[str] = (), *, from_logs: bool = False) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each suite's result on its own cases and on the benches that are there, with a log each; others are named."""
    for name, suite in SUITES.items():
        if names and name not in names:
            continue
        folder = find_data(name, BENCH)
        if folder is None and not suite.own_cases:
            print(f"{name}: left out, no data at {BENCH / name} (set VCISO_SHARED)")
            continue
        started = perf_counter()
        data = None if suite.own_cases else folder
        log = LOGS / "gate" / f"{name}.jsonl"
        told = {**head(name, data, ""), "quick": True}
        tape = Tape(log, mode="replay") if from_logs else Tape(log, head=told)
        try:
            result = suite.run(data, tape, "", quick=True)
        finally:
            tape.close()
        print(f"{name}: {len(result['cases'])} cases listed, {perf_counter() - started:.0f} s")
        yield name, result


def case_marks(cases: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Case id -> eight digits over what came out of it."""
    return {str(case["id"]): digest(outcome(case))[:8] for case in cases}


def _tell_changes(cases: Sequence[Mapping[str, Any]], kept: Mapping[str, str]) -> None:
    now = case_marks(cases)
    changed = [case for case in sorted({*now, *kept}) if now.get(case) != kept.get(case)]
    rows = {str(case["id"]): case for case in cases}
    for case in changed[:SHOWN]:
        print(f"  changed: {case}: {_short(rows.get(case))}")
    if len(changed) > SHOWN:
        print(f"  and {len(changed) - SHOWN} more: compare two results with `python -m evals compare A.json B.json`")


def _short(case: Mapping[str, Any] | None) -> str:
    if case is None:
        return "not listed any more"
    return ", ".join(f"{key}={value}" for key, value in outcome(case).items() if key != "id")[:200]
