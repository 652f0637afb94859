"""The triage suite: products in CVE texts and news, versions, inventory names, stories, and alert volume."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from evals.scorers import Counts, cluster_counts, group_counts, hit, pair_counts, total
from evals.stats import interval
from evals.suites.triage_data import Bench, Item, Labels, Row, load
from evals.suites.triage_systems import BASELINES, Answer, Baseline, Played, Product, System
from evals.tape import Tape
from knowledge.errors import UsageError
from knowledge.records.triage import ItemKind

Metrics = dict[str, float]
Case = dict[str, Any]

_NO_LABELS = Labels()


def _put(metrics: Metrics, name: str, units: Sequence[Counts], what: str) -> None:
    def score(chosen: Sequence[Counts]) -> float:
        return float(getattr(total(chosen), what))

    metrics[name] = score(units)
    metrics[f"{name}.low"], metrics[f"{name}.high"] = interval(units, score)


def _put_mean(metrics: Metrics, name: str, units: Sequence[int], combine: Callable[[Sequence[int]], float]) -> None:
    metrics[name] = combine(units)
    metrics[f"{name}.low"], metrics[f"{name}.high"] = interval(units, combine)


def _all_three(metrics: Metrics, name: str, units: Sequence[Counts]) -> None:
    for what in ("precision", "recall", "f1"):
        _put(metrics, f"{name}.{what}", units, what)


def _judged(system: System, kind: ItemKind, items: Iterable[Item]) -> list[tuple[Item, dict[str, Answer]]]:
    return [(item, system.judge(kind, item)) for item in items]


def _t1(prefix: str, metrics: Metrics, system: System, bench: Bench, cases: list[Case]) -> None:
    owner = {asset.id: asset.client for asset in bench.cve_assets}
    pairs: list[Counts] = []
    clients: list[Counts] = []
    versions: list[Counts] = []
    version_clients: list[Counts] = []
    for item, answers in _judged(system, "cve", bench.cve_items):
        labels = bench.cve_labels.get(item.id, _NO_LABELS)
        matched = {asset for asset, answer in answers.items() if answer.match}
        alerted = {asset for asset, answer in answers.items() if answer.alert}
        pairs.append(pair_counts(matched, labels.matches))
        clients.append(group_counts(matched, labels.matches, (), owner))
        versions.append(pair_counts(alerted, labels.affected, labels.unscored))
        version_clients.append(group_counts(alerted - labels.unscored, labels.affected, labels.unscored, owner))
        _misses(cases, prefix, "T1a", item, found=matched, wanted=labels.matches, unscored=frozenset(), answers=answers)
        _misses(
            cases, prefix, "T1b", item, found=alerted, wanted=labels.affected, unscored=labels.unscored, answers=answers
        )
    _all_three(metrics, f"{prefix}T1a", pairs)
    _all_three(metrics, f"{prefix}T1a.client", clients)
    _all_three(metrics, f"{prefix}T1b", versions)
    _all_three(metrics, f"{prefix}T1b.client", version_clients)


def _t2(prefix: str, metrics: Metrics, system: System, bench: Bench, cases: list[Case]) -> None:
    owner = {asset.id: asset.client for asset in bench.news_assets}
    units: list[tuple[bool, Counts, Counts]] = []
    for item, answers in _judged(system, "news", bench.news_items):
        labels = bench.news_labels.get(item.id, _NO_LABELS)
        alerted = {asset for asset, answer in answers.items() if answer.alert}
        pair = pair_counts(alerted, labels.matches, labels.unscored)
        client = group_counts(alerted - labels.unscored, labels.matches, labels.unscored, owner)
        units.append((item.roundup, pair, client))
        _misses(
            cases, prefix, "T2", item, found=alerted, wanted=labels.matches, unscored=labels.unscored, answers=answers
        )
    for name, rows in (("single", [unit for unit in units if not unit[0]]), ("all", units)):
        _all_three(metrics, f"{prefix}T2.{name}", [pair for _, pair, _ in rows])
        _all_three(metrics, f"{prefix}T2.{name}.client", [client for _, _, client in rows])


def _background(prefix: str, metrics: Metrics, system: System, bench: Bench, cases: list[Case]) -> None:
    volumes: list[int] = []
    for item, answers in _judged(system, "news", bench.background):
        alerted = sorted(asset for asset, answer in answers.items() if answer.alert)
        volumes.append(len(alerted))
        if alerted and not prefix:
            cases.append({"id": f"BG {item.id}", "task": "BG", "item": item.id, "alerts": alerted})
    _put_mean(metrics, f"{prefix}BG.alerts", volumes, lambda units: float(sum(units)))
    _put_mean(metrics, f"{prefix}BG.items", [int(bool(volume)) for volume in volumes], lambda units: float(sum(units)))


def _t3(prefix: str, metrics: Metrics, system: System, bench: Bench, cases: list[Case]) -> None:
    firsts: list[int] = []
    fives: list[int] = []
    for item, vendor, product, wanted in bench.names:
        ranked = system.rank(vendor, product)
        firsts.append(hit(ranked, wanted, 1))
        fives.append(hit(ranked, wanted, 5))
        if not firsts[-1] and not prefix:
            cases.append({"id": f"T3 {item}", "task": "T3", "item": item, "wanted": sorted(wanted), "ranked": ranked})

    def mean(units: Sequence[int]) -> float:
        return sum(units) / len(units) if units else 0.0

    _put_mean(metrics, f"{prefix}T3.rank1", firsts, mean)
    _put_mean(metrics, f"{prefix}T3.rank5", fives, mean)


def _t4(prefix: str, metrics: Metrics, system: System, bench: Bench, cases: list[Case]) -> None:
    items = [item for _, item in bench.stories]
    labels = {item.id: cluster for cluster, item in bench.stories}
    members: dict[str, list[str]] = {}
    for cluster, item in bench.stories:
        members.setdefault(cluster, []).append(item.id)
    clusters = sorted(members)
    # labels were made from shared CVE ids, so the headline figure hides them; `with_ids` is the product as it runs
    for name, masked in (("T4", True), ("T4.with_ids", False)):
        told = system.stories(items, masked=masked)
        all_names = [item.id for item in items]

        def score(chosen: Sequence[str], told: dict[str, str] = told) -> float:
            names = [name for cluster in dict.fromkeys(chosen) for name in members[cluster]]
            return cluster_counts(labels, told, names).f1

        counts = cluster_counts(labels, told, all_names)
        for what in ("precision", "recall", "f1"):
            metrics[f"{prefix}{name}.{what}"] = float(getattr(counts, what))
        metrics[f"{prefix}{name}.f1.low"], metrics[f"{prefix}{name}.f1.high"] = interval(clusters, score, draws=200)
        if masked and not prefix:
            split = [c for c in clusters if len({told[name] for name in members[c]}) > 1]
            cases.extend({"id": f"T4 {cluster}", "task": "T4", "item": cluster, "split": True} for cluster in split)


def _misses(
    cases: list[Case],
    prefix: str,
    task: str,
    item: Item,
    *,
    found: Iterable[str],
    wanted: Iterable[str],
    unscored: Iterable[str],
    answers: dict[str, Answer],
) -> None:
    if prefix:
        return
    skip = set(unscored)
    for asset in sorted((set(found) ^ set(wanted)) - skip):
        kind = "false-positive" if asset in set(found) else "false-negative"
        answer = answers.get(asset)
        cases.append(
            {
                "id": f"{task} {item.id} {asset}",
                "task": task,
                "item": item.id,
                "asset": asset,
                "kind": kind,
                "why": answer.why if answer else "not named",
            }
        )


def _measure(
    prefix: str, make: Callable[[Sequence[Row], Sequence[str]], System], bench: Bench, cases: list[Case]
) -> Metrics:
    metrics: Metrics = {}
    if bench.cve_items:
        _t1(prefix, metrics, make(bench.cve_assets, ()), bench, cases)
    if bench.news_items or bench.background:
        system = make(bench.news_assets, ())
        if bench.news_items:
            _t2(prefix, metrics, system, bench, cases)
        if bench.background:
            _background(prefix, metrics, system, bench, cases)
    if bench.names:
        _t3(prefix, metrics, make((), bench.catalogue), bench, cases)
    if bench.stories:
        _t4(prefix, metrics, make((), ()), bench, cases)
    return metrics


def run(data: Path | None, *, tape: Tape | None = None, model: str = "", quick: bool = False) -> dict[str, Any]:
    """Runs the suite over a folder of the bench's shape.

    Args:
        data: the folder.
        tape: where each judgement is written down, or read from.
        model: whose second look (`advisor.doubts`) is measured beside the rules, over news (`model.…`).
        quick: without the baselines.

    Returns `{suite, data, metrics: {name: number}, cases: [...]}`; cases are the product's misses and background
    alerts, by id (no text of an item is copied).

    Raises:
        NotFoundError, BadInputError: the folder or a file of it cannot be used.
    """
    if data is None:
        raise UsageError("needs the folder of its bench", subject="triage", hint="Give --data DIR.")
    bench = load(data)
    cases: list[Case] = []
    played = tape or Tape()
    metrics = _measure("", partial(Played, played, "product", Product), bench, cases)
    for name in () if quick else BASELINES:
        metrics |= _measure(f"baseline.{name}.", partial(Played, played, name, partial(Baseline, name)), bench, [])
    if model:
        metrics |= _second_look(bench, model)
    return {"suite": "triage", "data": str(data), "metrics": metrics, "cases": cases}


def _second_look(bench: Bench, spec: str) -> Metrics:
    """T2 and the background with a model's questions among the alerts, and how many it was asked and raised."""
    from evals.suites.triage_model import WithSecondLook, opened  # noqa: PLC0415 - brings the models' packages

    metrics: Metrics = {}
    with opened(spec) as model:
        system = WithSecondLook(bench.news_assets, model)
        _t2("model.", metrics, system, bench, [])
        _background("model.", metrics, system, bench, [])
    return metrics | {"model.asked": float(system.asked), "model.raised": float(system.raised)}
