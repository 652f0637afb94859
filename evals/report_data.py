"""What the reports show: each suite's figures in words, what they are held against, and the command that makes them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from evals.baseline import FILE, read_baseline
from evals.catalogue import SHARED, SUITES
from evals.charts import Bar
from evals.floors import promised
from evals.runs import ROOT
from evals.tape import Tape, read_log
from knowledge.errors import BadInputError

WORDS: dict[str, str] = {
    "citation_validity": "citations that lead to a passage of this answer",
    "verbatim_quotes": "quotations that stand word for word in the source",
    "unknown_ids_shown": "ids that do not exist, shown as known",
    "false_answers": "answers to questions that nothing answers",
    "false_abstentions": "silence where the material has an answer",
    "requirement_recall": "requirements of the reference that answers name",
    "requirement_precision": "named requirements that are of the reference",
    "quote_recall": "passages of the reference that answers quote",
    "conflicts_stated": "contradictions between documents that are said",
    "T1a.f1": "product named in a CVE's text is the client's (F1)",
    "T1b.f1": "and its version is affected (F1)",
    "T2.single.f1": "news on one subject: the right assets (F1)",
    "T2.all.f1": "all news: the right assets (F1)",
    "T3.rank1": "names in inventories read rightly at once",
    "T4.f1": "news items that tell one story, put together (F1)",
    "BG.alerts": "alerts on news that concerns nobody",
    "effects": "effects of injected text",
    "cases_run": "attacks in a carrier that were run",
    "links_shown": "links or images of an attacker shown",
    "prompt_canaries": "prompts given away",
    "reached": "attacks that really reached the model",
    "quoting_documents_answered": "documents that quote such words, still answered from",
    "false_alarms": "real news items marked as hiding text",
    "real_news_items": "real news items read",
    "foreign_canaries": "words of a client found at another",
    "functions_called": "functions called with a foreign id",
    "functions_that_leak": "functions that gave a foreign client's data away",
    "kinds_without_canary": "kinds of records that the test did not reach",
    "residue_after_removal": "files with a removed client's word",
    "own_words_found": "answers that found the client's own word",
    "cases_without_test": "hostile cases without a test",
    "cases_failed": "hostile cases that failed",
    "cases_only_skipped": "hostile cases whose tests could not run here",
    "tests": "tests that bear a case's number",
    "sections_right": "items in the right section of the brief",
    "verdicts_right": "items with the right verdict",
    "dues_right": "due dates by the right rule",
    "facts_missing": "facts that a brief left out",
    "facts_forbidden": "words that a brief must not say",
    "unwanted_items": "items that concern nobody",
    "entity_check": "claims whose ids, numbers and dates stand in what they cite",
    "claims_cited": "claims shown as supported that cite something",
    "false_conflicts": "contradictions said where there is none",
    "latency_ms.p50": "milliseconds, median",
    "latency_ms.p95": "milliseconds, 95 of 100 below",
    "requirement_coverage": "requirements of a topic that its policy meets",
    "requirement_coverage.lowest": "requirements that the weakest policy meets",
    "unknown_ids": "requirement ids in policies that do not exist",
    "open_blanks": "blanks left in policies",
    "vague_per_1000_words": "vague words in a thousand",
    "vague_per_1000_words.highest": "vague words in a thousand, the vaguest policy",
    "reading_grade": "school years that a policy asks of its reader",
    "reading_grade.highest": "school years that the hardest policy asks",
    "difference_between_clients": "how different two clients' policies on a topic are",
    "difference_between_clients.lowest": "how different the most alike pair of policies is",
    "policies": "policies filled",
    "clauses": "clauses in them",
    "words": "words in them",
    "T1a.precision": "products named in CVE texts: alerts that are right",
    "T1a.recall": "products named in CVE texts: found",
    "T1b.precision": "affected versions: alerts that are right",
    "T1b.recall": "affected versions: found",
    "T2.single.precision": "news on one subject: alerts that are right",
    "T2.single.recall": "news on one subject: found",
    "T2.all.precision": "all news: alerts that are right",
    "T2.all.recall": "all news: found",
    "T3.rank5": "names in inventories, right one among five",
    "BG.items": "news items that concern nobody and raised an alert",
    "functions_that_answered": "functions that answered their own client",
    "mornings": "mornings run",
    "unknowns_without_question": "unknowns without the question that settles them",
    "items_without_row": "items that name no row of the client",
    "words_longest": "words of the longest brief",
    "cases": "hostile cases",
    "errors": "cases that ended in an error",
    "questions": "questions asked",
    "text_success.bare": "attacks a bare model's text gives in to",
    "text_success.marked": "the same with the product's prompt and marks",
    "text_success.shown": "the same in what the product shows",
    "look_attacks": "attacks on the optional second look at news",
    "look_shown": "attacks on the second look that the model was shown",
    "look_raised": "questions that it raised because of them, which is all it may",
    "look_effects": "verdicts or sections that an attack on the second look changed",
    "text_look_attacks": "the same with a real model: attacks",
    "text_look_raised": "questions that it raised",
    "text_look_effects": "verdicts or sections changed otherwise",
    "text_attacks": "attacks on a real model's text",
    "text_effects": "effects of them",
    "text_reached": "of them, asked the model at all",
    "utility.bare": "questions a bare model still answers beside an attack",
    "utility.marked": "the same with the product's prompt and marks",
    "utility.shown": "the same in what the product shows",
    "fidelity.bare": "documents that quote such words: a bare model answers",
    "fidelity.shown": "documents that quote such words: the product answers with a model",
}
"""Metric -> what it says to a reader who has never seen it; others are shown by their name."""

_RANKED = re.compile(r"^(?P<set>[\w-]+)\.(?P<system>\w+)\.(?P<measure>[\w@]+)\.(?P<level>base|exact)$")
_SETS = {"171r3_to_80053": "800-171 to 800-53", "csf2_to_80053": "CSF 2.0 to 800-53"}
_MEASURES = {"ndcg@10": "nDCG of the first ten", "recall@10": "found in the first ten", "mrr": "mean reciprocal rank"}
_SYSTEMS = {"ours": "ours", "langchain": "LangChain's default", "bm25": "plain BM25"}
_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(T1a|T1b|T2\.\w+)\.client\.(\w+)"), "{0}.{1}: the same, by client in place of by asset"),
    (re.compile(r"T4\.with_ids\.(\w+)"), "stories, where news names its CVE ids: {0}"),
    (re.compile(r"T4\.(\w+)"), "stories, by words alone: {0}"),
    (re.compile(r"(T\w+|BG)\.seconds\S*"), "seconds of {0}"),
    (re.compile(r"baseline\.([\w-]+)\.(\S+)"), "the simple method “{0}”: {1}"),
    (re.compile(r"set\.(\w+)\.(\S+)"), "share of {1} that all policies of {0} meet together"),
    (re.compile(r"requirement_coverage\.(\w+)"), "the same, client {0}"),
    (re.compile(r"index_seconds\.(\w+)"), "seconds to make the index, {0}"),
    (re.compile(r"memory_mb\.(\w+)"), "megabytes at the most, {0}"),
    (re.compile(r"model\.(\S+)"), "with a model's second look: {0}"),
)
"""Names with parts, and what they say; the first that fits counts."""

CHARTED = (
    "coverage",
    "difference_between",
    "recall",
    "precision",
    "f1",
    "rank1",
    "rank5",
    "ndcg",
    "hit",
    "mrr",
    "share",
    "right",
    "validity",
    "verbatim",
)
HIDDEN = ("*.low", "*.high", "baseline.*.client.*", "*.T4.with_ids.*", "baseline.*.precision", "baseline.*.recall")


@dataclass(frozen=True)
class Figure:
    """One line of a table."""

    metric: str
    says: str
    value: float
    low: float | None
    high: float | None
    floor: str
    holds: bool | None
    """None: it has no floor."""
    promised: bool
    """The floor is a promise, which no run can move."""


@dataclass(frozen=True)
class Section:
    """One suite's part of a report."""

    suite: str
    says: str
    command: str
    head: Mapping[str, Any]
    figures: tuple[Figure, ...]
    bars: tuple[Bar, ...] = field(default=())


def sections(logs: Sequence[Path]) -> list[Section]:
    """One section a log, its figures scored anew from what the log holds.

    Raises:
        NotFoundError, BadInputError: a log cannot be read, or the cases are not those that it was made from.
    """
    floors = read_baseline(FILE)
    found = []
    for log in logs:
        head, _ = read_log(log)
        name = str(head["suite"])
        if name not in SUITES:
            raise BadInputError("is no log of a suite", subject=str(log))
        data = Path(head["data"]) if head["data"] else None
        result = SUITES[name].run(data, Tape(log, mode="replay"), str(head["model"]), quick=bool(head.get("quick")))
        found.append(_section(name, head, result["metrics"], floors.get(name, {}).get("floors", {})))
    order = list(SUITES)
    return sorted(found, key=lambda one: order.index(one.suite))


def _section(name: str, head: Mapping[str, Any], metrics: Mapping[str, float], floors: Mapping[str, Any]) -> Section:
    fixed = promised(name)
    figures = []
    for metric, value in metrics.items():
        if any(fnmatchcase(metric, shape) for shape in HIDDEN):
            continue
        bounds = {**floors.get(metric, {}), **fixed.get(metric, {})}
        holds = all(value >= b - 1e-9 if side == "min" else value <= b + 1e-9 for side, b in bounds.items())
        words = {"min": "at least", "max": "at most"}
        figures.append(
            Figure(
                metric=metric,
                says=words_of(metric),
                value=value,
                low=metrics.get(f"{metric}.low"),
                high=metrics.get(f"{metric}.high"),
                floor=", ".join(f"{words[side]} {bound:g}" for side, bound in bounds.items()),
                holds=holds if bounds else None,
                promised=metric in fixed,
            )
        )
    return Section(
        suite=name,
        says=SUITES[name].says,
        command=command_of(name, head),
        head=head,
        figures=tuple(figures),
        bars=tuple(
            Bar(one.says or one.metric, one.value, one.low, one.high, ours=_ours(one.metric))
            for one in figures
            if any(word in one.metric for word in CHARTED)
            and one.value <= 1
            and not any(word in one.metric for word in ("baseline", ".client."))
        )[:14],
    )


def _ours(metric: str) -> bool:
    return not any(f".{name}." in metric for name in _SYSTEMS if name != "ours")


def words_of(metric: str) -> str:
    """What a metric says; empty where its name has to do."""
    if found := _RANKED.match(metric):
        level = "" if found["level"] == "base" else ", enhancements apart"
        measure = _MEASURES.get(found["measure"], found["measure"])
        pair, system = _SETS.get(found["set"], found["set"]), _SYSTEMS.get(found["system"], found["system"])
        return f"{pair}: {measure}, {system}{level}"
    if metric in WORDS:
        return WORDS[metric]
    fits = ((shape.fullmatch(metric), says) for shape, says in _SHAPES)
    return next((says.format(*found.groups()) for found, says in fits if found), "")


def command_of(name: str, head: Mapping[str, Any]) -> str:
    """The command that reproduces a run: the gate's where its set was run, else the suite's with its own folder."""
    if head.get("quick"):
        return f"python -m evals gate {name}"
    data = f' --data "{_where(Path(head["data"]))}"' if head.get("data") else ""
    model = f" --model {head['model']}" if head.get("model") else ""
    return f"python -m evals {name}{data}{model}"


def _where(folder: Path) -> str:
    """A folder as somebody else finds it: below the shared inputs, or in the repository; else its name alone."""
    for root, said in ((SHARED, "$VCISO_SHARED/"), (ROOT, "")):
        if folder.resolve().is_relative_to(root.resolve()):
            return f"{said}{folder.resolve().relative_to(root.resolve()).as_posix()}"
    return folder.name
