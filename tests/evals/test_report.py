"""Reports: scored from logs alone, complete, self-contained, inert, and honest about what did not hold."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import evals.__main__ as command
from evals import catalogue
from evals.catalogue import SHARED, Suite
from evals.charts import Bar, bars
from evals.report import html, markdown, number
from evals.report_data import WORDS, command_of, sections
from evals.runs import ROOT
from evals.tape import Tape

HEAD = {
    "suite": "answers",
    "data": "",
    "model": "<b>m</b>",
    "code_sha256": "c" * 64,
    "rules_sha256": "d" * 64,
    "seed": 1,
    "python": "3.11",
    "packages": {"pydantic": "2"},
    "started_at": "2026-08-07T00:00:00+00:00",
}


class Fixed:
    """A suite of one case."""

    def run(self, data: Path | None, *, tape: Tape, model: str, quick: bool) -> dict[str, Any]:
        share = tape.take("a", {}, lambda: 0.5).output
        metrics = {"citation_validity": share, "requirement_recall": 0.9}
        metrics |= {"requirement_recall.low": 0.8, "requirement_recall.high": 0.95}
        return {"suite": "answers", "data": "", "metrics": metrics, "cases": []}


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(catalogue, "_module", lambda _name: Fixed())
    monkeypatch.setattr("evals.report_data.SUITES", {"answers": Suite("x", "Are answers <proved>?")})
    tape = Tape(tmp_path / "a.jsonl", head=HEAD)
    Fixed().run(None, tape=tape, model="", quick=False)
    tape.close()
    return tmp_path / "a.jsonl"


def test_a_page_for_a_client(log: Path) -> None:
    page = html(sections([log]))
    assert "python -m evals answers --model" in page
    assert "not held" in page
    assert "&lt;b&gt;m&lt;/b&gt;" in page
    assert "<b>m</b>" not in page
    assert "Are answers &lt;proved&gt;?" in page
    assert page.count("cases that ended in an error") == 2, "once among the promises, once in the suite's own table"
    assert "<svg" in page
    assert not re.search(r"<script|<link|src=|url\(|https?://(?!www\.w3\.org/2000/svg)", page)


def test_a_page_for_the_repository(log: Path) -> None:
    page = markdown(sections([log]))
    assert (
        "| citations that lead to a passage of this answer | `citation_validity` | 0.500 | at least 1 **below** |"
        in page
    )
    assert "| 0.900 [0.800, 0.950] |" in page
    assert "    python -m evals answers --model" in page


@pytest.mark.parametrize(
    ("name", "head", "command"),
    [
        ("injection", {"quick": True}, "python -m evals gate injection"),
        ("retrieval", {"quick": True, "data": "/x/data/bench/retrieval"}, "python -m evals gate retrieval"),
        ("injection", {}, "python -m evals injection"),
        (
            "triage",
            {"data": str(SHARED / "data/bench/triage")},
            'python -m evals triage --data "$VCISO_SHARED/data/bench/triage"',
        ),
        (
            "answers",
            {"data": str(ROOT / "evals/cases/answers/everyday"), "model": "m.gguf"},
            'python -m evals answers --data "evals/cases/answers/everyday" --model m.gguf',
        ),
        ("answers", {"data": "/home/somebody/cases"}, 'python -m evals answers --data "cases"'),
    ],
)
def test_the_command_is_that_of_the_run_the_log_came_from(name: str, head: dict[str, Any], command: str) -> None:
    assert command_of(name, head) == command


def test_a_page_of_the_gates_logs_names_the_gate(log: Path) -> None:
    lines = log.read_text().splitlines()
    log.write_text("\n".join([json.dumps(json.loads(lines[0]) | {"quick": True}), *lines[1:]]) + "\n")
    found = sections([log])
    for page in (markdown(found), html(found)):
        assert "python -m evals gate answers" in page
        assert "the gate's smaller set" in page


def test_a_log_of_no_suite_is_refused(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log.write_text(log.read_text().replace('"suite": "answers"', '"suite": "judge"'))
    assert command.main(["report", str(log), "--html", "x.html"]) == 5
    assert "is no log of a suite" in capsys.readouterr().err


def test_the_command_writes_both(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "o"
    assert command.main(["report", str(log), "--html", f"{out}.html", "--markdown", f"{out}.md"]) == 0
    assert command.main(["report", str(log)]) == 2
    assert command.main(["report", str(tmp_path / "none.jsonl"), "--html", f"{out}.html"]) == 3
    assert "cannot be read" in capsys.readouterr().err


def test_bars_have_their_figures_in_text() -> None:
    drawn = bars("t", [Bar("a<b", 0.25, 0.1, 0.4), Bar("c", 2.0)])
    assert ">0.250<" in drawn
    assert "a&lt;b" in drawn
    assert drawn.count("<rect") == 2
    widths = [float(width) for width in re.findall(r'<rect x="540" y="\d+" width="([\d.]+)"', drawn)]
    assert widths == [97.5, 390.0], "a bar longer than the top ends at the top"


def test_figures_for_people() -> None:
    assert [number(value) for value in (0.0, 1.0, 0.97, 12.0, 1234.0, 12.345)] == [
        "0",
        "1.000",
        "0.970",
        "12",
        "1,234",
        "12.3",
    ]
    assert all(WORDS.values())
