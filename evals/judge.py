"""How far the product's checks, and a language model as a judge, agree with fifty labels made by hand."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from sklearn.metrics import cohen_kappa_score, confusion_matrix

from advisor.grounding.checks import Draft, check_claim
from advisor.llm.make import make_chat_model
from advisor.llm.prompts import parse_prompt
from advisor.llm.propose import UnusableError, propose
from advisor.llm.spotlight import DataBlock
from evals.catalogue import LOGS
from evals.home import eval_settings
from evals.runs import file_name, head
from evals.tape import Tape
from knowledge.records.search import Hit, Passage

PAIRS = Path(__file__).resolve().parent / "cases" / "judge" / "pairs.jsonl"
FOLDER = LOGS / "judge"
"""A log for each model."""
PROMPT = Path(__file__).resolve().parent / "prompts" / "judge.md"


class Ruling(BaseModel):
    """What a judge replies; the difference first, so that it is looked for before the ruling."""

    model_config = ConfigDict(extra="forbid")

    difference: Annotated[str, Field(max_length=90)]
    supported: bool


def main(words: Sequence[str]) -> int:
    """Prints the agreement of the checks, and of a judge where a model is named."""
    parser = argparse.ArgumentParser(prog="python -m evals judge", description=__doc__)
    parser.add_argument("--model", default="", help="a model as VCISO_MODEL takes it; none asks only the checks")
    parser.add_argument("--resume", type=Path, metavar="LOG", help="go on with a run that was stopped")
    parser.add_argument("--rescore", type=Path, metavar="LOG", help="score a log again; no model is asked")
    args = parser.parse_args(words)
    if args.resume and args.rescore:
        parser.error("--resume and --rescore exclude each other")
    log = args.rescore or args.resume or FOLDER / f"{file_name(args.model)}.jsonl"
    told = {**head("judge", None, args.model), "judge_prompt": _prompt().label}
    tape = Tape(log, mode="replay" if args.rescore else "resume" if args.resume else "record", head=told)
    try:
        result = run(tape, str(tape.head["model"]) if args.rescore else args.model)
    finally:
        tape.close()
    for name, value in result["metrics"].items():
        print(f"{name:40} {value:9.3f}")
    for case in result["cases"]:
        if not case["checks_right"] or case.get("judge_right") is False:
            print(f"{case['id']} ({', '.join(case['tags'])}): checks {case['checks']}, judge {case.get('judge', '-')}")
    return 0


def run(tape: Tape, model: str) -> dict[str, Any]:
    """The result over all pairs; the judge's part only where a model judged."""
    rows = [json.loads(line) for line in PAIRS.read_text(encoding="utf-8").splitlines() if line]
    chat = cache(lambda: make_chat_model(eval_settings(Path(), model)))
    cases = []
    for row in rows:
        checks = checked(row["claim"], row["quote"])
        case = {"id": row["id"], "tags": row["tags"], "label": row["supported"], "checks": checks}
        case["checks_right"] = checks == row["supported"]
        if model:
            given = {"claim": row["claim"], "quote": row["quote"], "prompt": _prompt().label}
            output = tape.take(row["id"], given, partial(_ruled, chat, row["claim"], row["quote"])).output
            case["judge"] = output["supported"] if output and "supported" in output else None
            case["judge_right"] = case["judge"] == row["supported"]
        cases.append(case)
    metrics = agreement([c["label"] for c in cases], [c["checks"] for c in cases], "checks")
    if model:
        judged = [case for case in cases if case["judge"] is not None]
        metrics["judge.unusable"] = float(len(cases) - len(judged))
        metrics |= agreement([c["label"] for c in judged], [c["judge"] for c in judged], "judge")
    return {"suite": "judge", "data": "evals/cases/judge", "metrics": metrics, "cases": cases}


def checked(claim: str, quote: str) -> bool:
    """Whether the product's own checks let a claim stand on a passage."""
    passage = Passage(id="p", partition="client", kind="document", title="Policy", locator="section 1", text=quote)
    hit = Hit(passage=passage, rank=1, score=1.0, reasons=())
    return check_claim(Draft(claim, (("p", quote),)), [hit]).supported


def agreement(labels: Sequence[bool], said: Sequence[bool], name: str) -> dict[str, float]:
    """Accuracy, Cohen's kappa, and both kinds of mistakes: the dangerous one lets a false claim stand."""
    if not labels:
        return {}
    (_, let_stand), (refused, _) = confusion_matrix(labels, said, labels=[False, True])
    false, true = labels.count(False), labels.count(True)
    kappa = float(cohen_kappa_score(labels, said)) if len(set(labels) | set(said)) > 1 else 1.0
    return {
        f"{name}.agreement": sum(a == b for a, b in zip(labels, said, strict=True)) / len(labels),
        f"{name}.kappa": kappa,
        f"{name}.false_claims_let_stand": float(let_stand) / false if false else 0.0,
        f"{name}.true_claims_refused": float(refused) / true if true else 0.0,
    }


@cache
def _prompt() -> Any:
    return parse_prompt(PROMPT.read_text(encoding="utf-8"))


def _ruled(chat: Any, claim: str, quote: str) -> dict[str, Any]:
    block = DataBlock("PASSAGE", "the passage", (quote,))
    try:
        reply = propose(chat(), Ruling, _prompt(), {"claim": claim, "passage": [block]})
    except UnusableError as failed:
        return {"unusable": str(failed.error)}
    return {"supported": reply.value.supported, "difference": reply.value.difference, "seconds": reply.seconds}
