"""The answers suite: its cases are sound, it scores what it says, and the shipped answers hold their bars."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evals.suites.answers import rolled_up, run
from evals.suites.answers_data import DEFAULT, load
from knowledge.errors import BadInputError, NotFoundError
from knowledge.frameworks.loader import load_pack

DOCUMENT = "# Key Policy\n\n## 1 Keys\n\nServer room keys are counted every month.\n"


def test_the_shipped_cases_are_enough_and_their_labels_exist() -> None:
    bench = load(DEFAULT)
    assert len(bench.cases) >= 120
    assert sum(not case.answerable for case in bench.cases) >= 30
    assert sum(case.conflict for case in bench.cases) >= 10
    assert len({case.id for case in bench.cases}) == len({case.question for case in bench.cases}) == len(bench.cases)
    words = {client: "\n".join(f.read_text() for f in bench.documents(client)) for client in bench.clients}
    for case in bench.cases:
        assert all(load_pack(framework).get(i) for framework, i in case.requirements), case
        assert all(quote in words[case.client] for quote in case.quotes), case
        assert case.answerable == bool(case.requirements or case.quotes), case


def test_enhancements_count_as_their_control_unless_asked_for() -> None:
    nist = "nist-sp-800-53-r5"
    assert rolled_up([(nist, "AC-2(1)")], [(nist, "AC-2")]) == {(nist, "AC-2")}
    assert rolled_up([(nist, "AC-2(1)")], [(nist, "AC-2(1)")]) == {(nist, "AC-2(1)")}


def test_a_folder_of_anybody_can_be_scored(tmp_path: Path) -> None:
    (tmp_path / "documents" / "acme").mkdir(parents=True)
    (tmp_path / "documents" / "acme" / "keys.md").write_text(DOCUMENT)
    rows: list[dict[str, object]] = [
        {"text": "What is AC-2?", "requirements": ["nist-sp-800-53-r5:AC-2"]},
        {
            "question": "How often are our server keys counted?",
            "client": "acme",
            "quotes": ["counted every month"],
        },
        {"question": "Who won the world cup?", "answerable": False},
        {"question": "What is IA-2?", "requirements": [{"framework": "nist-sp-800-53-r5", "id": "AC-2"}]},
    ]
    (tmp_path / "questions.jsonl").write_text("\n".join(map(json.dumps, rows)))
    result = run(tmp_path, dense="off")
    metrics = result["metrics"]
    assert result["suite"] == "answers"
    assert metrics["citation_validity"] == metrics["verbatim_quotes"] == metrics["claims_cited"] == 1.0
    assert metrics["false_answers"] == metrics["false_abstentions"] == 0.0
    assert metrics["requirement_recall"] == metrics["requirement_precision"] == 0.5
    assert metrics["quote_recall"] == 1.0
    assert [case["missed"] for case in result["cases"]] == [[], [], [], ["nist-sp-800-53-r5:AC-2"]]


def test_broken_cases_are_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        load(tmp_path)
    (tmp_path / "questions.jsonl").write_text('{"id": "a"}\n')
    with pytest.raises(BadInputError, match="line 1"):
        load(tmp_path)


@pytest.mark.slow
def test_c35_shipped_answers_hold_their_bars_by_words_alone() -> None:
    metrics = run(dense="off")["metrics"]
    for name in ("citation_validity", "verbatim_quotes", "entity_check", "claims_cited"):
        assert metrics[name] == 1.0, name
    assert metrics["false_answers"] <= 0.05
    assert metrics["false_abstentions"] <= 0.10
    assert metrics["conflicts_stated"] == 1.0
