"""The same questions answered without a model and with each that is named: quality, cost and time side by side."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from evals.catalogue import LOGS
from evals.runs import head
from evals.suites.answers import run as run_answers
from evals.suites.answers_data import DEFAULT, QUESTIONS
from evals.tape import Tape
from knowledge.errors import BadInputError
from knowledge.settings import Settings

SHOWN = (
    ("citation_validity", "citations valid"),
    ("verbatim_quotes", "quotes verbatim"),
    ("requirement_recall", "requirements found"),
    ("quote_recall", "passages quoted"),
    ("false_answers", "false answers"),
    ("false_abstentions", "false silence"),
    ("model_worded", "worded by the model"),
    ("latency_ms.p50", "ms, median"),
    ("latency_ms.p95", "ms, 95 %"),
    ("model_tokens", "tokens"),
    ("model_cost_usd", "US$"),
)


def main(words: Sequence[str]) -> int:
    """Runs the answers suite for each model and prints one table."""
    parser = argparse.ArgumentParser(prog="python -m evals models", description=__doc__)
    parser.add_argument("--model", action="append", default=[], help="as VCISO_MODEL takes it; several are compared")
    parser.add_argument("--every", type=int, default=6, metavar="N", help="ask each N-th question (default 6; 1: all)")
    parser.add_argument("--rescore", nargs="*", type=Path, metavar="LOG", help="the table of logs; nothing is asked")
    args = parser.parse_args(words)
    if args.every < 1:
        raise BadInputError("takes 1 or more", subject="--every")
    columns: dict[str, Mapping[str, float]] = {}
    with sampled(args.every) as folder:
        if args.rescore:
            for log in args.rescore:
                tape = Tape(log, mode="replay")
                columns[str(tape.head["model"]) or "no model"] = _measured(folder, tape, str(tape.head["model"]))
        else:
            configured = Settings().model
            for model in dict.fromkeys(["", *args.model, *([configured] if configured else [])]):
                told = head("answers", None, model)
                name = str(told["model"] or "none").replace(":", "-").replace("/", "-")
                tape = Tape(LOGS / "models" / f"{name}.jsonl", head=told)
                columns[str(told["model"]) or "no model"] = _measured(folder, tape, model)
                tape.close()
    print(table(columns))
    return 0


@contextmanager
def sampled(every: int) -> Iterator[Path]:
    """A folder with each n-th of the shipped questions and all documents."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = [line for line in (DEFAULT / QUESTIONS).read_text(encoding="utf-8").splitlines() if line.strip()]
        (folder / QUESTIONS).write_text("\n".join(lines[::every]) + "\n", encoding="utf-8")
        shutil.copytree(DEFAULT / "documents", folder / "documents")
        yield folder


def _measured(folder: Path, tape: Tape, model: str) -> Mapping[str, float]:
    result: dict[str, Any] = run_answers(folder, tape=tape, model=model)
    metrics: dict[str, float] = result["metrics"]
    worded = [case for case in result["cases"] if not case["abstained"]]
    metrics["model_worded"] = sum(case["mode"] == "model" for case in worded) / len(worded) if worded else 0.0
    return metrics


def table(columns: Mapping[str, Mapping[str, float]]) -> str:
    """One row a figure, one column a model, as Markdown."""
    lines = [f"| | {' | '.join(columns)} |", f"|---{'|---' * len(columns)}|"]
    for metric, says in SHOWN:
        cells = [_cell(metric, found.get(metric)) for found in columns.values()]
        lines.append(f"| {says} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(metric: str, value: float | None) -> str:
    if value is None:
        return "-"
    if metric == "model_cost_usd":
        return f"{value:.2f}"
    return f"{value:,.0f}" if metric.startswith(("latency", "model_tokens")) else f"{value:.3f}"
