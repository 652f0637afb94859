"""The brief suite: its mornings come out as the guide's rules say, and a wrong expectation shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.suites.brief import run
from evals.suites.brief_data import DEFAULT, load
from knowledge.errors import BadInputError, NotFoundError


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_shipped_mornings_come_out_right() -> None:
    result = run()
    assert [case["wrong"] for case in result["cases"] if case["wrong"]] == []
    metrics = result["metrics"]
    for name in (
        "facts_missing",
        "facts_forbidden",
        "unwanted_items",
        "unknowns_without_question",
        "items_without_row",
    ):
        assert metrics[name] == 0, name
    assert metrics["mornings"] == len(load(DEFAULT)) >= 10


def test_a_wrong_expectation_shows(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(
        "- id: x\n  tags: [a]\n  items: [{about: CVE-2026-1, section: act-now, verdict: affected}]\n"
        "  must: [FW-01]\n  must_not: [Nothing]\n"
    )
    result = run(tmp_path)
    assert result["metrics"]["sections_right"] == 0
    assert (result["metrics"]["facts_missing"], result["metrics"]["facts_forbidden"]) == (1, 1)
    assert result["cases"][0]["wrong"] == ["CVE-2026-1: {'section': 'absent', 'verdict': 'absent'}"]


def test_what_is_no_case_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        load(tmp_path)
    (tmp_path / "x.yaml").write_text("- {id: x}\n")
    with pytest.raises(BadInputError, match="no list of cases"):
        load(tmp_path)
