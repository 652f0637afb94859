"""The policies suite: does a filled template meet what its topic demands, in words one can test, for this client?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import textstat

from advisor.policies.templates.coverage import coverage
from advisor.policies.templates.facts import facts_of
from advisor.policies.templates.fill import fill
from advisor.policies.templates.interface import FilledPolicy
from advisor.policies.templates.library import load, topics
from advisor.policies.templates.wording import open_blanks, text_of, vague_words
from evals.suites.policies_data import BOUND_BY_LAW, DEFAULT, Case, Reference, demo_clients, load_reference
from evals.tape import Tape
from knowledge.frameworks.catalogue import Catalogue, shipped

Outcome = dict[str, Any]


def run(data: Path | None = None, *, tape: Tape | None = None, model: str = "", quick: bool = False) -> dict[str, Any]:
    """Fills every template for every demo client and scores the result. No model is asked.

    Returns `{suite, data, metrics: {name: number}, cases: [...]}`.

    Raises:
        NotFoundError, BadInputError: the lists of requirements cannot be used.
    """
    del model, quick
    tape = tape or Tape()
    reference = load_reference(data or DEFAULT)
    outcomes: list[Outcome] = []
    clients = demo_clients()
    for one in clients:
        for topic in topics():
            given = {"client": one.client.id, "topic": topic, "template": load(topic).version}
            take = tape.take(f"{one.client.id}/{topic}", given, partial(_outcome, one, topic, reference))
            if take.output is not None:
                outcomes.append(take.output)
    sets: list[Outcome] = []
    for one in clients:
        take = tape.take(f"{one.client.id}/set", {"client": one.client.id}, partial(_set_outcome, one))
        sets += take.output or []
    return {
        "suite": "policies",
        "data": str(data) if data else "evals/cases/policies",
        "metrics": _metrics(outcomes) | {f"set.{one['client']}.{one['framework']}": one["share"] for one in sets},
        "cases": [
            *({"id": f"{one['client']}/{one['topic']}", **one} for one in outcomes),
            *({"id": f"{one['client']}/set/{one['framework']}", **one} for one in sets),
        ],
    }


def _outcome(one: Case, topic: str, reference: Reference) -> Outcome:
    filled = fill(load(topic), one.client, one.assets, one.third_parties)
    text = text_of(filled)
    rows = coverage(filled, _wanted(one, topic, reference), shipped())
    return {
        "client": one.client.id,
        "topic": topic,
        "clauses": len(filled.clauses),
        "words": len(text.split()),
        "wanted": len(rows),
        "met": sum(row.state == "met" for row in rows),
        "not_met": [f"{row.requirement} ({row.state})" for row in rows if row.state != "met"],
        "unknown_ids": sorted(_unknown(filled, shipped())),
        "open_blanks": list(open_blanks(text)),
        "vague": list(vague_words(text)),
        "grade": round(textstat.flesch_kincaid_grade(" ".join(clause.text for clause in filled.clauses)), 1),
        "texts": {clause.id: clause.text.replace(one.client.name, "the client") for clause in filled.clauses},
        "from_profile": sum(value.origin not in {"default", "client"} for value in filled.values),
    }


def _set_outcome(one: Case) -> list[Outcome]:
    """The whole set of a client against every assessable row of its frameworks in scope."""
    filled = [fill(load(topic), one.client, one.assets, one.third_parties) for topic in topics()]
    found: list[Outcome] = []
    for framework in one.client.frameworks:
        refs = [f"{framework}:{row.id}" for row in shipped().pack(framework).assessable]
        states = {row.requirement: row.state for row in coverage(filled, refs, shipped())}
        found.append(
            {
                "client": one.client.id,
                "framework": framework,
                "share": sum(state == "met" for state in states.values()) / len(states),
                "partly": [ref for ref, state in states.items() if state == "partly"],
                "missing": [ref for ref, state in states.items() if state == "missing"],
            }
        )
    return found


def _wanted(one: Case, topic: str, reference: Reference) -> Iterator[str]:
    """The references that count for this client: a law's list only where the law binds it."""
    regimes = facts_of(one.client, one.assets, one.third_parties).regimes
    for prefix, refs in reference.topics[topic].items():
        law = BOUND_BY_LAW.get(prefix)
        if law is None or law in regimes:
            yield from refs


def _unknown(filled: FilledPolicy, catalogue: Catalogue) -> Iterator[str]:
    """References that are no assessable row in force."""
    for clause in filled.clauses:
        for ref in (*clause.requirements, *clause.partly):
            framework, _, i = ref.partition(":")
            row = catalogue.pack(framework).get(i)
            if row is None or not row.assessable or row.withdrawn:
                yield f"{clause.number} {ref}"


def _metrics(outcomes: Sequence[Outcome]) -> dict[str, float]:
    words = sum(one["words"] for one in outcomes)
    shares = [one["met"] / one["wanted"] for one in outcomes if one["wanted"]]
    differing = list(_differences(outcomes))
    return {
        "requirement_coverage": _share(outcomes),
        "requirement_coverage.lowest": min(shares, default=0.0),
        **{f"requirement_coverage.{client}": _share(of) for client, of in _by(outcomes, "client").items()},
        "unknown_ids": float(sum(len(one["unknown_ids"]) for one in outcomes)),
        "open_blanks": float(sum(len(one["open_blanks"]) for one in outcomes)),
        "vague_per_1000_words": 1000 * sum(len(one["vague"]) for one in outcomes) / words if words else 0.0,
        "vague_per_1000_words.highest": max((1000 * len(one["vague"]) / one["words"] for one in outcomes), default=0.0),
        "reading_grade": sum(one["grade"] for one in outcomes) / len(outcomes) if outcomes else 0.0,
        "reading_grade.highest": max((one["grade"] for one in outcomes), default=0.0),
        "difference_between_clients": sum(differing) / len(differing) if differing else 0.0,
        "difference_between_clients.lowest": min(differing, default=0.0),
        "policies": float(len(outcomes)),
        "clauses": float(sum(one["clauses"] for one in outcomes)),
        "words": float(words),
    }


def _share(outcomes: Iterable[Outcome]) -> float:
    rows = list(outcomes)
    wanted = sum(one["wanted"] for one in rows)
    return sum(one["met"] for one in rows) / wanted if wanted else 0.0


def _by(outcomes: Iterable[Outcome], field: str) -> Mapping[str, list[Outcome]]:
    found: dict[str, list[Outcome]] = {}
    for one in outcomes:
        found.setdefault(one[field], []).append(one)
    return found


def _differences(outcomes: Iterable[Outcome]) -> Iterator[float]:
    """For each topic and pair of clients: the share of clauses that only one has or that read differently."""
    for of_topic in _by(outcomes, "topic").values():
        for left, right in combinations(of_topic, 2):
            ids = left["texts"].keys() | right["texts"].keys()
            yield sum(left["texts"].get(i) != right["texts"].get(i) for i in ids) / len(ids)
