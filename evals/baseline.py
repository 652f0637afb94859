"""What the gate holds results against: `python -m evals baseline --write` makes it of a run."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evals.floors import Side, floors_of
from knowledge.errors import BadInputError

FILE = Path(__file__).resolve().parent / "baseline.json"


def main(words: Sequence[str]) -> int:
    """Shows the floors, or runs the suites and writes them; a floor that would fall needs to be allowed."""
    from evals.gate import case_marks, results, suite_name  # noqa: PLC0415 - the gate reads this module

    parser = argparse.ArgumentParser(prog="python -m evals baseline", description=__doc__)
    parser.add_argument("suites", nargs="*", metavar="SUITE", type=suite_name, help="default: all")
    parser.add_argument("--write", action="store_true", help="run the suites and keep their figures as floors")
    parser.add_argument("--allow-lower", action="store_true", help="keep figures that are worse than the floors")
    parser.add_argument("--from-logs", action="store_true", help="take the last gate's logs; nothing is run")
    parser.add_argument("--file", type=Path, default=FILE)
    args = parser.parse_args(words)
    kept = read_baseline(args.file)
    if not args.write:
        for name, suite in kept.items():
            for metric, bounds in suite["floors"].items():
                print(f"{name:12} {metric:44} {' '.join(f'{side} {bound:g}' for side, bound in bounds.items())}")
        return 0
    lowered: list[str] = []
    for name, result in results(args.suites, from_logs=args.from_logs):
        floors = floors_of(name, result["metrics"])
        lowered += [f"{name} {one}" for one in falls(kept.get(name, {}).get("floors", {}), floors)]
        kept[name] = {"floors": floors, "cases": case_marks(result["cases"])}
    for one in lowered:
        print(f"lower than before: {one}")
    if lowered and not args.allow_lower:
        print("Not written; --allow-lower takes the lower figures, and the change of the file says so to its reader.")
        return 1
    text = json.dumps(dict(sorted(kept.items())), indent=1, sort_keys=True, ensure_ascii=False)
    args.file.write_text(text + "\n", encoding="utf-8")
    print(f"{args.file.name}: {', '.join(sorted(kept))}")
    return 0


def falls(before: Mapping[str, Mapping[Side, float]], after: Mapping[str, Mapping[Side, float]]) -> list[str]:
    """Floors that would be easier to hold than before, or are gone."""
    found = []
    for metric, bounds in before.items():
        for side, bound in bounds.items():
            new = after.get(metric, {}).get(side)
            if new is None:
                found.append(f"{metric}: {bound:g} -> none")
            elif (new < bound) if side == "min" else (new > bound):
                found.append(f"{metric}: {bound:g} -> {new:g}")
    return found


def read_baseline(file: Path) -> dict[str, dict[str, Any]]:
    """The kept floors and case marks by suite; empty where there is no file.

    Raises:
        BadInputError: the file is no baseline.
    """
    if not file.is_file():
        return {}
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadInputError(f"is no JSON ({error})", subject=str(file)) from None
    if not isinstance(found, dict) or not all(isinstance(one, dict) and "floors" in one for one in found.values()):
        raise BadInputError("is no baseline", subject=str(file), hint="`python -m evals baseline --write` makes one.")
    return found
