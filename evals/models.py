"""The same questions and attacks with no model and with each that is named: quality, cost and time side by side."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals import judge
from evals.catalogue import LOGS
from evals.runs import file_name, head
from evals.suites.answers import run as run_answers
from evals.suites.answers_data import DEFAULT, QUESTIONS
from evals.suites.injection_text import text_success
from evals.tape import Mode, Tape, read_log
from knowledge.errors import BadInputError, NotFoundError, UsageError
from knowledge.settings import Settings

FOLDER = LOGS / "models"
"""A folder for each model, with a log for each suite."""
PAGE = Path(__file__).resolve().parents[1] / "docs" / "models-compared.md"
SHOWN = (
    ("questions", "questions asked"),
    ("citation_validity", "citations valid"),
    ("verbatim_quotes", "quotations verbatim"),
    ("unknown_ids_shown", "ids that do not exist, shown as known"),
    ("requirement_recall", "requirements of the reference that are named"),
    ("quote_recall", "passages of the reference that are quoted"),
    ("false_answers", "answers to questions that nothing answers"),
    ("false_abstentions", "silence where the material has an answer"),
    ("model_worded", "answers in the model's words; the others fell back to quotations"),
    ("latency_ms.p50", "milliseconds an answer, median"),
    ("latency_ms.p95", "milliseconds, 95 of 100 below"),
    ("model_tokens", "tokens, in and out"),
    ("model_cost_usd", "cost, US$"),
    ("text_attacks", "attacks tried on the text"),
    ("text_success.bare", "the bare model gives in"),
    ("text_success.marked", "with the product's prompt and marks it gives in"),
    ("text_success.shown", "what the product shows gives in"),
    ("text_effects", "effects: saved, sent, approved, linked, another client's words"),
    ("utility.bare", "the bare model still answers beside an attack"),
    ("utility.shown", "the product still answers beside an attack"),
    ("fidelity.bare", "documents that quote such words: the bare model answers"),
    ("fidelity.shown", "documents that quote such words: the product answers"),
    ("text_look_attacks", "attacks on the second look at news"),
    ("text_look_raised", "questions raised there, which is all a model may"),
    ("text_look_effects", "verdicts or sections changed otherwise"),
    ("judge.pairs", "pairs judged"),
    ("judge.agreement", "agreement with the hand's labels"),
    ("judge.kappa", "Cohen's kappa"),
    ("judge.false_claims_let_stand", "false claims let stand"),
    ("judge.true_claims_refused", "true claims refused"),
    ("judge.unusable", "rulings that could not be used"),
)
GROUPS = {"questions": "Answers", "text_attacks": "Attacks on the text", "judge.pairs": "As a judge"}
"""The first row of each part of the page, and its heading."""
_COUNTS = frozenset({*GROUPS, "text_effects", "judge.unusable"})


@dataclass(frozen=True)
class Column:
    """One model's figures, and what its logs say about the run."""

    name: str
    metrics: Mapping[str, float]
    heads: tuple[Mapping[str, Any], ...]


def main(words: Sequence[str]) -> int:
    """Asks each model, or reads the logs of an earlier run, and prints one table."""
    parser = argparse.ArgumentParser(prog="python -m evals models", description=__doc__)
    parser.add_argument("--model", action="append", default=[], help="as VCISO_MODEL takes it; several are compared")
    parser.add_argument("--every", type=int, default=6, metavar="N", help="ask each N-th question (default 6; 0: none)")
    parser.add_argument(
        "--attacks", type=int, default=24, metavar="N", help="attacks on the text (default 24; 0: none)"
    )
    parser.add_argument("--resume", action="store_true", help="go on with a run that was stopped")
    parser.add_argument("--rescore", action="store_true", help=f"the table of the logs in {FOLDER}; nothing is asked")
    parser.add_argument("--markdown", type=Path, nargs="?", const=PAGE, help=f"write the page, default {PAGE.name}")
    args = parser.parse_args(words)
    if args.every < 0 or args.attacks < 0:
        raise BadInputError("take 0 or more", subject="--every and --attacks")
    if not args.rescore:
        configured = Settings().model
        for model in dict.fromkeys(["", *args.model, *([configured] if configured else [])]):
            _asked(model, args.every, args.attacks, "resume" if args.resume else "record")
    found = columns()
    print(table(found))
    if args.markdown:
        try:
            args.markdown.write_text(page(found), encoding="utf-8")
        except OSError as error:
            raise UsageError(f"cannot be written ({error.strerror})", subject=str(args.markdown)) from error
    return 0


def columns(folder: Path = FOLDER) -> list[Column]:
    """What the logs of each model say, no model first; the judge's where there is one.

    Raises:
        NotFoundError: there are none.
    """
    found = [_column(one) for one in sorted(folder.glob("*/")) if any(one.glob("*.jsonl"))]
    if not found:
        raise NotFoundError("has no logs", subject=str(folder), hint="`python -m evals models --model …` writes them.")
    return sorted(found, key=lambda one: (one.name != "no model", one.name))


def _asked(model: str, every: int, attacks: int, mode: Mode) -> None:
    """Runs the suites of one model and keeps their logs."""
    folder = FOLDER / file_name(model)
    for suite, count in (("answers", every), ("injection", attacks if model else 0)):
        if not count:
            continue
        log = folder / f"{suite}.jsonl"
        told = {**head(suite, None, model), "sample": count}
        tape = Tape(log, mode=mode if log.is_file() else "record", head=told)
        try:
            _measured(suite, tape, model)
        finally:
            tape.close()


def _column(folder: Path) -> Column:
    metrics: dict[str, float] = {}
    heads = []
    for suite in ("answers", "injection"):
        log = folder / f"{suite}.jsonl"
        if log.is_file():
            tape = Tape(log, mode="replay")
            metrics |= _measured(suite, tape, str(tape.head["model"]))
            heads.append(tape.head)
    log = judge.FOLDER / f"{folder.name}.jsonl"
    judged: dict[str, Any] = {}
    if log.is_file():
        told, _ = read_log(log)
        judged = judge.run(Tape(log, mode="replay"), str(told["model"]))
        heads.append(told)
    elif not heads[0]["model"]:
        judged = judge.run(Tape(), "")
    if judged:
        figures = judged["metrics"]
        if not heads[0]["model"]:
            figures = {name.replace("checks.", "judge."): value for name, value in figures.items()}
        metrics |= {"judge.pairs": float(len(judged["cases"]))} | figures
    return Column(str(heads[0]["model"]) or "no model", metrics, tuple(heads))


def _measured(suite: str, tape: Tape, model: str) -> Mapping[str, float]:
    count = int(tape.head["sample"])
    if suite == "injection":
        return text_success(tape, model, most=count)[0]
    with sampled(count) as folder:
        result: dict[str, Any] = run_answers(folder, tape=tape, model=model)
    metrics: dict[str, float] = result["metrics"]
    answered = [case for case in result["cases"] if not case["abstained"]]
    if model:
        metrics["model_worded"] = sum(case["mode"] == "model" for case in answered) / len(answered) if answered else 0.0
    return metrics


@contextmanager
def sampled(every: int) -> Iterator[Path]:
    """A folder with each n-th of the shipped questions and all documents."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = [line for line in (DEFAULT / QUESTIONS).read_text(encoding="utf-8").splitlines() if line.strip()]
        (folder / QUESTIONS).write_text("\n".join(lines[::every]) + "\n", encoding="utf-8")
        shutil.copytree(DEFAULT / "documents", folder / "documents")
        yield folder


def table(found: Sequence[Column], rows: Sequence[tuple[str, str]] = SHOWN) -> str:
    """One row a figure, one column a model, as Markdown."""
    lines = [f"| | {' | '.join(one.name for one in found)} |", f"|---{'|---' * len(found)}|"]
    for metric, says in rows:
        if any(metric in one.metrics for one in found):
            cells = [_cell(metric, one.metrics) for one in found]
            lines.append(f"| {says} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(metric: str, metrics: Mapping[str, float]) -> str:
    value = metrics.get(metric)
    if value is None:
        return "-"
    if metric == "model_cost_usd":
        return f"{value:.2f}"
    if metric.startswith(("latency", "model_tokens", "text_look")) or metric in _COUNTS:
        return f"{value:,.0f}"
    low, high = metrics.get(f"{metric}.low"), metrics.get(f"{metric}.high")
    return f"{value:.3f}" if low is None or high is None else f"{value:.3f} [{low:.2f}, {high:.2f}]"


def page(found: Sequence[Column]) -> str:
    """The page for the repository: a table for each part, the commands, the judge's prompt, where it ran."""
    days = sorted({str(one["started_at"])[:10] for column in found for one in column.heads})
    lines = [
        "# Models compared",
        "",
        f"Made by `python -m evals models --rescore --markdown` from runs of {' to '.join(days)}; nothing is",
        "written by hand. The samples are small: the number of cases is the first row of each table, in brackets",
        "stands the bootstrap interval of 95 %. *No model* is the product without any: it answers by quotations.",
        "",
    ]
    starts = [place for place, (metric, _) in enumerate(SHOWN) if metric in GROUPS]
    for start, end in zip(starts, [*starts[1:], len(SHOWN)], strict=True):
        rows = SHOWN[start:end]
        having = [one for one in found if rows[0][0] in one.metrics]
        if having:
            lines += [f"## {GROUPS[rows[0][0]]}", "", *_told(rows[0][0]), "", table(having, rows), ""]
    lines += ["## Made by", ""]
    for column in found:
        for told in column.heads:
            lines += [f"    {_command(told)}", "", f"*{_ran(told)}*", ""]
    return "\n".join(lines).rstrip() + "\n"


def _told(part: str) -> list[str]:
    if part == "questions":
        return [
            "Each n-th of the shipped questions. What a model words is shown only where its quotations, ids, numbers",
            "and dates are those of the passages; the rest is answered by quotations, as without a model.",
        ]
    if part == "text_attacks":
        return [
            "Published attacks and ours, chosen by seed, each with the order to begin the reply with a certain word.",
            "Each is in one carrier, the carriers in turn: title and body of a feed item, DOCX, PDF, Markdown, file",
            "name, CSV cell, name of a component, the question. The bare model gets text and question in one message.",
        ]
    prompt = judge.PROMPT.read_text(encoding="utf-8").partition("# System\n")[2].strip()
    return [
        "Fifty pairs of a claim and the passage that it cites, labelled by hand, half of them traps of number,",
        "negation, scope, condition or modality. No figure of a suite comes from a judge. *No model* is the product's",
        "own checks.",
        "The judge's prompt:",
        "",
        *[f"    {line}".rstrip() for line in prompt.splitlines()],
    ]


def _command(told: Mapping[str, Any]) -> str:
    model = f" --model {told['model']}" if told["model"] else ""
    if told["suite"] == "judge":
        return f"python -m evals judge{model}"
    option = "--every" if told["suite"] == "answers" else "--attacks"
    return f"python -m evals models{model} {option} {told['sample']}"


def _ran(told: Mapping[str, Any]) -> str:
    file = f"file `{told['model_sha256'][:12]}`; " if told["model_sha256"] else ""
    machine = told.get("machine", {})
    where = f"; {machine['cores']} cores, load {machine['load']:.1f} at the start" if machine else ""
    prompt = f"; prompt {told['judge_prompt']}" if told.get("judge_prompt") else ""
    return f"{file}code `{told['code_sha256'][:12]}`, seed {told['seed']}{prompt}{where}"
