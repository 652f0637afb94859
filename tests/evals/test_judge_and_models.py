"""The judge's pairs and agreement, and the table of models."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from evals import judge, models
from evals.judge import PAIRS, Ruling, agreement, checked
from evals.suites import answers_data
from evals.tape import Tape
from knowledge.errors import NotFoundError


def test_fifty_pairs_with_traps_half_of_them_false() -> None:
    rows = [json.loads(line) for line in PAIRS.read_text().splitlines()]
    assert len(rows) == len({row["id"] for row in rows}) == 50
    assert sum(row["supported"] for row in rows) == 25
    traps = Counter(tag for row in rows if not row["supported"] for tag in row["tags"])
    assert traps["negation"] >= 5
    assert traps["scope"] >= 5


def test_agreement_by_hand() -> None:
    found = agreement([True, True, False, False], [True, False, True, False], "x")
    assert found == {
        "x.agreement": 0.5,
        "x.kappa": 0.0,
        "x.false_claims_let_stand": 0.5,
        "x.true_claims_refused": 0.5,
    }
    assert agreement([], [], "x") == {}


def test_the_checks_are_asked_as_the_product_asks_them() -> None:
    quote = "The recovery time objective of the patient portal is 4 hours."
    assert checked("The recovery time of the portal is 4 hours.", quote)
    assert not checked("The recovery time of the portal is 8 hours.", quote)


def test_a_judge_is_scored_beside_the_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "_ruled", lambda _chat, claim, quote: {"supported": claim == quote})
    result = judge.run(Tape(), "fake:")
    assert result["metrics"]["judge.false_claims_let_stand"] == 0
    assert result["metrics"]["judge.true_claims_refused"] > 0.5
    monkeypatch.setattr(judge, "_ruled", lambda *_: {"unusable": "no JSON"})
    assert judge.run(Tape(), "fake:")["metrics"]["judge.unusable"] == 50
    assert set(Ruling.model_fields) == {"difference", "supported"}


def test_models_stand_side_by_side() -> None:
    left = models.Column("no model", {"false_answers": 0.031, "latency_ms.p50": 150.4}, ())
    right = models.Column("m", {"model_cost_usd": 0.5, "false_answers": 0.1, "false_answers.low": 0.0}, ())
    right = replace(right, metrics={**right.metrics, "false_answers.high": 0.25})
    page = models.table([left, right])
    assert "| answers to questions that nothing answers | 0.031 | 0.100 [0.00, 0.25] |" in page
    assert "| milliseconds an answer, median | 150 | - |" in page
    assert "| cost, US$ | - | 0.50 |" in page
    assert "verbatim" not in page, "a row that no model has"


def test_logs_of_models_make_a_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    asked: list[tuple[str, str, int]] = []

    def measured(suite: str, tape: Tape, model: str) -> dict[str, float]:
        count = int(tape.head["sample"])
        tape.take("one", {}, lambda: asked.append((suite, model, count)))
        return {"questions": 24.0} if suite == "answers" else {"text_attacks": count, "text_success.bare": 0.5}

    monkeypatch.setattr(models, "_measured", measured)
    monkeypatch.setattr(judge, "_ruled", lambda *_: {"supported": True, "difference": "", "seconds": 0.1})
    assert models.main(["--model", "fake:", "--attacks", "8"]) == 0
    assert asked == [("answers", "", 6), ("answers", "fake:", 6), ("injection", "fake:", 8)]
    assert judge.main(["--model", "fake:"]) == 0
    asked.clear()
    assert models.main(["--rescore", "--markdown", "page.md"]) == 0
    assert models.main(["--resume", "--model", "fake:", "--attacks", "8"]) == 0
    assert asked == []
    page = (tmp_path / "page.md").read_text()
    assert "| questions asked | 24 | 24 |" in page
    assert "| the bare model gives in | 0.500 |" in page
    assert "| Cohen's kappa | " in page
    assert "    python -m evals models --model fake: --attacks 8" in page
    assert "    python -m evals judge --model fake:" in page
    assert "Look for a difference first" in page
    checks = models.columns()[0].metrics["judge.kappa"]
    assert judge.main([]) == 0
    assert models.columns()[0].metrics["judge.kappa"] == checks, "a log of the checks alone says the same"
    with pytest.raises(NotFoundError):
        models.columns(tmp_path / "none")


def test_a_sample_is_a_bench() -> None:
    with models.sampled(10) as folder:
        bench = answers_data.load(folder)
        assert 10 <= len(bench.cases) <= 20
        assert bench.documents("northgate")
