"""The judge's pairs and agreement, and the table of models."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from evals import judge, models
from evals.judge import PAIRS, Ruling, agreement, checked
from evals.suites import answers_data
from evals.tape import Tape


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
    page = models.table({"no model": {"false_answers": 0.031, "latency_ms.p50": 150.4}, "m": {"model_cost_usd": 0.5}})
    assert "| false answers | 0.031 | - |" in page
    assert "| ms, median | 150 | - |" in page
    assert "| US$ | - | 0.50 |" in page


def test_a_sample_is_a_bench() -> None:
    with models.sampled(10) as folder:
        bench = answers_data.load(folder)
        assert 10 <= len(bench.cases) <= 20
        assert bench.documents("northgate")
