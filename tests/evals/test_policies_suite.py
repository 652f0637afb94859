"""The policies suite: its lists are complete, its figures hold, and it sees a bad policy."""

from __future__ import annotations

import pytest

from advisor.policies.templates.fill import fill
from advisor.policies.templates.library import topics
from evals.suites import policies
from evals.suites.policies import run
from evals.suites.policies_data import demo_clients, load_reference
from evals.tape import Tape
from knowledge.errors import NotFoundError
from knowledge.frameworks.loader import load_pack

FIVE = {
    "csf": "nist-csf-2.0",
    "53": "nist-sp-800-53-r5",
    "iso": "iso-27001-2022",
    "cis": "cis-controls-8.1",
    "hipaa": "hipaa-security-rule",
}


@pytest.mark.parametrize("prefix", sorted(FIVE))
def test_every_assessable_row_is_on_a_list_or_left_out_with_a_reason(prefix: str) -> None:
    reference = load_reference()
    listed = {ref for lists in reference.topics.values() for ref in lists.get(prefix, ())}
    listed |= set(reference.left_out.get(prefix, ()))
    pack = load_pack(FIVE[prefix])
    wanted = {
        f"{pack.id}:{row.id}"
        for row in pack.assessable
        if prefix != "53" or "moderate" in row.listed("baselines") or f"{pack.id}:{row.id}" in listed
    }
    assert listed == wanted


def test_there_is_a_list_for_every_topic() -> None:
    assert set(load_reference().topics) == set(topics())


def test_a_missing_list_is_said(tmp_path: pytest.TempPathFactory) -> None:
    with pytest.raises(NotFoundError, match="no list of requirements"):
        load_reference(tmp_path)  # type: ignore[arg-type]


@pytest.mark.slow
def test_the_shipped_templates_hold_what_they_promise() -> None:
    tape = Tape()
    metrics = run(tape=tape)["metrics"]
    assert tape.errors == {}
    assert metrics["requirement_coverage"] >= 0.95
    assert metrics["requirement_coverage.lowest"] >= 0.95
    for name in ("unknown_ids", "open_blanks"):
        assert metrics[name] == 0, name
    assert metrics["vague_per_1000_words.highest"] < 2
    assert metrics["reading_grade.highest"] <= 13
    assert metrics["difference_between_clients.lowest"] > 0.1
    assert metrics["policies"] == len(topics()) * len(demo_clients())


def test_a_vague_policy_without_clauses_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    one, reference = demo_clients()[0], load_reference()

    def vague(*args: object) -> object:
        filled = fill(*args)  # type: ignore[arg-type]
        first = filled.sections[0]
        bad = first.clauses[0].model_copy(
            update={
                "text": "Access is reviewed periodically as appropriate {{blank}}.",
                "requirements": ("cis-controls-8.1:99.9",),
            }
        )
        return filled.model_copy(update={"sections": (first.model_copy(update={"clauses": (bad,)}),)})

    monkeypatch.setattr(policies, "fill", vague)
    outcome = policies._outcome(one, "backup", reference)
    assert outcome["vague"] == ["periodically", "appropriate"]
    assert outcome["open_blanks"] == ["{{", "}}"]
    assert outcome["unknown_ids"] == ["1.1 cis-controls-8.1:99.9"]
    assert outcome["met"] == 0 < outcome["wanted"]
