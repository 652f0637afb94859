"""The evaluation suites: `python -m evals triage --data DIR --json OUT`, and what is done with their results."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from evals.catalogue import BENCH, LOGS, SUITES, find_data
from evals.runs import head
from evals.tape import Mode, Tape
from knowledge.errors import UsageError, VcisoError


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one suite, all of them, or a command over results; returns the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        if words and words[0] in _COMMANDS:
            return _COMMANDS[words[0]](words[1:])
        return _suites(words)
    except VcisoError as error:
        print(error, file=sys.stderr)
        return error.exit_code


def write_json(value: Any, file: Path) -> None:
    """Writes a result.

    Raises:
        UsageError: the file cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write the result ({error.strerror})", subject=str(file)) from error


def _suites(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m evals",
        description=__doc__,
        epilog="Commands over results: " + ", ".join(f"`python -m evals {name} --help`" for name in _COMMANDS),
    )
    parser.add_argument("suite", choices=[*SUITES, "all"], help="all: every suite whose data is there")
    parser.add_argument("--data", type=Path, help="folder of the bench; suites with cases of their own do without")
    parser.add_argument("--model", default="", help="a model as VCISO_MODEL takes it; none by default")
    parser.add_argument("--json", type=Path, help="where to write the result")
    parser.add_argument("--log", type=Path, help=f"where to write the log; default {LOGS}/SUITE.jsonl")
    parser.add_argument("--resume", type=Path, metavar="LOG", help="go on with a run that was stopped")
    parser.add_argument("--rescore", type=Path, metavar="LOG", help="score a log again; nothing is run")
    args = parser.parse_args(words)
    if args.resume and args.rescore:
        parser.error("--resume and --rescore exclude each other")
    if args.suite == "all":
        if args.resume or args.rescore or args.log or args.json:
            parser.error("`all` writes one log a suite; give a suite to name files")
        return _all(args.data, args.model)
    if args.data is None and not SUITES[args.suite].own_cases:
        parser.error("--data is needed for this suite")
    tape = _tape(args)
    model = str(tape.head.get("model", "")) if args.rescore else args.model
    try:
        quick = bool(args.rescore and tape.head.get("quick"))
        result = SUITES[args.suite].run(args.data, tape, model, quick=quick)
    finally:
        tape.close()
    if args.json:
        write_json(result, args.json)
    print(table(result["metrics"]))
    return 0


def _tape(args: argparse.Namespace) -> Tape:
    mode: Mode = "replay" if args.rescore else "resume" if args.resume else "record"
    file = args.rescore or args.resume or args.log
    told = head(args.suite, args.data, args.model)
    if file is None:
        try:
            return Tape(LOGS / f"{args.suite}.jsonl", head=told)
        except UsageError as error:
            print(f"no log is kept: {error}", file=sys.stderr)
            return Tape(head=told)
    tape = Tape(file, mode=mode, head=told)
    if tape.head.get("suite") != args.suite:
        raise UsageError(f"is a log of the suite {tape.head.get('suite')}", subject=str(file))
    return tape


def _all(data: Path | None, model: str) -> int:
    """Runs every suite on its folder of the benches; one whose data is not here is named and left out."""
    worst = 0
    for name, suite in SUITES.items():
        folder = find_data(name, data or BENCH)
        if folder is None and not suite.own_cases:
            print(f"{name}: left out, no data at {(data or BENCH) / name} (set VCISO_SHARED)")
            continue
        print(f"== {name}")
        words = [name, *(["--data", str(folder)] if folder else []), *(["--model", model] if model else [])]
        worst = max(worst, main(words))
    return worst


def table(metrics: dict[str, float]) -> str:
    """The metrics for a terminal, with their intervals."""
    rows = []
    for name, value in metrics.items():
        if name.endswith((".low", ".high")):
            continue
        low, high = metrics.get(f"{name}.low"), metrics.get(f"{name}.high")
        spread = f"  [{low:.3f}, {high:.3f}]" if low is not None and high is not None else ""
        rows.append(f"{name:40} {value:9.3f}{spread}")
    return "\n".join(rows)


def _command(module: str) -> Callable[[Sequence[str]], int]:
    def run(words: Sequence[str]) -> int:
        import importlib  # noqa: PLC0415 - a suite needs none of these

        found: Callable[[Sequence[str]], int] = importlib.import_module(module).main
        return found(words)

    return run


_COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "compare": _command("evals.compare"),
    "gate": _command("evals.gate"),
    "report": _command("evals.report"),
    "baseline": _command("evals.baseline"),
    "models": _command("evals.models"),
    "judge": _command("evals.judge"),
}


if __name__ == "__main__":
    raise SystemExit(main())
