"""The answers suite: are citations real, quotations verbatim, references found, and is silence kept where it is due?"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from advisor.grounding.entities import unknown_ids
from advisor.grounding.text import fold
from advisor.service import Advisor, make_advisor
from evals.home import eval_settings
from evals.scorers import Counts, pair_counts, total
from evals.stats import interval
from evals.suites.answers_data import DEFAULT, Bench, Case, load
from evals.tape import Tape
from ingest.documents.service import add_document, read_document
from knowledge.clients import add_client, new_ref
from knowledge.errors import NotFoundError
from knowledge.frameworks.loader import load_pack
from knowledge.frameworks.mentions import find_ids
from knowledge.places import Places
from knowledge.records.answer import Answer, Citation
from knowledge.records.client import Client
from knowledge.records.model import ModelRun
from knowledge.search.interface import Dense

NOBODY = "frameworks-alone"
"""Client without documents for cases that name none."""
NOW = datetime(2026, 8, 7, 6, 30, tzinfo=UTC)


Home = tuple[Advisor, dict[str, str], Callable[[], dict[str, float]]]


@dataclass(frozen=True)
class Outcome:
    """One case with its answer."""

    case: Case
    answer: Answer
    seconds: float
    valid: Counts
    """Citations to a passage of this request: tp, else fp."""
    verbatim: Counts
    """Quotations that stand in the source itself: tp, else fp."""
    sound: Counts
    """Supported claims whose facts and ids passed: tp, else fp."""
    cited: Counts
    """Claims shown as supported that have a citation: tp, else fp."""
    requirements: Counts
    quotes: Counts


def run(
    data: Path | None = None,
    *,
    dense: Dense = "wait",
    tape: Tape | None = None,
    model: str = "",
    quick: bool = False,
) -> dict[str, Any]:
    """Runs the suite over a folder of cases; the shipped ones by default.

    Args:
        data: the folder.
        dense: whether sentence vectors are waited for or left out.
        tape: where each case's answer is written down, or read from.
        model: a model as VCISO_MODEL takes it; none by default.
        quick: every case is asked in any case; for the suites' common form.

    Returns `{suite, data, metrics: {name: number}, cases: [...]}`.

    Raises:
        NotFoundError, BadInputError: the folder or a file of it cannot be used.
    """
    del quick
    bench = load(data or DEFAULT)
    played = tape or Tape()
    outcomes: list[Outcome] = []
    with ExitStack() as stack:
        # Opened by the first case that the log lacks: scoring a log again runs nothing of the product.
        home = cache(lambda: stack.enter_context(_home(bench, model, dense)))
        sources = played.take("documents", {"clients": list(bench.clients)}, lambda: home()[1]).output or {}
        for case in bench.cases:
            take = played.take(case.id, _given(case), partial(_asked, home, case, bool(model)))
            if not take.error:
                answer = Answer.model_validate(take.output)
                outcomes.append(_outcome(case, answer, take.seconds, sources.get(case.client, "")))
        metrics = _metrics(outcomes)
        if model:
            metrics |= played.take("usage", {}, partial(_used, home)).output or {}
    return {
        "suite": "answers",
        "data": str(bench.folder if data else "evals/cases/answers"),
        "metrics": metrics,
        "cases": [_told(one) for one in outcomes],
    }


def _given(case: Case) -> dict[str, Any]:
    return {"client": case.client, "question": case.question, "frameworks": list(case.frameworks)}


def _asked(home: Callable[[], Home], case: Case, use_model: bool) -> Any:
    found = home()[0].ask(
        case.client or NOBODY, case.question, now=NOW, frameworks=case.frameworks, use_model=use_model
    )
    return found.model_dump(mode="json")


def _used(home: Callable[[], Home]) -> dict[str, float]:
    return home()[2]()


def _usage(places: Places) -> dict[str, float]:
    """Calls, tokens and cost of all clients."""
    runs: list[ModelRun] = []
    for profile in places.profiles():
        with places.client(profile.id) as place, place.read() as unit:
            runs += unit.model_usage.list()
    return {
        "model_calls": float(len(runs)),
        "model_tokens": float(sum(run.input_tokens + run.output_tokens for run in runs)),
        "model_cost_usd": sum(run.cost_usd for run in runs),
    }


@contextmanager
def _home(bench: Bench, model: str, dense: Dense) -> Iterator[Home]:
    """An advisor with one client for each folder of documents, the words of their documents, what models used."""
    with tempfile.TemporaryDirectory() as folder:
        settings = eval_settings(Path(folder), model)
        sources: dict[str, str] = {}
        with Places(settings, now=NOW) as places:
            for client in (NOBODY, *bench.clients):
                profile = Client(id=client, ref=new_ref(), name=client.title(), model_policy="any", created_at=NOW)
                add_client(places, profile, NOW)
                for file in bench.documents(client):
                    read = read_document(file)
                    with places.client(client) as place:
                        add_document(place, read, NOW)
                    text = "\n".join(part.text for part in read.parts)
                    sources[client] = f"{sources.get(client, '')}\n{text}"
            with make_advisor(places, settings, dense=dense) as advisor:
                yield advisor, sources, partial(_usage, places)


def _outcome(case: Case, answer: Answer, seconds: float, source: str) -> Outcome:
    shown = [claim for claim in answer.claims if claim.supported]
    citations = [citation for claim in shown for citation in claim.citations]
    known = {hit.passage.id for hit in answer.hits}
    return Outcome(
        case=case,
        answer=answer,
        seconds=seconds,
        valid=_share(citation.passage_id in known for citation in citations),
        verbatim=_share(_stands(citation, answer, source) for citation in citations),
        sound=_share(all(c.passed for c in claim.checks if c.name in {"entities", "ids-exist"}) for claim in shown),
        cited=_share(bool(claim.citations) for claim in shown),
        requirements=_requirements(case, answer),
        quotes=_quotes(case, citations),
    )


def _share(held: Iterable[bool]) -> Counts:
    results = list(held)
    return Counts(sum(results), len(results) - sum(results))


def _stands(citation: Citation, answer: Answer, source: str) -> bool:
    """Whether a quotation stands in the source itself: the document as it was read, the pack, or the table's row."""
    passage = next((hit.passage for hit in answer.hits if hit.passage.id == citation.passage_id), None)
    if passage is None:
        return False
    if passage.kind == "document":
        text = source
    elif passage.id.startswith("crosswalk:") or passage.id.endswith(":withdrawn"):
        text = passage.text
    else:
        try:
            row = load_pack(passage.framework).get(passage.requirement_id)
        except NotFoundError:
            row = None
        text = f"{row.title}\n{row.summary}\n{row.question}" if row else passage.text
    return fold(citation.quote) in fold(text)


def _unknown_ids(one: Outcome) -> tuple[str, ...]:
    """Ids in claims shown as supported that do not exist: those that the case names, and those no shipped pack has."""
    said = "\n".join(claim.text for claim in one.answer.claims if claim.supported)
    named = [i for i in one.case.unknown_ids if i.casefold() in said.casefold()]
    return (*named, *unknown_ids(find_ids(said)))


def cited_requirements(answer: Answer) -> frozenset[tuple[str, str]]:
    """(framework, requirement) of the passages that supported claims cite; table rows name no answer of their own."""
    used = {c.passage_id for claim in answer.claims if claim.supported for c in claim.citations}
    return frozenset(
        (hit.passage.framework, hit.passage.requirement_id)
        for hit in answer.hits
        if hit.passage.id in used and hit.passage.requirement_id and not hit.passage.id.startswith("crosswalk:")
    )


def rolled_up(found: Iterable[tuple[str, str]], wanted: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Enhancements count as the control that they belong to, unless the reference names the enhancement itself."""
    exact = set(wanted)
    return frozenset(one if one in exact else (one[0], _base(*one)) for one in found)


def _base(framework: str, requirement: str) -> str:
    row = load_pack(framework).get(requirement)
    return row.parent if row is not None and row.kind == "enhancement" else requirement


def _requirements(case: Case, answer: Answer) -> Counts:
    if not case.requirements:
        return Counts()
    homes = {framework for framework, _ in case.requirements}
    # A requirement of another framework is neither asked for nor wrong.
    found = [one for one in cited_requirements(answer) if one[0] in homes]
    return pair_counts(rolled_up(found, case.requirements), case.requirements)


def _quotes(case: Case, citations: Sequence[Citation]) -> Counts:
    said = [fold(citation.quote) for citation in citations]
    there = [any(fold(quote) in one or one in fold(quote) for one in said) for quote in case.quotes]
    return Counts(sum(there), 0, len(there) - sum(there))


def _metrics(outcomes: Sequence[Outcome]) -> dict[str, float]:
    metrics: dict[str, float] = {"questions": float(len(outcomes))}
    for name in ("valid", "verbatim", "sound", "cited"):
        counts = total(getattr(one, name) for one in outcomes)
        public = {
            "valid": "citation_validity",
            "verbatim": "verbatim_quotes",
            "sound": "entity_check",
            "cited": "claims_cited",
        }
        metrics[public[name]] = counts.precision if counts.tp + counts.fp else 1.0
    metrics["unknown_ids_shown"] = float(sum(len(_unknown_ids(one)) for one in outcomes))
    for what in ("recall", "precision"):
        _put(metrics, f"requirement_{what}", [o.requirements for o in outcomes if o.case.requirements], what)
    _put(metrics, "quote_recall", [o.quotes for o in outcomes if o.case.quotes], "recall")
    _rate(metrics, "false_answers", [not o.answer.abstained for o in outcomes if not o.case.answerable])
    _rate(metrics, "false_abstentions", [o.answer.abstained for o in outcomes if o.case.answerable])
    _rate(metrics, "conflicts_stated", [bool(o.answer.conflicts) for o in outcomes if o.case.conflict])
    _rate(metrics, "false_conflicts", [bool(o.answer.conflicts) for o in outcomes if not o.case.conflict])
    seconds = sorted(one.seconds for one in outcomes)
    for share in (50, 95):
        metrics[f"latency_ms.p{share}"] = (
            1000 * seconds[min(len(seconds) - 1, len(seconds) * share // 100)] if seconds else 0.0
        )
    return metrics


def _put(metrics: dict[str, float], name: str, units: Sequence[Counts], what: str) -> None:
    def score(chosen: Sequence[Counts]) -> float:
        return float(getattr(total(chosen), what))

    metrics[name] = score(units)
    metrics[f"{name}.low"], metrics[f"{name}.high"] = interval(units, score)


def _rate(metrics: dict[str, float], name: str, units: Sequence[bool]) -> None:
    def score(chosen: Sequence[bool]) -> float:
        return sum(chosen) / len(chosen) if chosen else 0.0

    metrics[name] = score(units)
    metrics[f"{name}.low"], metrics[f"{name}.high"] = interval(units, score)


def _tags(case: Case) -> list[str]:
    asked = "answerable" if case.answerable else "unanswerable"
    return [case.client or "frameworks", asked, *(["conflict"] if case.conflict else [])]


def _told(one: Outcome) -> dict[str, Any]:
    case, answer = one.case, one.answer
    wrong = answer.abstained == case.answerable
    return {
        "id": case.id,
        "tags": _tags(case),
        "mode": answer.mode,
        "abstained": answer.abstained,
        "right_to_answer": not wrong,
        "cited": sorted(f"{framework}:{i}" for framework, i in cited_requirements(answer)),
        "missed": sorted(
            f"{f}:{i}" for f, i in case.requirements - rolled_up(cited_requirements(answer), case.requirements)
        ),
        "quotes_missed": one.quotes.fn,
        "conflicts": len(answer.conflicts),
        "conflict_expected": case.conflict,
        "seconds": round(one.seconds, 3),
    }
