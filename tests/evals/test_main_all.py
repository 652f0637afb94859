"""`python -m evals`: what it runs, what it leaves out, logs that are scored again and gone on with."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import evals.__main__ as command
from evals import catalogue
from evals.tape import Tape
from knowledge.errors import BadInputError, NotFoundError, VcisoError


class Toy:
    """A suite of three cases; the second ends in an error of ours."""

    def __init__(self, *, fails: bool = True) -> None:
        self.ran: list[str] = []
        self.quick: list[bool] = []
        self.fails = fails

    def run(self, data: Path | None, *, tape: Tape, model: str, quick: bool) -> dict[str, Any]:
        self.quick.append(quick)

        def ask(name: str) -> dict[str, Any]:
            self.ran.append(name)
            if name == "b" and self.fails:
                raise NotFoundError("is gone", subject="b")
            return {"said": (name, model)}

        takes = [tape.take(name, {"q": name}, lambda name=name: ask(name)) for name in "abc"]  # type: ignore[misc]
        right = [take.output["said"][0] == take.case for take in takes if not take.error]
        return {
            "suite": "answers",
            "data": str(data),
            "metrics": {"right": sum(right) / len(right)},
            "cases": [{"id": take.case} for take in takes],
        }


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Toy:
    made = Toy()
    monkeypatch.setattr(catalogue, "_module", lambda _name: made)
    monkeypatch.chdir(tmp_path)
    return made


def test_suites_without_their_data_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran: list[Any] = []

    def suite(module: str) -> SimpleNamespace:
        name = module.rsplit(".", 1)[1]

        def run(data: Path | None, *, tape: Tape, model: str, quick: bool) -> dict[str, Any]:
            ran.append((name, data, model))
            return {"suite": name, "data": str(data), "metrics": {"x": 1.0}, "cases": []}

        return SimpleNamespace(run=run)

    monkeypatch.setattr(catalogue, "_module", suite)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "triage").mkdir()
    assert command.main(["all", "--data", str(tmp_path), "--model", "fake:"]) == 0
    alone = [(name, None, "fake:") for name, one in catalogue.SUITES.items() if one.own_cases]
    assert sorted(ran, key=str) == sorted([*alone, ("triage", tmp_path / "triage", "fake:")], key=str)
    assert "retrieval: left out" in capsys.readouterr().out


def test_errors_are_counted_apart_from_wrong_answers(toy: Toy, tmp_path: Path) -> None:
    assert command.main(["answers", "--json", "out.json", "--log", "deep/run.jsonl"]) == 0
    result = json.loads((tmp_path / "out.json").read_text())
    assert result["metrics"] == {"right": 1.0, "errors": 1.0}
    assert [case["error"] for case in result["cases"] if "error" in case] == ["NotFoundError: b: is gone"]
    assert all(case["id"] and case["source"] and case["author"] and case["licence"] for case in result["cases"])
    head, *rows = map(json.loads, (tmp_path / "deep/run.jsonl").read_text().splitlines())
    assert head["suite"] == "answers"
    assert head["prompts"]["answer"].startswith("answer@")
    assert head["packages"]["pydantic"] and head["rules_sha256"] and head["seed"]
    assert [(row["case"], row["given"], row["error"][:8]) for row in rows] == [
        ("a", {"q": "a"}, ""),
        ("b", {"q": "b"}, "NotFound"),
        ("c", {"q": "c"}, ""),
    ]


def test_a_log_is_scored_again_without_running_anything(toy: Toy, tmp_path: Path) -> None:
    assert command.main(["answers", "--json", "first.json", "--model", "fake:"]) == 0
    toy.ran.clear()
    assert command.main(["answers", "--rescore", ".evals/answers.jsonl", "--json", "second.json"]) == 0
    assert toy.ran == []
    assert (tmp_path / "first.json").read_text() == (tmp_path / "second.json").read_text()


def test_a_log_of_the_gate_is_scored_again_as_the_gates_set(toy: Toy, tmp_path: Path) -> None:
    assert command.main(["answers"]) == 0
    log = tmp_path / ".evals/answers.jsonl"
    lines = log.read_text().splitlines()
    log.write_text("\n".join([json.dumps(json.loads(lines[0]) | {"quick": True}), *lines[1:]]) + "\n")
    assert command.main(["answers", "--rescore", str(log)]) == 0
    assert toy.quick == [False, True]


def test_a_run_that_was_killed_goes_on(toy: Toy, tmp_path: Path) -> None:
    assert command.main(["answers"]) == 0
    log = tmp_path / ".evals/answers.jsonl"
    lines = log.read_text().splitlines(keepends=True)
    log.write_text("".join(lines[:2]) + lines[2][:40])
    toy.ran.clear()
    assert command.main(["answers", "--resume", str(log)]) == 0
    assert toy.ran == ["b", "c"]
    assert [json.loads(line)["kind"] for line in log.read_text().splitlines()] == ["head", *["take"] * 3]


def test_a_run_of_other_code_or_another_model_is_not_gone_on_with(
    toy: Toy, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["answers"]) == 0
    toy.ran.clear()
    assert command.main(["answers", "--resume", ".evals/answers.jsonl", "--model", "fake:"]) == 2
    assert "model differ from this run's" in capsys.readouterr().err
    monkeypatch.setattr("evals.runs.tree_hash", lambda *_: "0" * 64)
    assert command.main(["answers", "--resume", ".evals/answers.jsonl"]) == 2
    assert "code_sha256, rules_sha256 differ" in capsys.readouterr().err
    assert toy.ran == []


def test_a_log_of_other_inputs_or_another_suite_is_refused(toy: Toy, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["answers"]) == 0
    assert command.main(["triage", "--data", ".", "--rescore", ".evals/answers.jsonl"]) == 2
    assert "is a log of the suite answers" in capsys.readouterr().err
    tape = Tape(Path(".evals/answers.jsonl"), mode="replay")
    with pytest.raises(BadInputError, match="not those of the log"):
        tape.take("a", {"q": "other"}, dict)
    with pytest.raises(BadInputError, match="not in the log"):
        tape.take("z", {}, dict)
    assert Tape(Path(".evals/answers.jsonl"), mode="resume").take("a", {"q": "other"}, lambda: 7).output == 7


def test_what_is_no_log_is_refused(tmp_path: Path) -> None:
    for text in ("", "{}\n", "[1]\n", "nonsense\n"):
        (tmp_path / "x.jsonl").write_text(text)
        with pytest.raises(VcisoError, match="no log"):
            Tape(tmp_path / "x.jsonl", mode="replay")
    with pytest.raises(NotFoundError):
        Tape(tmp_path / "none.jsonl", mode="resume")


def test_a_bench_that_is_missing_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["triage"])
    assert "--data is needed" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_costs_the_log_only(
    toy: Toy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".evals").write_text("a file where the folder would be")
    assert command.main(["answers", "--json", "out.json"]) == 0
    assert "no log is kept" in capsys.readouterr().err
    assert json.loads((tmp_path / "out.json").read_text())["metrics"]["right"] == 1.0
    assert command.main(["answers", "--log", ".evals/x.jsonl"]) == 2


def test_a_suite_that_is_none_is_no_passed_gate(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["gate", "nonsense"])
    assert "no such suite" in capsys.readouterr().err
