"""The retrieval suite: ours beside LangChain's default pipeline and plain BM25, over one corpus and its query sets."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal

import ir_measures
from ir_measures import RR, R, Success, nDCG

from evals.stats import interval
from evals.suites.retrieval_data import Bench, Query, QuerySet, base_of, load
from evals.suites.retrieval_systems import MAKERS, System, Timed, clocked, timed, warmed
from evals.tape import Tape
from knowledge.errors import UsageError
from knowledge.search.encoder import model as encoder_model

Level = Literal["exact", "base"]
MEASURES = {nDCG @ 10: "ndcg@10", R @ 10: "recall@10", RR: "mrr", Success @ 5: "hit@5"}
"""As trec_eval computes them (through ir-measures) -> our names."""


def rolled(ranked: Sequence[str]) -> list[str]:
    """A ranking with enhancements rolled up to their base control, each at its best place."""
    return list(dict.fromkeys(base_of(one) for one in ranked))


def per_query(queries: Sequence[Query], answers: Sequence[Sequence[str]], level: Level) -> dict[str, list[float]]:
    """Each measure by query, in the order of the queries; nDCG has linear gain (Järvelin and Kekäläinen 2002)."""
    wanted: dict[str, dict[str, int]] = {}
    found: dict[str, dict[str, float]] = {}
    for query, ranked in zip(queries, answers, strict=True):
        if level == "exact":
            wanted[query.id] = dict(query.relevant)
            order = list(ranked)
        else:
            wanted[query.id] = {}
            for doc, grade in query.relevant.items():
                wanted[query.id][base_of(doc)] = max(grade, wanted[query.id].get(base_of(doc), 0))
            order = rolled(ranked)
        # Rankings are read by score: places become scores, so that no tie is broken by name.
        found[query.id] = {doc: float(len(order) - place) for place, doc in enumerate(order)}
    scores = {(one.query_id, one.measure): one.value for one in ir_measures.iter_calc(MEASURES, wanted, found)}
    return {name: [scores.get((query.id, measure), 0.0) for query in queries] for measure, name in MEASURES.items()}


def _mean(values: Sequence[float]) -> float:
    return statistics.fmean(values) if values else 0.0


def run(data: Path | None, *, tape: Tape | None = None, model: str = "", quick: bool = False) -> dict[str, Any]:
    """Runs every system over every query set of a bench.

    Args:
        data: the folder.
        tape: where each ranking is written down, or read from.
        model: none is ever asked here; for the suites' common form.
        quick: ours alone, without the baselines.

    Returns:
        `{suite, data, metrics, cases}`; see docs/guide/search.md for the names of the metrics.

    Raises:
        BadInputError: the folder is no bench.
        SettingsError: a library of the extras `search` or `evals` is missing.
    """
    del model
    if data is None:
        raise UsageError("needs the folder of its bench", subject="retrieval", hint="Give --data DIR.")
    bench = load(data)
    played = tape or Tape()
    metrics: dict[str, float] = {}
    cases: list[dict[str, Any]] = []
    scores: dict[tuple[str, str, Level], dict[str, list[float]]] = {}
    systems = [name for name in MAKERS if name == "ours" or not quick]
    for name in systems:
        made = cache(partial(_made, name, bench))
        spent: list[float] = []
        for chosen in bench.sets:
            answers, times = _answers(played, name, made, chosen)
            spent += times
            levels: tuple[Level, ...] = ("exact", "base")
            for level in levels:
                scores[chosen.name, name, level] = per_query(chosen.queries, answers, level)
            if name == "ours":
                cases += _cases(chosen, answers, scores[chosen.name, name, "base"])
        cost = played.take(f"{name} cost", {}, partial(_cost, made)).output
        _costs(metrics, name, Timed(**cost), spent)
    ordered: dict[str, float] = {}
    for chosen in bench.sets:
        _quality(ordered, chosen.name, scores, systems)
    return {"suite": "retrieval", "data": str(data), "metrics": ordered | metrics, "cases": cases}


def _made(name: str, bench: Bench) -> tuple[Callable[[QuerySet], System], Timed]:
    """A system over the corpus, and what indexing cost."""
    encoder = encoder_model()
    # Torch takes its working memory at the first full batch: before the clock, or the first system pays for all.
    encoder.encode(["word " * 300] * 64)
    return timed(MAKERS[name], bench, encoder)


def _cost(made: Callable[[], tuple[Callable[[QuerySet], System], Timed]]) -> dict[str, float]:
    return asdict(made()[1])


def _clocked(system: Callable[[], System], text: str) -> dict[str, Any]:
    return clocked(system(), text)


def _answers(
    tape: Tape, name: str, made: Callable[[], tuple[Callable[[QuerySet], System], Timed]], chosen: QuerySet
) -> tuple[list[list[str]], list[float]]:
    """Rankings and milliseconds of one query set; the system is made when the tape lacks one."""
    system = cache(lambda: warmed(made()[0](chosen), chosen.queries[0].text))
    answers, spent = [], []
    for query in chosen.queries:
        key = f"{name} {chosen.name} {query.id}"
        output = tape.take(key, {"text": query.text}, partial(_clocked, system, query.text)).output
        answers.append(list(output["ranked"]) if output else [])
        spent.append(float(output["ms"]) if output else 0.0)
    return answers, spent


def _quality(
    metrics: dict[str, float],
    name: str,
    scores: Mapping[tuple[str, str, Level], dict[str, list[float]]],
    systems: Sequence[str],
) -> None:
    levels: tuple[Level, ...] = ("base", "exact")
    for level in levels:
        for system in systems:
            for measure, values in scores[name, system, level].items():
                metrics[f"{name}.{system}.{measure}.{level}"] = _mean(values)
        for other in (one for one in systems if one != "ours"):
            ours, theirs = scores[name, "ours", level]["ndcg@10"], scores[name, other, level]["ndcg@10"]
            gain = [mine - its for mine, its in zip(ours, theirs, strict=True)]
            key = f"{name}.ours_minus_{other}.{level}"
            metrics[key] = _mean(gain)
            metrics[f"{key}.low"], metrics[f"{key}.high"] = interval(gain, _mean, draws=10_000)


def _costs(metrics: dict[str, float], name: str, cost: Timed, spent: Sequence[float]) -> None:
    ranks = statistics.quantiles(spent, n=100, method="inclusive") if len(spent) > 1 else [spent[0]] * 99
    prefix = "" if name == "ours" else f".{name}"
    metrics[f"latency_ms{prefix}.p50"] = ranks[49]
    metrics[f"latency_ms{prefix}.p95"] = ranks[94]
    metrics[f"index_seconds{prefix or '.ours'}"] = cost.index_seconds
    metrics[f"memory_mb{prefix or '.ours'}"] = cost.memory_mb


def _cases(
    chosen: QuerySet, answers: Sequence[Sequence[str]], scores: Mapping[str, list[float]]
) -> list[dict[str, Any]]:
    return [
        {
            "id": f"{chosen.name} {query.id}",
            "set": chosen.name,
            "query": query.id,
            "found": list(ranked[:10]),
            "wanted": sorted(query.relevant),
            "ndcg@10.base": round(scores["ndcg@10"][at], 4),
        }
        for at, (query, ranked) in enumerate(zip(chosen.queries, answers, strict=True))
    ]
