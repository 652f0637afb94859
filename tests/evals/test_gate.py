"""The gate closes where a figure falls, names the cases that changed, and its floors do not sink by themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import evals.__main__ as command
from evals import catalogue
from evals.baseline import falls
from evals.catalogue import Suite
from evals.compare import case_changes
from evals.floors import PROMISES, broken, floors_of


class Fixed:
    """A suite whose figures are given."""

    def __init__(self) -> None:
        self.metrics: dict[str, float] = {"citation_validity": 1.0, "requirement_recall": 0.9, "false_answers": 0.03}
        self.cases: list[dict[str, Any]] = [{"id": "a1", "missed": [], "seconds": 0.1}, {"id": "a2", "missed": []}]

    def run(self, data: Path | None, *, tape: Any, model: str, quick: bool) -> dict[str, Any]:
        assert quick
        return {
            "suite": "answers",
            "data": "",
            "metrics": {**self.metrics, "verbatim_quotes": 1.0, "unknown_ids_shown": 0.0},
            "cases": [dict(case) for case in self.cases],
        }


@pytest.fixture
def fixed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Fixed:
    made = Fixed()
    monkeypatch.setattr(catalogue, "_module", lambda _name: made)
    monkeypatch.setattr(catalogue, "SUITES", {})
    for name in ("evals.gate", "evals.__main__"):
        monkeypatch.setattr(f"{name}.SUITES", {"answers": Suite("x", "y"), "triage": Suite("x", "y", own_cases=False)})
    monkeypatch.setattr("evals.gate.BENCH", tmp_path / "nowhere")
    monkeypatch.chdir(tmp_path)
    return made


def gate(tmp_path: Path, *words: str) -> int:
    return command.main(["gate", "--baseline", str(tmp_path / "base.json"), *words])


def write(tmp_path: Path, *words: str) -> int:
    return command.main(["baseline", "--write", "--file", str(tmp_path / "base.json"), *words])


def test_a_figure_below_its_floor_closes_the_gate_and_names_the_cases(
    fixed: Fixed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert write(tmp_path) == 0
    assert "triage: left out" in capsys.readouterr().out
    fixed.cases[0]["seconds"] = 9.9
    fixed.metrics["requirement_recall"] = 0.8901
    assert gate(tmp_path) == 0
    assert "every floor holds" in capsys.readouterr().out
    fixed.metrics["requirement_recall"] = 0.88
    fixed.cases[1]["missed"] = ["AC-2"]
    assert gate(tmp_path) == 1
    told = capsys.readouterr().out
    assert "answers: requirement_recall is 0.88, and at least 0.89 holds" in told
    assert "changed: a2: missed=['AC-2']" in told
    assert "a1" not in told


def test_promises_do_not_move_with_what_was_reached(fixed: Fixed, tmp_path: Path) -> None:
    fixed.metrics["citation_validity"] = 0.5
    assert write(tmp_path) == 0
    assert gate(tmp_path) == 1
    fixed.metrics["citation_validity"] = 1.0
    assert gate(tmp_path) == 0
    fixed.metrics["false_answers"] = 0.051
    assert gate(tmp_path) == 1


def test_a_figure_that_is_gone_and_an_error_close_it(fixed: Fixed, tmp_path: Path) -> None:
    assert write(tmp_path) == 0
    del fixed.metrics["requirement_recall"]
    assert gate(tmp_path) == 1
    assert broken({"errors": 1.0}, {"errors": {"max": 0.0}}) == ["errors is 1, and at most 0 holds"]


def test_floors_sink_only_where_it_is_said(fixed: Fixed, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert write(tmp_path) == 0
    fixed.metrics["requirement_recall"] = 0.7
    assert write(tmp_path) == 1
    assert "lower than before: answers requirement_recall: 0.89 -> 0.69" in capsys.readouterr().out
    assert json.loads((tmp_path / "base.json").read_text())["answers"]["floors"]["requirement_recall"]["min"] == 0.89
    assert write(tmp_path, "--allow-lower") == 0
    assert falls({"a": {"max": 1.0}, "b": {"min": 1.0}}, {"a": {"max": 2.0}}) == ["a: 1 -> 2", "b: 1 -> none"]


def test_floors_are_of_quality_only() -> None:
    metrics = {"T1a.f1": 0.95, "T1a.f1.low": 0.9, "baseline.word.T1a.f1": 0.8, "BG.alerts": 50.0, "T4.precision": 1.0}
    assert floors_of("triage", metrics) == {
        "T1a.f1": {"min": 0.94},
        "BG.alerts": {"max": 50.5},
        "errors": {"max": 0.0},
    }


def test_two_results_are_compared_case_by_case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {"suite": "s", "metrics": {"x": 1.0, "latency_ms": 3.0}, "cases": [{"id": "a", "ok": True, "seconds": 1}]}
    after = {"suite": "s", "metrics": {"x": 0.5, "latency_ms": 9.0}, "cases": [{"id": "a", "ok": False, "seconds": 2}]}
    for name, result in (("a.json", before), ("b.json", after)):
        (tmp_path / name).write_text(json.dumps(result))
    assert command.main(["compare", str(tmp_path / "a.json"), str(tmp_path / "a.json")]) == 0
    assert command.main(["compare", str(tmp_path / "a.json"), str(tmp_path / "b.json")]) == 1
    told = capsys.readouterr().out
    assert "1 metrics moved, 1 cases changed" in told
    assert "a: ok=true -> ok=false" in told
    assert [c.was for c in case_changes({}, {"n": {"id": "n"}})] == ["not listed"]
    assert command.main(["compare", str(tmp_path / "a.json"), str(tmp_path / "none.json")]) == 5


def test_every_promise_is_of_a_suite() -> None:
    assert {promise.suite for promise in PROMISES} <= set(catalogue.SUITES)
