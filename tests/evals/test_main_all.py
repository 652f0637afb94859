"""`python -m evals all` runs what it can and names what it leaves out."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import evals.__main__ as command


def test_suites_without_their_data_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran: list[Any] = []

    def suite(name: str) -> SimpleNamespace:
        def run(data: Path | None) -> dict[str, Any]:
            ran.append((name, data))
            return {"suite": name, "data": str(data), "metrics": {"x": 1.0}, "cases": []}

        return SimpleNamespace(run=run)

    monkeypatch.setattr(command.importlib, "import_module", lambda module: suite(module.rsplit(".", 1)[1]))
    (tmp_path / "triage").mkdir()
    assert command.main(["all", "--data", str(tmp_path)]) == 0
    assert ran == [("answers", None), ("triage", tmp_path / "triage")]
    assert "retrieval: left out" in capsys.readouterr().out
