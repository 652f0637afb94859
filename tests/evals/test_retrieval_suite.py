"""The retrieval suite on a small bench of ours: formats, figures by hand, and what is left out."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from evals.suites import retrieval
from evals.suites.retrieval import per_query, rolled
from evals.suites.retrieval_data import OWN, Query, base_of, load
from evals.suites.retrieval_systems import PlainBm25, Timed
from knowledge.errors import BadInputError
from knowledge.frameworks.ids import Known, lookup

ROWS = [
    {"id": "AC-2", "title": "Account Management", "text": "Manage accounts and their owners."},
    {"id": "AC-2(1)", "title": "Account Management | Automation", "text": "Use tools for accounts."},
    {"id": "IR-6", "title": "Incident Reporting", "text": "Report incidents in time."},
    {"id": "CP-9", "title": "System Backup", "text": "Back data up."},
]


def write(folder: Path, name: str, rows: list[dict[str, Any]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("\n".join(json.dumps(row) for row in rows) + "\n")


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    write(tmp_path, "corpus_small.jsonl", ROWS)
    write(tmp_path / "csf2_to_80053", "queries.jsonl", [{"id": "PR.AA-01", "text": "accounts have owners"}])
    write(tmp_path / "csf2_to_80053", "qrels.jsonl", [{"query_id": "PR.AA-01", "doc_id": "AC-2(1)", "relevance": 1}])
    write(tmp_path / "questions", "queries.jsonl", [{"id": "q1", "text": "How do we report an incident?"}])
    write(tmp_path / "questions", "qrels.jsonl", [{"query_id": "q1", "doc_id": "IR-6", "relevance": 1}])
    return tmp_path


def test_the_bench_tells_where_its_queries_come_from(bench: Path) -> None:
    loaded = load(bench)
    assert loaded.framework == "nist-sp-800-53-r5"
    assert {one.name: one.own for one in loaded.sets} == {
        "csf2_to_80053": frozenset({"nist-csf-2.0"}),
        "questions": frozenset(),
    }
    (bench / "questions" / "meta.json").write_text(json.dumps({"truth": "HIPAA Security Rule -> SP 800-53"}))
    assert load(bench).sets[1].own == frozenset({"hipaa-security-rule"})


def test_folders_that_are_no_bench_are_refused(tmp_path: Path, bench: Path) -> None:
    with pytest.raises(BadInputError, match="corpus"):
        load(tmp_path / "nothing")
    (bench / "corpus_small.jsonl").write_text('{"id": 1}\n')
    with pytest.raises(BadInputError):
        load(bench)
    (bench / "corpus_small.jsonl").write_text("not json\n")
    with pytest.raises(BadInputError, match="line 1"):
        load(bench)


def test_measures_agree_with_the_formulas_by_hand() -> None:
    queries = [
        Query("b", "x", {"AC-2": 1, "IR-6": 1}),
        Query("a", "y", {"AC-2(1)": 1}),
    ]
    answers = [["CP-9", "AC-2", "AC-2(1)", "IR-6"], ["AC-2", "AC-2(1)"]]
    exact = per_query(queries, answers, "exact")
    ideal = 1 + 1 / math.log2(3)
    assert exact["ndcg@10"][0] == pytest.approx((1 / math.log2(3) + 1 / math.log2(5)) / ideal)
    assert exact["ndcg@10"][1] == pytest.approx(1 / math.log2(3))
    assert exact["mrr"] == pytest.approx([0.5, 0.5])
    assert exact["recall@10"] == pytest.approx([1, 1])
    base = per_query(queries, answers, "base")
    assert base["ndcg@10"][0] == pytest.approx((1 / math.log2(3) + 1 / math.log2(4)) / ideal)
    assert base["ndcg@10"][1] == pytest.approx(1)
    assert base["hit@5"] == [1, 1]


def test_rolling_up_keeps_the_best_place() -> None:
    assert rolled(["AC-2(1)", "IR-6", "AC-2", "AC-2(3)"]) == ["AC-2", "IR-6"]
    assert base_of("AC-2(13)") == "AC-2"
    assert base_of("03.01.01") == "03.01.01"


def test_plain_bm25_is_what_it_says(bench: Path) -> None:
    assert PlainBm25(load(bench)).search("report incidents")[0] == "IR-6"


def test_the_result_has_the_promised_names(bench: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Fixed:
        def __init__(self, order: list[str]) -> None:
            self.order = order

        def search(self, text: str) -> list[str]:
            return self.order

    orders = {"ours": ["AC-2", "IR-6"], "langchain": ["CP-9", "IR-6"], "bm25": ["CP-9"]}
    monkeypatch.setattr(retrieval, "MAKERS", dict.fromkeys(orders))
    given = iter(orders.values())

    def timed(*_: object) -> tuple[Any, Timed]:
        system = Fixed(next(given))
        return (lambda _chosen: system), Timed(1.0, 2.0)

    monkeypatch.setattr(retrieval, "timed", timed)
    monkeypatch.setattr(retrieval, "encoder_model", lambda: SimpleNamespace(encode=list))
    result = retrieval.run(bench)
    assert result["suite"] == "retrieval"
    metrics = result["metrics"]
    assert metrics["csf2_to_80053.ours.ndcg@10.base"] == 1
    assert metrics["csf2_to_80053.ours.ndcg@10.exact"] == 0
    assert metrics["csf2_to_80053.langchain.hit@5.base"] == 0
    assert metrics["csf2_to_80053.ours_minus_langchain.base"] == 1
    assert metrics["csf2_to_80053.ours_minus_langchain.base.low"] == 1
    for name in ("latency_ms.p50", "latency_ms.p95", "index_seconds.ours", "memory_mb.ours", "memory_mb.langchain"):
        assert name in metrics
    assert [case["query"] for case in result["cases"]] == ["PR.AA-01", "q1"]


def test_our_questions_join_a_corpus_that_has_their_answers(
    bench: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    own = tmp_path_factory.mktemp("own") / "natural"
    own.mkdir(parents=True)
    framework, answer = load(bench).framework, str(load(bench).rows[0]["id"])
    (own / "queries.jsonl").write_text('{"id": "n1", "text": "Who may sign in?"}\n', encoding="utf-8")
    for doc, corpus, joins in ((answer, framework, True), ("ZZ-99", framework, False), (answer, "other", False)):
        (own / "meta.json").write_text(json.dumps({"corpus": corpus}), encoding="utf-8")
        (own / "qrels.jsonl").write_text(json.dumps({"query_id": "n1", "doc_id": doc}) + "\n", encoding="utf-8")
        names = [one.name for one in load(bench, own.parent).sets]
        assert ("natural" in names) is joins, (doc, corpus)


def test_our_questions_over_800_53_are_whole() -> None:
    folder = OWN / "natural_80053"
    queries = [json.loads(line) for line in (folder / "queries.jsonl").read_text(encoding="utf-8").splitlines()]
    labels = [json.loads(line) for line in (folder / "qrels.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(queries) >= 40
    assert {row["id"] for row in queries} == {row["query_id"] for row in labels}
    assert all(isinstance(lookup(row["doc_id"], "nist-sp-800-53-r5"), Known) or "(" in row["doc_id"] for row in labels)
    named = {word for row in queries for word in row["text"].split()}
    assert not {row["doc_id"] for row in labels} & named, "a question that names its answer is none"
